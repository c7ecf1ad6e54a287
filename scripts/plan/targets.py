"""What a person asks Snakemake for, checked before it looks for a rule in two dozen lines."""

import os
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from scripts.common.errors import InputError, nearest
from scripts.plan.cases import check_case, explain_case, parse_case
from scripts.plan.packages import check_packages
from scripts.plan.paths import table_files
from scripts.plan.release import released_models
from scripts.study.ratings import RATINGS_FILE
from scripts.study.registry import check_metrics
from scripts.study.study import BASE, Study

# Tables of what people said, which no rule can make.
TABULATED = {*table_files("preferences"), "tabulate_preferences"}
NO_RULE = "expected a file that a rule makes, such as results/<model>/<benchmark>.<metric>"


class Rule(Protocol):
    """What is asked of Snakemake's rules."""

    name: str

    def is_producer(self, requested_output: str) -> bool:
        """Tell whether the rule makes a file."""


def read_targets(command: Sequence[str], make_parser: Callable[[], ArgumentParser]) -> list[str]:
    """Return the targets on Snakemake's command line; it tells the workflow of them only later.

    None where another program has started the workflow.

    Args:
        make_parser: returns Snakemake's parser.
    """
    if Path(command[0]).name not in ("snakemake", "__main__.py"):
        return []
    return list(make_parser().parse_known_args(command[1:])[0].targets)


def check_targets(study: Study, targets: Iterable[str], rules: Sequence[Rule]) -> None:
    """End the process with one line where a target is neither a rule nor a file that one makes."""
    names = [rule.name for rule in rules]
    for target in targets:
        path = target if os.path.isabs(target) else os.path.relpath(target)
        known = target in names or Path(path).exists()
        if not known and not any(rule.is_producer(path) for rule in rules):
            raise SystemExit(f"error: {target}: {explain_target(study, path, names)}")
        if path in TABULATED and not Path(RATINGS_FILE).exists():
            raise SystemExit(f"error: {target}: no {RATINGS_FILE}; `make page` makes it")
        try:
            check_packages(study, scores_of(study, path))
            if case := parse_case(path):
                check_case(study, case)
        except InputError as error:
            raise SystemExit(f"error: {error}") from None


def scores_of(study: Study, path: str) -> list[str]:
    """Return the score that a target is, as ``flores_en-zh.bleu``; nothing where it is none."""
    folder, *parts = path.split("/")
    name = parts[-1].rpartition(".")[0] if parts else ""
    score = folder == "results" and len(parts) < 3 and name in study.registry.benchmark_names()
    return [parts[-1]] if score else []


def explain_release(study: Study, parts: Sequence[str]) -> str:
    """Say what is wrong with a target under ``results/release/``."""
    name = parts[0] if parts else ""
    models = released_models(study)
    known = next((model for model in models if name in (model, f"{model}.gguf")), None)
    if name.removesuffix(".gguf") == BASE:
        return "the base is published already; a model of the study is released"
    if name and not known and not any(name.startswith(f"{model}.") for model in models):
        return f"unknown model {name.removesuffix('.gguf')!r}{nearest(name, models)}"
    return "expected results/release/<model>, a folder, or results/release/<model>.gguf"


def explain_target(study: Study, path: str, rules: Iterable[str]) -> str:
    """Say what is wrong with a target: its model, benchmark or metric, or all of it."""
    folder, *parts = path.split("/")
    if not parts:
        return f"unknown rule or file{nearest(path, rules)}"
    if case := parse_case(path):
        return explain_case(study, case) or NO_RULE
    if folder == "results" and parts[0] == "release":
        return explain_release(study, parts[1:])
    if folder == "results" and parts[0] == "cleaned":
        name = parts[-1].rpartition(".")[0]
        return f"the study's 'clean' names no data set {name!r}{nearest(name, study.clean)}"
    if folder != "results" or len(parts) > 2 or "." not in parts[-1]:
        return NO_RULE
    name, _, metric = parts[-1].rpartition(".")
    if parts[:-1] and parts[0] not in study.models:
        return f"unknown model {parts[0]!r}{nearest(parts[0], study.models)}"
    try:
        benchmark = study.registry.benchmark(name)
        check_metrics([metric], benchmark.task, name)
    except InputError as error:
        return str(error)
    return NO_RULE
