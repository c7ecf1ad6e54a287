"""What the rules of data.smk ask: raw files and their sources, corpora and benchmarks."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path, PurePath
from typing import Literal

from scripts.common.errors import InputError
from scripts.plan.options import flags
from scripts.plan.paths import dataset_files
from scripts.plan.wordings import benchmark_wordings
from scripts.study.decontamination import DEFAULT
from scripts.study.hub import is_hub
from scripts.study.hub_data import HubData, parse_hub_data
from scripts.study.published import metric_files, mirrors_of
from scripts.study.registry import Benchmark, digest_of, places
from scripts.study.sources import Source, parse_source, raw_path
from scripts.study.study import Study


@dataclass(frozen=True)
class RawFile:
    """Where a raw file comes from: its address, SHA-256 (None: not known) and home page.

    `mirrors` are other addresses of the same bytes.
    """

    url: str
    sha256: str | None
    home: str
    mirrors: tuple[str, ...] = ()

    @property
    def kind(self) -> Literal["download", "file", "folder"]:
        """Return how it is got: by download, or from this machine, a file or a folder."""
        source = parse_source(self.url)
        if source.kind not in ("manual", "path"):
            return "download"
        return "folder" if source.is_folder else "file"

    @property
    def local_files(self) -> list[str]:
        """Return the files of this machine that it is taken from, a change of which repeats it."""
        source = parse_source(self.url)
        if source.kind != "path":
            return []
        place = Path(source.location)
        files = sorted(place.rglob("*")) if place.is_dir() else [place]
        return [str(file) for file in files if not file.is_dir()]


def raw_files(study: Study) -> dict[str, RawFile]:
    """Return every raw file of registry and study by its path under ``results/raw/``."""
    found: dict[str, RawFile] = {}
    for place, file in find_sources(study):
        # Of entries that share a file each may name mirrors.
        known = found[place.raw].mirrors if place.raw in found else ()
        mirrors = tuple(dict.fromkeys([*known, *file.mirrors]))
        found[place.raw] = replace(file, mirrors=mirrors)
    return found


def check_sources(study: Study) -> None:
    """Raise `InputError` where two raw files would lie at one place, or one inside another."""
    found: dict[str, tuple[Source, RawFile]] = {}
    for place, file in find_sources(study):
        other, known = found.setdefault(place.raw, (place, file))
        if other.address != place.address or (
            file.sha256 and known.sha256 and file.sha256 != known.sha256
        ):
            raise InputError(
                f"{other.url} and {place.url}: two files for results/raw/{place.raw}, expected one "
                "address and one SHA-256"
            )
    for raw, (place, _) in found.items():
        for folder in map(str, PurePath(raw).parents):
            if folder in found:
                raise InputError(
                    f"{found[folder][0].url} and {place.url}: results/raw/{folder} cannot be a "
                    "file and a folder"
                )


def find_sources(study: Study) -> Iterator[tuple[Source, RawFile]]:
    """Yield the source of all that may have to be downloaded, and what is known of it."""
    for entry in study.registry.datasets.values():
        for language, locale in entry["languages"].items():
            for place, facts in places(entry, language):
                if place.kind == "hf":
                    continue  # what the hub has is fetched by its own client
                home = str(facts.get("home", entry["home"]))
                mirrors = mirrors_of(facts, language, locale)
                yield describe(place, digest_of(facts, language), home, mirrors)
    for published in study.registry.models.values():
        if is_hub(published["url"]):
            continue
        place, digest = parse_source(published["url"]), published["sha256"]
        yield describe(place, digest, published["home"], mirrors_of(published))
        if "tokenizer" in published:
            yield describe(parse_source(published["tokenizer"]), None, published["home"])
    for metric in study.registry.metrics.values():
        for file in metric_files(metric):
            home = file.get("home") or metric["checkpoint"]["home"]
            yield describe(parse_source(file["url"]), file["sha256"], home, mirrors_of(file))
    for file, review in study.registry.review_files():
        place = parse_source(file["url"])
        yield describe(place, file["sha256"], review["home"], mirrors_of(file))
    for wordings in study.registry.wordings.values():
        for file in wordings["files"].values():
            place = parse_source(file["url"])
            yield describe(place, file["sha256"], wordings["home"], mirrors_of(file))
    for model in study.models.values():
        for language, extension in model.extend:
            if extension.model:
                # Without the study's or model's name: it is a parameter of the download, and
                # another would download and extend everything again.
                home = f"named by the study, as a ready model of {language}"
                yield describe(parse_source(extension.model), extension.sha256, home)


def describe(
    place: Source, digest: str | None, home: str, mirrors: Iterable[Source] = ()
) -> tuple[Source, RawFile]:
    """Return a source and its raw file.

    Which members of an archive are read is no matter of the download; of a wheel it never was.
    """
    url = place.url if place.kind == "pypi" else place.address
    return place, RawFile(url, digest, home, tuple(source.address for source in mirrors))


def raw_paths(raw: Mapping[str, RawFile], kind: str) -> list[str]:
    """Return the paths of the raw files of one kind (see `RawFile.kind`)."""
    return [path for path, file in raw.items() if file.kind == kind]


def download_options(file: RawFile) -> list[str]:
    """Return what download needs to know of a raw file."""
    options = [*flags("--url", [file.url]), *flags("--sha256", [file.sha256])]
    return options if file.kind == "download" else [*options, *flags("--home", [file.home])]


def hub_data(study: Study) -> dict[str, HubData]:
    """Return the hub's data sets of study and registry by their records' paths in results/raw/."""
    found = [
        parse_hub_data(place.url)
        for entry in study.registry.datasets.values()
        if any(is_hub(source["url"]) for source in entry["sources"])
        for language in entry["languages"]
        for place, _ in places(entry, language)
        if place.kind == "hf"
    ]
    return {data.raw: data for data in found}


def corpus_inputs(study: Study, dataset: str) -> list[str]:
    """Return the raw files of a data set, of one of the hub its record."""
    sources = study.registry.dataset(dataset).sources
    return list(dict.fromkeys(f"results/raw/{raw_path(url)}" for url, _ in sources))


def corpus_options(study: Study, dataset: str) -> list[str]:
    """Return what build_corpus needs to know of a data set."""
    found = study.registry.dataset(dataset)
    options = [*flags("--loader", [found.entry["loader"]]), *flags("--kind", [found.kind])]
    for side, code in zip(["source", "target"], found.languages, strict=False):
        options += flags(f"--{side}-language", [code])
        options += flags(f"--{side}-letters", [study.registry.languages[code]["letters"]])
    members = dict.fromkeys(parse_source(url).member for url, _ in found.sources)
    options += flags("--members", filter(None, members))
    if found.options:
        options += flags("--options", [json.dumps(found.options)])
    return [*options, *flags("--on-bad-record", [found.entry.get("on_bad_record")])]


def benchmark_corpora(study: Study, benchmark: str) -> list[str]:
    """Return the corpora that a benchmark is built from."""
    datasets = study.registry.benchmark(benchmark).datasets
    return dataset_files("corpora", (dataset.name for dataset in datasets))


def benchmark_options(study: Study, benchmark: str) -> list[str]:
    """Return what build_benchmark needs to know of a benchmark."""
    found = study.registry.benchmark(benchmark)
    options = [*flags("--task", [found.task]), *flags("--name", [found.name])]
    for side, code in zip(["source", "target"], found.languages, strict=False):
        options += flags(f"--{side}-language", [code])
        options += flags(f"--{side}-name", [study.registry.languages[code]["name"]])
    options += flags("--longest", [found.entry.get("longest")])
    options += flags("--wordings", benchmark_wordings(study, benchmark))
    for switch in ("list_choices", "fill_gap"):
        options += [f"--{switch.replace('_', '-')}"] if found.entry.get(switch) else []
    options += flags("--instruction", [instruction_of(found)])
    return [*options, *flags("--seed", [study.seed])]


def instruction_of(benchmark: Benchmark) -> str | None:
    """Return how a benchmark asks in its language, None where its task's wording does."""
    written = benchmark.entry.get("instruction")
    if not isinstance(written, dict):
        return written
    return written.get(benchmark.languages[0], written["en"])


def held_out_files(study: Study) -> list[str]:
    """Return the study's benchmarks, which no training record may contain."""
    return [f"results/benchmarks/{benchmark.name}.jsonl" for benchmark in study.benchmarks]


def decontamination(study: Study) -> list[str]:
    """Return what filter_corpus and check_overlap need to know of the study.

    Nothing where it is the default: a rule that has no parameter repeats no job of an older study.
    """
    return flags("--decontaminate", [study.decontaminate]) if study.decontaminate != DEFAULT else []
