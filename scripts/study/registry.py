"""The registry: facts about data, benchmarks, models and all else that studies name."""

from collections.abc import Iterator, Mapping
from copy import copy
from dataclasses import dataclass
from functools import cached_property
from itertools import permutations
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.files import ROOT
from scripts.study.entries import (
    BenchmarkEntry,
    DatasetEntry,
    LanguageEntry,
    ModelEntry,
    RecipeEntry,
    SourceEntry,
    WordingsEntry,
)
from scripts.study.kinds import KINDS, SIDES
from scripts.study.metrics import metrics_of
from scripts.study.mixture import parse_expression
from scripts.study.published import check_file, check_mirrors, check_model, metric_files
from scripts.study.sources import PATH, Source, expand, parse_source
from scripts.study.tasks import TASKS
from scripts.study.validate import check_schema
from scripts.study.yaml_file import read_yaml

Entry = dict[str, Any]
# By name: importing them would cost every plan what only building a corpus needs.
LOADERS = {path.stem: path for path in (ROOT / "scripts/data/loaders").glob("[a-z]*.py")}
SCORE = ROOT / "scripts/score"
SCORERS = {
    ".".join(path.relative_to(SCORE).with_suffix("").parts): path
    for path in (
        *SCORE.glob("score_*.py"),
        *SCORE.glob("metrics/[a-z]*.py"),
        *SCORE.glob("neural/[a-z]*.py"),
    )
}


@dataclass(frozen=True)
class Dataset:
    """A data set in one language or one direction, e.g. ``wagtail_en-zh``."""

    name: str
    entry: DatasetEntry
    languages: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Return one of those in scripts/study/kinds.py: text, parallel, instruction …"""
        return self.entry["kind"]

    @property
    def options(self) -> dict[str, Any]:
        """Return the options of its loader.

        A table's columns are those of the source and the target as the entry's name has them,
        unless they are named by ``{lang}``: of the other direction they are ``reversed``.
        """
        options = self.entry.get("options", {})
        if self.entry["loader"] != "table":
            return options  # of other loaders columns are something else
        columns = options.get("columns", {})
        order = tuple(self.entry["languages"])
        named = any("{lang}" in str(columns.get(side)) for side in SIDES)
        if self.languages == order[::-1] != order and not named:
            return {**options, "reversed": True}
        return options

    @property
    def sources(self) -> tuple[tuple[str, str | None], ...]:
        """Return the places it is made of, each with its SHA-256."""
        found: dict[str, str | None] = {}
        for language in self.languages:
            found.update(sources(self.entry, language))
        return tuple(found.items())


def sources(entry: DatasetEntry, language: str) -> dict[str, str | None]:
    """Return the places of an entry's files in one language, each with its SHA-256.

    The SHA-256 is None where nobody could verify one yet.
    """
    return {place.url: digest_of(source, language) for place, source in places(entry, language)}


def places(entry: DatasetEntry, language: str) -> Iterator[tuple[Source, SourceEntry]]:
    """Yield the places of an entry's files in one language, each with what the entry says of it."""
    locale = entry["languages"][language]
    for source in entry["sources"]:
        if language not in source.get("languages", [language]):
            continue
        if "{locale}" in source["url"] and not locale:
            continue  # in a catalogue English is the key, with no file of its own
        url = source["url"]
        yield parse_source(url) if url.startswith(PATH) else expand(url, language, locale), source


def digest_of(source: SourceEntry, language: str) -> str | None:
    """Return a source's SHA-256 in one language; `KeyError` if it has them for others only."""
    digest = source["sha256"]
    return digest[language] if isinstance(digest, dict) else digest


@dataclass(frozen=True)
class Benchmark:
    """A benchmark in one language or one direction, e.g. ``flores_en-zh``.

    One of text may be of several languages, as ``text_zh-en``: it has a data set of each, of which
    `others` are those behind the first.
    """

    name: str
    entry: BenchmarkEntry
    dataset: Dataset
    others: tuple[Dataset, ...] = ()

    @property
    def datasets(self) -> tuple[Dataset, ...]:
        """Return all data sets that it is made of."""
        return (self.dataset, *self.others)

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(code for dataset in self.datasets for code in dataset.languages)

    @property
    def task(self) -> str:
        """Return one of scripts/study/tasks: translation, choice, text …"""
        return self.entry["task"]


