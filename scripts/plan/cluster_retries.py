"""Which jobs of a cluster are submitted again after a failure, and which are not.

Snakemake's `retries` is a number per rule and asks nothing of a job. What ended a job from outside
(a node, a limit, too little memory, a kill) may not do so again; a mistake that its script has
explained would, and each attempt costs an allocation.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from snakemake.jobs import GroupJob, Job

from scripts.cluster.reasons import has_repeated
from scripts.common.job_times import read_starts, times_path
from scripts.plan.cluster import DOWNLOAD
from scripts.plan.cluster_executor import FOR_SLURM
from scripts.plan.cluster_job import read_mistakes
from scripts.plan.cluster_rules import tell_error

CHECKPOINTS = Path("results/checkpoints")


@dataclass
class Refusals:
    """What tells a failure for good, of jobs of this run.

    Args:
        notes: of stages that had failed before, and when they were written.
        began: the run's begin, in seconds since the epoch.
        numbers: of the jobs that this run has submitted.
        told: mistakes that were told.
    """

    notes: dict[Path, int]
    began: float = field(default_factory=time.time)
    numbers: set[str] = field(default_factory=set)
    told: set[str] = field(default_factory=set)

    def refuses(self, job: Any) -> bool:
        """Tell whether a job that failed would fail again."""
        if mistakes := read_mistakes(job.rule.name):
            for line in mistakes:
                if line not in self.told:
                    tell_error(line)
            self.told.update(mistakes)
            return True
        return self.has_noted(job) or self.has_explained(job)

    def has_noted(self, job: Any) -> bool:
        """Tell whether a job is a stage that has noted in this run why it cannot be trained."""
        if job.rule.name != "train_model":
            return False
        return any(
            note.parent.parent.name == job.wildcards.model and self.notes.get(note) != written
            for note, written in noted_failures().items()
        )

    def has_explained(self, job: Any) -> bool:
        """Tell whether a job's script has ended in this run with an error of its own words.

        Or twice in a row with the same traceback. A network may be there again the next time, so
        what needs one is asked again.
        """
        if job.rule.name in DOWNLOAD or not job.log:
            return False
        log = Path(job.log[0])
        starts = read_starts(times_path(log))
        last = starts[-1] if starts else None
        if last is None:
            return False
        # Nodes have clocks of their own, so of what ran there the job's number tells.
        is_own = last.slurm in self.numbers if last.slurm else last.began > self.began
        return is_own and (last.failed is not None or has_repeated(log))


def noted_failures() -> dict[Path, int]:
    """Return the notes of stages that have failed for good, and when they were written."""
    notes = CHECKPOINTS.glob("*/*/failed.json")
    return {note: note.stat().st_mtime_ns for note in notes}


def refuse_retries() -> Refusals:
    """Submit no job again, from now on, that has failed for good since the start of this run.

    Nor one that a node could not begin: then the site's file is to be changed. Of a group, which is
    submitted whole, one such job is enough.
    """
    refusals = Refusals(noted_failures())
    usual: Callable[[Any], int] = Job.restart_times.fget

    def restart_times(job: Any) -> int:
        return 0 if refusals.refuses(job) else int(usual(job))

    def group_restart_times(group: Any) -> int:
        return min(int(job.restart_times) for job in group.jobs)

    Job.restart_times = property(restart_times)
    GroupJob.restart_times = property(group_restart_times)
    return refusals


def follow_submissions(workflow: Any, refusals: Refusals) -> None:
    """Note the number of each job that is submitted."""
    executor = workflow.scheduler.get_executor(FOR_SLURM)
    usual = executor.report_job_submission

    def report(info: Any, *values: Any, **options: Any) -> None:
        refusals.numbers.add(str(info.external_jobid))
        usual(info, *values, **options)

    executor.report_job_submission = report
