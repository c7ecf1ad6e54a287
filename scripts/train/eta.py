"""How far a study's training is: which stage, and how long all stages together still take."""

from collections.abc import Mapping
from pathlib import Path


def describe_progress(
    stages: Mapping[str, int], models: Path, current: str, done: int, speed: float
) -> str:
    """Return ``stage 3 of 5, study 12 min left``.

    Args:
        stages: tokens of every trained stage of the study, by model.
        models: the folder in which finished stages have a folder of their name.
        current: the model in training.
        done: tokens that it has been trained on.
        speed: tokens a second, as measured; where it is not known yet (0) no time is told.
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
