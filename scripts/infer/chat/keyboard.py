"""What a person types: questions, with the usual keys and a history; Ctrl-C during an answer."""

import os
import select
import signal
import sys
import termios
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from prompt_toolkit import PromptSession
from prompt_toolkit.completion import CompleteEvent, Completer, Completion, PathCompleter
from prompt_toolkit.document import Document
from prompt_toolkit.formatted_text import HTML
from prompt_toolkit.history import FileHistory
from prompt_toolkit.input import create_input
from prompt_toolkit.input.typeahead import store_typeahead
from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
from prompt_toolkit.keys import Keys
from prompt_toolkit.output import create_output
from prompt_toolkit.shortcuts import CompleteStyle

HISTORY = Path(".cache/chat/history")
WITH_PATHS = ("/save ", "/load ")
Complete = Callable[[str], Iterable[str]]  # from the line before the cursor: its last word


class Questions(FileHistory):
    """The questions of all conversations; none where they cannot be written."""

    def store_string(self, string: str) -> None:
        """Add a question to the file."""
        try:
            HISTORY.parent.mkdir(parents=True, exist_ok=True)
            super().store_string(string)
        except OSError:
            return

    def load_history_strings(self) -> Iterable[str]:
        """Return the questions, the last first."""
        try:
            return super().load_history_strings()
        except OSError:
            return []


class Commands(Completer):
    """Completes commands, and the names and paths that stand behind them."""

    def __init__(self, complete: Complete) -> None:
        self.complete, self.paths = complete, PathCompleter(expanduser=True)

    def get_completions(self, document: Document, event: CompleteEvent) -> Iterator[Completion]:
        """Yield what the word before the cursor may be."""
        line = document.text_before_cursor
        if not line.startswith("/"):
            return
        for command in WITH_PATHS:
            if line.startswith(command):
                path = Document(line.removeprefix(command))
                yield from self.paths.get_completions(path, event)
                return
        word = line.rpartition(" ")[2]
        for found in self.complete(line):
            yield Completion(found, start_position=-len(word))


class Keyboard:
    """A terminal's keyboard."""

    def __init__(self, complete: Complete) -> None:
        self.input = create_input(sys.stdin)
        self.interrupted = False
        self.prompts: PromptSession[str] = PromptSession(
            input=self.input,
            # Answers may go to a file.
            output=create_output(sys.stdout if sys.stdout.isatty() else sys.stderr),
            history=Questions(HISTORY),
            completer=Commands(complete),
            complete_while_typing=False,
            complete_style=CompleteStyle.READLINE_LIKE,
            multiline=True,
            key_bindings=keys(),
            enable_open_in_editor=True,
            enable_suspend=True,
            prompt_continuation=lambda width, number, wrapped: "" if wrapped else " " * width,
        )

    def ask(self, label: str, hint: str = "") -> str | None:
        """Return what a person types; None for Ctrl-C, and `is_empty` tells whether that was all.

        Args:
            label: stands before it.
            hint: is shown as long as nothing is typed.

        Raises:
            EOFError: if that is Ctrl-D on an empty line.
        """
        shown = HTML("<b><ansigreen>{}</ansigreen></b> ").format(label)
        faint = HTML("<ansibrightblack>{}</ansibrightblack>").format(hint)

        def below() -> HTML | str:
            return "" if self.prompts.app.is_done else faint

        try:
            return self.prompts.prompt(shown, placeholder=below)
        except KeyboardInterrupt:
            return None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing was typed when the last question was given up."""
        return not self.prompts.default_buffer.text

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Let Ctrl-C be a key, which `wants` reads, and show nothing of what is typed meanwhile.

        As a signal it would reach `make` too, which then ends with an error.
        """
        place = self.input.fileno()
        before = termios.tcgetattr(place)
        changed = termios.tcgetattr(place)
        changed[0] &= ~termios.ICRNL
        changed[3] &= ~(termios.ECHO | termios.ICANON)
        changed[6][termios.VINTR] = bytes([os.fpathconf(place, "PC_VDISABLE")])
        changed[6][termios.VMIN], changed[6][termios.VTIME] = 1, 0
        self.interrupted = False
        handler = signal.signal(signal.SIGINT, self.interrupt)
        termios.tcsetattr(place, termios.TCSANOW, changed)
        try:
            yield
        finally:
            termios.tcsetattr(place, termios.TCSANOW, before)
            signal.signal(signal.SIGINT, handler)

    def interrupt(self, *_: object) -> None:
        """Note a signal."""
        self.interrupted = True

    def wants(self) -> bool:
        """Tell whether no Ctrl-C came since this was asked last; other keys are kept for later."""
        while select.select([self.input.fileno()], [], [], 0)[0] and not self.input.closed:
            keys = self.input.read_keys()
            others = [key for key in keys if key.key != Keys.ControlC]
            self.interrupted |= len(others) < len(keys)
            store_typeahead(self.input, others)
        interrupted, self.interrupted = self.interrupted, False
        return not interrupted


def keys() -> KeyBindings:
    """Return the keys that differ from an editor's: Enter asks, Alt-Enter begins a new line."""
    bindings = KeyBindings()

    @bindings.add("enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    @bindings.add("escape", "enter")
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.insert_text("\n")

    return bindings
