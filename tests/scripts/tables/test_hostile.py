"""Texts of others in a table are texts in all of its forms."""

import csv
import io
import re

import pandas as pd
import pytest
from rich.console import Console

from scripts.tables.forms import write_forms
from scripts.tables.latex import escape
from scripts.tables.markdown import to_markdown
from scripts.tables.read_csv import read_csv
from scripts.tables.table import Cell, Row, Table
from scripts.tables.terminal import draw_table
from tests.support.hostile import COMMANDS, HOSTILE

CELL = Cell("1.0", interval="[0.5, 1.5]", change="-0.2", star="*")


def table_of(text: str) -> Table:
    """Return a table with a text wherever one may stand."""
    row = Row((text,), (CELL,), group=text)
    return Table(head=(text, text, text), rows=(row,), notes=(text,), title=text)


@pytest.mark.parametrize("name", HOSTILE)
def test_markdown_has_neither_tags_nor_links_nor_lines_of_it(name):
    shown = to_markdown(table_of(HOSTILE[name]))
    assert not COMMANDS.search(shown.replace("\n", ""))
    assert not re.search(r"(?<!\\)<[A-Za-z/!?]", shown)
    assert not re.search(r"\](?<!\\)\(\S", shown)
    plain = to_markdown(table_of("a"))
    assert len(shown.splitlines()) == len(plain.splitlines())
    columns = {
        len(re.findall(r"(?<!\\)\|", line)) for line in shown.splitlines() if line[:1] == "|"
    }
    assert len(columns) == 1


def test_markdown_of_numbers_and_comparisons_stays_as_it_is():
    assert "p < 0.05 [0.1, 0.4] (x)" in to_markdown(table_of("p < 0.05 [0.1, 0.4] (x)"))


@pytest.mark.parametrize("name", HOSTILE)
def test_csv_has_no_formula_and_no_escape_and_is_read_again(tmp_path, name):
    text = HOSTILE[name]
    rows = pd.DataFrame([{"category": text, "score": -1.5, "told": "-1.5"}], dtype=object)
    write_forms(tmp_path / "table", rows, "", "")
    written = (tmp_path / "table.csv").read_text(encoding="utf-8")
    assert not COMMANDS.search(written.replace("\t", ""))
    [head, row] = list(csv.reader(io.StringIO(written)))
    assert head == ["category", "score", "told"]
    assert row[0][:1] not in ("=", "+", "-", "@", "\t") and row[1:] == ["-1.5", "-1.5"]


@pytest.mark.parametrize("name", HOSTILE)
def test_latex_has_no_commands_of_it(name):
    shown = escape(HOSTILE[name])
    assert not COMMANDS.search(shown) and "\n" not in shown
    assert r"\input" not in shown and r"\write" not in shown
    assert not re.search(r"(?<!\\)[%&#]", shown)


@pytest.mark.parametrize("name", HOSTILE)
def test_a_terminal_is_given_no_commands_and_no_markup(name):
    text = f"[u]{HOSTILE[name]}[/u]"
    table = Table(head=(text,), rows=(Row((text,), (Cell(text),)),))
    console = Console(width=1000, file=io.StringIO(), color_system=None)
    console.print(draw_table(table, 1000))
    shown = console.file.getvalue()
    assert not COMMANDS.search(shown) and shown.count("[u]") == 3


@pytest.mark.parametrize("name", ["nan", "null", "None", "NA", "N/A", "#N/A", "-nan"])
def test_a_name_that_looks_like_nothing_is_a_name(tmp_path, name):
    path = tmp_path / "table.csv"
    rows = pd.DataFrame({"language": [name, "en"], "score": [None, 1.5], "test": [name, None]})
    write_forms(tmp_path / "table", rows, "", "")
    found = read_csv(path, ("language",), ("score",))
    expected = f"'{name}" if name.startswith("-") else name
    assert list(found["language"]) == [expected, "en"] and found["test"][0] == expected
    assert list(found["score"].isna()) == list(found["test"].isna())[::-1] == [True, False]
