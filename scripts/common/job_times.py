"""What a job's script took, of each of its starts: JSON lines beside the job's log.

A file a job, ``<job>.times.jsonl`` beside ``<job>.log``: on a cluster's file system, jobs of
several nodes cannot safely append to one. A start is up to three lines, the first when its work
begins, the second overwritten in place while it works, the last at the end of its work::

    {"script": "train.train_model", "started": 1764367402.1, "began": 1764367408.9,
     "node": "gpu017", "cpus": 8, "gpus": 1, "slurm": "4242", "queued": [1764367290, 1764367400]}
    {"seen": 1764367580.0, "cpu": 320.1, "memory": 2310.5, "energy": {"processors": 5120.3}}
    {"ended": 1764367590.2, "cpu": 331.4, "memory": 2310.5, "energy": {"processors": 5230.8}}

or, where the script has told in its own words why it cannot do its work, `failed` in place of
`ended`.

Times are seconds since the epoch; `cpus` and `gpus` are what the job asked for, null where no
workflow started it; `queued` is when Slurm got the job and when it gave it a node. `cpu` is the
processor seconds of all its processes, null where the first one does not see them all; `memory` is
in MiB, `energy` in joules, or says why it is missing. A start with neither was
killed, ended by an error that the script does not know, or is at work. No result depends on these
files.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

SUFFIX = ".times.jsonl"
MOST = 1e15  # of anything that is noted: seconds, MiB, joules


@dataclass(frozen=True)
class Start:
    """One start of a script: its interpreter's start, its work's begin and end, what it used.

    `seen` is when it was last seen at work, `queued` when its job was submitted and got a node. The
    parts are as in the file; None where it does not tell.
    """

    started: float
    began: float
    ended: float | None = None
    failed: float | None = None
    cpu: float | None = None
    seen: float | None = None
    memory: float | None = None
    energy: Mapping[str, float | str] = field(default_factory=dict)
    node: str | None = None
    cpus: int | None = None
    gpus: int | None = None
    slurm: str | None = None
    queued: tuple[float, float] | None = None

    @property
    def seconds(self) -> float:
        """Return its wall-clock seconds, as far as it was seen."""
        last = self.ended or self.failed or self.seen or self.began
        return max(0.0, last - self.started)


def times_path(log: Path) -> Path:
    """Return where the times of the job with this log are."""
    return log.with_suffix(SUFFIX)


def read_starts(path: Path) -> list[Start]:
    """Return the starts of a job in their order, none where the file is missing.

    A start of which the file cannot tell (`count_damaged`) is none.
    """
    return read_file(path)[0]


def count_damaged(path: Path) -> int:
    """Return how many lines of a job's file are damaged, so that starts are not told, or partly."""
    return read_file(path)[1]


def read_file(path: Path) -> tuple[list[Start], int]:
    """Return a file's starts, and how many lines are none that a start has written.

    A line behind a damaged one may be of a start that the damaged one told of, and counts for none.
    """
    starts: list[Start] = []
    damaged, is_lost = 0, False
    if not path.is_file():
        return starts, 0
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
            if "began" in entry:
                starts.append(read_begin(entry))
                is_lost = False
            elif starts and not is_lost and starts[-1].ended is None is starts[-1].failed:
                starts[-1] = replace(starts[-1], **read_used(entry))
        except (ValueError, KeyError, TypeError, AttributeError):
            damaged, is_lost = damaged + 1, True
    return starts, damaged


def read_begin(entry: dict[str, Any]) -> Start:
    """Return a start whose first line was read; raises as `read_used`."""
    queued = entry.get("queued")
    submitted, got = map(read_number, queued) if queued else (0.0, 0.0)
    return Start(
        started=read_number(entry["started"]),
        began=read_number(entry["began"]),
        node=read_text(entry.get("node")),
        cpus=read_count(entry.get("cpus")),
        gpus=read_count(entry.get("gpus")),
        slurm=read_text(entry.get("slurm")),
        queued=(submitted, got) if queued and submitted <= got else None,
    )


def read_used(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of `Start` that a later line has.

    Raises:
        KeyError, TypeError, ValueError: if the line is none that a start has written.
    """
    when = next((name for name in ("ended", "failed") if name in entry), "seen")
    cpu, memory = entry["cpu"], entry.get("memory")
    energy = dict(entry.get("energy") or {})
    return {
        when: read_number(entry[when]),
        "cpu": None if cpu is None else read_number(cpu),
        "memory": None if memory is None else read_number(memory),
        "energy": {
            name: told if isinstance(told, str) else read_number(told)
            for name, told in energy.items()
        },
    }


def read_number(told: Any) -> float:
    """Return a time or an amount; `ValueError` where it is none that can be."""
    if isinstance(told, bool) or not isinstance(told, int | float) or not 0 <= told < MOST:
        raise ValueError(told)
    return float(told)


def read_count(told: Any) -> int | None:
    """Return a number of CPUs or GPUs, None where none is told; raises as `read_number`."""
    return None if told is None else int(read_number(told))


def read_text(told: Any) -> str | None:
    """Return a name, None where none is told; raises as `read_number`."""
    if told is not None and not isinstance(told, str):
        raise ValueError(told)
    return told
