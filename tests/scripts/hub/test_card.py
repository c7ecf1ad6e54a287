"""A card's metadata names one licence, several, or none."""

import json

import pytest

from scripts.common.limits import LICENCE_CHARACTERS
from scripts.hub.card import read_licence
from tests.support.hostile import COMMANDS, HOSTILE


@pytest.mark.parametrize(
    ("card", "licence"),
    [
        ("---\nlicense: mit\n---\n# x", "mit"),
        ("---\nlicense: [mit, cc-by-4.0]\n---\n", "mit, cc-by-4.0"),
        ("---\nlicense: other\nlicense_name: own-terms\n---\n", "own-terms"),
        ("---\nlicense: other\n---\n", "other"),
        ("---\nlanguage: en\n---\n", None),
        ("---\nlicense: []\n---\n", None),
        ("---\n[not: yaml\n---\n", None),
        ("---\n- a list\n---\n", None),
        ("# no head\nlicense: mit", None),
        ("", None),
    ],
)
def test_the_licence_of_a_card(card, licence, tmp_path):
    (tmp_path / "README.md").write_text(card)
    assert read_licence(tmp_path / "README.md") == licence


@pytest.mark.parametrize("name", HOSTILE)
def test_a_licence_is_one_line_of_a_bounded_length(name, tmp_path):
    for text in (HOSTILE[name], 2000 * HOSTILE[name]):
        head = json.dumps({"license": text})
        (tmp_path / "README.md").write_text(f"---\n{head}\n---\n")
        licence = read_licence(tmp_path / "README.md") or ""
        assert (
            not COMMANDS.search(licence)
            and "\n" not in licence
            and len(licence) <= LICENCE_CHARACTERS
        )
