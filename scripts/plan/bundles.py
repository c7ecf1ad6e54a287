"""Which files of a model one job makes: those of all benchmarks of the study, or one's alone.

Two rules share the work. One makes a model's files for all benchmarks of the study, with the model
loaded once; it is for the models that the study compares, which answer them all. The other makes
what one benchmark needs, of all other models and benchmarks (`patterns.others_than`). Where only
single scores are asked for, the second costs one benchmark; everywhere else the first saves
hundreds of starts.
"""

import os
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

from scripts.plan.cases import parse_case
from scripts.plan.infer import asked_here
from scripts.plan.paths import prediction_file, record_files, score_files
from scripts.plan.score import is_module, is_neural
from scripts.study.study import Study

MODEL = "{model}"
# A bundle of no files has a rule still, whose output nothing asks for.
NO_FILE = "results/{model}/none"


def is_single(study: Study, target: str) -> bool:
    """Tell whether a target is of one benchmark: a score, a case, or predictions, records …"""
    if parse_case(os.path.relpath(target)):
        return True
    match os.path.relpath(target).split("/"):
        case ["results", ("predictions" | "records" | "judgements"), _, name]:
            return name.endswith(".jsonl")
        case ["results", name] | ["results", _, name]:
            return name.rpartition(".")[2] in study.registry.metrics
    return False


def answers(study: Study, model: str = MODEL) -> list[str]:
    """Return a model's predictions on the study's benchmarks that we ask."""
    return [prediction_file(model, name) for name in asked_here(study)] or [NO_FILE]


def predictions(study: Study, model: str = MODEL) -> list[str]:
    """Return a model's predictions on all of the study's benchmarks."""
    return [prediction_file(model, benchmark.name) for benchmark in study.benchmarks]


def scored_columns(study: Study) -> list[str]:
    """Return the columns whose metric is of the main environment."""
    return [column for column, script in columns(study) if is_module(script)]


def scores(study: Study, model: str = MODEL) -> list[str]:
    """Return a model's score files of the main environment."""
    return score_files([model], scored_columns(study)) or [NO_FILE]


def records(study: Study, model: str = MODEL) -> list[str]:
    """Return what each record adds to `scores`."""
    return record_files([model], scored_columns(study))


def neural_metrics(study: Study) -> list[str]:
    """Return the study's metrics that have an environment of their own."""
    found = (column.rpartition(".")[2] for column, script in columns(study) if is_neural(script))
    return list(dict.fromkeys(found))


def neural_benchmarks(study: Study) -> list[str]:
    """Return the benchmarks that all of `neural_metrics` score.

    Others have a job each: the outputs of a rule cannot depend on a metric.
    """
    wanted = set(neural_metrics(study))
    names = (benchmark.name for benchmark in study.benchmarks)
    return [name for name in names if wanted and wanted <= set(study.metrics[name])]


def neural_columns(study: Study) -> list[str]:
    """Return the columns of all models' `neural_scores`."""
    names, metrics = neural_benchmarks(study), neural_metrics(study)
    return [f"{name}.{metric}" for name in names for metric in metrics]


def neural_scores(study: Study, model: str = MODEL, metric: str = "{metric}") -> list[str]:
    """Return a model's score files by a neural metric."""
    found = score_files([model], [f"{name}.{metric}" for name in neural_benchmarks(study)])
    return found or [f"{NO_FILE}.{metric}"]


def neural_records(study: Study, model: str = MODEL, metric: str = "{metric}") -> list[str]:
    """Return what each record adds to `neural_scores`."""
    return record_files([model], [f"{name}.{metric}" for name in neural_benchmarks(study)])


def columns(study: Study) -> list[tuple[str, str]]:
    """Return every ``<benchmark>.<metric>`` of the study, and what computes the metric."""
    return [
        (f"{benchmark.name}.{metric}", study.registry.metrics[metric]["tasks"][benchmark.task])
        for benchmark in study.benchmarks
        for metric in study.metrics[benchmark.name]
    ]


def answering_models(study: Study, targets: Collection[str]) -> list[str]:
    """Return the models whose benchmarks are answered by one job."""
    return bundled(
        study,
        targets,
        ("answer_benchmarks", "answer_benchmark"),
        lambda name: answers(study, name),
        ending=".tsv",
    )


def scoring_models(study: Study, targets: Collection[str]) -> list[str]:
    """Return the models of which one job makes all scores of the main environment."""
    return bundled(
        study,
        targets,
        ("score_benchmarks", "score_predictions"),
        lambda name: scores(study, name),
        ending=".tsv",
    )


def neural_models(study: Study, targets: Collection[str]) -> list[str]:
    """Return the models whose scores by a neural metric one job makes."""
    metrics = neural_metrics(study)
    return bundled(
        study,
        targets,
        ("score_benchmarks_neural", "score_neural"),
        lambda name: [path for metric in metrics for path in neural_scores(study, name, metric)],
    )


def bundled(
    study: Study,
    targets: Collection[str],
    rules: tuple[str, str],
    files: Callable[[str], list[str]],
    ending: str = "",
) -> list[str]:
    """Return the compared models of which one job makes all files of a kind.

    All of them, unless every target is single: then those whose files are there, and came from
    such a job, which its timing tells; another rule would make them again. A job's own process has
    what was decided before from its jobs.

    Args:
        targets: of Snakemake's command line, or the jobs that it names there (`target_jobs`).
        rules: that make all files of a model, and single ones.
        files: returns what the job makes for a model.
        ending: of the timing of the first rule's job.
    """
    whole, single = (models_of(targets, rule) for rule in rules)
    if single:
        return [model for model in study.scored if model in whole or model not in single]
    if not targets or not all(is_single(study, target) for target in targets):
        return list(study.scored)
    return [
        model
        for model in study.scored
        if Path("results/timings", rules[0], f"{model}{ending}").exists()
        and all(Path(path).is_file() for path in files(model))
    ]


def models_of(jobs: Iterable[str], rule: str) -> set[str]:
    """Return the models of a rule's jobs, among jobs as ``rule:model=a,benchmark=b``."""
    named = (job.partition(":")[2] for job in jobs if job.startswith(f"{rule}:"))
    return {
        part.removeprefix("model=")
        for wildcards in named
        for part in wildcards.split(",")
        if part.startswith("model=")
    }
