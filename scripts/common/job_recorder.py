"""Writing what a job's script took (`scripts.common.job_times`), while it runs and at its end."""

import json
import logging
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from scripts.common.job_times import read_starts, times_path
from scripts.common.slurm_job import job_number, node_name, read_wait
from scripts.common.usage import Usage

GRAPH = "timings/jobs.json"  # beside the folder of logs: what the workflow's jobs ask for
WIDTH = 700  # bytes of the line that is overwritten


class Recorder:
    """Writes one start into the file beside a job's log; what a job that ended left is replaced."""

    def __init__(self, log: Path, script: str) -> None:
        self.path, self.place = times_path(log), None
        asked = read_asked(log)
        self.usage = Usage(asked["gpus"] or 0, self.write_seen)
        now = time.time()
        begin = {"script": script, "started": now - process_age(), "began": now}
        begin |= {"node": node_name()} | asked | read_slurm()
        with suppress(OSError):
            starts = read_starts(self.path)
            if starts and starts[-1].ended is not None:
                self.path.unlink()
            append(self.path, begin)
            self.place = self.path.stat().st_size
        self.usage.start()

    def write_seen(self, used: dict[str, Any]) -> None:
        """Note what was used so far, in place of what was noted before.

        The line is of one length and written at once, so that a kill leaves one or the other.
        """
        line = json.dumps({"seen": time.time(), **used}).encode()
        if self.place is None or len(line) >= WIDTH:
            return
        with suppress(OSError):
            file = os.open(self.path, os.O_WRONLY)
            try:
                os.pwrite(file, line.ljust(WIDTH - 1) + b"\n", self.place)
            finally:
                os.close(file)

    def close(self, how: str) -> None:
        """Note that the work has `ended`, or `failed` as was told, or how far it was `seen`."""
        used = self.usage.stop()
        if how == "seen":
            self.write_seen(used)
            return
        with suppress(OSError):
            append(self.path, {how: time.time(), **used})


def begin(log: Path, script: str) -> Recorder | None:
    """Return what records a start that begins its work now; no job fails for its times' sake."""
    try:
        return Recorder(log, script)
    except Exception:
        logging.getLogger("lingraft").exception("its times are not recorded")
        return None


def read_asked(log: Path) -> dict[str, int | None]:
    """Return the CPUs and GPUs that the workflow asks for the job with this log.

    Its graph of jobs tells, by the job's name (scripts/study/job_graph.py).
    """
    asked: dict[str, int | None] = {"cpus": None, "gpus": None}
    parts = log.with_suffix("").parts
    if "logs" not in parts:
        return asked
    at = len(parts) - 1 - parts[::-1].index("logs")
    with suppress(OSError, ValueError, KeyError, TypeError):
        graph = json.loads(Path(*parts[:at], GRAPH).read_text(encoding="utf-8"))
        job = graph["jobs"]["/".join(parts[at + 1 :])]
        asked = {"cpus": job["threads"] * job.get("nodes", 1), "gpus": job.get("gpus", 0)}
    return asked


def read_slurm() -> dict[str, Any]:
    """Return the Slurm job that this process is in, and when it was queued; nothing outside."""
    number = job_number()
    return {"slurm": number, "queued": read_wait(number)} if number else {}


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
