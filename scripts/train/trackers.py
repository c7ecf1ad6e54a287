"""TensorBoard, Weights & Biases and Trackio: only on request, and never in the way of a training.

A study asks with ``run: {track: [tensorboard]}``, a user with ``LINGRAFT_TRACK="wandb trackio"``.
A tracker is sent numbers and nothing else; it reads accounts and keys itself, from its
environment. One that fails during training is dropped with a warning.
"""

import os
from collections.abc import Callable, Collection, Mapping
from hashlib import sha256
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from scripts.common.command import log
from scripts.common.errors import InputError, nearest

VARIABLE = "LINGRAFT_TRACK"
PROJECT = "lingraft"
Send = Callable[[int, dict[str, float]], None]


class Tracker:
    """Sends a step's numbers to one service.

    `start` is called with the first step that is logged, so that a resumed run continues from
    there, and returns what sends and what closes.
    """

    def __init__(self, name: str, start: Callable[[int], tuple[Send, Callable[[], None]]]) -> None:
        self.name, self.start = name, start
        self.send: Send | None = None
        self.end: Callable[[], None] | None = None
        self.broken = False

    def log(self, step: int, values: Mapping[str, Any]) -> None:
        """Send the numbers among `values` (no flags, nothing that is absent)."""
        numbers = {key: float(value) for key, value in values.items() if is_number(value)}
        if numbers and not self.broken:
            self.attempt(lambda: self.send_first(step, numbers))

    def send_first(self, step: int, numbers: dict[str, float]) -> None:
        """Start the service if this is the first step, then send."""
        if self.send is None:
            self.send, self.end = self.start(step)
        self.send(step, numbers)

    def close(self) -> None:
        """Let the service write what it has buffered."""
        if self.end and not self.broken:
            self.attempt(self.end)

    def attempt(self, action: Callable[[], None]) -> None:
        """Call the service; on an error warn once and drop it."""
        try:
            action()
        except Exception as error:
            self.broken = True
            log.warning("%s fails and is dropped: %s", self.name, str(error).partition("\n")[0])


def is_number(value: Any) -> bool:
    """Tell numbers from everything else; a bool is none."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def open_trackers(
    names: Collection[str], run: str, folder: Path, settings: dict[str, Any]
) -> list[Tracker]:
    """Return a tracker a name of `names` and of ``$LINGRAFT_TRACK``.

    Args:
        names: what the study asks for.
        run: the name of the run, the model's.
        folder: where the services keep files; a run in the same folder is resumed.
        settings: the recipe, shown beside the curves.

    Raises:
        InputError: for an unknown name or one whose package is not installed.
    """
    wanted = dict.fromkeys([*names, *os.environ.get(VARIABLE, "").replace(",", " ").split()])
    return [open_tracker(name, run, folder, settings) for name in wanted]


def open_tracker(name: str, run: str, folder: Path, settings: dict[str, Any]) -> Tracker:
    """Return one tracker; nothing is started before its first step."""
    if name not in SERVICES:
        raise InputError(f"track: no tracker {name!r}{nearest(name, SERVICES)}")
    module, start = SERVICES[name]
    try:
        loaded = import_module(module)
    except ImportError:
        raise InputError(f"run.track: {name} is not installed; pip install {name}") from None
    return Tracker(name, lambda step: start(loaded, run, folder, settings, step))


def start_tensorboard(
    module: ModuleType, run: str, folder: Path, settings: dict[str, Any], step: int
) -> tuple[Send, Callable[[], None]]:
    """Write event files; what an earlier run wrote from `step` on is hidden."""
    writer = module.SummaryWriter(log_dir=str(folder / "tensorboard"), purge_step=step)
    writer.add_text("settings", "\n".join(f"    {key}: {settings[key]}" for key in settings), step)

    def send(step: int, numbers: dict[str, float]) -> None:
        for key, value in numbers.items():
            writer.add_scalar(key, value, step)

    return send, writer.close


def start_wandb(
    module: ModuleType, run: str, folder: Path, settings: dict[str, Any], step: int
) -> tuple[Send, Callable[[], None]]:
    """Open a W&B run whose id is that of the folder, so that it is found again."""
    folder.mkdir(parents=True, exist_ok=True)
    known = sha256(f"{run}\0{folder.resolve()}".encode()).hexdigest()[:16]
    opened = module.init(
        project=PROJECT, name=run, id=known, resume="allow", dir=str(folder), config=settings
    )
    return lambda step, numbers: opened.log(numbers, step=step), opened.finish


def start_trackio(
    module: ModuleType, run: str, folder: Path, settings: dict[str, Any], step: int
) -> tuple[Send, Callable[[], None]]:
    """Open a Trackio run; one of this name is continued."""
    module.init(project=PROJECT, name=run, resume="allow", config=settings)
    return lambda step, numbers: module.log(numbers, step=step), module.finish


SERVICES = {
    "tensorboard": ("torch.utils.tensorboard", start_tensorboard),
    "wandb": ("wandb", start_wandb),
    "trackio": ("trackio", start_trackio),
}
