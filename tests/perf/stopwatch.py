"""A stopwatch outside of the contestants: when did each line of a step log arrive?

All contestants append a JSON line a step. Timing the lines' arrival counts whatever a step costs,
data loading and logging too, in the same way for everyone.
"""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import ROOT

POLL = 0.01  # seconds; the same file is read again at each


@dataclass(frozen=True)
class Lap:
    """What a contestant did between the end of its warm-up and its last step."""

    steps: list[dict[str, Any]]
    seconds: float

    @property
    def useful_tokens_per_second(self) -> float:
        return sum(step["useful_tokens"] for step in self.steps) / self.seconds


def run_lap(
    command: list[str],
    environment: dict[str, str],
    log: Callable[[], Path | None],
    output: Path,
    seconds: float,
    warmup: int,
) -> Lap:
    """Run a contestant for `seconds` after `warmup` steps, then end it.

    Args:
        command: starts it.
        environment: its environment variables.
        log: returns the step log's path once it is known.
        output: file for what it prints.
        seconds: measured time, of which at least two steps are.
        warmup: steps that are not measured.
    """
    began, steps, last = 0.0, [], 0.0
    with started(command, environment, output) as process:
        for line, arrived in arrivals(process, log, output):
            if line["step"] == warmup:
                began = arrived
            elif line["step"] > warmup:
                steps.append(line)
                last = arrived
                if last - began >= seconds and len(steps) >= 2:
                    break
    if len(steps) < 2:
        raise InputError(f"{output}: found {len(steps)} measured steps, expected 2 or more")
    return Lap(steps, last - began)


@contextmanager
def started(
    command: list[str], environment: dict[str, str], output: Path
) -> Iterator[subprocess.Popen]:
    """Start a process in a group of its own; end the group with the block."""
    with output.open("w") as stream:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=stream,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def arrivals(
    process: subprocess.Popen, log: Callable[[], Path | None], output: Path
) -> Iterator[tuple[dict[str, Any], float]]:
    """Yield (line, time of its arrival) until the process ends; raise if it ends badly."""
    seen = 0
    while True:
        ended = process.poll() is not None
        path = log()
        text = path.read_text() if path and path.exists() else ""
        now = time.monotonic()
        whole = text[: text.rfind("\n") + 1].splitlines()
        for line in whole[seen:]:
            yield json.loads(line), now
        seen = len(whole)
        if ended:
            break
        time.sleep(POLL)
    if process.returncode:
        tail = "".join(output.read_text(errors="replace").splitlines(True)[-20:])
        raise InputError(f"{output}: ended with {process.returncode}\n{tail}")
