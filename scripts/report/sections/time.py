"""Where the run's time went."""

import time

from scripts.report import charts
from scripts.report.page import Page, Section
from scripts.report.timings import RuleTime, measure_overhead, read_rule_times

PLACE = 90
TITLE = "Time"


def show(page: Page) -> Section:
    """Return the rules' times and the overhead; the section says where both are missing."""
    timings, trace = page.arguments.timings, page.arguments.trace
    times = show_times(read_rule_times(timings) if timings else [])
    known = trace and trace.exists()
    overhead = measure_overhead(trace, time.time(), page.began) if known else None
    return {"times": times, "overhead": overhead}


def show_times(times: list[RuleTime]) -> Section | None:
    """Return the rules' times and their chart, or None without timings."""
    if not times:
        return None
    return {"rules": times, "figures": {"times": charts.draw_times(times)}}
