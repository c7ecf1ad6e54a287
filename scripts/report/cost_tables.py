"""Costs as tables and sentences, the same in the report and on a terminal."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from scripts.report.cell_costs import CellCost
from scripts.report.costs import HOUR, Cost, add, sum_by_rule
from scripts.tables.table import MISSING, Cell, Row, Table

HINTS = {
    "jobs": "jobs that have run, wholly or in part",
    "time": "wall-clock time of all starts, summed over jobs",
    "CPU hours": "time, as often as a job asked for CPUs",
    "used": "the part of the CPU hours in which the processes of jobs that tell so computed",
    "GPU hours": "time, as often as a job asked for GPUs",
    "memory, MiB": "the most that a job's processes had together",
    "queued": "from submission to start, of each submission once",
    "energy, Wh": "of processors by the job's share of the node's computing time, and of its GPUs",
}
DIGITS = ((100, 0), (10, 1), (1, 2))  # of hours, from so many on
NAMED = 3  # jobs of a sentence
SHARES = (
    "An even share divides each job's CPU hours among all cells that need it, so that shares add "
    "up. A job that makes several cells at once, as most answers and scores are made, counts as "
    "shared."
)


@dataclass(frozen=True)
class Shown:
    """Which columns a study has anything for."""

    gpus: bool
    queue: bool
    energy: bool


def choose(costs: Iterable[Cost]) -> Shown:
    """Return which columns are shown."""
    whole = add(costs)
    return Shown(whole.gpu_seconds > 0, bool(whole.waits), whole.measured > 0)


def tabulate_costs(costs: Mapping[str, Cost]) -> Table:
    """Return a row a rule, that which takes longest first, and the sum."""
    shown = choose(costs.values())
    head = ["jobs", "time", "CPU hours", "used"]
    head += ["GPU hours"] * shown.gpus
    head += name_rest(shown)
    rows = [Row((rule,), show_cost(cost, shown)) for rule, cost in sum_by_rule(costs).items()]
    rows.append(Row(("all",), show_cost(add(costs.values()), shown), ruled=True))
    return Table(("", *head), tuple(rows), hints=("", *(HINTS[name] for name in head)))


def show_cost(cost: Cost, shown: Shown) -> tuple[Cell, ...]:
    """Return the cells of a rule."""
    cells = [Cell(f"{cost.jobs}"), Cell(write_time(cost.seconds))]
    cells += [Cell(write_hours(cost.cpu_seconds)), show_used(cost)]
    cells += [Cell(write_hours(cost.gpu_seconds))] * shown.gpus
    return (*cells, *show_rest(cost, shown))


def name_rest(shown: Shown) -> list[str]:
    """Return the heads of `show_rest`."""
    return ["memory, MiB", *["queued"] * shown.queue, *["energy, Wh"] * shown.energy]


def show_rest(cost: Cost, shown: Shown) -> list[Cell]:
    """Return the cells of memory, queue and energy."""
    cells = [Cell(f"{cost.memory:,.0f}") if cost.memory else MISSING]
    cells += [Cell(write_time(cost.queued)) if cost.waits else MISSING] * shown.queue
    return cells + [show_energy(cost)] * shown.energy


def show_used(cost: Cost) -> Cell:
    """Return the share of the processors held that computed."""
    return Cell(f"{100 * cost.used / cost.watched:.0f} %") if cost.watched else MISSING


def show_energy(cost: Cost) -> Cell:
    """Return watt-hours; at least so many where a part is missing."""
    if not cost.measured:
        return MISSING
    return Cell(f"{'≥ ' if cost.missing else ''}{write_hours(cost.joules)}")


def tabulate_cells(cells: list[CellCost]) -> Table | None:
    """Return the cells' costs in CPU hours, a row for cells that need the same; None: no cell."""
    if not cells:
        return None
    shown = choose(cell.all for cell in cells)
    parts = {
        "for this cell alone": [cell.own for cell in cells],
        "shared by the model's cells": [cell.model_wide for cell in cells],
        "shared with other models": [cell.others for cell in cells],
        "together": [cell.all for cell in cells],
    }
    # A column without a job says nothing.
    parts = {name: column for name, column in parts.items() if add(column).jobs}
    rows, model = [], ""
    for number, cell in enumerate(cells):
        values = [show_part(column[number], shown) for column in parts.values()]
        values += [Cell(write_hours(cell.share)), Cell(write_time(cell.all.seconds))]
        values += show_rest(cell.all, shown)
        group = cell.model if cell.model != model else ""
        model = cell.model
        rows.append(Row((", ".join(cell.benchmarks),), tuple(values), group=group))
    head = ("model", "benchmarks", *parts, "even share of a cell", "time", *name_rest(shown))
    return Table(head, tuple(rows))


def show_part(cost: Cost, shown: Shown) -> Cell:
    """Return CPU hours, below them how many jobs they are of, and GPU hours."""
    if not cost.jobs:
        return MISSING
    gpus = f", {write_hours(cost.gpu_seconds)} GPU h" if shown.gpus and cost.gpu_seconds else ""
    jobs = "1 job" if cost.jobs == 1 else f"{cost.jobs} jobs"
    return Cell(write_hours(cost.cpu_seconds), interval=f"{jobs}{gpus}")


def tell_missing(costs: Mapping[str, Cost]) -> str:
    """Return the sentence on energy that was not measured, empty where all was."""
    missing = add(costs.values()).missing
    if not missing:
        return ""
    reasons = [
        f"{reason} ({count} job{'s' * (count != 1)})" for reason, count in sorted(missing.items())
    ]
    return f"Energy is missing where nothing measures it: {'; '.join(reasons)}."


def tell_damaged(jobs: Sequence[str]) -> str:
    """Return the sentence on jobs of whose starts not all can be read, empty where all can."""
    if not jobs:
        return ""
    more = f" and {len(jobs) - NAMED} more" if len(jobs) > NAMED else ""
    return (
        f"Of {', '.join(jobs[:NAMED])}{more} a start is missing here, wholly or in part: its line "
        "in results/logs/….times.jsonl is damaged."
    )


def tell_queue(costs: Mapping[str, Cost]) -> str:
    """Return the sentence on the queue, empty where Slurm told of none."""
    whole = add(costs.values())
    if not whole.waits:
        return ""
    count = len(whole.waits)
    return (
        f"{count} start{'s' * (count != 1)} of jobs by Slurm waited {write_time(whole.queued)} "
        f"together, {write_time(max(whole.waits.values()))} at the most; jobs of one submission "
        "wait once. Slurm counts more CPU hours than the table: also Snakemake's start in each "
        "submission, CPUs that its jobs leave idle, and attempts that end before a script begins."
    )


def write_hours(seconds: float) -> str:
    """Return hours (of joules: watt-hours) to a thousandth, of many fewer digits."""
    hours = seconds / HOUR
    if 0 < hours < 0.0005:
        return "<0.001"
    digits = next((digits for least, digits in DIGITS if hours >= least), 3)
    return f"{hours:,.{digits}f}"


def write_time(seconds: float) -> str:
    """Return ``41.2 s``, ``12 min 3 s``, ``3 h 20 min`` or ``2 d 4 h``."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min"
    days, hours = divmod(hours, 24)
    return f"{days} d {hours} h"
