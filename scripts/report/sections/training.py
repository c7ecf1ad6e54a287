"""The section on training: losses, speeds, and held-out text as each stage was trained."""

from pathlib import Path
from statistics import median
from typing import Any

from scripts.common.files import NUMBER, OPTIONAL, check_fields, read_jsonl
from scripts.report import charts
from scripts.report.inputs import Inputs

TITLE, ORDER = "Training", 40
Panels = dict[str, Any]
Log = list[dict[str, Any]]


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the panels of losses and of held-out text, or None without logs of either."""
    colours, parents = inputs.colours, inputs.parents
    losses = show_losses(inputs.training_logs, inputs.speed_logs, parents, colours)
    held_out = show_held_out(inputs.held_out_logs, parents, colours)
    if losses is None and held_out is None:
        return None
    parts = [part["figures"] for part in (losses, held_out) if part]
    return {
        "losses": losses,
        "held_out": held_out,
        "has_tokenizers": inputs.tokenizer_table is not None,
        "figures": {id: figure for figures in parts for id, figure in figures.items()},
    }


def show_losses(
    logs: dict[str, Path],
    speeds: dict[str, Path],
    parents: dict[str, str],
    colours: dict[str, str],
) -> Panels | None:
    """Return a figure a trained model, chains of stages kept together, or None without logs.

    `speeds` are the logs of how fast the steps were; a model without one has no speed in its note.
    """
    lines = read_logs(logs, ("step", "loss"))
    if not lines:
        return None
    losses = [line["loss"] for log in lines.values() for line in log]
    top, bottom = max(losses), min(losses)
    figures = {
        f"loss-{model}": charts.draw_loss(log, colours[model], top, bottom)
        for model, log in lines.items()
    }
    fast = read_logs(speeds, ("step", "useful_tokens_per_second"))
    notes = {model: describe_log(log, fast.get(model, [])) for model, log in lines.items()}
    return arrange(list(lines), parents) | {"notes": notes, "figures": figures}


def show_held_out(
    logs: dict[str, Path], parents: dict[str, str], colours: dict[str, str]
) -> Panels | None:
    """Return one figure per model of its held-out texts, on one scale, or None without logs."""
    lines = read_logs(logs, ("step",))
    if not lines:
        return None
    curves = {model: read_curves(log) for model, log in lines.items()}
    bits = [bit for texts in curves.values() for text in texts.values() for _, bit in text]
    figures = {
        f"held-out-{model}": charts.draw_held_out(texts, colours[model], max(bits), min(bits))
        for model, texts in curves.items()
    }
    notes = {
        model: "; ".join(
            f"{name} {text[0][1]:.3f} → {text[-1][1]:.3f}" for name, text in texts.items()
        )
        for model, texts in curves.items()
    }
    return arrange(list(lines), parents) | {"notes": notes, "figures": figures}


def read_curves(log: Log) -> dict[str, list[tuple[int, float]]]:
    """Return (step, bits per byte) of every text in a log of held-out text."""
    names = dict.fromkeys(name for line in log for name in line if name != "step")
    return {name: [(line["step"], line[name]) for line in log if name in line] for name in names}


def arrange(models: list[str], parents: dict[str, str]) -> Panels:
    """Return the rows of panels: models of one stage share a row, a chain has a row of its own."""
    chains = group_chains(models, parents)
    single = [model for chain in chains if len(chain) == 1 for model in chain]
    rows = [single] if single else []
    rows += [chain for chain in chains if len(chain) > 1]
    return {"rows": rows, "single": single}


def read_logs(paths: dict[str, Path], keys: tuple[str, ...]) -> dict[str, Log]:
    """Read the logs that are there and not empty; `InputError` names a line that lacks a key."""
    logs = {model: read_log(path, keys) for model, path in paths.items() if path.is_file()}
    return {model: log for model, log in logs.items() if log}


def read_log(path: Path, keys: tuple[str, ...]) -> Log:
    """Read one log; `InputError` names a line that lacks a key."""
    expected = "a training step"
    log = read_jsonl(path, expected, dict.fromkeys(keys, NUMBER))
    for number, line in enumerate(log, 1):  # of held-out text every key is a number
        check_fields(line, dict.fromkeys(line, OPTIONAL), f"{path}:{number}", expected)
    return log


def describe_log(log: Log, speeds: Log) -> str:
    """Return ``240 steps; loss 3.21 → 1.87; 130 useful tokens/s`` (first and last tenth)."""
    tenth = max(1, len(log) // 10)
    first = sum(line["loss"] for line in log[:tenth]) / tenth
    last = sum(line["loss"] for line in log[-tenth:]) / tenth
    parts = [f"{log[-1]['step']:,} steps", f"loss {first:.2f} → {last:.2f}"]
    if speeds:
        speed = median(line["useful_tokens_per_second"] for line in speeds)
        parts.append(f"{speed:,.0f} useful tokens/s")
    return "; ".join(parts)


def group_chains(models: list[str], parents: dict[str, str]) -> list[list[str]]:
    """Return the trained models in chains, parents first; a sibling opens a chain of its own."""
    chains: list[list[str]] = []
    for model in sort_stages(models, parents):
        parent = trained_parent(model, set(models), parents)
        chain = next((chain for chain in chains if chain[-1] == parent), None)
        if chain is None:
            chains.append([model])
        else:
            chain.append(model)
    return chains


def sort_stages(models: list[str], parents: dict[str, str]) -> list[str]:
    """Return the models, none before its trained parent, else in their order."""
    ordered: list[str] = []

    def place(model: str) -> None:
        parent = trained_parent(model, set(models), parents)
        if parent and parent not in ordered:
            place(parent)
        if model not in ordered:
            ordered.append(model)

    for model in models:
        place(model)
    return ordered


def trained_parent(model: str, trained: set[str], parents: dict[str, str]) -> str | None:
    """Return the nearest ancestor that was trained; one that only got new tokens is skipped."""
    parent = parents.get(model)
    while parent and parent not in trained:
        parent = parents.get(parent)
    return parent
