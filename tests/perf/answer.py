"""Compare ways of answering a benchmark: number types and batches, and transformers' `generate`.

Tokens a second are those of the answers, or of the texts and questions that are measured, over the
seconds in which a model predicts; loading it is not in them. All are asked the same records and
take turns, round by round.

    python -m tests.perf.answer --model results/models/base --benchmark \\
        results/benchmarks/ui_en-zh.jsonl results/benchmarks/text_zh.jsonl
"""

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from statistics import median

from scripts.common.command import log, positive, run
from scripts.common.files import ROOT, read_json
from scripts.common.provenance import meta_path
from scripts.infer.answer_benchmarks import script_of
from scripts.study.answer import Answer
from tests.perf.compare import device_name
from tests.perf.table import spread, write_section


@dataclass(frozen=True)
class Way:
    """One way of answering: the module that does it, the weights' type, records at a time."""

    module: str
    dtype: str
    batch: int

    @property
    def name(self) -> str:
        """Return what the table calls it."""
        who = "lingraft" if self.module.startswith("scripts.") else "transformers' generate"
        return f"{who}, {self.dtype}, {self.batch} at a time"


def main(arguments: argparse.Namespace) -> None:
    """Measure, print, and write the section if asked to."""
    parts = [measure(arguments, benchmark) for benchmark in arguments.benchmark]
    facts = (
        f"Measured on {datetime.date.today()}: {device_name(arguments.device)}, "
        f"{arguments.threads} threads (load over 15 minutes {os.getloadavg()[2]:.1f}), torch "
        f"{version('torch')}, transformers {version('transformers')}; {arguments.rounds} rounds in "
        f"turn, {arguments.limit} records each, answers of at most {arguments.max_new_tokens} "
        "tokens."
    )
    title = f"Answering: {arguments.title or arguments.model.name} on "
    title += device_name(arguments.device)
    body = "\n\n".join([*parts, facts])
    print(f"## {title}\n\n{body}")
    if arguments.write:
        write_section(arguments.write, title, body)


def measure(arguments: argparse.Namespace, benchmark: Path) -> str:
    """Return the table of one benchmark: tokens a second of each way, and against the first."""
    ways = list(list_ways(arguments, script_of(benchmark, Answer())))
    speeds: dict[Way, list[float]] = {way: [] for way in ways}
    for number in range(1, arguments.rounds + 1):
        for way in ways:
            speeds[way].append(time_way(way, arguments, benchmark))
            log.info("round %d, %s: %.0f tokens/s", number, way.name, speeds[way][-1])
    lines = [f"| `{benchmark.stem}` | tokens/s | times the first |", "| --- | --- | --- |"]
    for way in ways:
        factors = [mine / first for mine, first in zip(speeds[way], speeds[ways[0]], strict=True)]
        lines.append(f"| {way.name} | {spread(speeds[way], 0)} | {median(factors):.2f} |")
    return "\n".join(lines)


def list_ways(arguments: argparse.Namespace, script: str) -> Iterator[Way]:
    """Yield the ways in which a benchmark can be answered."""
    batches = arguments.batch if script != "measure_text" else arguments.batch[:1]
    for dtype in arguments.dtype:
        for batch in batches:
            if script == "generate":
                yield Way("tests.perf.answer_with_generate", dtype, batch)
            yield Way(f"scripts.infer.{script}", dtype, batch)


def time_way(way: Way, arguments: argparse.Namespace, benchmark: Path) -> float:
    """Answer in a process of its own; return its tokens a second."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "predictions.jsonl"
        words = ["--model", arguments.model, "--benchmark", benchmark, "--output", output]
        words += ["--dtype", way.dtype, "--limit", arguments.limit]
        if not way.module.endswith("measure_text"):
            words += ["--batch-size", way.batch, "--format", arguments.format]
        if "generate" in way.module:
            words += ["--max-new-tokens", arguments.max_new_tokens]
        command = [sys.executable, "-m", way.module, *map(str, words)]
        threads = {"OMP_NUM_THREADS": str(arguments.threads)}
        subprocess.run(command, cwd=ROOT, env=os.environ | threads, check=True, capture_output=True)
        return float(read_json(meta_path(output))["settings"]["tokens_per_second"])


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="perf.answer", description=__doc__.partition("\n")[0])
    options.add_argument("--model", type=Path, required=True, help="model folder")
    options.add_argument("--benchmark", type=Path, nargs="+", required=True)
    options.add_argument("--format", default="chatml", help="prompt format of the model (chatml)")
    options.add_argument("--dtype", nargs="+", default=["float32", "bfloat16"])
    options.add_argument("--batch", type=positive, nargs="+", default=[32, 96])
    options.add_argument("--limit", type=positive, default=96, help="records (96)")
    options.add_argument("--max-new-tokens", type=positive, default=48)
    options.add_argument("--rounds", type=positive, default=3)
    options.add_argument("--threads", type=positive, default=os.cpu_count())
    options.add_argument("--device", choices=["cpu", "cuda"], default="cpu", help="for its name")
    options.add_argument("--title", help="what the model is called; left out: its folder's name")
    options.add_argument("--write", type=Path, help="put the section into this Markdown file")
    return options


if __name__ == "__main__":
    run(main, parser())
