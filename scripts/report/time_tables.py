"""The times of a study as tables and sentences, the same in the report and on a terminal."""

from scripts.report.run_times import RunTimes
from scripts.report.timings import JobTime, RuleTime, sum_rule
from scripts.tables.table import MISSING, Cell, Row, Table

HEAD = ("", "jobs", "seconds", "start-up", "work", "CPU seconds", "memory, MiB")
HINTS = (
    "",
    "jobs that were measured",
    "wall-clock time, summed over jobs; beside start-up and work, the shell and Python's end",
    "of the seconds: from the interpreter's start to the begin of the work, mostly imports",
    "of the seconds: the script's work",
    "of all processors",
    "the largest resident memory of a job",
)
ASSUMED = (
    "Assumed of cores: a job takes as long as it was measured, and the threads it had then; "
    "it starts once those it waits for have ended and its threads are free, the one with the "
    "longest chain behind it first. Memory, GPUs and Snakemake's own time are left out, and "
    "so is what a job would gain from more threads."
)
SAMPLED = (
    "Memory is Snakemake's samples, and so are CPU seconds of a job of several processes: "
    "every half second for a job's first 15 seconds, every 30 seconds from then on. What came "
    "after a job's last sample is not in them."
)
CHAIN_HEAD = ("job", "seconds", "start-up", "work", "threads")


def tabulate_rules(run: RunTimes) -> Table:
    """Return a row a rule, slowest first, and their sum."""
    rows = tuple(Row((time.rule,), show_rule(time)) for time in run.rules)
    total = Row(("all",), show_rule(sum_rule("all", list(run.jobs.values()))), ruled=True)
    return Table(HEAD, (*rows, total), hints=HINTS)


def show_rule(time: RuleTime) -> tuple[Cell, ...]:
    """Return one rule's cells; memory is a dash where Snakemake took no sample."""
    memory = Cell(f"{time.memory:,.0f}") if time.memory else MISSING
    parts = map(show, (time.seconds, time.start_up, time.work, time.cpu_seconds))
    return (Cell(f"{time.jobs}"), *parts, memory)


def tabulate_critical_path(run: RunTimes) -> Table:
    """Return a row a job of the longest chain, in the order in which they run."""
    return Table(CHAIN_HEAD, tuple(show_job(run, job) for job in run.critical_path))


def show_job(run: RunTimes, job: JobTime) -> Row:
    """Return one job's row."""
    threads = run.graph.jobs[job.name].threads if run.graph else 1
    times = map(show, (job.seconds, job.start_up, job.work))
    return Row((job.name,), (*times, Cell(f"{threads}")))


def show(seconds: float | None) -> Cell:
    """Return seconds to a tenth, a dash where they are unknown."""
    return MISSING if seconds is None else Cell(f"{seconds:,.1f}")


def tell_progress(run: RunTimes) -> list[str]:
    """Return sentences on how much of the study is in these times."""
    told = []
    if run.graph:
        told.append(f"{len(run.jobs)} of the study's {len(run.graph.jobs)} jobs have run here.")
    if run.others:
        told.append(f"{run.others} others, no part of the study as it is now, are left out.")
    silent = sum(job.work is None for job in run.jobs.values())
    if silent:
        told.append(f"{silent} noted no start-up and work, which are the sums of the others.")
    again = [job.name for job in run.jobs.values() if job.interrupted]
    if again:
        told.append(f"Started again, of which the last start alone counts: {join(again)}.")
    return told


def tell_overhead(run: RunTimes) -> str:
    """Return the sentence on the last run's overhead, empty where it was not measured."""
    over = run.overhead
    if not over:
        return ""
    return (
        f"{100 * over.share:.1f} % of the last run was overhead: of {over.elapsed:,.0f} seconds, "
        f"from its start to the end of its last script, {over.idle:,.0f} passed without a script "
        f"at work, {over.starting:,.0f} of them starting Python and importing packages, the rest "
        "in Snakemake."
    )


def tell_path(run: RunTimes) -> str:
    """Return the sentence on the critical path, the only bound that more cores do not move."""
    path = run.critical_path
    if not path:
        return "Which job waits for which is not known, and so neither is the critical path."
    taken, total = sum(job.seconds for job in path), sum(run.seconds.values())
    return (
        f"Critical path: {taken:,.0f} of {total:,.0f} seconds, in {len(path)} jobs each of which "
        "waits for the one before. However many cores, the study takes no less."
    )


def tell_cores(run: RunTimes, cores: int | None) -> str:
    """Return the sentence on what one more core would bring, empty where none can be said."""
    if not run.critical_path or not cores:
        return ""
    now, more = (run.schedule(number) or 0.0 for number in (cores, cores + 1))
    saved = 100 * (1 - more / now) if now else 0.0
    return (
        f"On {count(cores)} the measured jobs take {now:,.0f} seconds by list scheduling, on "
        f"{count(cores + 1)} {more:,.0f}: {saved:.0f} % less."
    )


def count(cores: int) -> str:
    """Return a number of cores in words."""
    return "1 core" if cores == 1 else f"{cores} cores"


def join(names: list[str], most: int = 5) -> str:
    """Return names with commas, at most so many of them."""
    rest = [f"{len(names) - most} more"] if len(names) > most else []
    return ", ".join([*names[:most], *rest])
