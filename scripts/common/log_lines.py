"""The lines of a log: one a message, which a terminal shows as it is, whatever is told in it.

A message may hold a text of somebody else: a server's, a model's, a record's. It makes no line that
could be taken for another message, and none without an end.
"""

import logging
import sys
from traceback import TracebackException
from types import TracebackType

from scripts.common.escapes import bounded, clean_message, clean_text


class LogFile(logging.FileHandler):
    """A log on a disk that may be full: its lines are lost then, and the error is told once."""

    def handleError(self, record: logging.LogRecord) -> None:
        """Say nothing of a line that the disk has no room for."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handleError(record)


class LogLines(logging.Formatter):
    """Writes ``12:00:01 message``, and below it the traceback of an error."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a message as one line, a traceback as more."""
        line = f"{self.formatTime(record, '%H:%M:%S')} {clean_message(record.getMessage())}"
        error = record.exc_info[1] if record.exc_info else None
        return line if error is None else f"{line}\n{describe_error(error)}"


def describe_error(error: BaseException) -> str:
    """Return a traceback as Python writes it, cleaned; the lines of an error's text are indented.

    What is at the left edge is Python's own word.
    """
    parts = TracebackException.from_exception(error).format()
    return "".join(map(describe_part, parts)).rstrip("\n")


def describe_part(part: str) -> str:
    """Return a part of a traceback: a heading, a frame, or an error's name and text."""
    if part[0] in " \n":  # a frame, a heading between two errors
        return clean_text(part)
    return bounded(part, lambda seen: clean_text(seen).rstrip("\n").replace("\n", "\n  ")) + "\n"


def show_traceback(
    kind: type[BaseException], error: BaseException, trace: TracebackType | None
) -> None:
    """Print an error that nothing has caught, in the place of Python's own hook; Ctrl-C is none."""
    if not issubclass(kind, KeyboardInterrupt):
        print(describe_error(error), file=sys.stderr)
