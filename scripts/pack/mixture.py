"""A stage's mixture as the command line has it: JSON, a list of groups of parts.

One group, of a single part::

    [{"name": "all", "weight": null, "parts": [
        {"dataset": "ui_en-zh", "kind": "parallel", "languages": ["en", "zh"],
         "names": ["English", "Chinese"], "side": null, "start": 0, "stop": null}]}]

A group may have `cuts`, slices of several parts one after another: ``{"first": 0, "count": 2,
"start": 0, "stop": 1000}``.
"""

from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.files import Fields, check_fields, parse_json
from scripts.study.kinds import KINDS

Group = dict[str, Any]
OPTION = "--mixture"
GROUP: Fields = {"name": str, "weight": (int, float, type(None)), "parts": list}
PART: Fields = {
    "dataset": str, "kind": str, "languages": list, "names": list, "side": (str, type(None)),
    "start": int, "stop": (int, type(None)),
}  # fmt: skip
CUT: Fields = {"first": int, "count": int, "start": int, "stop": (int, type(None))}


def read_mixture(text: str) -> list[Group]:
    """Return the groups; `InputError` names what is no JSON, missing or of another type."""
    expected = "a list of groups, each with name, weight and parts"
    groups = parse_json(text, OPTION, expected)
    if not isinstance(groups, list) or not groups:
        raise InputError(f"{OPTION}: found no groups, expected {expected}")
    for number, group in enumerate(groups):
        place = f"{OPTION}: group {number}"
        check_fields(group, GROUP, place, expected)
        if not group["parts"]:
            raise InputError(f"{place}: parts: found none, expected at least one")
        if len(groups) > 1 and not group["weight"]:
            raise InputError(f"{place}: weight: found none, expected one as there are more groups")
        for index, part in enumerate(group["parts"]):
            check_part(part, f"{place}: part {index}")
        for index, cut in enumerate(group.get("cuts", [])):
            check_cut(cut, len(group["parts"]), f"{place}: cut {index}")
    return groups


def check_cut(cut: Any, parts: int, place: str) -> None:
    """Raise `InputError` where a slice of several parts is none."""
    check_fields(cut, CUT, place, f"a cut with {', '.join(CUT)}")
    if not (0 <= cut["first"] < cut["first"] + cut["count"] <= parts):
        raise InputError(f"{place}: found parts {cut['first']} and {cut['count']} on, of {parts}")


def check_part(part: Any, place: str) -> None:
    """Raise `InputError` where a part lacks a key, or is of no kind that is trained on."""
    check_fields(part, PART, place, f"a part with {', '.join(PART)}")
    kinds = [name for name, kind in KINDS.items() if kind.trained]
    if part["kind"] not in kinds:
        raise InputError(f"{place}: kind {part['kind']!r}{nearest(part['kind'], kinds)}")
    pairs = KINDS[part["kind"]].languages == 2
    for name in ("languages", "names"):
        if pairs and len(part[name]) != 2:
            raise InputError(f"{place}: {name}: found {part[name]!r}, expected two of a pair")
    if part["side"] is not None and part["side"] not in part["languages"]:
        raise InputError(f"{place}: side {part['side']!r} is not among its languages")
