"""Write a `Table` in Markdown, padded so that it reads well as plain text too.

page = "\\n".join([*markdown_rows(table), "", *markdown_notes(table.notes), ""])
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote

from scripts.common.escapes import clean_text
from scripts.tables.table import Cell, Row, Table

# What begins a tag, a link, code or emphasis of Markdown. A comparison such as "p < 0.05" begins
# none, nor does a line within a name.
BEGINS = re.compile(r"<(?=[A-Za-z/!?])|(?<=\])\((?=\S)|[`*]|(?<![^\W_])_|_(?![^\W_])")
# A backslash that would take its meaning from what is behind it, ours too.
BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~]|\Z)")
VALUE = "\0"  # stands for a cell's value, which has no such character
IN_ADDRESS = ":/?#[]@!$&'*+,;=%~"  # what `link` leaves as it is, beside letters and digits

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


class Marked(str):
    """A text that is Markdown: what it has of others is escaped."""


def to_markdown(table: Table) -> str:
    """Return title, rows and notes, each part where the table has it."""
    title = [f"{plain(table.title)}.", ""] if table.title else []
    return "\n".join([*title, *markdown_rows(table), "", *markdown_notes(table.notes), ""])


def markdown_rows(table: Table) -> list[str]:
    """Return the lines of the table itself: head, rule, rows."""
    heads_shown = list(map(plain, table.head))
    rows = [heads_shown, *(list_texts(row, table.is_grouped) for row in table.rows)]
    rows = [[text.replace("|", r"\|") for text in row] for row in rows]
    spare = 2 if table.sides else 0  # a rule with colons needs room for them
    heads = [len(text) + spare for text in rows[0]]
    widths = [
        max(head, *map(len, column))
        for head, column in zip(heads, zip(*rows, strict=True), strict=True)
    ]
    sides = table.sides or "l" * len(widths)
    lines = [join_row(row, widths, sides) for row in rows]
    rule = rule_sides if table.sides else rule_plain
    return [lines[0], f"|{'|'.join(map(rule, widths, sides))}|", *lines[1:]]


def list_texts(row: Row, grouped: bool) -> list[str]:
    """Return a row's texts, behind a column for groups where any row has one."""
    group = [f"**{plain(row.group)}**" if row.group else ""] if grouped else []
    return [*group, *map(plain, row.labels), *map(markdown_cell, row.cells)]


def plain(text: str) -> str:
    """Return a text on one line, in which Markdown finds no tags, links, code or emphasis."""
    if isinstance(text, Marked):
        return text
    line = BACKSLASH.sub(r"\\\\", clean_text(text).replace("\n", " ").strip())
    return BEGINS.sub(lambda found: f"\\{found[0]}", line)


def code(text: str) -> Marked:
    """Return a text on one line as code, between more backticks than it has in a row."""
    line = clean_text(text).replace("\n", " ")
    ticks = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    gap = " " if line.startswith("`") or line.endswith("`") else ""
    return Marked(f"{ticks}{gap}{line}{gap}{ticks}")


def link(text: str, address: str) -> Marked:
    """Return a text that leads to an address; the text alone where that is none of the web."""
    if not address.startswith(("https://", "http://")):
        return Marked(plain(text))
    inside = text if isinstance(text, Marked) else re.sub(r"[\[\]]", r"\\\g<0>", plain(text))
    # No space or bracket ends the address before its end.
    return Marked(f"[{inside}]({quote(clean_text(address), safe=IN_ADDRESS)})")


def join_row(texts: list[str], widths: list[int], sides: str) -> str:
    """Return one padded row."""
    padded = [
        text.rjust(width) if side == "r" else text.ljust(width)
        for text, width, side in zip(texts, widths, sides, strict=True)
    ]
    return "| " + " | ".join(padded) + " |"


def rule_plain(width: int, side: str) -> str:
    """Return a column's part of the rule below the head."""
    return "-" * (width + 2)


def rule_sides(width: int, side: str) -> str:
    """Return a column's part of the rule, with the colon on the column's side."""
    dashes = "-" * (width + 1)
    return f"{dashes}:" if side == "r" else f":{dashes}"


def markdown_cell(cell: Cell) -> str:
    """Return a cell, its value in bold where it is the best; a star is escaped."""
    value = plain(cell.value)
    bold = f"**{value}**" if cell.best else value
    note = str(cell.note).translate(SUPERSCRIPTS) if cell.note else ""
    text = replace(cell, value=VALUE).text.replace("*", r"\*")
    return text.replace(VALUE, bold + note, 1)


def markdown_notes(notes: Iterable[str]) -> list[str]:
    """Return a list item a note."""
    return [f"- {plain(note)}" for note in notes]
