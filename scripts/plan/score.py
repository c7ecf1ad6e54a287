"""What the rules of score.smk ask: languages, pieces and weights of a metric, and rivals."""

from collections.abc import Iterable

from scripts.environments.locks import environment_names
from scripts.plan.environments import image
from scripts.plan.options import flags, repeated
from scripts.plan.paths import prediction_file, raw_file, record_files, score_files
from scripts.plan.tables import compared_columns
from scripts.study.study import Study


def is_module(name: str) -> bool:
    """Tell whether score_predictions computes a metric that the registry says `name` does."""
    return name.startswith("metrics.")


def is_neural(name: str) -> bool:
    """Tell whether score_neural computes a metric that the registry says `name` does."""
    return name in {f"neural.{library}" for library in environment_names()}


def library(study: Study, metric: str) -> str:
    """Return the library that computes a neural metric: the name of its environment."""
    (script,) = set(study.registry.metrics[metric]["tasks"].values())
    return str(script).removeprefix("neural.")


def container(study: Study, metric: str) -> str:
    """Return the container of a neural metric's environment."""
    return image(library(study, metric))


def rival(study: Study, model: str) -> str:
    """Return the model that another is compared with: the baseline, or a variant's origin."""
    return study.model(model).origin or study.baseline


def rival_scores(study: Study, model: str) -> list[str]:
    """Return the score files that those of a model are compared with, in the same order."""
    return score_files([rival(study, model)], compared_columns(study, model))


def compared_scores(study: Study, model: str) -> list[str]:
    """Return a model's score files that are compared."""
    return score_files([model], compared_columns(study, model))


def compared_records(study: Study, model: str) -> list[str]:
    """Return the records of all scores that are compared, the rival's and the model's."""
    return record_files([rival(study, model), model], compared_columns(study, model))


def metric_pieces(study: Study, metric: str) -> list[str]:
    """Return the SentencePiece model that a metric counts in, where it has one."""
    model = study.registry.metrics[metric].get("sentencepiece")
    return [raw_file(model["url"])] if model else []


def all_pieces(study: Study) -> list[str]:
    """Return the SentencePiece models that the study's metrics count in."""
    metrics = dict.fromkeys(metric for found in study.metrics.values() for metric in found)
    return list(dict.fromkeys(path for metric in metrics for path in metric_pieces(study, metric)))


def scoring_work(study: Study, model: str, columns: Iterable[str]) -> list[str]:
    """Return the options with which one process scores a model's predictions, column by column."""
    rows = []
    for column in columns:
        benchmark, _, metric = column.rpartition(".")
        rows.append([*scoring_files(model, benchmark, metric), "--metric", metric])
        rows[-1] += metric_options(study, metric, benchmark)
    return repeated("--each", rows)


def neural_work(model: str, benchmarks: Iterable[str], metric: str) -> list[str]:
    """Return the options with which one process scores a model's predictions by one metric."""
    return repeated("--each", [scoring_files(model, name, metric) for name in benchmarks])


def scoring_files(model: str, benchmark: str, metric: str) -> list[str]:
    """Return the options that name a score's benchmark and files."""
    column = [f"{benchmark}.{metric}"]
    options = flags("--benchmark", [benchmark])
    options += flags("--predictions", [prediction_file(model, benchmark)])
    options += flags("--output", score_files([model], column))
    return options + flags("--records", record_files([model], column))


def metric_options(study: Study, metric: str, benchmark: str) -> list[str]:
    """Return what a metric must know beyond the predictions: languages and tokenizers."""
    languages = study.registry.benchmark(benchmark).languages
    options = flags("--source-language", [languages[0]])
    options += flags("--target-language", [languages[-1]])
    options += flags("--tokenize", [study.registry.languages[languages[-1]]["sacrebleu"]])
    model = study.registry.metrics[metric].get("sentencepiece")
    if model:
        options += flags("--sentencepiece", metric_pieces(study, metric))
        options += flags("--pieces", [model["name"]])
    return options


def weight_files(study: Study, metric: str) -> list[str]:
    """Return the raw files of the published weights that a neural metric scores with."""
    files = study.registry.metrics[metric]["checkpoint"]["files"].values()
    return [raw_file(file["url"]) for file in files]


def weight_options(study: Study, metric: str) -> list[str]:
    """Return what a neural metric needs to know of its published weights."""
    facts = study.registry.metrics[metric]["checkpoint"]
    options = flags("--checkpoint", [facts["name"]])
    for name, path in zip(facts["files"], weight_files(study, metric), strict=True):
        options += flags("--file", [f"{name}={path}"])
    return [*options, *flags("--layer", [facts.get("layer")])]
