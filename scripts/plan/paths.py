"""Where every artefact of a study is: the layout of ``results/``, as the rules declare it."""

from collections.abc import Iterable

from scripts.common.errors import InputError
from scripts.study.hub import is_hub, parse_hub
from scripts.study.sources import raw_path
from scripts.study.study import BASE, Study

TABLE_FORMS = ("md", "csv", "tex")
CHECKS = "results/checks/base.json"  # of the base's architecture (check_base)


def raw_file(url: str) -> str:
    """Return where the file of a registry's address is once downloaded; of the hub its record."""
    return f"results/raw/{parse_hub(url).raw if is_hub(url) else raw_path(url)}"


def stage_file(model: str) -> str:
    """Return the file that says what a model's folder holds; it represents the model in the DAG."""
    return f"results/models/{model}/stage.json"


def parent_stage_file(study: Study, model: str) -> str:
    """Return the `stage_file` of a model's parent."""
    return stage_file(parent_of(study, model))


def parent_of(study: Study, model: str) -> str:
    """Return a model's parent; `InputError` for the base, which has none."""
    parent = study.model(model).parent
    if parent is None:
        raise InputError(f"{study.file}: {model} has no parent")
    return parent


def tokenizer_file(study: Study, model: str) -> str:
    """Return the tokenizer of an extended model; a variant has its origin's."""
    return f"results/tokenizers/{study.origin(model)}/tokenizer.json"


def vocabulary_file(study: Study, model: str) -> str:
    """Return the file of a model's vocabulary: the last extension's tokenizer, or the base itself.

    Training changes no vocabulary, so that what only tokenizes need not wait for it, and is
    repeated for another vocabulary only.
    """
    extended = [stage.name for stage in study.lineage(model) if stage.extend]
    return tokenizer_file(study, extended[-1]) if extended else stage_file(BASE)


def parent_vocabulary_file(study: Study, model: str) -> str:
    """Return the `vocabulary_file` of a model's parent."""
    return vocabulary_file(study, parent_of(study, model))


def packed_file(study: Study, model: str, file: str) -> str:
    """Return a file of the rows that a model is trained on; a variant has its origin's."""
    return f"results/packed/{study.origin(model)}/{file}"


def dataset_files(folder: str, names: Iterable[str], ending: str = "parquet") -> list[str]:
    """Return the files of data sets in a folder of ``results/``: corpora, clean or checks."""
    return [f"results/{folder}/{name}.{ending}" for name in names]


def benchmark_file(benchmark: str) -> str:
    """Return the file of a benchmark's records."""
    return f"results/benchmarks/{benchmark}.jsonl"


def prediction_file(model: str, benchmark: str) -> str:
    """Return the file of a model's answers to a benchmark."""
    return f"results/predictions/{model}/{benchmark}.jsonl"


def score_files(models: Iterable[str], columns: Iterable[str]) -> list[str]:
    """Return the scores of models, model by model; a column is ``<benchmark>.<metric>``."""
    columns = list(columns)
    return [f"results/{model}/{column}" for model in models for column in columns]


def record_files(models: Iterable[str], columns: Iterable[str]) -> list[str]:
    """Return what each record adds to the scores of models, model by model."""
    columns = list(columns)
    return [f"results/records/{model}/{column}.jsonl" for model in models for column in columns]


def comparison_files(models: Iterable[str]) -> list[str]:
    """Return the comparisons of models with what each is compared with, a file a model."""
    return [f"results/comparisons/{model}.jsonl" for model in models]


def table_files(name: str) -> list[str]:
    """Return the three files of a table."""
    return [f"results/tables/{name}.{form}" for form in TABLE_FORMS]
