"""A table as a person reads it: rows of cells, notes below. Every form is written from this class.

A builder (`main_table`, `paper_view`, `tokenizer_forms`, `review_forms`) makes a `Table` of the
long form in ``<stem>.csv``; `markdown`, `latex` and `terminal` write it, and so does the report's
``templates/table.html.j2`` in HTML.

    cell = Cell("12.7", interval="[10.1, 15.3]", change="+12.6", star="*", best=True)
    table = Table(head=("model", "BLEU ↑"), rows=(Row(("x-zh",), (cell,)),), notes=("n = 96",))
    print(to_markdown(table))
"""

from dataclasses import dataclass

DASH = "–"


@dataclass(frozen=True)
class Cell:
    """One value as text; a part that does not exist is an empty string.

    A star marks a significant change, a dagger a published value outside the interval. `seeds` are
    mean and standard deviation over seeds. `note` is the number of the note that says why there is
    no value.
    """

    value: str
    interval: str = ""
    change: str = ""
    star: str = ""
    dagger: str = ""
    seeds: str = ""
    note: int | None = None
    best: bool = False
    gain: str = ""  # "better", "worse" or "" (no change, or nothing to compare with)

    @property
    def text(self) -> str:
        """Return the cell on one line: ``12.7 [10.1, 15.3] (+12.6)* 12.1 ± 0.8``."""
        marks = self.star + self.dagger
        value = self.value if self.change else self.value + marks
        change = f"({self.change}){marks}" if self.change else ""
        return " ".join(part for part in (value, self.interval, change, self.seeds) if part)


MISSING = Cell(DASH)


@dataclass(frozen=True)
class Row:
    """A row: its labels, then its cells.

    `group` is a heading above the row, for it and the rows below; `ruled` has a line above it;
    `kind` names the kind of row to the report's style sheet.
    """

    labels: tuple[str, ...]
    cells: tuple[Cell, ...]
    group: str = ""
    ruled: bool = False
    kind: str = ""


@dataclass(frozen=True)
class Table:
    """Column heads (of labels and cells), rows and the sentences below.

    `above` groups neighbouring columns under a title of their own: (title, number of columns).
    `sides` are the columns' sides, ``l``, ``r`` or ``c``; empty means that no form aligns them.
    `hints` explain the heads, one each, where a reader can point at them; empty: none are.
    """

    head: tuple[str, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...] = ()
    title: str = ""
    above: tuple[tuple[str, int], ...] = ()
    sides: str = ""
    hints: tuple[str, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether no cell has a value."""
        return all(cell.note for row in self.rows for cell in row.cells)

    @property
    def is_grouped(self) -> bool:
        """Tell whether rows have group headings; if so, the first head is that of the groups."""
        return any(row.group for row in self.rows)
