"""Which text of each language a study reads, as ``<corpus>:<column>``: to learn and to measure."""

from collections.abc import Iterable

from scripts.plan.paths import dataset_files
from scripts.study.kinds import KINDS
from scripts.study.mixture import Part
from scripts.study.registry import Benchmark, Dataset
from scripts.study.study import Study
from scripts.study.tasks import TASKS

Row = list[str]  # a language, then its texts


def text_columns(datasets: Iterable[Dataset], language: str, folder: str) -> list[str]:
    """Return ``path:column`` of every text in a language; `folder` is corpora or clean."""
    found = []
    for dataset in datasets:
        if language in dataset.languages:
            columns = KINDS[dataset.kind].columns_in(dataset.languages, language)
            (path,) = dataset_files(folder, [dataset.name])
            found += [f"{path}:{column}" for column in columns]
    return found


def files_of(columns: Iterable[str]) -> list[str]:
    """Return the distinct files behind ``path:column``; a word without a colon is skipped."""
    return list(dict.fromkeys(word.rpartition(":")[0] for word in columns if ":" in word))


def files_of_rows(rows: Iterable[Row]) -> list[str]:
    """Return the distinct files behind the texts of rows."""
    return files_of(word for row in rows for word in row)


def alias_columns(study: Study, language: str) -> list[str]:
    """Return the text behind a language's alias in the study's `data`, once each."""
    return part_columns(study, study.texts[language], language)


def part_columns(study: Study, parts: Iterable[Part], language: str) -> list[str]:
    """Return the text of parts of expressions in a language, once each."""
    found = []
    for part in parts:
        dataset = study.registry.dataset(part.dataset)
        found += text_columns([dataset], part.side or language, "clean")
    return list(dict.fromkeys(found))


def alias_files(study: Study, languages: Iterable[str]) -> list[str]:
    """Return the distinct corpora behind the aliases of some languages."""
    return files_of(column for code in languages for column in alias_columns(study, code))


def held_out_datasets(study: Study) -> list[Dataset]:
    """Return the data sets of the study's benchmarks, each once whatever the direction.

    But those of lm-evaluation-harness, which has its own.
    """
    ours = [benchmark for benchmark in study.benchmarks if benchmark.name not in study.harness]
    datasets = [dataset for benchmark in ours for dataset in benchmark.datasets]
    return list({id(dataset.entry): dataset for dataset in datasets}.values())


def training_datasets(study: Study) -> list[Dataset]:
    """Return the data sets of all stages shown, and of the texts pieces are learned from."""
    parts = [part for name in study.shown(study.stages) for part in study.model(name).parts]
    parts += [part for text in study.texts.values() for part in text]
    return [study.registry.dataset(name) for name in dict.fromkeys(part.dataset for part in parts)]


def measured_texts(study: Study) -> list[Row]:
    """Return a row for every language: what fertility is measured on.

    English is measured on all English text of the study, since none of it may change; another
    language on what is held out, or, where nothing is, on the text its pieces are learned from.
    """
    rows = []
    for language in ["en", *(code for code in study.texts if code != "en")]:
        columns = text_columns(held_out_datasets(study), language, "corpora")
        if language == "en" or not columns:
            columns += text_columns(training_datasets(study), language, "clean")
        rows.append([language, *dict.fromkeys(columns)])
    return [row for row in rows if len(row) > 1]


def parallel_texts(study: Study) -> list[Row]:
    """Return [language, benchmark, its side, the English side] for all languages that have one."""
    rows = []
    for language, *_ in measured_texts(study):
        benchmark = parallel_benchmark(study, language)
        if benchmark:
            sides = [
                text_columns([benchmark.dataset], code, "corpora")[0] for code in (language, "en")
            ]
            rows.append([language, benchmark.name, *sides])
    return rows


def parallel_benchmark(study: Study, language: str) -> Benchmark | None:
    """Return a translation benchmark of a language and English, Flores first; None without one.

    English is measured on what the first other language is.
    """
    if language == "en":
        others = (parallel_benchmark(study, code) for code in study.texts if code != "en")
        return next(filter(None, others), None)
    found = [
        benchmark
        for benchmark in study.benchmarks
        if TASKS[benchmark.task].translates and set(benchmark.languages) == {"en", language}
    ]
    return min(found, key=lambda benchmark: not benchmark.name.startswith("flores"), default=None)


def coloured_texts(study: Study) -> list[Row]:
    """Return a row for English and each added language: held-out text to cut into tokens.

    Parallel sentences where there are any, and what fertility is measured on where nothing is held
    out.
    """
    shown = study.shown(study.extensions)
    added = {code for name in shown for code, _ in study.model(name).extend}
    parallel = {language: [side] for language, _, side, _ in parallel_texts(study)}
    held_out = held_out_datasets(study)
    return [
        [
            language,
            *(parallel.get(language) or text_columns(held_out, language, "corpora") or columns),
        ]
        for language, *columns in measured_texts(study)
        if language in {"en", *added}
    ]
