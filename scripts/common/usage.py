"""What a job uses while it runs: processor time, memory and energy of its tree of processes.

A thread of the script looks at the tree, often at first and every ten seconds later. Memory is the
largest sum that it saw; what processes share counts once. Of a script of one process it is the
kernel's own maximum.
"""

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Thread
from typing import Any

import psutil

from scripts.common.energy import Energy, Nvml, Rapl

TREE = "LINGRAFT_JOB_PROCESS"  # the process whose tree a job is, where a launcher started this one
SHORTEST, LONGEST, SHARE = 0.5, 10.0, 0.05  # seconds between two looks; of the time so far
MIB = 2**20
IDLE = ("idle", "iowait", "guest", "guest_nice")  # of a node's times; guests' are users', too


class Usage:
    """Looks at a job's processes until `stop`.

    Args:
        gpus: that the job has on this node.
        tell: is given what was used so far, after each look.
    """

    def __init__(self, gpus: int, tell: Callable[[dict[str, Any]], None]) -> None:
        self.tell = tell
        # Of several nodes no process sees all; of several processes the launcher's tree has all.
        world, local = (os.environ.get(name, "1") for name in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"))
        self.tree = os.environ.get(TREE) if world != "1" else None
        self.is_whole = world == "1" or (self.tree is not None and world == local)
        self.root = psutil.Process(int(self.tree) if self.tree else None)
        self.cpu, self.memory = 0.0, 0.0
        self.rapl, self.processors = Rapl(), 0.0
        self.nvml = Nvml(gpus) if gpus else None
        self.busy = read_busy()
        self.over = Event()
        self.thread = Thread(target=self.watch, name="usage", daemon=True)

    def start(self) -> None:
        """Begin to look."""
        with suppress(OSError, psutil.Error):
            self.look()
        self.thread.start()

    def watch(self) -> None:
        """Look until the work is over."""
        began = time.monotonic()
        while True:
            passed = time.monotonic() - began
            if self.over.wait(min(LONGEST, max(SHORTEST, SHARE * passed))):
                return
            with suppress(OSError, psutil.Error):
                self.look()
                self.tell(self.facts())

    def stop(self) -> dict[str, Any]:
        """Look once more; return what was used."""
        self.over.set()
        self.thread.join()  # so that nothing is told behind the end
        with suppress(OSError, psutil.Error):
            self.look()
        return self.facts()

    def look(self) -> None:
        """Add what was used since the last look."""
        processes = [self.root, *self.root.children(recursive=True)]
        cpu = sum(map(read_cpu, processes))
        self.memory = max(self.memory, read_memory(processes), own_peak())
        busy, joules = read_busy(), self.rapl.read()
        spent, passed = max(0.0, cpu - self.cpu), busy - self.busy
        if joules and passed > 0:
            self.processors += joules * min(1.0, spent / passed)
        self.cpu, self.busy = max(cpu, self.cpu), busy

    def facts(self) -> dict[str, Any]:
        """Return processor seconds (None: not all of it is seen), MiB, and energy."""
        return {
            "cpu": round(self.cpu, 2) if self.is_whole else None,
            "memory": round(self.memory, 1),
            "energy": self.energy(),
        }

    def energy(self) -> Energy:
        """Return joules, or why they are missing."""
        if not self.is_whole:
            return dict.fromkeys(["processors", *(["GPUs"] if self.nvml else [])], SEVERAL)
        found: Energy = {"processors": self.rapl.problem or round(self.processors, 1)}
        if self.nvml:
            joules = self.nvml.read()
            found["GPUs"] = self.nvml.problem if joules is None else round(joules, 1)
        return found


SEVERAL = "the job has processes that its first one does not see"


def read_cpu(process: psutil.Process) -> float:
    """Return the processor seconds of a process and of the children that it waited for."""
    with suppress(psutil.Error):
        used = process.cpu_times()
        return float(used.user + used.system + used.children_user + used.children_system)
    return 0.0


def read_memory(processes: list[psutil.Process]) -> float:
    """Return the MiB that processes have together; pages that they share count once."""
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            if len(processes) == 1:
                total += process.memory_info().rss
            else:
                full = process.memory_full_info()
                total += getattr(full, "pss", full.rss)
    return total / MIB


def own_peak(status: Path = Path("/proc/self/status")) -> float:
    """Return the most MiB that this process ever had; 0 where the kernel does not tell."""
    with suppress(OSError):
        for line in status.read_text(encoding="utf-8").splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024
    return 0.0


def read_busy() -> float:
    """Return the seconds for which this node's processors have worked since it was started."""
    times = psutil.cpu_times()._asdict()
    return float(sum(value for name, value in times.items() if name not in IDLE))
