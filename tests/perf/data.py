"""Time and memory of the data phase by the number of pairs.

Pairs of made-up sentences are read from a TSV (`build_corpus`), made a benchmark
(`build_benchmark`), searched for held-out text (`filter_corpus`, `check_overlap`) and packed for
one pass (`pack_examples`). They are cleaned by language and length (`clean_corpus`), and searched
for near-duplicates, which a hundredth of them are (`sign_records`, `match_signatures`,
`cluster_duplicates`, `gather_corpus`), all as one shard.
A tenth as many documents, which have eight times the text of a pair, are cleaned by their quality.
Printed are processor seconds, microseconds a record, the processor hours of 100 GB of such text,
and the greatest memory of a process; what of it is a mapped file, the kernel may take back.

    python -m tests.perf.data --tokenizer results/models/base --pairs 100000 1000000
"""

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from scripts.common.command import make_parser, run
from scripts.common.files import write_jsonl
from scripts.data.corpora import write_corpus

LETTERS = "把这句话翻译成英文今天的天气很好我们去公园散步吧床前明月光疑是地上霜面包发起来"
WORDS = "the harbour was quiet when last boat came from sea a loaf of bread needs water".split()  # noqa: SIM905
NAME = "made_en-zh"
LARGE = 1e11  # bytes
SIDES = ["--source-language", "en", "--target-language", "zh"]
PART = {
    "dataset": NAME, "kind": "parallel", "languages": ["en", "zh"], "names": ["English", "Chinese"],
    "side": None, "start": 0, "stop": None,
}  # fmt: skip


