"""What `snakemake --profile slurm` shows: the study's progress in place of Snakemake's own lines.

A line a job when it starts, one when it fails, with what explains it; and how much is done, what
runs and what waits: on a terminal always on the last line, else once a minute where it has changed.
All that Snakemake says is in ``.snakemake/log``.
"""

import logging
import os
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from logging import ERROR, LogRecord
from shutil import get_terminal_size
from typing import Any

from snakemake.logging import logger
from snakemake_interface_logger_plugins.common import LogEvent

from scripts.cluster.progress import Progress
from scripts.cluster.reasons import explain_failure
from scripts.common.escapes import clean_line, clean_text, error_line
from scripts.common.run_lock import describe_work, is_at_work
from scripts.environments.variables import is_dry_run
from scripts.plan.cluster_executor import FOR_SLURM
from scripts.plan.start import INTERRUPTED

SNAKEMAKES = "DefaultStreamHandler"  # the name that Snakemake gives to what prints its lines
EVERY = 60  # seconds between two lines of progress where there is no terminal
FAILED = "Exiting because a job execution failed"
KILLED = "Terminating processes on user request"
AGAIN = "Trying to restart job "
NOTHING = "Nothing to be done"
LOCKED = "LockException"
LAST = "WorkflowError:\nAt least one job did not complete"  # of a run whose end was told


class Console(logging.Handler):
    """Prints what a person wants to know of a run's events."""

    def __init__(self) -> None:
        super().__init__()
        self.progress, self.began = Progress(), time.monotonic()
        self.last, self.printed = "", time.monotonic()
        self.failed: dict[int, str] = {}  # told, and not started again since
        self.groups: dict[str, list[int]] = {}  # those submitted as one, by Snakemake's name
        self.logs: dict[str, tuple[int, int] | None] = {}  # each job's, as it found it
        self.said = ""  # by the executor, of the failure that Snakemake is about to tell
        self.on_terminal, self.is_over = sys.stderr.isatty(), False

    def emit(self, record: LogRecord) -> None:
        """Take one event of Snakemake's, whose facts are attributes of its record."""
        facts, progress = vars(record), self.progress
        event, text = facts.get("event"), record.getMessage()
        if event == LogEvent.RUN_INFO:
            progress.total = facts["stats"].get("total", 0)
        elif event == LogEvent.JOB_INFO:
            self.take_job(facts)
        elif event == LogEvent.JOB_FINISHED:
            self.show(*progress.start([facts["job_id"]]))
            progress.end(facts["job_id"])
        elif event == LogEvent.PROGRESS:
            progress.done, progress.total = facts["done"], facts["total"]
            if progress.done == progress.total:
                self.finish("done")
        elif event == LogEvent.GROUP_ERROR:
            self.take_group(facts)
        elif event == LogEvent.JOB_ERROR:
            self.take_failure(facts)
        elif text.startswith(FAILED):
            self.finish("failed")
        elif text.startswith(KILLED):
            self.is_over = True
            self.show("ended: the run's jobs are cancelled")
        elif text.startswith(AGAIN):
            self.restart(text)
        elif text.startswith(NOTHING):
            self.show("nothing to be done: all results are up to date")
        elif text.startswith(LOCKED):
            self.show(error_line(explain_lock()))
        elif record.levelno >= ERROR and KeyboardInterrupt.__name__ in text:
            self.show(INTERRUPTED)  # it came while a function of a rule was asked for input
        elif record.levelno >= ERROR and not (self.is_over and text.startswith(LAST)):
            self.show(text)

    def take_job(self, facts: dict[str, Any]) -> None:
        """Note a job that is submitted, or tell of one that starts here."""
        job = facts["jobid"]
        self.progress.messages[job] = facts["rule_msg"] or facts["rule_name"]
        self.failed.pop(job, None)
        self.logs.update({one: state_of(one) for one in facts.get("log") or []})
        if facts["local"] and facts["rule_name"] != "all":
            self.progress.here[job] = self.progress.now()
            self.show(*self.progress.start([job]))
        else:
            self.show()

    def take_failure(self, facts: dict[str, Any], logs: Sequence[str] = ()) -> None:
        """Tell once of a job that failed, with what explains it and where its log is."""
        job = facts["jobid"]
        self.progress.end(job)
        if job in self.failed:
            return
        own = self.written_logs(facts)
        reason, log = explain_failure([*own, *logs], facts.get("rule_msg") or "")
        name = self.progress.name(job)
        self.failed[job] = name
        line = f"failed: {name}: {reason}" if reason else f"failed: {name}"
        self.show(f"{line} (log: {log})" if log else line)

    def written_logs(self, facts: dict[str, Any]) -> list[str]:
        """Return a job's logs without those that tell of an earlier run's failure alone."""
        return [log for log in facts["log"] or [] if state_of(log) != self.logs.get(log)]

    def take_group(self, facts: dict[str, Any]) -> None:
        """Tell of the jobs of a group that failed; Snakemake says so of all that were in it."""
        several, logs = facts["job_error_info"], list(facts["aux_logs"])
        named = [one for one in several if explain_failure(self.written_logs(one))[0]]
        for one in named:
            self.take_failure(one)
        if not named and several:
            self.take_failure({**several[0], "rule_msg": self.said}, logs)
        for one in several:
            self.progress.end(one["jobid"])
            self.failed.setdefault(one["jobid"], "")

    def restart(self, text: str) -> None:
        """Tell that a job, or a group of them, is started again."""
        number = text.removeprefix(AGAIN).rstrip(".")
        jobs = [int(number)] if number.isdecimal() else self.groups.get(number, [])
        for job in jobs:
            self.failed.pop(job, None)
        if jobs:
            self.show(f"is submitted again: {self.progress.join(jobs)}")

    def follow(self, workflow: Any) -> None:
        """Hear of each submission and failure by the workflow's executor."""
        executor = workflow.scheduler.get_executor(FOR_SLURM)
        submitted, failed = executor.report_job_submission, executor.report_job_error

        def report_submission(info: Any, *values: Any, **options: Any) -> None:
            self.take_submission(info.external_jobid, self.note_group(info.job))
            submitted(info, *values, **options)

        def report_error(info: Any, msg: str | None = None, **options: Any) -> None:
            self.note_group(info.job)
            self.said = msg or ""  # Snakemake does not repeat it of a group
            failed(info, msg, **options)

        executor.report_job_submission = report_submission
        executor.report_job_error = report_error

    def note_group(self, job: Any) -> list[int]:
        """Return the numbers of the jobs that are submitted as one."""
        jobs = list(job.jobs) if job.is_group() else [job]
        self.groups[str(job.jobid)] = [one.jobid for one in jobs]
        return self.groups[str(job.jobid)]

    def tell_error(self, text: str) -> None:
        """Print what ends the run."""
        with locked(self):
            self.show(error_line(text))

    def take_queue(self, lines: Sequence[str], folder: str) -> None:
        """Take what squeue says of all jobs; called by the thread that watches the queue."""
        with locked(self):
            self.show(*self.progress.look(lines, folder))

    def take_submission(self, number: str | None, jobs: Sequence[int]) -> None:
        """Note that Slurm has got jobs."""
        if number:
            with locked(self):
                self.progress.submit(number, jobs)
                self.show()

    def finish(self, how: str) -> None:
        """Tell how the run has ended."""
        self.is_over = True
        minutes, seconds = divmod(round(time.monotonic() - self.began), 60)
        took = f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
        names = [name for name in self.failed.values() if name]
        more = f": {', '.join(names)}" if how == "failed" and names else ""
        counted = f"{self.progress.done} of {self.progress.total} jobs done in {took}"
        self.show(f"{counted}; failed{more}" if how == "failed" else counted)

    def show(self, *lines: str) -> None:
        """Print lines, and the progress where it is due."""
        state = "" if self.is_over else self.progress.describe()
        due = state and state != self.last and time.monotonic() - self.printed >= EVERY
        if self.on_terminal:
            self.print_lines(lines, state)
        elif due:
            self.print_lines([*lines, state], "")
        else:
            self.print_lines(lines, "")
        if due or self.on_terminal:
            self.last, self.printed = state, time.monotonic()

    def print_lines(self, lines: Sequence[str], state: str) -> None:
        """Print lines over the terminal's last one, which then is the state, cut to its width."""
        clear = "\r\033[K" if self.on_terminal else ""
        text = "".join(f"{clean_text(line)}\n" for line in lines)
        if clear:
            text += cut(clean_line(state))
        if text or clear:
            sys.stderr.write(clear + text)
            sys.stderr.flush()


