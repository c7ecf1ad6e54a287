"""The section on time: what each rule took, and the run's overhead over its scripts' work."""

import time
from typing import Any

from scripts.report.charts import draw_times
from scripts.report.inputs import Inputs
from scripts.report.timings import RuleTime, measure_overhead, read_rule_times
from scripts.tables.table import DASH, Cell, Row, Table

TITLE, ORDER = "Time", 90
HEAD = ("rule", "jobs", "seconds", "CPU seconds", "largest memory, MiB")


def build(inputs: Inputs) -> dict[str, Any]:
    """Return the overhead, and the rules' times with their chart, as far as they were measured."""
    times = read_rule_times(inputs.timings) if inputs.timings else []
    trace = inputs.trace if inputs.trace and inputs.trace.is_file() else None
    return {
        "overhead": measure_overhead(trace, time.time(), inputs.began) if trace else None,
        "table": build_table(times) if times else None,
        "figures": {"times": draw_times(times)} if times else {},
    }


def build_table(times: list[RuleTime]) -> Table:
    """Return a row a rule."""
    return Table(HEAD, tuple(map(build_row, times)))


def build_row(time: RuleTime) -> Row:
    """Return one rule's row; memory is a dash where Snakemake took no sample."""
    memory = f"{time.memory:,.0f}" if time.memory else DASH
    texts = (f"{time.jobs}", f"{time.seconds:,.1f}", f"{time.cpu_seconds:,.1f}", memory)
    return Row((time.rule,), tuple(map(Cell, texts)))
