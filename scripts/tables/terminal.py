"""Draw a `Table` on a terminal, intervals beside the values where they fit, else below.

console.print(draw_table(table, console.width))
"""

from rich.table import Table as Drawn
from rich.text import Text

from scripts.common.escapes import clean_line
from scripts.tables.table import MISSING, Cell, Table


def draw_table(table: Table, width: int) -> Drawn:
    """Return the table for a terminal of `width` columns; a row's labels make its name."""
    labels = [clean_line(" ".join(row.labels)) for row in table.rows]
    heads = table.head[-len(table.rows[0].cells) :]
    room = width - max(map(len, labels))
    beside = all(measure_cells(row.cells, heads) <= room for row in table.rows)
    drawn = Drawn(box=None, header_style="bold", pad_edge=False, padding=(0, 2, 0, 0))
    drawn.add_column("")
    for head in heads:
        drawn.add_column(Text(clean_line(head)), overflow="fold")
    for label, row in zip(labels, table.rows, strict=True):
        drawn.add_row(Text(label), *(draw_cell(cell, beside) for cell in row.cells))
    return drawn


def measure_cells(cells: tuple[Cell, ...], heads: tuple[str, ...]) -> int:
    """Return the characters that a row's cells take with the intervals beside the values."""
    return sum(
        2 + max(len(head), len(f"{cell.value} {cell.change}{cell.star} {cell.interval}"))
        for cell, head in zip(cells, heads, strict=True)
    )


def draw_cell(cell: Cell, beside: bool) -> Text:
    """Return value (bold where best), change with its star, and the interval."""
    if cell is MISSING:
        return Text(cell.value, style="dim")
    text = Text(clean_line(cell.value), style="bold" if cell.best else "")
    if cell.change:
        text.append(f" {cell.change}{cell.star}", style="not bold")
    if cell.interval:
        text.append((" " if beside else "\n") + cell.interval, style="not bold dim")
    if cell.seeds:
        text.append(f"\n{cell.seeds}", style="not bold dim")
    return text