class Registry:
    """The nine files of ``registry/``, validated when they are read."""

    def __init__(self, folder: Path = ROOT / "registry") -> None:
        self.folder = folder
        self.datasets: dict[str, DatasetEntry] = self._read("datasets")
        self.benchmarks: dict[str, BenchmarkEntry] = self._read("benchmarks")
        self.metrics: dict[str, Entry] = self._read("metrics")
        self.models: dict[str, ModelEntry] = self._read("models")
        self.languages: dict[str, LanguageEntry] = self._read("languages")
        self.recipes: dict[str, RecipeEntry] = self._read("recipes")
        self.reviews: dict[str, Entry] = self._read("reviews")
        self.wordings: dict[str, WordingsEntry] = self._read("wordings")
        self.aliases: dict[str, str] = self._read("aliases")
        self._check_names()

    def with_datasets(self, added: Mapping[str, DatasetEntry]) -> "Registry":
        """Return a registry that has more data sets."""
        if not added:
            return self
        found = copy(self)
        found.datasets = {**self.datasets, **added}
        return found

    def with_benchmarks(self, added: Mapping[str, BenchmarkEntry]) -> "Registry":
        """Return a registry that has more benchmarks."""
        if not added:
            return self
        found = copy(self)
        found.benchmarks = {**self.benchmarks, **added}
        vars(found).pop("_benchmark_names", None)  # the copy's are more
        return found

    def _read(self, name: str) -> dict[str, Any]:
        try:
            entries: dict[str, Any] = read_yaml(self.folder / f"{name}.yaml")
        except InputError as error:
            raise InputError(str(error).replace(str(self.folder), "registry")) from None
        check_schema(entries, name, f"registry/{name}.yaml")
        return entries

    def _check_names(self) -> None:
        """Check what one file of the registry says of another, and every address."""
        for key, entry in self.datasets.items():
            self._check_dataset(key, entry)
        for alias in self.aliases:
            for part in parse_expression(alias, self.aliases):
                self._known(
                    part.dataset.rpartition("_")[0], self.datasets, f"aliases.yaml: {alias}: no"
                )
        for key, model in self.models.items():
            try:
                check_model(model)
            except InputError as error:
                raise InputError(f"registry/models.yaml: {key}: {error}") from None
        for key, benchmark in self.benchmarks.items():
            try:
                self.check_benchmark(benchmark)
                self.check_exemplars(benchmark)
            except InputError as error:
                raise InputError(f"registry/benchmarks.yaml: {key}: {error}") from None
        for key, metric in self.metrics.items():
            for script in metric["tasks"].values():
                self._known(script, SCORERS, f"metrics.yaml: {key}: nothing in scripts/score is")
            for file in metric_files(metric):
                check_file(file, f"registry/metrics.yaml: {key}")
        for file, _ in self.review_files():
            check_file(file, "registry/reviews.yaml")
        for key, wordings in self.wordings.items():
            for file in wordings["files"].values():
                check_file(file, f"registry/wordings.yaml: {key}")

    def _check_dataset(self, key: str, entry: DatasetEntry) -> None:
        """Check a data set's loader, languages and places."""
        self._known(entry["loader"], LOADERS, f"datasets.yaml: {key}: unknown loader")
        for url in (source["url"] for source in entry["sources"]):
            if url.startswith(PATH):
                raise InputError(f"registry/datasets.yaml: {key}: source {url!r}: the registry "
                                 "holds for all machines, a path only for this one")  # fmt: skip
        for language in {
            code for source in entry["sources"] for code in source.get("languages", [])
        }:
            self._known(language, entry["languages"], f"datasets.yaml: {key}: sources: no language")
        for language in entry["languages"]:
            self._known(language, self.languages, f"datasets.yaml: {key}: unknown language")
            try:
                found = sources(entry, language)
                for _, source in places(entry, language):
                    locale = entry["languages"][language]
                    check_mirrors(source, digest_of(source, language), language, locale)
            except (InputError, KeyError) as error:
                raise InputError(f"registry/datasets.yaml: {key}: {error}") from None
            # In a catalogue or a file of pairs English may have no file of its own.
            if not found and entry["kind"] != "parallel":
                raise InputError(f"registry/datasets.yaml: {key}: no source for {language!r}")

    def check_benchmark(self, entry: BenchmarkEntry) -> None:
        """Raise `InputError` where a benchmark's data sets, settings or metrics do not fit."""
        task = TASKS[entry["task"]]
        for dataset in entry["dataset"].values():
            if dataset not in self.datasets:
                raise InputError(f"unknown dataset {dataset!r}{nearest(dataset, self.datasets)}")
            kind = self.datasets[dataset]["kind"]
            if kind not in task.kinds:
                raise InputError(
                    f"{dataset} is of kind {kind!r}, the task {entry['task']!r} needs "
                    f"{' or '.join(task.kinds)}"
                )
        if task.answered_by == "generate" and "max_new_tokens" not in entry:
            raise InputError("the key 'max_new_tokens' is missing")
        check_metrics(entry["metrics"], entry["task"], "metrics")

    def check_exemplars(self, entry: BenchmarkEntry) -> None:
        """Check that a benchmark's examples are of its own task, and are others than it asks."""
        if "exemplars" not in entry:
            return
        name = entry["exemplars"]
        if name not in self.benchmarks:
            raise InputError(f"exemplars: no benchmark {name!r}{nearest(name, self.benchmarks)}")
        other = self.benchmarks[name]
        if other["task"] != entry["task"]:
            raise InputError(
                f"exemplars: {name} is of task {other['task']!r}, expected {entry['task']!r}"
            )
        if set(other["dataset"].values()) & set(entry["dataset"].values()):
            raise InputError(f"exemplars: {name} is the same data")
        if entry.get("list_choices", False) != other.get("list_choices", False):
            raise InputError(f"exemplars: {name} differs in list_choices")

    def exemplars(self, name: str) -> str:
        """Return the benchmark, in the same languages, whose records are a benchmark's examples.

        Raises:
            InputError: if it has none, or none in these languages.
        """
        entry, languages = self.benchmark(name).entry, name.rpartition("_")[2]
        if "exemplars" not in entry:
            raise InputError("the benchmark has no `exemplars`")
        found = f"{entry['exemplars']}_{languages}"
        self.benchmark(found)
        return found

    def review_files(self) -> Iterator[tuple[Entry, Entry]]:
        """Yield every raw file of judges and reviews (url, sha256), with the entry it is of."""
        for entry in self.reviews["judges"].values():
            names = ("prompts", "reviewers", "pair", "answer")
            yield from ((entry[name], entry) for name in names if name in entry)
        for entry in self.reviews["reviews"].values():
            for files in entry["languages"].values():
                yield from ((files[name], entry) for name in ("questions", "reviews"))
                yield from ((file, entry) for file in files.get("answers", ()))

    @staticmethod
    def _known(name: str, known: Mapping[str, Any], what: str) -> None:
        if name not in known:
            raise InputError(f"registry/{what} {name!r}{nearest(name, known)}")

    def dataset(self, name: str) -> Dataset:
        """Return ``<entry>_<languages>``; `InputError` names the nearest data set."""
        entry_name, languages = self._split(name, self.datasets, "dataset")
        entry = self.datasets[entry_name]
        wanted = KINDS[entry["kind"]].languages
        if len(languages) != wanted or len(set(languages) & set(entry["languages"])) != wanted:
            raise InputError(
                f"unknown dataset {name!r}{nearest(name, self.names(entry_name, entry))}"
            )
        return Dataset(name, entry, languages)

    def benchmark(self, name: str) -> Benchmark:
        """Return ``<entry>_<languages>``; `InputError` names the nearest benchmark."""
        entry_name, languages = self._split(name, self.benchmarks, "benchmark")
        entry = self.benchmarks[entry_name]
        dataset = entry["dataset"].get(languages[0], entry["dataset"].get("*"))
        if dataset is None or name not in self._benchmark_names:
            raise InputError(f"unknown benchmark {name!r}{nearest(name, self._benchmark_names)}")
        if TASKS[entry["task"]].mixes:
            first, *others = (self.dataset(f"{entry['dataset'][one]}_{one}") for one in languages)
            return Benchmark(name, entry, first, tuple(others))
        suffix = "-".join(pair(entry, self.datasets[dataset], languages))
        return Benchmark(name, entry, self.dataset(f"{dataset}_{suffix}"))

    def _split(
        self, name: str, entries: Mapping[str, Any], what: str
    ) -> tuple[str, tuple[str, ...]]:
        entry_name, _, suffix = name.rpartition("_")
        if entry_name not in entries:
            known = self.dataset_names() if what == "dataset" else self.benchmark_names()
            raise InputError(f"unknown {what} {name!r}{nearest(name, known)}")
        return entry_name, tuple(suffix.split("-"))

    def dataset_names(self) -> list[str]:
        """Return every data set's name."""
        return [name for key, entry in self.datasets.items() for name in self.names(key, entry)]

    def benchmark_names(self) -> list[str]:
        """Return every benchmark's name."""
        return list(self._benchmark_names)

    @cached_property
    def _benchmark_names(self) -> dict[str, None]:
        """Every benchmark's name; a plan asks for them at every job."""
        found: dict[str, None] = {}
        for key, entry in self.benchmarks.items():
            for language, dataset in entry["dataset"].items():
                single = TASKS[entry["task"]].explains
                for name in self.names(key, self.datasets[dataset], single):
                    if language in ("*", name.rpartition("_")[2].partition("-")[0]):
                        found[name] = None
            if TASKS[entry["task"]].mixes:
                pairs = permutations(entry["dataset"], 2)
                found.update((f"{key}_{one}-{two}", None) for one, two in pairs)
        return found

    @staticmethod
    def names(key: str, entry: DatasetEntry, single: bool = False) -> list[str]:
        """Return the names an entry's languages give: ``key_xx`` or, for pairs, ``key_xx-yy``."""
        codes = list(entry["languages"])
        if KINDS[entry["kind"]].languages == 1:
            return [f"{key}_{code}" for code in codes]
        if single:
            return [f"{key}_{code}" for code in codes if code != "en"]
        return [f"{key}_{one}-{two}" for one in codes for two in codes if one != two]


def check_metrics(names: list[str], task: str, place: str) -> None:
    """Refuse a metric that cannot score a task."""
    for name in names:
        if name not in metrics_of(task):
            raise InputError(
                f"{place}: {name!r} is no metric of the task {task!r}"
                f"{nearest(name, metrics_of(task))}"
            )


def pair(
    entry: BenchmarkEntry, dataset: DatasetEntry, languages: tuple[str, ...]
) -> tuple[str, ...]:
    """Return the languages of a benchmark's data: a dictionary explains one in English."""
    explained = TASKS[entry["task"]].explains and KINDS[dataset["kind"]].languages == 2
    return (*languages, "en") if explained else languages
