"""Showing answers: as text while they come, as two columns, or as lines of JSON."""

import json
import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import zip_longest
from typing import Any

from rich.cells import set_cell_size
from rich.console import Console
from rich.live import Live
from rich.text import Text

from scripts.common.escapes import clean_json, clean_line, clean_start, clean_text
from scripts.infer.chat.notes import note, remarks, summary
from scripts.infer.chat.wrapping import Wrapper, wrap_lines

NARROWEST = 80  # columns of a window in which two answers stand side by side
BETWEEN = " │ "
Answer = dict[str, Any]  # see `Session.describe`


class View:
    """Shows the answers to one question after another; this one shows nothing."""

    @contextmanager
    def showing(self, names: list[str]) -> Iterator[None]:
        """Show the answers of the models of these names to a question, which the block brings."""
        yield

    def told(self, number: int, text: str) -> None:
        """Take an answer's text so far."""

    def ended(self, number: int, answer: Answer) -> None:
        """Take an answer."""


class TextView(View):
    """Writes each answer as it comes, one below the other.

    Args:
        alone: nothing is told but what is wrong; else size and time of each answer, too.
    """

    def __init__(self, alone: bool) -> None:
        self.alone, self.names = alone, [""]
        self.shown, self.number = "", -1
        self.wrapper = Wrapper(window_width)

    @contextmanager
    def showing(self, names: list[str]) -> Iterator[None]:
        """Name the models where they are several."""
        self.names, self.number = names, -1
        yield

    def told(self, number: int, text: str) -> None:
        """Write what is new of a text."""
        if number != self.number:
            self.begin(number)
        self.show(clean_start(text))

    def begin(self, number: int) -> None:
        """Begin with the answer of another model."""
        if len(self.names) > 1:
            note(("\n" if number and not self.alone else "") + self.names[number], "bold")
        self.number, self.shown, self.wrapper = number, "", Wrapper(window_width)

    def show(self, text: str) -> None:
        """Write what is new of a cleaned text."""
        if not text.startswith(self.shown):
            text = "\n" + text
            self.shown = ""
        new = text[len(self.shown) :]
        self.shown = text
        write(self.wrapper.feed(new) if sys.stdout.isatty() else new)

    def ended(self, number: int, answer: Answer) -> None:
        """Write the rest of an answer, and what is to be known of it."""
        if number != self.number:
            self.begin(number)
        self.show(clean_text(answer["text"]))
        write(self.wrapper.flush() + ("\n" if self.shown or self.alone else ""))
        told = remarks(answer) if self.alone else [summary(answer)]
        for text in told:
            note(text)


class ColumnsView(View):
    """Shows two answers side by side while they come."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.texts, self.below = ["", ""], ["", ""]
        self.console = Console(highlight=False, markup=False, emoji=False)
        self.live: Live | None = None

    @contextmanager
    def showing(self, names: list[str]) -> Iterator[None]:
        """Show the end of what is there while answers come, then all of it."""
        self.names, self.texts, self.below = names, ["", ""], ["", ""]
        try:
            with Live(
                console=self.console, auto_refresh=False, transient=True,
                redirect_stdout=False, redirect_stderr=False,
            ) as self.live:  # fmt: skip
                yield
        finally:
            self.live = None
            head, *rows = self.rows()
            self.console.print(head, *rows, sep="\n", soft_wrap=True)

    def told(self, number: int, text: str) -> None:
        """Take an answer's text so far."""
        self.texts[number] = clean_start(text)
        self.refresh()

    def ended(self, number: int, answer: Answer) -> None:
        """Take an answer."""
        self.texts[number], self.below[number] = clean_text(answer["text"]), summary(answer)
        self.refresh()

    def refresh(self) -> None:
        """Draw the names and as many of the last lines as the window has room for."""
        head, *rows = self.rows()
        room = max(1, self.console.height - 2)
        if self.live:
            self.live.update(Text("\n").join([head, *rows[-room:]]), refresh=True)

    def rows(self) -> list[Text]:
        """Return the names, and the lines of both columns."""
        width = (window_width() - len(BETWEEN)) // 2
        columns = [
            [(line, "") for line in wrap_lines(text, width)]
            + [(line, "dim") for line in wrap_lines(below, width) if line]
            for text, below in zip(self.texts, self.below, strict=True)
        ]
        head = [(clean_line(name), "bold") for name in self.names]
        pairs = [head, *zip_longest(*columns, fillvalue=("", ""))]
        return [
            Text.assemble(
                (set_cell_size(left[0], width), left[1]), (BETWEEN, "dim"),
                (set_cell_size(right[0], width).rstrip(), right[1]),
            )
            for left, right in pairs
        ]  # fmt: skip


class JsonView(View):
    """Writes a line of JSON an answer, when it has ended."""

    def ended(self, number: int, answer: Answer) -> None:
        """Write an answer."""
        write(write_line(answer) + "\n")


def choose_view(partners: int, as_json: bool, alone: bool) -> View:
    """Return how the answers of so many models to a question are shown."""
    if as_json:
        return JsonView()
    console = Console()
    screen = console.is_terminal and not console.is_dumb_terminal
    if partners > 1 and screen and window_width() >= NARROWEST - 1:
        return ColumnsView()
    return TextView(alone)


def write_line(answer: Answer) -> str:
    """Return an answer as a line of JSON that a terminal can show."""
    return clean_json(json.dumps(answer, ensure_ascii=False))


def window_width() -> int:
    """Return the columns of the window that lines may fill: all but the last one."""
    return max(20, shutil.get_terminal_size().columns - 1)


def write(text: str) -> None:
    """Write to standard output now."""
    sys.stdout.write(text)
    sys.stdout.flush()