def explain_lock() -> str:
    """Return why this folder is locked, of which Snakemake's lock tells only that it is."""
    if is_at_work():
        return describe_work()
    return (
        "a run in this folder was killed, or has begun just now; if none is alive, "
        "`snakemake --unlock`, and then this command again"
    )


def state_of(log: str) -> tuple[int, int] | None:
    """Return a log's size in bytes and time of change in nanoseconds; None where there is none."""
    try:
        state = os.stat(log)
    except OSError:
        return None
    return state.st_size, state.st_mtime_ns


@contextmanager
def locked(handler: logging.Handler) -> Iterator[None]:
    """Hold what the logging module holds while a handler takes a record."""
    handler.acquire()
    try:
        yield
    finally:
        handler.release()


def cut(line: str) -> str:
    """Return as much of a line as the terminal is wide."""
    width = get_terminal_size().columns - 1
    return line if len(line) <= width else line[: max(0, width - 1)] + "…"


def take_over(command: Sequence[str]) -> Console | None:
    """Print progress from now on in place of Snakemake's own lines; return what prints it.

    A plan, and who has chosen a logger, keep what they have: None.
    """
    usual = [handler for handler in logger.handlers if handler.name == SNAKEMAKES]
    if is_dry_run(command) or "--verbose" in command or not usual:
        return None
    for handler in usual:
        logger.removeHandler(handler)
    console = Console()
    logger.addHandler(console)
    return console
