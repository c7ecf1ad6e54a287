"""Losses of training and of held-out text, by step."""

from scripts.report import training
from scripts.report.page import Page, Section
from scripts.report.sources import read_parents

PLACE = 40
TITLE = "Training"


def show(page: Page) -> Section | None:
    """Return the curves, or None without any log."""
    logs, speeds = dict(page.arguments.training_log), dict(page.arguments.speed_log)
    parents, held_out = read_parents(page.settings), dict(page.arguments.held_out_log)
    shown = {
        "losses": training.show_losses(logs, speeds, parents, page.colours),
        "held_out": training.show_held_out(held_out, parents, page.colours),
    }
    return shown if any(shown.values()) else None
