"""What `make` calls: run a study to its report, show its main table, say where the report is.

In: a study and options; those it does not know are passed to Snakemake. Out: the exit status of
Snakemake. Started again after Ctrl-C or kill -9 it resumes; a second run beside a live one is
refused.

Example::

    python -m scripts.environments.run_study --study config.yaml --cores all
"""

import argparse
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import IO

from scripts.common.command import make_parser
from scripts.common.errors import InputError
from scripts.common.escapes import error_line
from scripts.common.files import ROOT, remove
from scripts.common.run_lock import is_at_work
from scripts.study.parse_study import load_study
from scripts.study.yaml_file import read_yaml

# Commands and files hold all languages, whatever the terminal's locale can encode.
UTF_8 = {"PYTHONUTF8": "1"}
# As `python -m snakemake`, but `scripts` hides what Ctrl-C leaves while Snakemake's modules load.
SNAKEMAKE = "import runpy, scripts; runpy.run_module('snakemake', None, '__main__', True)"
CONSOLE = ROOT / "scripts" / "environments" / "console"


def main(study: Path, options: list[str]) -> int:
    """Check the study, run Snakemake under a lock file, print the table; return the exit status."""
    try:
        load_study(read_yaml(study), str(study))
    except InputError as error:
        print(error_line(error), file=sys.stderr)
        return 1
    try:
        Path(".snakemake").mkdir(exist_ok=True)
        with open(".snakemake/make.lock", "w") as lock:
            return run_locked(study, options, lock)
    except OSError as error:
        print(error_line(f"{error.filename or '.snakemake'}: {error.strerror}"), file=sys.stderr)
        return 1


def run_locked(study: Path, options: list[str], lock: IO[str]) -> int:
    """Run Snakemake unless another run holds the lock file; return the exit status."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        is_free = not is_at_work()  # one that `snakemake` has started
    except BlockingIOError:
        is_free = False
    if not is_free:
        print(error_line("another run is at work in this folder"), file=sys.stderr)
        return 1
    # No other run holds a lock file, so Snakemake's own lock was left by a killed run.
    remove(Path(".snakemake/locks"))
    began = time.monotonic()
    status = run_snakemake(["--configfile", str(study), *options], lock.fileno())
    if status == 0 and not {"-n", "--dry-run"} & set(options):
        status = print_table()
        print(f"took {duration(time.monotonic() - began)}")
    return status


def run_snakemake(options: list[str], lock: int) -> int:
    """Run `snakemake all` with one line a job; return its exit status.

    Snakemake inherits the lock, so that it is held as long as either of the two lives.
    """
    command = [sys.executable, "-c", SNAKEMAKE, "--logger", "lingraft", *options, "--", "all"]
    paths = [str(CONSOLE), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | UTF_8 | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    process = subprocess.Popen(command, env=environment, pass_fds=[lock])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # Snakemake has it too: it ends its jobs and exits with 1


def cores(text: str) -> str:
    """Parse a number of cores; Snakemake would wait for ever with none."""
    if text != "all" and not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected 'all' or a number from 1 on")
    return text


def home(text: str) -> Path:
    """Parse a path whose ~ `make` leaves as it is: it quotes the path, which may have spaces."""
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        raise argparse.ArgumentTypeError(f"{text}: {error}") from None


def print_table() -> int:
    """Print the main table and the report's path; return the exit status."""
    files = ["--table", "results/tables/main.csv", "--report", "results/report.html"]
    command = [sys.executable, "-m", "scripts.tables.print_table", *files]
    return subprocess.call(command, env=os.environ | UTF_8)


def duration(seconds: float) -> str:
    """Return seconds as ``14 min 3 s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("environments.run_study", __doc__)
    options.add_argument("--study", type=home, default=Path("config.yaml"), help="YAML")
    options.add_argument("--cores", type=cores, default="all", help="a number, or all (all)")
    return options


if __name__ == "__main__":
    known, others = parser().parse_known_args()
    sys.exit(main(known.study, ["--cores", known.cores, *others]))
