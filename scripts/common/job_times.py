"""When a job's script was started, began its work and ended: JSON lines beside the job's log.

A file a job, ``<job>.times.jsonl`` beside ``<job>.log``: on a cluster's file system, jobs of
several nodes cannot safely append to one. A start is two lines, the second at the end of its work::

    {"script": "train.train_model", "started": 1764367402.1, "began": 1764367408.9}
    {"ended": 1764367590.2, "cpu": 331.4}

Times are seconds since the epoch; `cpu` is the processor seconds of the process and of the children
that it waited for, null for one of several processes. A start without an end failed, was killed, or
is at work. No result depends on these files.
"""

import json
import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

SUFFIX = ".times.jsonl"


@dataclass(frozen=True)
class Start:
    """One start of a script: its interpreter's start, its work's begin and end, CPU seconds."""

    started: float
    began: float
    ended: float | None = None
    cpu: float | None = None


def times_path(log: Path) -> Path:
    """Return where the times of the job with this log are."""
    return log.with_suffix(SUFFIX)


def write_begin(log: Path, script: str) -> None:
    """Note that a script begins its work; what a job that ended left is replaced."""
    path, now = times_path(log), time.time()
    with suppress(OSError):  # no job fails for its times' sake
        starts = read_starts(path)
        if starts and starts[-1].ended is not None:
            path.unlink()
        append(path, {"script": script, "started": now - process_age(), "began": now})


def write_end(log: Path) -> None:
    """Note that a script's work has ended."""
    used = os.times()
    seconds = used.user + used.system + used.children_user + used.children_system
    alone = os.environ.get("WORLD_SIZE", "1") == "1"
    with suppress(OSError):
        append(times_path(log), {"ended": time.time(), "cpu": round(seconds, 2) if alone else None})


def append(path: Path, line: dict[str, Any]) -> None:
    """Append a line, on a line of its own even behind a torn one."""
    with path.open("a", encoding="utf-8") as stream:
        torn = stream.tell() and not path.read_bytes().endswith(b"\n")
        stream.write(("\n" if torn else "") + json.dumps(line) + "\n")


def process_age() -> float:
    """Return the seconds since this process was created.

    psutil's time of creation is a second off at worst, for Linux tells the boot's in whole seconds.
    """
    if not hasattr(time, "CLOCK_BOOTTIME"):
        return max(0.0, time.time() - psutil.Process().create_time())
    behind_name = Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2]
    ticks = int(behind_name.split()[19])  # since the boot: the 22nd field, proc(5)
    created = ticks / os.sysconf("SC_CLK_TCK")
    return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - created)


def read_starts(path: Path) -> list[Start]:
    """Return the starts of a job in their order, none where the file is missing.

    What a killed process left of a line is skipped.
    """
    starts: list[Start] = []
    if not path.is_file():
        return starts
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
            if "began" in entry:
                starts.append(Start(entry["started"], entry["began"]))
            elif "ended" in entry and starts and starts[-1].ended is None:
                last = starts.pop()
                starts.append(Start(last.started, last.began, entry["ended"], entry["cpu"]))
        except (ValueError, KeyError, TypeError):
            continue
    return starts
