"""The section on time: start-up and work by rule, the critical path, what a core would bring."""

from typing import Any

from scripts.report.charts import draw_times
from scripts.report.inputs import Inputs
from scripts.report.run_times import read_run_times
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

TITLE, ORDER = "Time", 90


def build(inputs: Inputs) -> dict[str, Any]:
    """Return tables, sentences and the chart, as far as times were measured."""
    times = read_run_times(inputs.timings, inputs.logs)
    known = bool(times.jobs)
    return {
        "overhead": tell_overhead(times),
        "progress": " ".join(tell_progress(times)),
        "table": tabulate_rules(times) if known else None,
        "path": tell_path(times),
        "chain": tabulate_critical_path(times) if times.critical_path else None,
        "cores": tell_cores(times, times.graph.cores if times.graph else None),
        "assumed": ASSUMED,
        "sampled": SAMPLED,
        "figures": {"times": draw_times(times.rules)} if known else {},
    }
