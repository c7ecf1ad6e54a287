"""The HTML form of a `Table`: all that a table has is shown, and what it has not leaves no mark."""

import re

import pytest

from scripts.report.page import make_environment
from scripts.tables.table import Cell, Row, Table

PLAIN = Table(("rule", "jobs"), (Row(("train",), (Cell("7"),)),))


@pytest.fixture(scope="module")
def show():
    """Return a table's HTML on one line."""
    macro = make_environment().get_template("table.html.j2").module.show
    return lambda *arguments: re.sub(r"\s*\n\s*", "", macro(*arguments))


def test_a_plain_table_has_nothing_but_its_cells(show):
    page = show(PLAIN, "Time")
    assert page == (
        '<div class="scroll" tabindex="0" role="region" aria-label="Time"><table><thead><tr>'
        '<th scope="col">rule</th><th scope="col">jobs</th></tr></thead><tbody><tr>'
        '<th scope="row">train</th><td><span class="value">7</span></td></tr></tbody></table></div>'
    )


def test_a_cell_shows_its_parts(show):
    cell = Cell("12.7", "[10.1, 15.3]", "-1.2", "*", best=True, gain="worse")
    page = show(Table(("model", "BLEU ↑"), (Row(("x-zh",), (cell,)),)), "Scores", "main")
    assert '<table class="main">' in page
    assert (
        '<td><span class="value best">12.7</span><span class="change worse">−1.2*</span>'
        '<span class="interval">[10.1, 15.3]</span></td>' in page
    )


def test_a_change_that_is_not_significant_has_no_colour(show):
    cell = Cell("12.7", change="+1.2", gain="better")
    page = show(Table(("model", "BLEU"), (Row(("x-zh",), (cell,)),)))
    assert '<span class="change">+1.2</span>' in page


def test_a_note_has_its_number_and_marks_follow_a_value_without_change(show):
    cells = (Cell("–", note=2), Cell("30.0", star="*", dagger="†"))
    page = show(Table(("model", "a", "b"), (Row(("x-zh",), cells),)))
    assert '<span class="value gap">–<sup>2</sup></span>' in page
    assert '<span class="value">30.0*†</span>' in page


def test_groups_of_rows_are_headings_of_bodies(show):
    rows = (
        Row(("published",), (Cell("1"),), group="LLaMA", kind="published"),
        Row(("ours",), (Cell("2"),), kind="ours"),
        Row(("published",), (Cell("3"),), group="BiLLa", ruled=True),
    )
    page = show(Table(("system", "", "zh"), rows, title="BLEU"))
    assert "<caption>BLEU</caption>" in page and 'aria-label="BLEU"' in page
    assert '<thead><tr><td></td><th scope="col">zh</th></tr></thead>' in page
    assert page.count("<tbody>") == page.count("</tbody>") == 2
    assert page.count('<th scope="rowgroup" colspan="2">') == 2
    assert '<tr class="published">' in page and '<tr class="ours">' in page
    assert '<tr class="ruled">' in page


def test_titles_above_columns_begin_with_a_line(show):
    table = Table(
        head=("model", "BLEU", "chrF", "accuracy"),
        rows=(Row(("base",), (Cell("1"), Cell("2"), Cell("3"))),),
        above=(("", 1), ("flores", 2), ("gloss", 1)),
        hints=("", "n-grams of words", "n-grams of characters", ""),
    )
    page = show(table)
    assert (
        '<tr><td colspan="1"></td><th colspan="2" scope="colgroup" class="group first">flores</th>'
        '<th colspan="1" scope="colgroup" class="group first">gloss</th></tr>' in page
    )
    assert re.findall(r'<th scope="col"( class="first")?>', page) == [
        "",
        ' class="first"',
        "",
        ' class="first"',
    ]
    assert page.count('<td class="first">') == 2
    assert '<abbr title="n-grams of words">BLEU</abbr>' in page
    assert page.count("<abbr") == 2


def test_words_are_on_the_left_and_notes_below(show):
    table = Table(
        head=("tokenizer", "language", "word"),
        rows=(Row(("base", "zh"), (Cell("letter"),)),),
        notes=("A letter is a word.",),
        sides="lll",
    )
    page = show(table)
    assert '<th scope="row">base</th><td class="word">zh</td>' in page
    assert '<td class="word"><span class="value">letter</span></td>' in page
    assert page.endswith('</div><p class="note">A letter is a word.</p>')


def test_text_is_escaped(show):
    table = Table(("<b>",), (Row(("<i>",), ()),), title="a & b")
    page = show(table)
    assert "<b>" not in page and "<i>" not in page and "a &amp; b" in page
