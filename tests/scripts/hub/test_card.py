"""A card's metadata names one licence, several, or none."""

import pytest

from scripts.hub.card import read_licence


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
