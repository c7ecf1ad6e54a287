"""What a dry run on a cluster tells: the plan of its jobs, and what Slurm would refuse.

Snakemake's `onstart`, in which a run tells it, is none of a dry run.
"""

import logging
from collections.abc import Callable, Sequence
from logging import LogRecord
from typing import Any

from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

from scripts.environments.variables import is_dry_run
from scripts.plan.cluster_plan import describe_plan
from scripts.plan.cluster_rules import Cluster, tell
from scripts.study.study import Study


class WhenPlanned(logging.Handler):
    """Does something once, when Snakemake has told how many jobs there are."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__()
        self.work = work

    def emit(self, record: LogRecord) -> None:
        """Take one event of Snakemake's."""
        if getattr(record, "event", None) == LogEvent.RUN_INFO:
            logger.removeHandler(self)
            self.work()


def check_and_tell(workflow: Any, study: Study, site: Cluster) -> None:
    """Refuse jobs that Slurm will never run, else print the plan.

    Where no Slurm has answered, which a dry run alone survives, there is nothing to compare with.
    """
    if site.partitions:
        site.check(workflow.dag.needrun_jobs())
    tell(describe_plan(workflow.dag, study, site.runs_here))


def preview(workflow: Any, study: Study, site: Cluster, command: Sequence[str]) -> None:
    """Let a dry run check and tell the same as a run does before its first job."""
    if is_dry_run(command):
        logger.addHandler(WhenPlanned(lambda: check_and_tell(workflow, study, site)))
