"""What a person sees while a stage trains: a bar with the time left, and trackers on request."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.common.files import read_json
from scripts.common.progress import Progress
from scripts.train.job import Job
from scripts.train.trackers import open_trackers

SHARE = 0.1  # weight of a new step in the moving average of the speed


class Reporter:
    """Told of every step and measurement by the first process."""

    def __init__(self, job: Job, folder: Path) -> None:
        self.model, self.models = job.model, job.output.parent
        self.stages = count_tokens(job.model, job.packed, job.stages)
        recipe = job.stage["recipe"]  # shown beside the curves
        self.trackers = open_trackers(job.run.track, job.model, folder.parent, recipe)
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


def count_tokens(model: str, packed: Path, stages: Mapping[str, int | None]) -> dict[str, int]:
    """Return the tokens of every stage of the study; those not packed yet count as this one.

    Args:
        model: the one in training.
        packed: its packed rows; those of the other stages are beside them.
        stages: their tokens. A stage that trains for epochs has None: as many as its packed rows.
    """
    own = manifest_tokens(packed) or 0
    counts = {model: own}
    for name, tokens in stages.items():
        found = manifest_tokens(packed.parent / name)
        counts[name] = found if found is not None else own if tokens is None else tokens
    return counts


def manifest_tokens(packed: Path) -> int | None:
    """Return the tokens of packed rows, None where they are not packed."""
    manifest = packed / "manifest.json"
    tokens: int | None = read_json(manifest)["tokens"] if manifest.exists() else None
    return tokens


def describe_progress(
    stages: Mapping[str, int], models: Path, current: str, done: float, speed: float
) -> str:
    """Return ``stage 3 of 5, study 12 min left``.

    Args:
        stages: tokens of every trained stage of the study, by model.
        models: the folder in which finished stages have a folder of their name.
        current: the model in training.
        done: tokens that it has been trained on.
        speed: tokens a second, as measured; while it is not known (0) no time is given.
    """
    finished = {name for name in stages if name != current and (models / name).is_dir()}
    place = f"stage {len(finished) + 1} of {len(stages)}"
    if speed <= 0:
        return place
    left = sum(tokens for name, tokens in stages.items() if name not in finished)
    return f"{place}, study {describe_seconds(max(0, left - done) / speed)} left"


def describe_seconds(seconds: float) -> str:
    """Return a duration in at most two units: ``40 s``, ``12 min``, ``3 h 20 min``, ``2 d 4 h``."""
    if seconds < 59.5:
        return f"{round(seconds)} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes} min"
    return f"{hours // 24} d {hours % 24} h"
