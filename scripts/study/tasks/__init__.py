"""The tasks of benchmarks: every module of this folder is one, by its name."""

from importlib import import_module
from pathlib import Path

from scripts.study.task import Script, Task

NAMES = sorted(path.stem for path in Path(__file__).parent.glob("[a-z]*.py"))
TASKS: dict[str, Task] = {name: import_module(f"{__name__}.{name}").TASK for name in NAMES}


def tasks_answered_by(script: Script) -> tuple[str, ...]:
    """Return the names of the tasks that a script of scripts/infer puts to a model."""
    return tuple(name for name, task in TASKS.items() if task.answered_by == script)
