"""What every script does at its start and end, so that none has to.

A script ends with::

    if __name__ == "__main__":
        run(main, parser())

`run` adds ``--log``, prints an `InputError` as one line, writes any other traceback to the log
too, and, where ``$LINGRAFT_TRACE`` names a file, appends when the process started and when its
work began and ended; the report tells start-up from work by it.
"""

import argparse
import json
import logging
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil

from scripts.common.errors import InputError

log = logging.getLogger("lingraft")


def run(main: Callable[[argparse.Namespace], None], parser: argparse.ArgumentParser) -> None:
    """Parse the command line, set up logging and run `main`; exit 1 on an error.

    Where a script runs as several processes (torchrun's ``RANK``), the first one speaks for all:
    the others' mistakes are its own too, unless they name their process.
    """
    began = time.time()
    parser.add_argument("--log", type=Path, help="write log lines to this file")
    arguments = parser.parse_args()
    set_up_logging(arguments.log)
    try:
        main(arguments)
    except InputError as error:
        if is_first() or str(error).startswith("process "):
            if arguments.log:
                log.error("%s", error)
            print(f"error: {error}", file=sys.stderr)
        sys.exit(1)
    except Exception:
        if arguments.log:
            log.exception("failed")
        raise
    if is_first():
        write_trace(parser.prog, began)


def positive(text: str) -> int:
    """Parse a positive integer of the command line."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a positive integer")
    return number


def is_first() -> bool:
    """Tell whether this is the only process of the script, or the first of several."""
    return os.environ.get("RANK", "0") == "0"


def set_up_logging(path: Path | None) -> None:
    """Send log lines to `path`, or to stderr where there is none."""
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        if is_first():
            path.write_text("")
    # Appending, for several processes may write the same file.
    handler = logging.FileHandler(path, mode="a") if path else logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(message)s", "%H:%M:%S"))
    log.addHandler(handler)
    log.setLevel(logging.INFO)
    log.propagate = False


def write_trace(script: str, began: float) -> None:
    """Append this process's times (seconds since the epoch) to ``$LINGRAFT_TRACE``."""
    path = os.environ.get("LINGRAFT_TRACE")
    if not path:
        return
    times = {
        "script": script,
        "started": psutil.Process().create_time(),
        "began": began,
        "ended": time.time(),
    }
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    with open(path, "a", encoding="utf-8") as stream:
        stream.write(json.dumps(times) + "\n")
