"""Regular expressions of wildcards: which names a rule's paths may hold."""

import re
from collections.abc import Callable, Iterable

from scripts.study.registry import Registry
from scripts.study.study import Study
from scripts.study.tasks import TASKS

NOTHING = "(?!)"  # a pattern that no name matches


def any_of(names: Iterable[str]) -> str:
    """Return a pattern of exactly these names.

    Names such as flores_en-zh share their endings: every rule compiles this, and hundreds of
    alternatives would cost a second of each plan.
    """
    endings: dict[str, list[str]] = {}
    for name in sorted(names):
        stem, mark, ending = name.rpartition("_")
        endings.setdefault(stem + mark, []).append(ending)
    stems: dict[str, list[str]] = {}
    for stem, found in endings.items():
        stems.setdefault("|".join(join_directions(found)), []).append(stem)
    parts = [f"{alternatives(some)}(?:{found})" for found, some in stems.items()]
    return "|".join(parts) or NOTHING


def join_directions(endings: list[str]) -> list[str]:
    """Return patterns of exactly these endings, one for all directions among the same languages.

    Among fifty languages there are 2,450.
    """
    targets: dict[str, set[str]] = {}
    for source, mark, target in (ending.partition("-") for ending in endings):
        if mark:
            targets.setdefault(source, set()).add(target)
    among: dict[frozenset[str], list[str]] = {}
    for source, found in targets.items():
        among.setdefault(frozenset({source, *found}), []).append(source)
    plain = [ending for ending in endings if "-" not in ending]
    patterns = [alternatives(plain)] if plain else []
    for languages, sources in among.items():
        same = [f"{code}-{code}" for code in sources if code not in targets[code]]
        without = f"(?!{alternatives(same)}(?![\\w-]))" if same else ""
        patterns.append(f"{without}{alternatives(sources)}-{alternatives(languages)}")
    return patterns


def alternatives(names: Iterable[str]) -> str:
    """Return a pattern of exactly these names that is matched in time of their length.

    A study may have thousands of models, and each of its files is compared with the pattern: side
    by side, all alternatives would be tried.
    """
    tails: dict[str, list[str]] = {}
    for name in sorted(set(names)):
        tails.setdefault(name[:1], []).append(name[1:])
    parts = [
        re.escape(head) + (alternatives(rest) if any(rest) else "") for head, rest in tails.items()
    ]
    if not parts:
        return NOTHING
    return parts[0] if len(parts) == 1 else f"(?:{'|'.join(parts)})"


def others_than(models: Iterable[str], files: Iterable[str], names: Iterable[str]) -> str:
    """Return a pattern of `names`, but not of `models` where one of the `files` follows.

    Of two rules for a file Snakemake plans both, whichever it takes: this keeps the second one from
    the files of the first.

    Args:
        models: what the first rule makes its files of.
        files: what its files are called in a model's folder, without ``.jsonl``.
        names: all that the wildcard may be.
    """
    made = f"(?:{any_of(models)})/(?:{any_of(files)})(?:[.]jsonl)?$"
    return f"(?!{made})(?:{any_of(names)})"


def benchmarks_of(registry: Registry, *tasks: str) -> str:
    """Return a pattern of the benchmarks with one of these tasks."""
    entries = {key for key, entry in registry.benchmarks.items() if entry["task"] in tasks}
    names = registry.benchmark_names()
    return any_of(name for name in names if name.rpartition("_")[0] in entries)


def scored_by(registry: Registry, computes: Callable[[str], bool]) -> str:
    """Return a pattern of the benchmarks that a rule scores, by their metric.

    It looks ahead at the metric: a path of a benchmark with a metric of another task, or of
    another rule, does not match.

    Args:
        registry: the metrics, and what computes each for a task.
        computes: tells whether a module or script of scripts/score is the rule's.
    """
    tasks: dict[str, list[str]] = {}
    for name, metric in registry.metrics.items():
        for task, script in metric["tasks"].items():
            if computes(script):
                tasks.setdefault(task, []).append(name)
    ending = "(?=[^/]*[.](?:{metrics})(?:[.]jsonl)?$)(?:{benchmarks})"
    parts = [
        ending.format(metrics=any_of(metrics), benchmarks=benchmarks_of(registry, task))
        for task, metrics in tasks.items()
    ]
    return "|".join(parts) or NOTHING


def answered_reviews(study: Study) -> str:
    """Return a pattern of ``<review>_<language>`` whose answers were published, for the judge."""
    found = [
        f"{name}_{language}"
        for name, entry in study.registry.reviews["reviews"].items()
        for language, files in entry["languages"].items()
        if "answers" in files
    ]
    return any_of(found) if study.score.judge else NOTHING


def questioned_benchmarks(study: Study) -> str:
    """Return a pattern of the benchmarks whose answers a judge can call correct or wrong."""
    return benchmarks_of(study.registry, "answer") if study.score.judge else NOTHING


def judged_benchmarks(study: Study) -> str:
    """Return a pattern of the benchmarks that the study's judge can be asked about."""
    judged = [name for name, task in TASKS.items() if task.judged]
    return benchmarks_of(study.registry, *judged) if study.score.judge else NOTHING
