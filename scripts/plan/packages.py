"""Packages that metrics need beside those of requirements.txt, looked for before anything runs."""

from collections.abc import Iterable
from importlib.util import find_spec

from scripts.common.errors import InputError
from scripts.study.study import Study

# Metrics over the words of sacrebleu's tokenizer of a language (registry/languages.yaml).
OF_WORDS = ("bleu", "sari")


def check_packages(study: Study, columns: Iterable[str] = ()) -> None:
    """Raise `InputError` where the package of a score's tokenizer is not installed.

    Args:
        columns: scores beside those of the study, as ``flores_en-ja.bleu``.
    """
    asked = [(name, metric) for name, metrics in study.metrics.items() for metric in metrics]
    asked += [(name, metric) for name, _, metric in (column.rpartition(".") for column in columns)]
    for benchmark, metric in asked:
        if metric in OF_WORDS:
            check_language(study, benchmark, metric)


def check_language(study: Study, benchmark: str, metric: str) -> None:
    """Raise `InputError` where the tokenizer of a benchmark's answers is not installed."""
    code = study.registry.benchmark(benchmark).languages[-1]
    language = study.registry.languages[code]
    package = language.get("package")
    if package and find_spec(package["module"]) is None:
        cutter = f"cuts {language['name']} by {language['sacrebleu']}"
        raise InputError(
            f"{study.file}: benchmarks.{benchmark}: {metric} {cutter}, found no module "
            f"{package['module']}; install it (.venv/bin/pip install '{package['install']}') or "
            "choose metrics such as chrf"
        )
