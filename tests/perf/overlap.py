"""How much held-out text is found in training data, how often clean text is taken for it, how fast.

Three tables, for `filter_corpus` and `check_overlap` side by side, from the files of a mirror:

- of the Flores sentences of each language, put into training records in several ways, how many are
  found;
- of records that were written without the benchmarks, how many are found to have something of them;
- records a second, of Alpaca repeated to `--records`, with one process and with two.

    LINGRAFT_MIRROR=/a/mirror python -m tests.perf.overlap --records 200000
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from opencc import OpenCC

from scripts.common.command import make_parser, run
from scripts.common.files import write_jsonl
from scripts.data.check_overlap import find_secrets
from scripts.data.corpora import write_corpus
from scripts.data.corpus_blocks import map_blocks
from scripts.data.overlap import find_overlaps, index_benchmarks, records_of
from scripts.data.secret_texts import read_secrets
from tests.support.leaks import VARIANTS
from tests.support.mirror import MIRROR, REGISTRY, build, has

LANGUAGES = ("en", "zh", "ar", "hi", "vi", "tr", "el")
TRADITIONAL = {
    f"traditional characters ({name})": OpenCC(name).convert for name in ("s2t", "s2tw", "s2hk")
}
EMPTY = {"instruction": "", "input": "", "output": ""}
ALPACA = "stanford_alpaca/*/alpaca_data.json"
CHINESE = (
    "alpaca-chinese-dataset/*/zh-data-part-00.json",
    "LLaMA-Factory/*/data/alpaca_zh_demo.json",
)
Finder = Callable[[pa.RecordBatch], set[int]]


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("tests.perf.overlap", __doc__)
    parser.add_argument("--records", type=int, default=200_000, help="whose speed is measured")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Print the three tables."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        benchmarks = {
            name: build(name, folder)
            for name in REGISTRY.benchmark_names()
            if has(REGISTRY.benchmark(name).dataset.name)
        }
        print_table(("variant", *LANGUAGES), measure_recall(folder))
        print_table(("records", "benchmarks", "filter", "check"), measure_alarms(benchmarks))
        speeds = measure_speed(list(benchmarks.values()), arguments.records, folder)
        heads = ("", "until ready, s", "records a processor second", "1 process", "2 processes")
        print_table(heads, speeds)


def by_filter(benchmarks: list[Path]) -> Finder:
    """Return what finds the rows with held-out text in the filter's way."""
    index = index_benchmarks(benchmarks)
    return lambda block: {found.row for found in find_overlaps(index, records_of(block))}


def by_check(benchmarks: list[Path]) -> Finder:
    """Return what finds them in the check's way."""
    secrets, _ = read_secrets(benchmarks)

    def find(block: pa.RecordBatch) -> set[int]:
        rows = {name: row for row, name in enumerate(block["id"].to_pylist())}
        return {rows[example["record"]] for example in find_secrets(secrets, block)}

    return find


WAYS = {"filter_corpus": by_filter, "check_overlap": by_check}


def measure_recall(folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield for each variant the shares of Flores sentences that both ways find, by language."""
    cells: dict[str, dict[str, str]] = {}
    for language in LANGUAGES:
        sentences = flores(language)
        path = folder / f"all-flores_{language}.jsonl"
        records = enumerate(sentences)
        write_jsonl(path, [{"id": str(n), "task": "text", **EMPTY, "text": s} for n, s in records])
        ways = [way([path]) for way in WAYS.values()]
        for variant, change in (VARIANTS | (TRADITIONAL if language == "zh" else {})).items():
            block = as_block([change(sentence)] for sentence in sentences)
            shares = [f"{len(find(block)) / len(sentences):.1%}" for find in ways]
            cells.setdefault(variant, {})[language] = " / ".join(shares)
    for variant, row in cells.items():
        yield variant, *(row.get(language, "") for language in LANGUAGES)


def measure_alarms(benchmarks: dict[str, Path]) -> Iterator[tuple[str, ...]]:
    """Yield texts, the benchmarks they are compared with, and the shares that both ways find."""
    others = [path for name, path in benchmarks.items() if not name.startswith("flores")]
    texts = {
        "Alpaca, English": (alpaca(ALPACA), list(benchmarks.values())),
        "Alpaca, Chinese": (alpaca(*CHINESE), list(benchmarks.values())),
    }
    texts |= {f"Flores, {code}": ([[s] for s in flores(code)], others) for code in LANGUAGES}
    for name, (records, against) in texts.items():
        block = as_block(records)
        shares = [
            f"{len(find(block)) / len(block):.3%}"
            for find in (way(against) for way in WAYS.values())
        ]
        yield f"{name}, {len(block):,}", str(len(against)), *shares


def measure_speed(benchmarks: list[Path], size: int, folder: Path) -> Iterator[tuple[str, ...]]:
    """Yield the processor seconds until a way is ready, and the records a second.

    They are told per second of the processor, which other jobs change less than the clock, and
    for one process and two by the clock.
    """
    records = alpaca(ALPACA)
    repeated = (records[number % len(records)] for number in range(size))
    rows = [{"id": str(n), "text": "\n".join(fields)} for n, fields in enumerate(repeated)]
    write_corpus(folder / "repeated.parquet", "text", rows)
    for name, way in WAYS.items():
        begin = time.process_time()
        find = way(benchmarks)
        cells = [f"{time.process_time() - begin:.1f}"]
        for processes in (1, 2):
            file = pq.ParquetFile(folder / "repeated.parquet")
            begin, used = time.perf_counter(), time.process_time()
            for _ in map_blocks(find, file, processes):
                pass
            if processes == 1:
                cells.append(f"{size / (time.process_time() - used):,.0f}")
            cells.append(f"{size / (time.perf_counter() - begin):,.0f}")
        yield name, *cells


def flores(language: str) -> list[str]:
    """Return the sentences of dev and devtest in a language."""
    sentences = []
    for part in ("dev", "test"):
        path = next(MIRROR.glob(f"**/flores-{part}.{language}"))
        sentences += path.read_text(encoding="utf-8").strip().split("\n")
    return sentences


def alpaca(*patterns: str) -> list[list[str]]:
    """Return the fields of Alpaca's records, whatever their keys are called."""
    paths = [path for pattern in patterns for path in MIRROR.glob(f"*/*/{pattern}")]
    return [
        [text for text in record.values() if isinstance(text, str)]
        for path in paths
        for record in json.loads(path.read_text(encoding="utf-8"))
    ]


def as_block(records: Iterable[list[str]]) -> pa.RecordBatch:
    """Return records as a block of a corpus whose text is a list of fields."""
    rows = [{"id": str(number), "targets": fields} for number, fields in enumerate(records)]
    return pa.RecordBatch.from_pylist(rows)


def print_table(heads: Iterable[str], rows: Iterable[tuple[str, ...]]) -> None:
    """Print a Markdown table."""
    heads = list(heads)
    print(f"| {' | '.join(heads)} |\n| {' | '.join(['---'] * len(heads))} |")
    for row in rows:
        print(f"| {' | '.join(row)} |", flush=True)
    print()


if __name__ == "__main__":
    run(main, parser())
