"""What a cell of the main table cost: the jobs that it needed, and with which cells it shares them.

A cell is a model's scores on a benchmark. It needs the jobs that make them, and those that they
wait for.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from scripts.report.costs import Cost, add
from scripts.study.job_graph import JobGraph

CellName = tuple[str, str]  # model and benchmark


@dataclass(frozen=True)
class CellCost:
    """Cells of one model that need the same jobs: benchmarks, and what these jobs cost.

    `own` are jobs of one cell alone, `model_wide` those that the model's other cells need too,
    `others` those of other models' cells too. `share` is one cell's, where each job's cost is
    divided evenly among the cells that need it: processor seconds held.
    """

    model: str
    benchmarks: tuple[str, ...]
    own: Cost
    model_wide: Cost
    others: Cost
    share: float

    @property
    def all(self) -> Cost:
        """Return the cost of all jobs that a cell needed."""
        return add([self.own, self.model_wide, self.others])


def cost_cells(
    graph: JobGraph, costs: Mapping[str, Cost], columns: Iterable[tuple[str, str, str]]
) -> list[CellCost]:
    """Return what the cells cost, by model; those whose jobs are not known are left out.

    Args:
        columns: model, benchmark and metric of each score.
    """
    needed = find_needed(graph, columns)
    users: dict[str, list[CellName]] = {}
    for cell, jobs in needed.items():
        for job in jobs:
            users.setdefault(job, []).append(cell)
    alike: dict[tuple[str, frozenset[str]], list[str]] = {}
    for (model, benchmark), jobs in needed.items():
        alike.setdefault((model, jobs), []).append(benchmark)
    models = list(dict.fromkeys(model for model, _ in needed))
    ordered = sorted(alike.items(), key=lambda named: models.index(named[0][0]))
    return [
        cost_cell(model, benchmarks, jobs & costs.keys(), users, costs)
        for (model, jobs), benchmarks in ordered
    ]


def cost_cell(
    model: str,
    benchmarks: list[str],
    jobs: Iterable[str],
    users: Mapping[str, list[CellName]],
    costs: Mapping[str, Cost],
) -> CellCost:
    """Return what cells cost that need these jobs, of which costs are known."""
    parts: tuple[list[Cost], list[Cost], list[Cost]] = ([], [], [])
    share = 0.0
    for job in sorted(jobs):
        cells = users[job]
        kind = 0 if len(cells) == 1 else 1 if all(other == model for other, _ in cells) else 2
        parts[kind].append(costs[job])
        share += costs[job].cpu_seconds / len(cells)
    own, model_wide, others = map(add, parts)
    return CellCost(model, tuple(benchmarks), own, model_wide, others, share)


def find_needed(
    graph: JobGraph, columns: Iterable[tuple[str, str, str]]
) -> dict[CellName, frozenset[str]]:
    """Return the jobs that each cell needs."""
    makers = {score: name for name, job in graph.jobs.items() for score in job.scores}
    ends: dict[CellName, set[str]] = {}
    for model, benchmark, metric in columns:
        job = makers.get(f"{model}/{benchmark}.{metric}")
        if job:
            ends.setdefault((model, benchmark), set()).add(job)
    known: dict[frozenset[str], frozenset[str]] = {}
    for jobs in {frozenset(found) for found in ends.values()}:
        known[jobs] = reach(graph, jobs)
    return {cell: known[frozenset(jobs)] for cell, jobs in ends.items()}


def reach(graph: JobGraph, jobs: Iterable[str]) -> frozenset[str]:
    """Return jobs and all that they wait for."""
    found: set[str] = set()
    waiting = list(jobs)
    while waiting:
        job = waiting.pop()
        if job not in found:
            found.add(job)
            waiting.extend(graph.jobs[job].after)
    return frozenset(found)
