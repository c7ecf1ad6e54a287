"""What every script does at its start and end, so that none has to.

A script ends with::

    if __name__ == "__main__":
        run(main, parser())

`run` adds ``--log``, compares the digests of what the options name (`scripts.common.digests`),
prints an `InputError`, or a path that is not there, as one line, writes any
other traceback to the log too, and notes beside the log when the process started, when its work
began and ended, and what it used (`scripts.common.job_times`). `run_each` is for a script that does
several pieces of work in one process: ``--model m --each --output a --each --output b``.
"""

import argparse
import gc
import json
import logging
import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

from scripts.common import job_recorder
from scripts.common.digests import check_inputs, forget_digests, note_outputs
from scripts.common.errors import InputError
from scripts.common.escapes import clean_message, error_line
from scripts.common.log_lines import LogFile, LogLines, show_traceback
from scripts.common.shortages import FULL_DISK, is_full, is_short_of_memory

log = logging.getLogger("lingraft")
# Where the processes that a launcher started leave the errors that it prints (`report_error`).
ERRORS = "LINGRAFT_ERRORS"
# What the operating system says of a path that a person mistyped, or may not read or write.
MISTAKEN = (FileNotFoundError, IsADirectoryError, NotADirectoryError, PermissionError)
EACH = "--each"
NO_MEMORY = "out of memory: this process may not have as much as it needs (its log has where)"
INTERRUPTED = 130  # what a shell says of a process that Ctrl-C has ended


def run(
    main: Callable[[argparse.Namespace], None],
    parser: argparse.ArgumentParser,
    alone: Callable[[argparse.Namespace], AbstractContextManager[None]] = lambda _: nullcontext(),
) -> None:
    """Parse the command line, set up logging and run `main`; exit 1 on an error.

    Args:
        alone: what is held meanwhile, such as a lock of the output, its digests included.
    """
    arguments = parse(parser)

    def work() -> None:
        with alone(arguments):
            guard([arguments], lambda: main(arguments))

    run_logged(work, parser.prog, arguments.log)


def run_each(
    main: Callable[[list[argparse.Namespace]], None], parser: argparse.ArgumentParser
) -> None:
    """Do as `run` does; `main` gets the options of every piece of work (`parse_each`)."""
    several = parse_each(parser)
    run_logged(lambda: guard(several, lambda: main(several)), parser.prog, several[0].log)


def guard(options: list[argparse.Namespace], work: Callable[[], None]) -> None:
    """Do a script's work on inputs that are as they were written; note what its outputs are.

    Of several processes the first one compares and notes.
    """
    if not is_first():
        return work()
    check_inputs(options)
    forget_digests(options)
    work()
    note_outputs(options)


def run_logged(work: Callable[[], None], script: str, path: Path | None) -> None:
    """Do a script's work with its log at `path`, its times beside it; exit 1 on an error."""
    set_up_logging(path)
    sys.excepthook = show_traceback
    # No times beside /dev/null.
    timed = path if is_first() and path and path.is_file() else None
    recorder = job_recorder.begin(timed, script) if timed else None
    how = "seen"
    try:
        work()
        how = "ended"
    except InputError as error:
        how = "failed"
        report_error(str(error), path is not None)
        sys.exit(1)
    except KeyboardInterrupt:
        report_error("interrupted", path is not None)
        sys.exit(INTERRUPTED)
    except OSError as error:
        if path:
            log.exception("failed")
        mistaken = isinstance(error, MISTAKEN) and error.filename is not None
        if is_short_of_memory(error):
            report_error(NO_MEMORY, path is not None)
            sys.exit(1)
        if not (mistaken or is_full(error)):
            raise
        if is_full(error):  # a path may be seen a moment later on a cluster's file system
            how = "failed"
        place = f"{error.filename}: " if error.filename else ""
        report_error(f"{place}{error.strerror or FULL_DISK}", path is not None)
        sys.exit(1)
    except Exception as error:
        if path:
            log.exception("failed")
        if not is_short_of_memory(error):
            raise
        report_error(NO_MEMORY, path is not None)
        sys.exit(1)
    finally:
        if recorder:
            recorder.close(how)
    # Python's last act would be to search all that torch brought for circles: a second a job.
    gc.freeze()


