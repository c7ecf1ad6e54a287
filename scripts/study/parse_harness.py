"""Turns a study's benchmarks of lm-evaluation-harness into entries like the registry's."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.settings import from_mapping
from scripts.study.entries import BenchmarkEntry, DatasetEntry
from scripts.study.harness import PREFIX, TASK, Harness, HarnessTask
from scripts.study.registry import Registry

HOME = "https://github.com/EleutherAI/lm-evaluation-harness"


def rename_tasks(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return settings whose benchmarks of the harness have the names that files have."""
    benchmarks = {}
    for name, written in settings["benchmarks"].items():
        if not name.startswith(PREFIX):
            benchmarks[name] = written
            continue
        harness = read_harness(name, written)
        short = file_name(name, harness)
        if short in benchmarks:
            raise InputError(f"benchmarks.{name}: {short} is there already, choose a language")
        benchmarks[short] = {"metrics": [*harness.metrics], "limit": harness.limit}
    return {**settings, "benchmarks": benchmarks}


def read_harness(name: str, written: Mapping[str, Any] | None) -> Harness:
    """Return how a task is put; `InputError` with its key where that is a mistake."""
    if not re.fullmatch(r"[\w.-]+", name.removeprefix(PREFIX)):
        raise InputError(f"benchmarks.{name}: expected lm-eval/ and the name of a task or group")
    try:
        return from_mapping(Harness, written or {})
    except InputError as error:
        raise InputError(f"benchmarks.{name}.{error}") from None


def file_name(name: str, harness: Harness) -> str:
    """Return what a benchmark of the harness is called in files and tables."""
    task = re.sub(r"[^\w-]", "-", name.removeprefix(PREFIX))
    return f"lm-eval-{task}_{harness.language}"


def parse_tasks(
    settings: Mapping[str, Any], file: str, registry: Registry
) -> dict[str, HarnessTask]:
    """Return a study's benchmarks of the harness by their names in files."""
    found = {}
    for name, written in settings["benchmarks"].items():
        if not name.startswith(PREFIX):
            continue
        harness = read_harness(name, written)
        if harness.language not in registry.languages:
            known = nearest(harness.language, registry.languages)
            raise InputError(f"benchmarks.{name}.language: found {harness.language!r}{known}")
        folder = Path(file).parent / Path(harness.tasks).expanduser() if harness.tasks else None
        if folder and not folder.is_dir():
            raise InputError(f"benchmarks.{name}.tasks: {folder}: no such folder")
        task = HarnessTask(name.removeprefix(PREFIX), harness, folder)
        found[file_name(name, harness)] = task
    return found


def add_tasks(tasks: Mapping[str, HarnessTask], registry: Registry) -> Registry:
    """Return the registry with the harness's benchmarks among the others."""
    datasets: dict[str, DatasetEntry] = {}
    benchmarks: dict[str, BenchmarkEntry] = {}
    for name, found in tasks.items():
        entry_name, _, language = name.rpartition("_")
        datasets[entry_name] = {
            "title": f"{found.task} of lm-evaluation-harness",
            "kind": "question",
            "loader": "table",
            "languages": {language: ""},
            "sources": [],
            "licence": "that of the task's data",
            "home": HOME,
        }
        benchmarks[entry_name] = {
            "title": f"{found.task} (lm-evaluation-harness)",
            "task": TASK,
            "dataset": {"*": entry_name},
            "metrics": [*found.harness.metrics],
        }
    return registry.with_datasets(datasets).with_benchmarks(benchmarks)
