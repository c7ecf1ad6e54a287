"""Benchmarks of a study's own, under `benchmarks`: entries like the registry's, with a `task`.

The name ends in the language, or in the direction of pairs, as those of the registry::

    sources:
      exam_zh: {url: exam.csv, columns: {question: q, choices: [A, B, C, D], answer: key}}
    benchmarks:
      exam_zh: {task: choice, list_choices: true}

The data is the data set of the benchmark's name, of the study or the registry, or the one that
`dataset` names, without its languages.
"""

from collections.abc import Mapping
from typing import Any

from scripts.common.errors import InputError
from scripts.study.entries import BenchmarkEntry
from scripts.study.own_sources import split_name
from scripts.study.registry import Dataset, Registry, pair
from scripts.study.tasks import TASKS

# Keys of an entry of registry/benchmarks.yaml that a benchmark with a task may have.
KEYS = (
    "title",
    "max_new_tokens",
    "list_choices",
    "fill_gap",
    "instruction",
    "longest",
    "exemplars",
)
# Those of them that a benchmark of the registry may have too.
SHARED = ("max_new_tokens",)


def add_benchmarks(settings: Mapping[str, Any], registry: Registry) -> Registry:
    """Return the registry with the study's own benchmarks among the others.

    Args:
        settings: the study's.
        registry: with the study's own data sets.
    """
    found: dict[str, BenchmarkEntry] = {}
    for name, written in settings["benchmarks"].items():
        try:
            if "task" not in (written or {}):
                check_registered(name, written or {}, registry)
                continue
            key, entry = parse_own(name, written, registry)
            if key in registry.benchmarks:
                raise InputError("the registry has a benchmark of this name; choose another")
            found[key] = join(found[key], entry) if key in found else entry
        except InputError as error:
            raise InputError(f"benchmarks.{name}: {error}") from None
    whole = registry.with_benchmarks(found)
    for key, entry in found.items():
        try:
            whole.check_exemplars(entry)
        except InputError as error:
            raise InputError(f"benchmarks.{key}: {error}") from None
    return whole


def check_registered(name: str, written: Mapping[str, Any], registry: Registry) -> None:
    """Refuse keys of one's own benchmark without its task."""
    own = [key for key in written if key == "dataset" or (key in KEYS and key not in SHARED)]
    known = name.rpartition("_")[0] in registry.benchmarks
    if own:
        whose = "the registry's benchmark has its own" if known else "the key 'task' is missing"
        raise InputError(f"found {own[0]!r}; {whose}")
    if not known and name in registry.dataset_names():
        raise InputError(
            f"a data set, of which a benchmark is made by the key task, one of "
            f"{', '.join(tasks_of(registry.dataset(name)))}"
        )


def tasks_of(dataset: Dataset) -> list[str]:
    """Return the tasks that may be made of a data set."""
    return [name for name, task in TASKS.items() if dataset.kind in task.kinds]


def parse_own(
    name: str, written: Mapping[str, Any], registry: Registry
) -> tuple[str, BenchmarkEntry]:
    """Return the name without its languages, and the entry."""
    key, languages = split_name(name, registry)
    task, data = written["task"], written.get("dataset", key)
    if not TASKS[task].kinds:
        raise InputError("task: harness is that of benchmarks named lm-eval/<task>")
    entry: BenchmarkEntry = {
        "title": key,
        "task": task,
        "dataset": dict.fromkeys(languages if TASKS[task].mixes else languages[:1], data),
        "metrics": usual_metrics(task, registry),
    }
    entry |= {one: written[one] for one in KEYS if one in written}  # type: ignore[typeddict-item]
    registry.check_benchmark(entry)
    for some in [(code,) for code in languages] if TASKS[task].mixes else [languages]:
        registry.dataset(f"{data}_{'-'.join(pair(entry, registry.datasets[data], some))}")
    return key, entry


def usual_metrics(task: str, registry: Registry) -> list[str]:
    """Return the metrics of the registry's first benchmark with the task."""
    return next(entry["metrics"] for entry in registry.benchmarks.values() if entry["task"] == task)


def join(one: BenchmarkEntry, other: BenchmarkEntry) -> BenchmarkEntry:
    """Return two languages' entries of one name as one."""
    differs = [
        key for key in {**one, **other} if key != "dataset" and one.get(key) != other.get(key)
    ]
    if differs:
        raise InputError(
            f"its {differs[0]} is another one than of {one['title']} in "
            f"{' and '.join(one['dataset'])}; choose a name of its own, as mine2_en"
        )
    return {**one, "dataset": {**one["dataset"], **other["dataset"]}}