def make_parser(name: str, docs: str | None) -> argparse.ArgumentParser:
    """Return the parser of a script; its help begins with the module's docstring as it is written.

    That says what goes in, what comes out, and shows an example.
    """
    return argparse.ArgumentParser(
        prog=name, description=docs, formatter_class=argparse.RawDescriptionHelpFormatter
    )


def parse(parser: argparse.ArgumentParser, words: list[str] | None = None) -> argparse.Namespace:
    """Parse a script's command line, this process's where no words are given."""
    parser.add_argument("--log", type=Path, help="write log lines to this file")
    return parser.parse_args(words)


def parse_each(
    parser: argparse.ArgumentParser, words: list[str] | None = None
) -> list[argparse.Namespace]:
    """Parse the command line of a script that takes several pieces of work.

    What is before the first ``--each`` counts for all of them, what follows one for a piece alone.
    Without any there is one piece.
    """
    parser.add_argument("--log", type=Path, help="write log lines to this file")
    parser.epilog = f"{EACH} begins a piece of work; options before the first are of all pieces"
    shared, *pieces = split_at(EACH, sys.argv[1:] if words is None else words)
    return [parser.parse_args([*shared, *piece]) for piece in pieces or [[]]]


def split_at(mark: str, words: list[str]) -> list[list[str]]:
    """Return the parts of a list between its marks."""
    parts: list[list[str]] = [[]]
    for word in words:
        if word == mark:
            parts.append([])
        else:
            parts[-1].append(word)
    return parts


def report_error(message: str, logged: bool = False) -> None:
    """Print an error as one line and log it, or leave both to the launcher where there is one.

    Processes that train together end each other: the first one to leave may take along the one
    whose message the user needs. So each writes its own file into ``$LINGRAFT_ERRORS``, and the
    launcher, which outlives them, tells every distinct message once. Without a launcher of ours
    the first process speaks for all, but for errors that name their process.
    """
    message = clean_message(message)
    folder = os.environ.get(ERRORS)
    if folder:
        Path(folder, os.environ.get("RANK", "0")).write_text(message, encoding="utf-8")
    elif is_first() or message.startswith("process "):
        if logged:
            log.error("%s", message)
        print(error_line(message), file=sys.stderr)


def json_mapping(text: str) -> dict[str, Any]:
    """Parse a JSON object of the command line."""
    try:
        value = json.loads(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"not JSON: {error}") from None
    if not isinstance(value, dict):
        raise argparse.ArgumentTypeError(f"found {text}, expected a JSON object")
    return value


def positive(text: str) -> int:
    """Parse a positive integer of the command line."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive integer")
    return number


def named_values(*names: str) -> Callable[[str], tuple[str, ...]]:
    """Return a parser of ``NAME=VALUE`` or ``NAME=VALUE,VALUE`` for a command line.

    Args:
        names: what the parts are called in an error message, as ``"model", "path"``. None may be
            empty; the last may hold anything, commas too.
    """
    first, *others = names
    form = f"{first}={','.join(others)}"

    def parse(text: str) -> tuple[str, ...]:
        name, _, value = text.partition("=")
        values = value.split(",", len(others) - 1)
        if not name or len(values) < len(others) or not all(values):
            raise argparse.ArgumentTypeError(f"found {text!r}, expected {form}")
        return (name, *values)

    return parse


def named_path(text: str) -> tuple[str, Path]:
    """Parse ``NAME=PATH`` of the command line."""
    name, path = named_values("name", "path")(text)
    return name, Path(path)


def is_first() -> bool:
    """Tell whether this is the only process of the script, or the first of several."""
    return os.environ.get("RANK", "0") == "0"


def set_up_logging(path: Path | None, append: bool = False) -> None:
    """Send log lines to `path`, or to stderr where there is none.

    The first of several processes begins a new file, unless it is to append to one.
    """
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        if is_first() and not append:
            path.write_text("")
    # Appending, for several processes may write the same file.
    handler = LogFile(path, mode="a") if path else logging.StreamHandler()
    handler.setFormatter(LogLines())
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False