def main(arguments: argparse.Namespace) -> None:
    """Print a table with a line a step and number of pairs."""
    print("| step | records | seconds | µs a record | hours of 100 GB | memory, MiB |")
    print("| --- | ---: | ---: | ---: | ---: | ---: |")
    for count in arguments.pairs:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            steps = [*list_steps(folder, count, arguments.tokenizer), *list_cleaning(folder)]
            for step, words in steps:
                show(step, words, folder / "pairs.tsv", count)
            write_documents(folder / "documents.parquet", count // 10)
            show(*judge_quality(folder), folder / "documents.txt", count // 10)


def show(step: str, words: list[str], text: Path, count: int) -> None:
    """Measure a step and print its line; `text` has the bytes of its records."""
    seconds, memory = measure(step.partition(" ")[0], words)
    each, hours = 1e6 * seconds / count, seconds / 3600 * LARGE / text.stat().st_size
    print(
        f"| {step} | {count:,} | {seconds:.1f} | {each:.1f} | {hours:.1f} | {memory:,.0f} |",
        flush=True,
    )


def list_steps(folder: Path, count: int, tokenizer: Path) -> Iterator[tuple[str, list[str]]]:
    """Write the pairs and a benchmark; yield the steps and their options."""
    pairs, held_out = folder / "pairs.tsv", folder / "ui_en-zh.jsonl"
    write_pairs(pairs, count)
    write_jsonl(held_out, [held_out_record(number) for number in range(500)])
    corpus, clean = folder / "corpus.parquet", folder / f"{NAME}.parquet"
    mixture = json.dumps([{"name": "all", "weight": None, "parts": [PART]}])
    steps = {
        "data.build_corpus": [
            "--loader", "table", "--kind", "parallel", *SIDES, "--raw", pairs, "--output", corpus,
        ],
        "data.build_benchmark": [
            "--corpora", corpus, "--task", "translation", "--name", "made", *SIDES, "--source-name",
            "English", "--target-name", "Chinese", "--seed", 1, "--output", folder / "made.jsonl",
        ],
        "data.filter_corpus": ["--corpus", corpus, "--benchmarks", held_out, "--output", clean],
        "data.check_overlap": [
            "--corpus", clean, "--benchmarks", held_out, "--output", folder / "check.json",
        ],
        "pack.pack_examples": [
            "--tokenizer", tokenizer, "--corpora", clean, "--mixture", mixture, "--objective",
            "response", "--format", "chatml", "--length", 512, "--batch", 128, "--epochs", 1,
            "--seed", 1, "--output", folder / "packed",
        ],
    }  # fmt: skip
    for step, words in steps.items():
        yield step, [*map(str, words), "--log", os.devnull]


def list_cleaning(folder: Path) -> Iterator[tuple[str, list[str]]]:
    """Yield the steps that clean the pairs, and their options."""
    cleaned, signatures, matches = (folder / name for name in ("cleaned", "signed", "matched"))
    duplicates, hashes = folder / "duplicates.parquet", ["--near-duplicates", 0.8, "--seed", 1]
    steps = {
        "data.clean_corpus language, length_ratio": [
            "--corpus", folder / "corpus.parquet", "--languages", "en", "zh", "--language", 0.3,
            "--length-ratio", 5, "--output", cleaned,
        ],
        "data.sign_records": [
            "--corpus", cleaned, *hashes, "--shard", "1-of-1", "--output", signatures,
        ],
        "data.match_signatures": [
            "--signatures", signatures, *hashes, "--share", "1-of-1", "--output", matches,
        ],
        "data.cluster_duplicates": ["--matches", matches, "--output", duplicates],
        "data.gather_corpus": [
            "--shards", cleaned, "--duplicates", duplicates, "--output", folder / "left.parquet",
        ],
    }  # fmt: skip
    for step, words in steps.items():
        yield step, [*map(str, words), "--log", os.devnull]


def judge_quality(folder: Path) -> tuple[str, list[str]]:
    """Return the step that judges documents by their quality, and its options."""
    words = ["--corpus", folder / "documents.parquet", "--languages", "en", "--quality"]
    words += ["gopher", "repetition", "fineweb", "--output", folder / "good.parquet"]
    return "data.clean_corpus quality", [*map(str, words), "--log", os.devnull]


def write_pairs(path: Path, count: int) -> None:
    """Write pairs of sentences, of which one in a hundred comes a second time."""
    draw = random.Random(1)
    words, letters = draw.choices(WORDS, k=14), draw.choices(LETTERS, k=20)
    with path.open("w", encoding="utf-8") as stream:
        stream.write("source\ttarget\n")
        for number in range(count):
            if number % 100:
                words, letters = draw.choices(WORDS, k=14), draw.choices(LETTERS, k=20)
            stream.write(f"{' '.join(words)} {number}.\t{''.join(letters)}{number}。\n")


def write_documents(path: Path, count: int) -> None:
    """Write texts of three paragraphs as a corpus, and beside it as text."""
    draw = random.Random(2)

    def document() -> str:
        lines = (" ".join(draw.choices(WORDS, k=80)) + "." for _ in range(3))
        return "\n\n".join(lines)

    with path.with_suffix(".txt").open("w", encoding="utf-8") as stream:

        def records() -> Iterator[dict[str, str]]:
            for number in range(count):
                text = document()
                stream.write(text)
                yield {"id": str(number), "text": text}

        write_corpus(path, "text", records())


def held_out_record(number: int) -> dict[str, object]:
    """Return a record of a benchmark of which no pair has anything."""
    text, answer = f"Whoever asks for {number} pages gets them.", f"谁要{number}页纸都能拿到。"
    return {
        "id": f"{number:04}", "task": "translation", "instruction": "Translate.", "input": text,
        "output": answer, "references": [answer],
    }  # fmt: skip


def measure(step: str, words: list[str]) -> tuple[float, float]:
    """Return processor seconds and the greatest memory in MiB of a script's processes."""
    process = subprocess.Popen([sys.executable, "-m", f"scripts.{step}", *words])
    _, status, used = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{step} failed")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("tests.perf.data", __doc__)
    options.add_argument("--tokenizer", type=Path, required=True, help="a model's folder")
    options.add_argument("--pairs", type=int, nargs="+", default=[100_000, 1_000_000])
    return options


if __name__ == "__main__":
    run(main, parser())
