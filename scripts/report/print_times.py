"""Print where a study's time went, on a terminal: of a finished study or of what is there so far.

In: ``timings`` and ``logs`` of the study's ``results``. Out: only what is printed: a row a rule
with start-up and work apart, what rules cost with all their starts, the critical path, and what one
more core would bring.

    python -m scripts.report.print_times --results results --cores 4
"""

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console

from scripts.common.command import make_parser, positive, run
from scripts.common.errors import InputError
from scripts.report.cost_tables import tabulate_costs, tell_damaged, tell_missing, tell_queue
from scripts.report.costs import Cost, read_costs
from scripts.report.run_times import RunTimes, read_run_times
from scripts.report.time_tables import (
    ASSUMED,
    SAMPLED,
    tabulate_critical_path,
    tabulate_rules,
    tell_cores,
    tell_overhead,
    tell_path,
    tell_progress,
)
from scripts.tables.terminal import draw_table

WIDTH = 100


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("report.print_times", __doc__)
    options.add_argument("--results", type=Path, default=Path("results"), help="a study's folder")
    options.add_argument("--cores", type=positive, help="plan for so many; default: the last run's")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Print the tables and what they say."""
    times = read_run_times(arguments.results / "timings", arguments.results / "logs")
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    console.width = min(console.width, WIDTH)
    for sentence in [*tell_progress(times), *tell_open_starts(times)]:
        console.print(sentence, markup=False)
    if not times.jobs:
        raise InputError(
            f"{arguments.results}/timings: found no measured job, expected those of a study; "
            "run one, or name its folder by --results"
        )
    print_times(console, times, arguments.cores or (times.graph.cores if times.graph else None))


def print_times(console: Console, times: RunTimes, cores: int | None) -> None:
    """Print the times by rule, the critical path, and sentences on both."""
    console.print(draw_table(tabulate_rules(times), console.width))
    console.print(SAMPLED, style="dim", markup=False)
    print_costs(console, read_costs(times), times.damaged)
    sentences = [tell_overhead(times), tell_path(times)]
    console.print("\n" + "\n".join(filter(None, sentences)), markup=False)
    if times.critical_path:
        console.print(draw_table(tabulate_critical_path(times), console.width))
    told = tell_cores(times, cores)
    if told:
        console.print(told, markup=False)
        console.print(ASSUMED, style="dim", markup=False)


def print_costs(console: Console, costs: Mapping[str, Cost], damaged: Sequence[str]) -> None:
    """Print what rules cost, and sentences on the queue, on damaged files and on energy."""
    console.print("\nCost, all starts together")
    console.print(draw_table(tabulate_costs(costs), console.width))
    told = [tell_queue(costs), tell_damaged(damaged), tell_missing(costs)]
    for sentence in filter(None, told):
        console.print(sentence, style="dim", markup=False)


def tell_open_starts(times: RunTimes) -> list[str]:
    """Return a sentence a job that noted no end: nobody can tell work from a kill by the file."""
    now = time.time()
    return [
        f"At work, failed or killed: {name}, begun {(now - start.began) / 60:,.0f} min ago."
        for name, start in times.open_starts.items()
    ]


if __name__ == "__main__":
    run(main, parser())
