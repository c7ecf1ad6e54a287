"""Time and memory of the data phase by the number of pairs.

Pairs of made-up sentences are read from a TSV (`build_corpus`), searched for held-out text
(`filter_corpus`, `check_overlap`) and packed for one pass (`pack_examples`). Printed are processor
seconds, microseconds a pair, and the greatest memory of a process; what of it is a mapped file, the
kernel may take back.

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

LETTERS = "把这句话翻译成英文今天的天气很好我们去公园散步吧床前明月光疑是地上霜面包发起来"
WORDS = "the harbour was quiet when last boat came from sea a loaf of bread needs water".split()  # noqa: SIM905
NAME = "made_en-zh"
SIDES = ["--source-language", "en", "--target-language", "zh"]
PART = {
    "dataset": NAME, "kind": "parallel", "languages": ["en", "zh"], "names": ["English", "Chinese"],
    "side": None, "start": 0, "stop": None,
}  # fmt: skip


def main(arguments: argparse.Namespace) -> None:
    """Print a table with a line a step and number of pairs."""
    print(
        "| step | pairs | seconds | µs a pair | memory, MiB |\n| --- | ---: | ---: | ---: | ---: |"
    )
    for count in arguments.pairs:
        with tempfile.TemporaryDirectory() as folder:
            for step, words in list_steps(Path(folder), count, arguments.tokenizer):
                seconds, memory = measure(step, words)
                each = 1e6 * seconds / count
                print(
                    f"| {step} | {count:,} | {seconds:.1f} | {each:.1f} | {memory:,.0f} |",
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


def write_pairs(path: Path, count: int) -> None:
    """Write pairs of sentences of which no two are the same."""
    draw = random.Random(1)
    with path.open("w", encoding="utf-8") as stream:
        stream.write("source\ttarget\n")
        for number in range(count):
            words, letters = draw.choices(WORDS, k=14), draw.choices(LETTERS, k=20)
            stream.write(f"{' '.join(words)} {number}.\t{''.join(letters)}{number}。\n")


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
