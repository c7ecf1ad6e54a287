"""What a person sees while a stage trains: a bar with the time left, and trackers on request."""

import argparse
from pathlib import Path
from typing import Any

from scripts.common.files import read_json
from scripts.common.progress import Progress
from scripts.train.eta import describe_progress
from scripts.train.trackers import open_trackers

SHARE = 0.1  # weight of a new step in the moving average of the speed


class Reporter:
    """Told of every step and measurement by the first process."""

    def __init__(self, arguments: argparse.Namespace, recipe: dict[str, Any], folder: Path) -> None:
        self.model, self.models = arguments.model, arguments.output.parent
        self.stages = count_tokens(arguments)
        self.trackers = open_trackers(arguments.track, arguments.model, folder.parent, recipe)
        self.done, self.speed = 0.0, 0.0

    def start(self, step: int, steps: int) -> None:
        """Show the bar, from a resumed run's step on."""
        self.done = self.stages[self.model] * step / steps
        self.progress = Progress(steps, f"train {self.model}", "step", step)

    def step(self, line: dict[str, Any], speed: dict[str, Any]) -> None:
        """Move the bar by a step."""
        now = speed["tokens_per_second"]
        self.speed = now if not self.speed else self.speed + SHARE * (now - self.speed)
        self.done += line["tokens"]
        place = describe_progress(self.stages, self.models, self.model, self.done, self.speed)
        useful = speed["useful_tokens_per_second"]
        self.progress.update(1, f"loss {line['loss']:.3f}, {useful:.0f} useful tokens/s, {place}")
        self.track(line | speed)

    def held_out(self, line: dict[str, Any]) -> None:
        """Send bits per byte of held-out text to the trackers."""
        self.track(line)

    def track(self, line: dict[str, Any]) -> None:
        """Send a line's numbers to the trackers."""
        values = {key: value for key, value in line.items() if key not in ("step", "steps")}
        for tracker in self.trackers:
            tracker.log(line["step"], values)

    def close(self) -> None:
        """Take the bar away and close the trackers."""
        self.progress.close()
        for tracker in self.trackers:
            tracker.close()


def count_tokens(arguments: argparse.Namespace) -> dict[str, int]:
    """Return the tokens of every stage of the study; those not packed yet count as this one.

    A stage that trains for epochs has as many tokens as its packed rows; `--stages` gives null.
    """
    packed = arguments.packed.parent
    own = manifest_tokens(packed / arguments.packed.name) or 0
    stages = {arguments.model: own}
    for name, tokens in arguments.stages.items():
        found = manifest_tokens(packed / name)
        stages[name] = found if found is not None else own if tokens is None else tokens
    return stages


def manifest_tokens(packed: Path) -> int | None:
    """Return the tokens of packed rows, None where they are not packed."""
    manifest = packed / "manifest.json"
    return read_json(manifest)["tokens"] if manifest.exists() else None
