"""What is told beside the answers, on standard error."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from rich.cells import set_cell_size
from rich.console import Console
from rich.table import Table
from rich.text import Text

from scripts.common.escapes import clean_line, clean_text

console = Console(stderr=True, highlight=False, markup=False, emoji=False)


def note(text: str, style: str = "dim") -> None:
    """Tell something."""
    # What goes to a file is not broken into lines.
    console.print(Text(clean_text(text), style), soft_wrap=not console.is_terminal)


def listing(rows: Mapping[str, str]) -> None:
    """Tell what each of some names means, in two columns."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column()
    for name, meaning in rows.items():
        table.add_row(name, meaning)
    console.print(table)


def complain(error: Exception) -> None:
    """Tell an error, as every script does."""
    note(f"error: {error}", "red")


@contextmanager
def loading(text: str) -> Iterator[None]:
    """Show a line as long as the block runs, on a terminal that can erase it; else nothing."""
    if not console.is_terminal or console.is_dumb_terminal:
        yield
        return
    shown = set_cell_size(clean_line(text), console.width - 1).rstrip()
    print(shown, end="", flush=True, file=console.file)
    try:
        yield
    finally:
        print("\r\x1b[2K", end="", flush=True, file=console.file)


def remarks(answer: dict[str, Any]) -> list[str]:
    """Return what a person should know of an answer (`Session.describe`), a sentence each."""
    found = []
    dropped = answer["dropped_turns"]
    if dropped:
        turns = "first turn was" if dropped == 1 else f"first {dropped} turns were"
        found.append(f"the window is full: the {turns} left out")
    if answer["question_cut"]:
        found.append("the window is full: the beginning of the question was left out")
    if answer["ending"] == "length":
        found.append(f"cut at {answer['tokens']} tokens: max-new-tokens allows more")
    if not answer["text"]:
        found.append("the answer is empty")
    return found


def summary(answer: dict[str, Any]) -> str:
    """Return an answer's size and time in words, and all that should be known of it."""
    tokens, seconds = answer["tokens"], answer["seconds"]
    size = f"{tokens} token{'s' * (tokens != 1)} in {seconds:.1f} s"
    stopped = ["stopped"] if answer["ending"] == "stopped" else []
    return "; ".join([size, *stopped, *remarks(answer)])
