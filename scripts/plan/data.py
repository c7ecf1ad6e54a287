"""What the rules of data.smk ask: raw files and their sources, corpora and benchmarks."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from scripts.plan.options import flags
from scripts.plan.paths import raw_file
from scripts.study.hub import is_hub
from scripts.study.registry import digest_of, places
from scripts.study.sources import Source, parse_source
from scripts.study.study import Study


@dataclass(frozen=True)
class RawFile:
    """Where a raw file comes from: its address, SHA-256 (None: not known) and home page."""

    url: str
    sha256: str | None
    home: str

    @property
    def kind(self) -> Literal["download", "file", "folder"]:
        """Return how it is got: by download, or by hand, a file or a folder."""
        source = parse_source(self.url)
        if source.kind != "manual":
            return "download"
        return "folder" if source.is_folder else "file"


def raw_files(study: Study) -> dict[str, RawFile]:
    """Return every raw file of registry and study by its path under ``results/raw/``."""
    # Which members of an archive are read is no matter of the download; of a wheel it never was.
    return {
        place.raw: RawFile(
            place.url if place.kind == "pypi" else place.url.partition("#")[0], digest, home
        )
        for place, digest, home in find_sources(study)
    }


def find_sources(study: Study) -> Iterator[tuple[Source, str | None, str]]:
    """Yield the source, SHA-256 and home page of all that may have to be downloaded."""
    for entry in study.registry.datasets.values():
        for language in entry["languages"]:
            for place, facts in places(entry, language):
                yield place, digest_of(facts, language), str(facts.get("home", entry["home"]))
    for published in study.registry.models.values():
        if is_hub(published["url"]):
            continue  # what the hub has is fetched by its own client
        yield parse_source(published["url"]), published["sha256"], published["home"]
        if "tokenizer" in published:
            yield parse_source(published["tokenizer"]), None, published["home"]
    for metric in study.registry.metrics.values():
        yield from find_metric_sources(metric)
    for file, review in study.registry.review_files():
        yield parse_source(file["url"]), file["sha256"], review["home"]
    for model in study.models.values():
        for language, extension in model.extend:
            if extension.model:
                # Without the study's or model's name: it is a parameter of the download, and
                # another would download and extend everything again.
                home = f"named by the study, as a ready model of {language}"
                yield parse_source(extension.model), extension.sha256, home


def find_metric_sources(entry: Mapping[str, Any]) -> Iterator[tuple[Source, str | None, str]]:
    """Yield the sources of the files that a metric needs: pieces to count in, and weights."""
    if "sentencepiece" in entry:
        facts = entry["sentencepiece"]
        yield parse_source(facts["url"]), facts["sha256"], facts["home"]
    weights = entry.get("checkpoint", {})
    for file in weights.get("files", {}).values():
        yield parse_source(file["url"]), file["sha256"], weights["home"]


def raw_paths(raw: Mapping[str, RawFile], kind: str) -> list[str]:
    """Return the paths of the raw files of one kind (see `RawFile.kind`)."""
    return [path for path, file in raw.items() if file.kind == kind]


def download_options(file: RawFile) -> list[str]:
    """Return what download needs to know of a raw file."""
    options = [*flags("--url", [file.url]), *flags("--sha256", [file.sha256])]
    return options if file.kind == "download" else [*options, *flags("--home", [file.home])]


def corpus_inputs(study: Study, dataset: str) -> list[str]:
    """Return the raw files of a data set."""
    sources = study.registry.dataset(dataset).sources
    return list(dict.fromkeys(raw_file(url) for url, _ in sources))


def corpus_options(study: Study, dataset: str) -> list[str]:
    """Return what build_corpus needs to know of a data set."""
    found = study.registry.dataset(dataset)
    options = [*flags("--loader", [found.entry["loader"]]), *flags("--kind", [found.kind])]
    for side, code in zip(["source", "target"], found.languages, strict=False):
        options += flags(f"--{side}-language", [code])
        options += flags(f"--{side}-letters", [study.registry.languages[code]["letters"]])
    members = dict.fromkeys(parse_source(url).member for url, _ in found.sources)
    options += flags("--members", filter(None, members))
    if "options" in found.entry:
        options += flags("--options", [json.dumps(found.entry["options"])])
    return options


def benchmark_corpus(study: Study, benchmark: str) -> str:
    """Return the corpus that a benchmark is built from."""
    return f"results/corpora/{study.registry.benchmark(benchmark).dataset.name}.parquet"


def benchmark_options(study: Study, benchmark: str) -> list[str]:
    """Return what build_benchmark needs to know of a benchmark."""
    found = study.registry.benchmark(benchmark)
    options = [*flags("--task", [found.task]), *flags("--name", [found.name])]
    for side, code in zip(["source", "target"], found.languages, strict=False):
        options += flags(f"--{side}-language", [code])
        options += flags(f"--{side}-name", [study.registry.languages[code]["name"]])
    options += flags("--longest", [found.entry.get("longest")])
    options += ["--list-choices"] if found.entry.get("list_choices") else []
    return [*options, *flags("--seed", [study.seed])]


def held_out_files(study: Study) -> list[str]:
    """Return the study's benchmarks, which no training record may contain."""
    return [f"results/benchmarks/{benchmark.name}.jsonl" for benchmark in study.benchmarks]
