"""Each promise of SECURITY.md names tests that are there, and its places exist."""

import ast
import re

import pytest

from scripts.common.files import ROOT

TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
TABLE = TEXT.split("## What is promised")[1].split("\n## ")[0]
PROMISES = [line.strip("|").rsplit(" | ", 1) for line in TABLE.splitlines() if line[:1] == "|"][2:]
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", TEXT)


def test_every_promise_has_a_test():
    assert len(PROMISES) > 10
    for promise, tests in PROMISES:
        names = [name for name in tests.split(",") if name.strip()]
        assert names, promise
        for name in names:
            assert re.fullmatch(r"`tests/[\w/]+\.py::test_\w+`", name.strip()), promise


@pytest.mark.parametrize(("file", "name"), NAMED)
def test_the_test_is_there(file, name):
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_no_test_is_named_twice():
    assert len(set(NAMED)) == len(NAMED)


@pytest.mark.parametrize("place", re.findall(r"\]\((?!https:)([^)#]+)\)", TEXT))
def test_links_lead_somewhere(place):
    assert (ROOT / place).exists()


def test_what_make_is_said_to_do_is_a_target():
    targets = re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    said = set(re.findall(r"`make ([\w-]+)`", TEXT))
    assert said and said <= set(targets)
