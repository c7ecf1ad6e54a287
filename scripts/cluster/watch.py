"""Jobs that wait in Slurm.

Those that wait for what will never come end the run, with what to change; those that Slurm has put
back into the queue start again at once.
"""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

from scripts.cluster.requests import SITE

SECONDS = 15  # between two looks: one that waits so is told in the second
SHOWN = 3  # numbers of jobs of a line
ANSWER = 20  # seconds for squeue
FIELDS = "%i|%T|%r|%P|%k|%M|%Z"
PARTS = len(FIELDS.split("|"))
# Slurm's reasons that do not pass by themselves (squeue's manual, "JOB REASON CODES"), and what is
# to be changed. Longer names of one beginning are of the same kind.
REASONS = {
    "PartitionTimeLimit": "resources.{rule}.runtime, or another of `partitions`",
    "PartitionNodeLimit": "`nodes` of the study's `run`, or another of `partitions`",
    "PartitionConfig": "another of `partitions`",
    "PartitionDown": "another of `partitions`",
    "PartitionInactive": "another of `partitions`",
    "BadConstraints": "constraint, gpu_type, or resources.{rule}",
    "ReqNodeNotAvail": "constraint, or another of `partitions`: the nodes are down or reserved",
    "NodeDown": "another of `partitions`: the nodes are down",
    "Account": "account",
    "InvalidAccount": "account",
    "InvalidQOS": "qos",
    "QOSNotAllowed": "qos, or another of `partitions`",
    "QOSMaxWallDurationPerJobLimit": "resources.{rule}.runtime, or qos",
    "QOSMinGRES": "resources.{rule}.gpu, or qos",
    "AssocMaxWallDurationPerJobLimit": "resources.{rule}.runtime, or account",
    "QOSMaxCpuPerJobLimit": "resources.{rule}.threads, or qos",
    "QOSMaxMemoryPerJob": "resources.{rule}.mem_mb, or qos",
    "QOSMaxGRESPerJob": "resources.{rule}.gpu, or qos",
    "QOSMaxNodePerJobLimit": "`nodes` of the study's `run`, or qos",
    "AssocMaxCpuPerJobLimit": "resources.{rule}.threads, or account",
    "AssocMaxMemPerJob": "resources.{rule}.mem_mb, or account",
    "AssocMaxGRESPerJob": "resources.{rule}.gpu, or account",
    "AssocMaxNodePerJobLimit": "`nodes` of the study's `run`, or account",
    "JobHeldUser": "nothing here: the job is held; `scontrol release` lets it go",
    "JobHeldAdmin": "nothing here: an administrator holds the job",
    "DependencyNeverSatisfied": "nothing here: the job it waits for has failed",
}
# Of a partition that takes some accounts or QOS only, Slurm says so in a sentence that names them.
SENTENCES = {"Job's account ": "InvalidAccount", "Job's QOS ": "QOSNotAllowed"}


@dataclass(frozen=True)
class Waiting:
    """A job that waits: its number, its rule, its partition, and Slurm's reason."""

    number: str
    rule: str
    partition: str
    reason: str

    @property
    def kind(self) -> tuple[str, str, str]:
        """Return what it has in common with others that wait for the same."""
        return self.rule, self.partition, self.reason


def explain(several: Sequence[Waiting]) -> str:
    """Return in one line why jobs of one kind wait, and what to change."""
    rule, partition, reason = several[0].kind
    numbers = ", ".join(one.number for one in several[:SHOWN])
    more = ", …" if len(several) > SHOWN else ""
    jobs = "job" if len(several) == 1 else f"{len(several)} jobs,"
    return (
        f"{rule}: {jobs} {numbers}{more} will wait for ever in partition {partition} ({reason}); "
        f"{SITE}: {REASONS[reason].format(rule=rule)}"
    )


def read_waiting(lines: Iterable[str], folder: str) -> Iterator[Waiting]:
    """Yield the jobs of a working folder that wait for what will not come, from squeue's lines."""
    for line in lines:
        parts = line.rstrip("\n").split("|")
        if len(parts) != PARTS:
            continue
        number, state, said, partition, comment, _, place = parts
        reason = name_reason(said)
        if state == "PENDING" and reason in REASONS and place == folder:
            yield Waiting(number, rule_of(comment), partition, reason)


def name_reason(said: str) -> str:
    """Return the name of what Slurm says a job waits for."""
    named = (name for start, name in SENTENCES.items() if said.startswith(start))
    return next(named, said.split(",")[0].strip())


def rule_of(comment: str) -> str:
    """Return the rule that the executor's comment names: ``rule_<name>[_wildcards_<values>]``."""
    for kind in ("rule_", "group_"):
        if comment.startswith(kind):
            return comment.removeprefix(kind).partition("_wildcards_")[0]
    return comment


def ask_queue() -> list[str]:
    """Return squeue's lines of this user's jobs; none where it does not answer."""
    command = ["squeue", "--me", "--noheader", "--format", FIELDS]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=ANSWER)
    except (OSError, subprocess.TimeoutExpired):
        return []  # the controller is maybe being started again: the next look tells
    return done.stdout.splitlines() if done.returncode == 0 else []


def read_delayed(lines: Iterable[str], folder: str) -> Iterator[str]:
    """Yield the numbers of a folder's jobs that Slurm lets wait before it starts them again.

    It does so for two minutes, in which a node that failed may come back.
    """
    for line in lines:
        parts = line.rstrip("\n").split("|")
        if len(parts) == PARTS and parts[1:3] == ["PENDING", "BeginTime"] and parts[-1] == folder:
            yield parts[0]


def start_now(number: str) -> None:
    """Let a job start as soon as there is room for it."""
    command = ["scontrol", "update", f"JobId={number}", "StartTime=now"]
    with suppress(OSError, subprocess.TimeoutExpired):
        subprocess.run(command, capture_output=True, timeout=ANSWER)


def interrupt() -> None:
    """End this process as Ctrl-C does: Snakemake cancels its jobs first.

    By SIGTERM, for a shell without job control, as a script's, lets what it starts with ``&``
    ignore SIGINT.
    """
    os.kill(os.getpid(), signal.SIGTERM)


class Watch(threading.Thread):
    """Looks at the queue while a workflow runs, and ends it where a job will wait for ever.

    Args:
        tell: is told the line that says why.
        end: ends the workflow.
        look: is given squeue's lines of all jobs, and the workflow's folder, at every look.
    """

    def __init__(
        self,
        tell: Callable[[str], None],
        end: Callable[[], None] = interrupt,
        seconds: float = SECONDS,
        look: Callable[[list[str], str], None] = lambda lines, folder: None,
    ) -> None:
        super().__init__(name="cluster-watch", daemon=True)
        self.tell, self.end, self.seconds, self.look = tell, end, seconds, look
        self.over = threading.Event()
        self.seen: list[Waiting] = []

    def run(self) -> None:
        """Look until a job waits in two looks, or the workflow is over."""
        while not self.over.wait(self.seconds):
            lines, here = ask_queue(), os.getcwd()
            self.look(lines, here)
            for number in read_delayed(lines, here):
                start_now(number)
            waiting = list(read_waiting(lines, here))
            again = [one for one in waiting if one in self.seen]
            self.seen = waiting
            if again:
                for kind in dict.fromkeys(one.kind for one in again):
                    self.tell(explain([one for one in again if one.kind == kind]))
                self.end()
                return
