"""What `make` calls: run a study to its report, show its main table, say where the report is.

Started again after Ctrl-C or kill -9 it goes on; while one run is alive a second is refused. What
it does not know itself is handed to Snakemake::

    python -m scripts.environments.run_study --study config.yaml --cores all
"""

import argparse
import fcntl
import os
import subprocess
import sys
import time
from pathlib import Path

from scripts.common.errors import InputError
from scripts.common.files import ROOT, remove
from scripts.study.parse_study import load_study
from scripts.study.validate import read_yaml

CONSOLE = ROOT / "scripts" / "environments" / "console"


def main(study: Path, options: list[str]) -> int:
    """Check the study, run Snakemake under a lock of the kernel's, print the table."""
    try:
        load_study(read_yaml(study), str(study))
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    Path(".snakemake").mkdir(exist_ok=True)
    with open(".snakemake/make.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("error: another run is at work in this folder", file=sys.stderr)
            return 1
        # Nobody else runs here, so Snakemake's own lock is a killed run's.
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
    command = [sys.executable, "-m", "snakemake", "--logger", "lingraft", *options, "--", "all"]
    paths = [str(CONSOLE), os.environ.get("PYTHONPATH", "")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, paths))}
    process = subprocess.Popen(command, env=environment, pass_fds=[lock])
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            continue  # Snakemake got it too: it ends its jobs and itself


def cores(text: str) -> str:
    """Parse a number of cores; Snakemake would wait for ever with none."""
    if text != "all" and not (text.isdecimal() and int(text) > 0):
        raise argparse.ArgumentTypeError(f"found {text!r}, expected 'all' or a number from 1 on")
    return text


def print_table() -> int:
    """Print the main table and the report's path; return the exit status."""
    files = ["--table", "results/tables/main.csv", "--report", "results/report.html"]
    return subprocess.call([sys.executable, "-m", "scripts.tables.print_table", *files])


def duration(seconds: float) -> str:
    """Return seconds as ``14 min 3 s``."""
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="environments.run_study", description="run a study")
    parser.add_argument("--study", type=Path, default=Path("config.yaml"))
    parser.add_argument("--cores", type=cores, default="all")
    known, others = parser.parse_known_args()
    sys.exit(main(known.study, ["--cores", known.cores, *others]))
