"""Running the tiny study as `make` does, and what its results are."""

import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil

from scripts.common.files import ROOT
from tests.support.fork_server import forking_environment
from tests.support.result_files import OF_THE_RUN
from tests.support.tiny_study import CACHE, STUDY, prepare_folder

LONGEST = 900  # seconds; the whole study takes three minutes on an idle machine
# What is made again only where something needs it: tables and scores are there without.
BETWEEN = {
    "auxiliary", "benchmarks", "checks", "clean", "corpora", "models", "packed", "predictions",
    "records", "tokenizers",
}  # fmt: skip
HUNG = -999
PREPARING = threading.Lock()  # transformers imports lazily, which two threads cannot do at once


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit status (`HUNG` after `LONGEST`) and all that it printed."""

    status: int
    output: str

    @property
    def errors(self) -> list[str]:
        """Return its lines that say what is wrong, each once."""
        lines = (line.strip() for line in self.output.splitlines())
        return list(dict.fromkeys(line for line in lines if line.startswith("error:")))


def make_command(*options: str, study: Path = STUDY) -> list[str]:
    """Return what `make` runs, on the tiny study."""
    start = [sys.executable, "-m", "scripts.environments.run_study"]
    words = ["--snakefile", str(ROOT / "Snakefile"), "--study", str(study), "--cores", "2"]
    return [*start, *words, *options]


def surroundings(forking: bool = True) -> dict[str, str]:
    """Return the environment of a run; forked scripts start in no time."""
    return os.environ | {"PYTHONPATH": str(ROOT)} | (forking_environment() if forking else {})


def start(
    folder: Path, command: Sequence[str], environment: Mapping[str, str] | None = None
) -> subprocess.Popen[str]:
    """Start a command in a process group of its own, which Ctrl-C reaches."""
    return subprocess.Popen(
        command,
        cwd=folder,
        env=surroundings() if environment is None else environment,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )


def end(process: subprocess.Popen[str], seconds: float = LONGEST) -> Outcome:
    """Wait for a command's end."""
    try:
        output, _ = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return Outcome(HUNG, "")  # of its streams jobs that outlive it may never let go
    return Outcome(process.returncode, output)


def end_jobs(folder: Path) -> None:
    """Kill the processes that work in a folder, and wait until none is left.

    They outlive a workflow that was killed, and would write into a folder that is deleted.
    """
    while jobs := jobs_in(folder):
        for process in jobs:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        psutil.wait_procs(jobs, timeout=1)


def jobs_in(folder: Path) -> list[psutil.Process]:
    """Return the processes that work in a folder and have not ended."""
    found = psutil.process_iter(["cwd", "status"])
    alive = (one for one in found if one.info["status"] != psutil.STATUS_ZOMBIE)
    placed = (one for one in alive if one.info["cwd"])
    return [one for one in placed if Path(one.info["cwd"]).is_relative_to(folder)]


def make(folder: Path, *options: str, environment: Mapping[str, str] | None = None) -> Outcome:
    """Run `make` on the tiny study of a folder."""
    return end(start(folder, make_command(*options), environment))


def prepare(folder: Path) -> Path:
    """Give a folder what the study begins with, raw files included: they may be damaged."""
    with PREPARING:
        prepare_folder(folder)
    raw = folder / "results" / "raw"
    raw.unlink()
    shutil.copytree(CACHE, raw, ignore=shutil.ignore_patterns("path", "*.lock"))
    return folder


def copy(reference: Path, folder: Path) -> Path:
    """Copy a study's folder, with the times of its files; links between files stay links."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", str(reference), str(folder)], check=True)
    return folder


def results(folder: Path) -> dict[str, str]:
    """Return the digest of each file that is a result, by its name in ``results/``."""
    places = [path for path in (folder / "results").rglob("*") if path.is_file()]
    named = {path.relative_to(folder / "results").as_posix(): path for path in places}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in sorted(named.items())
        if not OF_THE_RUN.search(name)
    }


def differing(expected: Mapping[str, str], found: Mapping[str, str]) -> list[str]:
    """Return the names of results that are too many, of other bytes, or missing.

    Snakemake does not make again what a failed job's end has deleted, and nothing needs any more.
    """
    names = sorted(expected.keys() | found.keys())
    needed = (name for name in names if name in found or name.split("/")[0] not in BETWEEN)
    return [name for name in needed if expected.get(name) != found.get(name)]


def leftovers(folder: Path) -> list[str]:
    """Return the names of unfinished files and folders."""
    return sorted(
        str(path.relative_to(folder)) for path in (folder / "results").rglob(".*.partial")
    )
