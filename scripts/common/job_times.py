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

    What a killed process left of a line is skipped.
    """
    starts: list[Start] = []
    if not path.is_file():
        return starts
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            entry = json.loads(line)
            if "began" in entry:
                starts.append(read_begin(entry))
            elif starts and starts[-1].ended is None is starts[-1].failed:
                starts[-1] = replace(starts[-1], **read_used(entry))
        except (ValueError, KeyError, TypeError, AttributeError):
            continue
    return starts


def read_begin(entry: dict[str, Any]) -> Start:
    """Return a start whose first line was read."""
    queued = entry.get("queued")
    return Start(
        started=float(entry["started"]),
        began=float(entry["began"]),
        node=entry.get("node"),
        cpus=entry.get("cpus"),
        gpus=entry.get("gpus"),
        slurm=entry.get("slurm"),
        queued=(float(queued[0]), float(queued[1])) if queued else None,
    )


def read_used(entry: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of `Start` that a later line has."""
    when = next((name for name in ("ended", "failed") if name in entry), "seen")
    return {
        when: float(entry[when]),
        "cpu": entry["cpu"],
        "memory": entry.get("memory"),
        "energy": entry.get("energy") or {},
    }
