"""The registry: facts about data, benchmarks, models and languages, read from ``registry/``."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.common.files import ROOT
from scripts.common.validate import check_schema, read_yaml
from scripts.data.sources import expand

Entry = dict[str, Any]
# By name: importing them would cost every plan what only building a corpus needs.
LOADERS = {path.stem: path for path in (ROOT / "scripts/data/loaders").glob("[a-z]*.py")}
METRICS = {
    "translation": ("bleu", "chrf"),
    "choice": ("accuracy",),
    "text": ("bpb", "ppl"),
    "answer": (),
}


@dataclass(frozen=True)
class Dataset:
    """A data set in one language or one direction, e.g. ``wagtail_en-zh``."""

    name: str
    entry: Entry
    languages: tuple[str, ...]

    @property
    def kind(self) -> str:
        """Return text, parallel, instruction or qa."""
        return self.entry["kind"]

    @property
    def sources(self) -> tuple[tuple[str, str], ...]:
        """Return the places it is made of, each with its SHA-256."""
        found = {}
        for language in self.languages:
            found.update(sources(self.entry, language))
        return tuple(found.items())


def sources(entry: Entry, language: str) -> dict[str, str]:
    """Return the places of an entry's files in one language, each with its SHA-256."""
    found = {}
    locale = entry["languages"][language]
    for source in entry["sources"]:
        if "{locale}" in source["url"] and not locale:
            continue  # in a catalogue English is the key, with no file of its own
        place = expand(source["url"], language, locale)
        digest = source["sha256"]
        found[place.url] = digest[language] if isinstance(digest, dict) else digest
    return found


@dataclass(frozen=True)
class Benchmark:
    """A benchmark in one language or one direction, e.g. ``flores_en-zh``."""

    name: str
    entry: Entry
    dataset: Dataset

    @property
    def languages(self) -> tuple[str, ...]:
        return self.dataset.languages

    @property
    def task(self) -> str:
        """Return translation, choice, text or answer."""
        return self.entry["task"]


class Registry:
    """The four files of ``registry/``, validated when they are read."""

    def __init__(self, folder: Path = ROOT / "registry") -> None:
        self.folder = folder
        self.datasets = self._read("datasets")
        self.benchmarks = self._read("benchmarks")
        self.models = self._read("models")
        self.languages = self._read("languages")
        self._check_names()

    def _read(self, name: str) -> dict[str, Entry]:
        path = self.folder / f"{name}.yaml"
        entries = read_yaml(path)
        check_schema(entries, name, f"registry/{name}.yaml")
        return entries

    def _check_names(self) -> None:
        """Check what one file of the registry says of another, and every address."""
        for key, entry in self.datasets.items():
            self._known(entry["loader"], LOADERS, f"datasets.yaml: {key}: unknown loader")
            for language in entry["languages"]:
                self._known(language, self.languages, f"datasets.yaml: {key}: unknown language")
                try:
                    sources(entry, language)
                except (InputError, KeyError) as error:
                    raise InputError(f"registry/datasets.yaml: {key}: {error}") from None
        for key, entry in self.benchmarks.items():
            for dataset in entry["dataset"].values():
                self._known(dataset, self.datasets, f"benchmarks.yaml: {key}: unknown dataset")
            for metric in entry["metrics"]:
                if metric not in METRICS[entry["task"]]:
                    raise InputError(
                        f"registry/benchmarks.yaml: {key}: {metric!r} is no metric of the task "
                        f"{entry['task']!r}{nearest(metric, METRICS[entry['task']])}"
                    )

    @staticmethod
    def _known(name: str, known: dict, what: str) -> None:
        if name not in known:
            raise InputError(f"registry/{what} {name!r}{nearest(name, known)}")

    def dataset(self, name: str) -> Dataset:
        """Return ``<entry>_<languages>``; `InputError` names the nearest data set."""
        entry_name, languages = self._split(name, self.datasets, "dataset")
        entry = self.datasets[entry_name]
        wanted = 2 if entry["kind"] == "parallel" else 1
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
        if dataset is None or name not in self.benchmark_names():
            raise InputError(f"unknown benchmark {name!r}{nearest(name, self.benchmark_names())}")
        suffix = "-".join(pair(entry, languages))
        return Benchmark(name, entry, self.dataset(f"{dataset}_{suffix}"))

    def _split(self, name: str, entries: dict, what: str) -> tuple[str, tuple[str, ...]]:
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
        found = []
        for key, entry in self.benchmarks.items():
            for language, dataset in entry["dataset"].items():
                for name in self.names(key, self.datasets[dataset], entry["task"] == "choice"):
                    if language in ("*", name.rpartition("_")[2].partition("-")[0]):
                        found.append(name)
        return found

    @staticmethod
    def names(key: str, entry: Entry, single: bool = False) -> list[str]:
        """Return the names an entry's languages give: ``key_xx`` or, for pairs, ``key_xx-yy``."""
        codes = list(entry["languages"])
        if entry["kind"] != "parallel":
            return [f"{key}_{code}" for code in codes]
        if single:
            return [f"{key}_{code}" for code in codes if code != "en"]
        return [f"{key}_{one}-{two}" for one in codes for two in codes if one != two]


def pair(entry: Entry, languages: tuple[str, ...]) -> tuple[str, ...]:
    """Return the languages of a benchmark's data: choices explain one language in English."""
    return (*languages, "en") if entry["task"] == "choice" else languages
