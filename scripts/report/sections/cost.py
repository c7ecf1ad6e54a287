"""The section on cost: what each rule took, and what each cell of the main table needed."""

from typing import Any

from scripts.report.cell_costs import cost_cells
from scripts.report.cost_tables import (
    SHARES,
    tabulate_cells,
    tabulate_costs,
    tell_damaged,
    tell_missing,
    tell_queue,
)
from scripts.report.costs import read_costs
from scripts.report.inputs import Inputs
from scripts.report.run_times import read_run_times

TITLE, ORDER = "Cost", 91


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return both tables and sentences, None where nothing was measured."""
    run = read_run_times(inputs.timings, inputs.logs)
    costs = read_costs(run)
    if not costs:
        return None
    scores = inputs.scores[["model", "benchmark", "metric"]].itertuples(index=False, name=None)
    cells = cost_cells(run.graph, costs, scores) if run.graph else []
    told = [tell_queue(costs), tell_damaged(run.damaged), tell_missing(costs)]
    return {
        "table": tabulate_costs(costs),
        "sentences": " ".join(filter(None, told)),
        "cells": tabulate_cells(cells),
        "shares": SHARES,
    }
