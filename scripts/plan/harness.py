"""What the rules of harness.smk ask: how lm-evaluation-harness is run."""

import re
from collections.abc import Iterator
from pathlib import Path

from scripts.common.errors import InputError, nearest
from scripts.common.options import options_of
from scripts.environments.locks import environment_folder
from scripts.plan.options import flags
from scripts.plan.paths import benchmark_file
from scripts.study.harness import ENVIRONMENT, PREFIX, HarnessTask
from scripts.study.study import Study


def task_options(study: Study, benchmark: str) -> list[str]:
    """Return which task of the harness a benchmark is, and what of its answers counts."""
    found = study.harness[benchmark]
    options = [*flags("--harness-task", [found.task]), *flags("--tasks", task_folder(found))]
    return [*options, *flags("--filter", [found.harness.filter])]


def listing_options(study: Study, benchmark: str) -> list[str]:
    """Return what listing a benchmark's questions needs: the metrics that they must have, too."""
    return [*task_options(study, benchmark), *flags("--metrics", study.metrics[benchmark])]


def asking_options(study: Study, benchmark: str) -> list[str]:
    """Return how the harness asks a model."""
    harness = study.harness[benchmark].harness
    options = [*task_options(study, benchmark), *flags("--shots", [harness.shots])]
    options += ["--chat-template"] if harness.chat_template else []
    options += ["--batch-size", str(study.infer.batch), *options_of(study.infer, ("dtype",))]
    return [*options, *flags("--limit", [harness.limit]), "--seed", str(study.seed)]


def task_folder(found: HarnessTask) -> list[str]:
    """Return the folder of task files of one's own, if the study names one."""
    return [str(found.folder)] if found.folder else []


def task_files(study: Study, benchmark: str) -> list[str]:
    """Return the files of that folder, a change of which lists and asks again."""
    folder = study.harness[benchmark].folder
    files = sorted(folder.rglob("*")) if folder else []
    return [str(path) for path in files if path.is_file() and "__pycache__" not in path.parts]


def check_tasks(study: Study) -> None:
    """Raise `InputError` for a task whose name is in no file of tasks.

    Where the harness's environment is there; and not for those whose questions were listed, for
    there are 14,000 such files.
    """
    places = [*environment_folder(ENVIRONMENT).glob("lib/*/site-packages/lm_eval/tasks")]
    asked = [
        task for name, task in study.harness.items() if not Path(benchmark_file(name)).is_file()
    ]
    if not places or not asked:
        return
    texts = [path.read_bytes() for place in places for path in yaml_files(place)]
    for task in asked:
        own = [path.read_bytes() for path in yaml_files(task.folder)] if task.folder else []
        word = re.compile(rf"(?<![\w-]){re.escape(task.task)}(?![\w-])".encode())
        if not any(word.search(text) for text in (*own, *texts)):
            known = {path.stem for place in places for path in yaml_files(place)}
            hint = nearest(task.task, known)
            hint = hint if hint.startswith("; did") else ""
            raise InputError(
                f"{study.file}: benchmarks.{PREFIX}{task.task}: no task or group of this name in "
                f"lm-evaluation-harness{hint}"
            )


def yaml_files(folder: Path) -> Iterator[Path]:
    """Yield the task files below a folder."""
    return (path for path in sorted(folder.rglob("*")) if path.suffix in (".yaml", ".yml"))
