"""The mirror of published files that some tests read, and benchmarks built from it."""

import os
from pathlib import Path

from scripts.data import build_benchmark, build_corpus
from scripts.study.registry import Registry
from scripts.study.sources import raw_path

MIRROR = Path(os.environ.get("LINGRAFT_MIRROR", "/nonexistent"))
REGISTRY = Registry()


def raw_files(name: str) -> list[Path]:
    """Return the files in the mirror that a registered data set is made of."""
    return [MIRROR / raw_path(url) for url, _ in REGISTRY.dataset(name).sources]


def has(name: str) -> bool:
    """Tell whether the mirror has all files of a data set."""
    return all(path.is_file() for path in raw_files(name))


def build_corpus_of(name: str, folder: Path) -> Path:
    """Build a registered data set of one language from the mirror."""
    dataset, corpus = REGISTRY.dataset(name), folder / f"{name}.parquet"
    command = ["--loader", dataset.entry["loader"], "--kind", dataset.kind]
    command += [f"--source-language={dataset.languages[0]}"]
    command += ["--raw", *map(str, raw_files(name)), "--output", str(corpus)]
    build_corpus.main(build_corpus.parser().parse_args(command))
    return corpus


def build(name: str, folder: Path) -> Path:
    """Build a registered benchmark from the mirror, with the commands of the workflow's rules."""
    benchmark = REGISTRY.benchmark(name)
    entry, languages = benchmark.dataset.entry, benchmark.languages
    corpus, output = folder / f"{name}.parquet", folder / f"{name}.jsonl"
    sides = [f"--source-language={languages[0]}"]
    sides += [f"--target-language={code}" for code in languages[1:]]
    command = ["--loader", entry["loader"], "--kind", entry["kind"], *sides]
    command += ["--raw", *map(str, raw_files(benchmark.dataset.name)), "--output", str(corpus)]
    build_corpus.main(build_corpus.parser().parse_args(command))
    command = ["--corpora", str(corpus), "--task", benchmark.task, "--name", name, *sides]
    command += ["--source-name=Source", "--target-name=Target", "--seed=1"]
    command += ["--list-choices"] if benchmark.entry.get("list_choices") else []
    command += ["--fill-gap"] if benchmark.entry.get("fill_gap") else []
    arguments = build_benchmark.parser().parse_args([*command, "--output", str(output)])
    build_benchmark.main(arguments)
    return output
