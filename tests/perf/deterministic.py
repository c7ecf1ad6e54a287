"""Do answers depend on the batch? With `infer.deterministic` none may, on real sentences.

    python -m tests.perf.deterministic --model results/models/base \\
        --benchmark results/benchmarks/flores_en-zh.jsonl

Prints how many answers differ, token by token, from those with 16 records at a time: with 1, 4, 16
and 64, with the records in reversed order, in two shards, and without the setting.
"""

import argparse
from collections.abc import Iterator
from pathlib import Path

from scripts.common.command import positive, run
from scripts.common.files import read_records
from scripts.infer.answerer import Answerer
from scripts.infer.answering import TILE
from scripts.infer.decoding import SLOTS, Decoding
from scripts.infer.ending import Ending
from scripts.infer.load import load_model
from scripts.infer.prompts import encode_prompts
from scripts.study.answer import Answer
from scripts.study.prompts import get_format


def main(arguments: argparse.Namespace) -> None:
    """Measure and print a table."""
    print("| | " + " | ".join(arguments.dtype) + " |\n| --- |" + " ---: |" * len(arguments.dtype))
    columns = [dict(measure(arguments, dtype)) for dtype in arguments.dtype]
    for name in columns[0]:
        print(f"| {name} | " + " | ".join(str(column[name]) for column in columns) + " |")


def measure(arguments: argparse.Namespace, dtype: str) -> Iterator[tuple[str, int]]:
    """Yield each way of asking, and how many answers differ from the first way's."""
    model, tokenizer, _ = load_model(arguments.model, dtype)
    form = get_format(arguments.format)
    records = read_records(arguments.benchmark, "a benchmark")[: arguments.limit]
    prompts = encode_prompts(records, form, tokenizer, 1024).ids
    ids = [record["id"] for record in records]
    end = form.end.replace("{eos}", tokenizer.eos_token)
    ending = Ending(tokenizer, end, arguments.max_new_tokens)

    def ask(slots: int, rows: list[int], tile: int = TILE) -> dict[int, list[int]]:
        decoding = Decoding(SLOTS, slots, tile)
        answerer = Answerer(model, tokenizer, Answer(), ending, 1, decoding)
        found = answerer([prompts[row] for row in rows], [ids[row] for row in rows])
        return dict(zip(rows, found, strict=True))

    rows = list(range(len(prompts)))
    first = ask(16, rows)
    half = len(rows) // 2
    ways = {
        "1 at a time": lambda: ask(1, rows),
        "4 at a time": lambda: ask(4, rows),
        "16 at a time, again": lambda: ask(16, rows),
        "64 at a time": lambda: ask(64, rows),
        "reversed": lambda: ask(16, rows[::-1]),
        "two shards": lambda: ask(16, rows[:half]) | ask(16, rows[half:]),
        "without the setting": lambda: ask(16, rows, tile=0),
    }
    for name, answers in ways.items():
        found = answers()
        yield name, sum(found[row] != first[row] for row in rows)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    about = __doc__.partition("\n")[0]
    options = argparse.ArgumentParser(prog="perf.deterministic", description=about)
    options.add_argument("--model", type=Path, required=True, help="model folder")
    options.add_argument("--benchmark", type=Path, required=True)
    options.add_argument("--limit", type=positive, default=200, help="records (200)")
    options.add_argument("--format", default="chatml")
    options.add_argument("--max-new-tokens", type=positive, default=24)
    options.add_argument("--dtype", nargs="+", default=["float32", "bfloat16"])
    return options


if __name__ == "__main__":
    run(main, parser())
