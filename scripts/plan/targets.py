"""What a person asks Snakemake for, checked before it looks for a rule in two dozen lines."""

import os
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Protocol

from scripts.common.errors import InputError, nearest, shorten
from scripts.plan.cases import Case, check_case, parse_case
from scripts.plan.near_targets import WILDCARD, NearTargets
from scripts.plan.packages import check_packages
from scripts.plan.paths import table_files
from scripts.plan.start import one_line
from scripts.study.metrics import metrics_of
from scripts.study.ratings import RATINGS_FILE
from scripts.study.study import BASE, Study

# Tables of what people said, which no rule can make.
TABULATED = {*table_files("preferences"), "tabulate_preferences"}
RESULTS = "results"
JUDGEMENTS = "results/judgements"
OF_JUDGEMENTS = tuple(f"results/tables/{folder}/" for folder in ("judged", "rankings", "reviews"))
SHOWN = 200  # characters of a target in a message


class Rule(Protocol):
    """What is asked of Snakemake's rules."""

    name: str

    @property
    def output(self) -> Iterable[object]:
        """Return the patterns of its files."""

    def is_producer(self, requested_output: str) -> bool:
        """Tell whether the rule makes a file."""


def read_targets(command: Sequence[str], make_parser: Callable[[], ArgumentParser]) -> list[str]:
    """Return the targets on Snakemake's command line; it tells the workflow of them only later.

    None where another program has started the workflow. One without a character, which is no path,
    ends the process with one line.

    Args:
        make_parser: returns Snakemake's parser.
    """
    if Path(command[0]).name not in ("snakemake", "__main__.py"):
        return []
    targets = list(make_parser().parse_known_args(command[1:])[0].targets)
    with one_line():
        if "" in targets:
            raise InputError("a target is empty, expected a rule or a file that a rule makes")
    return targets


def check_targets(
    study: Study, targets: Iterable[str], rules: Sequence[Rule], plain: Callable[[str], str]
) -> None:
    """End the process with one line where a target is neither a rule nor a file that one makes.

    Args:
        plain: returns the pattern of an output without the constraints of its wildcards.
    """
    patterns = {rule.name: [plain(str(path)) for path in rule.output] for rule in rules}

    def is_made(path: str) -> bool:
        # A pattern's end matches before a line feed, too.
        if path.endswith("\n") or lacks_judge(study, path):
            return False
        return any(rule.is_producer(path) for rule in rules)

    for target in targets:
        path = target if os.path.isabs(target) else os.path.relpath(target)
        with one_line():
            if target in patterns:
                check_rule(study, target, patterns[target], is_made)
            elif not is_made(path) and not is_other_file(path):
                near = NearTargets(study, [one for some in patterns.values() for one in some])
                raise InputError(f"{show(target)}: {explain_target(near, path, patterns, is_made)}")
            if path in TABULATED and not Path(RATINGS_FILE).exists():
                raise InputError(f"{target}: no {RATINGS_FILE}; `make page` makes it")
            check_packages(study, scores_of(study, path))
            if case := parse_case(path):
                check_case(study, case)


def check_rule(
    study: Study, name: str, patterns: Sequence[str], is_made: Callable[[str], bool]
) -> None:
    """Raise `InputError` where a rule makes files of many names, none of which is asked for."""
    if any(WILDCARD.search(pattern) for pattern in patterns):
        found = NearTargets(study, patterns).find("", is_made)
        example = f", such as {found}" if found else "; this study has none"
        raise InputError(f"{name}: this rule makes many files; expected one of them{example}")


def is_other_file(path: str) -> bool:
    """Tell whether a path is a file that is there, and not in results/.

    One that is, and that no rule makes, is of another study or of this one as it was.
    """
    return os.path.isfile(path) and os.path.relpath(path).split("/")[0] != RESULTS


def scores_of(study: Study, path: str) -> list[str]:
    """Return the score that a target is, as ``flores_en-zh.bleu``; nothing where it is none."""
    folder, *parts = path.split("/")
    name = parts[-1].rpartition(".")[0] if parts else ""
    score = folder == RESULTS and len(parts) < 3 and name in study.registry.benchmark_names()
    return [parts[-1]] if score else []


def show(target: str) -> str:
    """Return a target as a message has it: what no terminal shows is escaped."""
    return shorten(target if target.isprintable() else repr(target), SHOWN)


def explain_target(
    near: NearTargets, path: str, rules: Iterable[str], is_made: Callable[[str], bool]
) -> str:
    """Say that a target is none, and which one is nearest."""
    if "/" not in path and path != RESULTS:
        found = near.find(f"{RESULTS}/{path}", is_made) if "." in path else ""
        close = found.rpartition("/")[2] == path
        return f"unknown rule or file{f'; nearest: {found}' if close else nearest(path, rules)}"
    # Snakemake compares paths as they are written, an absolute one with none of its rules'.
    meant = (os.path.relpath(path) if os.path.isabs(path) else path).strip()
    case = parse_case(meant)
    found = near_case(near, case) if case else near.find(meant, is_made)
    reason = explain_reason(near.study, meant)
    hint = f"; nearest: {found}" if found else ""
    return f"no such target of this study{hint}{f' ({reason})' if reason else ''}"


def near_case(near: NearTargets, case: Case) -> str:
    """Return the case of the same id of the model and the benchmark that were probably meant."""
    (model, *_), (*_, benchmark) = (
        near.near("{model}", case.model, ""),
        near.near("{benchmark}", case.benchmark, ""),
    )
    return f"results/{model}/{benchmark}.case-{case.id}.json"


def lacks_judge(study: Study, path: str) -> bool:
    """Tell whether a target is made of judgements, of which there are none and will be none."""
    if study.score.judge or os.path.exists(JUDGEMENTS):
        return False
    ending = path.removesuffix(".jsonl").rpartition(".")[2]
    scripts = study.registry.metrics.get(ending, {"tasks": {}})["tasks"].values()
    judged = set(scripts) & {"score_judgements", "score_correctness"}
    return bool(judged) or path.startswith((JUDGEMENTS, *OF_JUDGEMENTS))


def explain_reason(study: Study, path: str) -> str:
    """Return what makes a path no target where all of its names are right; nothing elsewhere."""
    folder, *parts = path.split("/")
    if folder != RESULTS or not parts:
        return ""
    name, _, ending = parts[-1].rpartition(".")
    if parts[0] == "release" and BASE in [*parts[1:], name]:
        return "the base is published already; a model of the study is released"
    if parts[0] == "cleaned" and name in study.registry.dataset_names():
        return f"the study's 'clean' names no data set {name!r}"
    if lacks_judge(study, path):
        return "the study has no judge"
    if name in study.registry.benchmark_names() and ending in study.registry.metrics:
        task = study.registry.benchmark(name).task
        return "" if ending in metrics_of(task) else f"{ending!r} is no metric of the task {task!r}"
    return ""
