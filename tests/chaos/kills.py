"""Runs of the whole study, ended at random moments and started again by the same command."""

import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import psutil

from tests.chaos.runs import Outcome, end, leftovers, make, make_command, prepare, start
from tests.chaos.verdicts import Found, Trial, Verdict, judge

KILLS = 10  # of one run of the study
MOMENTS = (1.0, 25.0)  # seconds after a start
PATIENCE = 60  # seconds for an end that was asked for
WAYS = {
    "kill -9 of the process group": signal.SIGKILL,
    "Ctrl-C": signal.SIGINT,
    "SIGTERM to the process group": signal.SIGTERM,
}
ALONE = "kill -9 of make's processes, whose jobs outlive them"


def kill_trials(
    reference: Path, expected: Mapping[str, str], chance: random.Random
) -> Iterator[Trial]:
    """Yield ten runs of ten kills each: of seven the whole process group is killed."""
    ways = [*WAYS, ALONE, *["kill -9 of the process group"] * 6]
    for number, way in enumerate(ways):
        name = f"{KILLS} at random moments, {number + 1}"
        yield Trial(way, name, partial(killed, expected, way, random.Random(chance.random())))


def killed(expected: Mapping[str, str], way: str, chance: random.Random, folder: Path) -> Found:
    """Run the study from its beginning, ended again and again, and then to its end."""
    prepare(folder)
    for number in range(KILLS):
        process = start(folder, make_command())
        time.sleep(chance.uniform(*MOMENTS))
        outcome = stop(process, way)
        if outcome.status == 0 or "Traceback" in outcome.output:
            found = judge(outcome, folder, expected)
            if outcome.status != 0 or found.verdict is not Verdict.SAME:
                return Found(found.verdict, f"after {number} kills: {found.detail}")
            break
    found = judge(make(folder), folder, expected)
    left = leftovers(folder)
    if found.verdict is Verdict.SAME and left:
        return Found(Verdict.LOST, f"left: {', '.join(left)}")
    return found


def stop(process: subprocess.Popen[str], way: str) -> Outcome:
    """End a run; Ctrl-C is pressed again every few seconds, as a person would."""
    if way == ALONE:
        with suppress(psutil.NoSuchProcess):
            for one in (*psutil.Process(process.pid).children(), process):  # Snakemake first
                one.kill()
        # What they have started holds their streams, and continues; nobody reads them to their end.
        process.wait()
        return Outcome(-signal.SIGKILL, "")
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, WAYS[way])
        try:
            output, _ = process.communicate(timeout=3)
            return Outcome(process.returncode, output)
        except subprocess.TimeoutExpired:
            continue
    return end(process, 1)
