"""Each option that a loader asks for is known to studies, and no other."""

import re

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.data.rows import READERS
from scripts.study.loader_options import ALL, FORMS, OPTIONS, check_options
from scripts.study.registry import LOADERS, Registry

ASKED = re.compile(r'options(?:\.get\(|\[)"(\w+)"|\.option\("(\w+)"\)')
DATA = ROOT / "scripts/data"
OF_TABLE = [DATA / "loaders/table.py", *(DATA / "rows").glob("*.py")]


def asked(paths) -> set[str]:
    """Return the options that modules ask for."""
    found = (ASKED.findall(path.read_text(encoding="utf-8")) for path in paths)
    return {one or other for names in found for one, other in names}


@pytest.mark.parametrize("loader", LOADERS)
def test_every_option_that_a_loader_asks_for_is_listed(loader):
    known = {*OPTIONS.get(loader, ())}
    if loader == "table":
        assert asked(OF_TABLE) | {"constants"} == known | {"reversed"}  # which nobody writes
    else:
        assert asked([LOADERS[loader]]) == known
    assert ALL == ("encoding",)


def test_the_forms_are_those_that_are_read():
    assert {f".{form}" for form in FORMS} == {*READERS}


def test_the_registrys_entries_name_no_other():
    for entry in Registry().datasets.values():
        check_options(entry.get("options", {}), entry["loader"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"units": "line"}, "the loader table has no 'units'; did you mean 'unit'?"),
        ({"unit": "page"}, "options.unit: found 'page', expected one of line, paragraph, file"),
        ({"threshold": 1}, "has no 'threshold'"),
        ({"delimiter": ";;"}, "options.delimiter: found ';;', expected one character"),
        ({"header": "question"}, "options.header: found 'question', expected a list of names"),
        ({"encoding": "gb1803"}, "options.encoding: found 'gb1803', expected an encoding"),
        ({"quotes": "no"}, "options.quotes: found 'no', expected true or false"),
        ({"format": "cvs"}, "options.format: found 'cvs', expected one of json, jsonl"),
    ],
)
def test_a_mistake_is_one_line(options, message):
    with pytest.raises(InputError, match=re.escape(message)):
        check_options(options, "table")
