"""A mixture given on the command line is checked before anything is packed."""

import json

import pytest

from scripts.common.errors import InputError
from scripts.pack.mixture import read_mixture

PART = {
    "dataset": "ui_en-zh", "kind": "parallel", "languages": ["en", "zh"],
    "names": ["English", "Chinese"], "side": None, "start": 0, "stop": None,
}  # fmt: skip
GROUP = {"name": "all", "weight": None, "parts": [PART]}


def test_a_mixture_is_read_as_it_is():
    assert read_mixture(json.dumps([GROUP])) == [GROUP]


@pytest.mark.parametrize(
    ("mixture", "message"),
    [
        ("{", "not JSON"),
        ([], "found no groups"),
        ({"name": "all"}, "found no groups"),
        (["all"], "group 0: found no JSON object"),
        ([{"name": "all", "parts": [PART]}], "group 0: no key 'weight'"),
        ([GROUP | {"parts": []}], "group 0: parts: found none"),
        ([GROUP, GROUP], "group 0: weight: found none"),
        ([GROUP | {"parts": [PART | {"start": "0"}]}], "start: found '0', expected a whole number"),
        ([GROUP | {"parts": [PART | {"kind": "pairs"}]}], "group 0: part 0: kind 'pairs'"),
        ([GROUP | {"parts": [PART | {"kind": "choice"}]}], "part 0: kind 'choice'"),
        ([GROUP | {"parts": [PART | {"names": ["English"]}]}], "names: .* expected two"),
        ([GROUP | {"parts": [PART | {"side": "el"}]}], "side 'el' is not among"),
    ],
)
def test_a_mistake_names_its_place(mixture, message):
    text = mixture if isinstance(mixture, str) else json.dumps(mixture)
    with pytest.raises(InputError, match=f"^--mixture: .*{message}") as caught:
        read_mixture(text)
    assert "\n" not in str(caught.value)
