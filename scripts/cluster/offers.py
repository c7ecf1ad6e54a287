"""What a Slurm cluster offers: its partitions, their time limits, and their nodes."""

import re
import subprocess
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scripts.common.errors import InputError

# Of each node in each partition, as sinfo prints it with -N -e -o.
FIELDS = "%N|%P|%l|%c|%m|%G|%a|%f"
PARTS = len(FIELDS.split("|"))
WAITED = 30  # seconds for sinfo; a controller that restarts answers within them
ENDLESS = ("infinite", "n/a", "unlimited")


@dataclass(frozen=True)
class Node:
    """What a node has: CPUs, MiB of memory, GPUs by type ("" where it has none), features."""

    name: str
    cpus: int
    memory_mib: int
    gpus: Mapping[str, int]
    features: frozenset[str]

    def has_gpus(self, count: int, kind: str | None) -> bool:
        """Tell whether it has so many GPUs, of a type where one is asked for."""
        return count <= (self.gpus.get(kind, 0) if kind else sum(self.gpus.values()))


@dataclass(frozen=True)
class Partition:
    """A partition: whether jobs that name none go to it, whether it is up, its limit in minutes.

    `minutes` is None where there is no limit.
    """

    name: str
    is_default: bool
    is_up: bool
    minutes: int | None
    nodes: tuple[Node, ...]


def read_partitions() -> dict[str, Partition]:
    """Return the cluster's partitions by name, the default one first.

    Raises:
        InputError: if sinfo is not there or does not answer.
    """
    command = ["sinfo", "--noheader", "--Node", "--exact", "--format", FIELDS]
    try:
        found = subprocess.run(command, capture_output=True, text=True, timeout=WAITED, check=True)
    except FileNotFoundError:
        raise InputError(
            "sinfo: not found; `--profile slurm` is for a machine from which Slurm takes jobs"
        ) from None
    except subprocess.TimeoutExpired:
        raise InputError(f"sinfo: no answer within {WAITED} s; is Slurm's controller up?") from None
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines() or ["it failed"]
        raise InputError(f"sinfo: {lines[-1]}") from None
    return parse_sinfo(found.stdout.splitlines())


def parse_sinfo(lines: Iterable[str]) -> dict[str, Partition]:
    """Return partitions from sinfo's lines, a node in a partition each (`FIELDS`)."""
    partitions: dict[str, Partition] = {}
    for line in lines:
        parts = line.split("|")
        if len(parts) != PARTS:
            continue  # a warning of sinfo's
        name, place, limit, cpus, memory, gres, state, features = map(str.strip, parts)
        node = Node(name, int(cpus), int(memory), read_gpus(gres), read_features(features))
        known = partitions.get(place)
        before = known.nodes if known else ()
        partitions[place] = Partition(
            place.rstrip("*"),
            place.endswith("*"),
            state == "up",
            to_minutes(limit),
            (*before, node),
        )
    ordered = sorted(partitions.values(), key=lambda one: not one.is_default)
    return {one.name: one for one in ordered}


def to_minutes(limit: str) -> int | None:
    """Return a time of Slurm's (``days-hours:minutes:seconds``, from the right) in minutes.

    None where there is no limit.
    """
    if limit.lower() in ENDLESS:
        return None
    days, _, rest = limit.rpartition("-")
    parts = [int(part) for part in rest.split(":")]
    if days:  # days-hours:minutes:seconds, from the left
        hours, minutes, _ = [*parts, 0, 0][:3]
        return (int(days) * 24 + hours) * 60 + minutes
    hours, minutes, seconds = [0, 0, *parts][-3:]
    return hours * 60 + minutes + (1 if seconds and not (hours or minutes) else 0)


def read_gpus(gres: str) -> dict[str, int]:
    """Return the GPUs of a node by type, from ``gpu:a100:4(S:0-1),gpu:2``."""
    found: dict[str, int] = {}
    for part in re.sub(r"\([^)]*\)", "", gres).split(","):
        words = part.split(":")
        if words[0] == "gpu":
            count = int(words[-1]) if words[-1].isdigit() else 1
            kind = words[1] if len(words) > 2 else ""
            found[kind] = found.get(kind, 0) + count
    return found


def read_features(features: str) -> frozenset[str]:
    """Return a node's features."""
    return frozenset(features.split(",")) - {"", "(null)"}
