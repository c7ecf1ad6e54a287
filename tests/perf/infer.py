"""Inference beside others: `make perf-infer`.

Generation beside transformers' `generate`, as it is called in file order by eights and at its best
(sorted, 32 at a time); choices beside one pass a choice, and beside lm-evaluation-harness's `hf`
where its environment was created (`make envs`). All answer the same records of the same
prompts, take turns, and are compared answer by answer. Seconds are those of predicting; loading the
model is not in them.

    python -m tests.perf.infer --model results/models/base \\
        --translation results/benchmarks/flores_en-zh.jsonl \\
        --choice results/benchmarks/c3-d_zh.jsonl
"""

import argparse
import datetime
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from statistics import median
from typing import Any

from scripts.common.command import log, positive, run
from scripts.common.files import ROOT, read_json, read_jsonl
from scripts.common.provenance import meta_path
from scripts.environments.create_environment import DONE
from scripts.environments.locks import environment_folder
from tests.perf.compare import device_name
from tests.perf.table import spread, write_section

GENERATE, PLAIN = "scripts.infer.generate", "tests.perf.answer_with_generate"
RANK, PASSES = "scripts.infer.rank_choices", "tests.perf.rank_with_passes"
HARNESS = "tests.perf.rank_with_harness"


@dataclass(frozen=True)
class Contestant:
    """One way of answering: its name, the module that does it, what it is told, and by whom."""

    name: str
    module: str
    options: tuple[str, ...] = ()
    python: Path = Path(sys.executable)


@dataclass
class Laps:
    """What a contestant did: tokens a second of each round, and its answers."""

    speeds: list[float] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)


def translators(dtypes: list[str]) -> list[Contestant]:
    """Return who generates; the first is what all are compared with."""
    plain = [
        Contestant("generate, file order, 8 at a time, float32", PLAIN,
                   ("--dtype", "float32", "--batch-size", "8", "--in-order")),
        *(Contestant(f"generate, sorted, 32 at a time, {dtype}", PLAIN,
                     ("--dtype", dtype, "--batch-size", "32")) for dtype in dtypes),
    ]  # fmt: skip
    ours = [
        Contestant(f"lingraft, {size} at a time, {dtype}", GENERATE,
                   ("--dtype", dtype, "--batch-size", str(size)))
        for dtype in dtypes for size in (32, 64)
    ]  # fmt: skip
    return plain + ours


def rankers(dtypes: list[str]) -> list[Contestant]:
    """Return who ranks choices."""
    plain = [Contestant("one pass a choice, float32", PASSES, ("--dtype", "float32"))]
    environment = environment_folder("lm-eval")
    if (environment / DONE).is_file():
        options = ("--dtype", "float32", "--batch-size", "8")
        name, python = "lm-eval's hf, 8 at a time, float32", environment / "bin" / "python"
        plain.append(Contestant(name, HARNESS, options, python))
    return [*plain, *(Contestant(f"lingraft, {d}", RANK, ("--dtype", d)) for d in dtypes)]


def main(arguments: argparse.Namespace) -> None:
    """Measure, print, and write the section if asked to."""
    tables = []
    limit = ["--max-new-tokens", str(arguments.max_new_tokens)]
    for threads in arguments.threads:
        for benchmark, number, contestants, more in (
            (arguments.translation, arguments.translations, translators(arguments.dtype), limit),
            (arguments.choice, arguments.choices, rankers(arguments.dtype), []),
        ):
            if benchmark:
                words = ["--benchmark", str(benchmark), "--limit", str(number), *more]
                laps = race(arguments, contestants, words, threads)
                tables.append(draw(f"{number} of `{benchmark.stem}`, threads: {threads}", laps))
    facts = (
        f"Measured on {datetime.date.today()}: {device_name('cpu')} (load over 15 minutes "
        f"{os.getloadavg()[2]:.1f}), torch {version('torch')}, transformers "
        f"{version('transformers')}, {arguments.rounds} rounds in turn, answers of at most "
        f"{arguments.max_new_tokens} tokens. An answer is the same if its text is, of choices if "
        "the same one is taken."
    )
    body = "\n\n".join([*tables, facts])
    print(f"## {arguments.title}\n\n{body}")
    if arguments.write:
        write_section(arguments.write, arguments.title, body)


def race(
    arguments: argparse.Namespace, contestants: list[Contestant], words: list[str], threads: int
) -> dict[str, Laps]:
    """Let all answer, round by round."""
    laps = {contestant.name: Laps() for contestant in contestants}
    words = [*words, "--model", str(arguments.model), "--format", arguments.format]
    for number in range(1, arguments.rounds + 1):
        for one in contestants:
            speed, answers = answer(one, words, threads)
            laps[one.name].speeds.append(speed)
            laps[one.name].answers = answers
            log.info("round %d, %s: %.0f tokens/s", number, one.name, speed)
    return laps


def answer(contestant: Contestant, words: list[str], threads: int) -> tuple[float, list[Any]]:
    """Answer in a process of its own; return tokens a second, and the answers by record."""
    with tempfile.TemporaryDirectory() as folder:
        output = Path(folder) / "predictions.jsonl"
        command = [str(contestant.python), "-m", contestant.module, *words, *contestant.options]
        command += ["--output", str(output)]
        variables = os.environ | {"OMP_NUM_THREADS": str(threads)}
        subprocess.run(command, cwd=ROOT, env=variables, check=True, capture_output=True)
        # Unset where so little was asked that it took no time that could be told.
        speed = read_json(meta_path(output))["settings"]["tokens_per_second"] or 0.0
        rows = sorted(read_jsonl(output), key=lambda row: str(row["id"]))
        return speed, [row["prediction"] for row in rows]


def draw(title: str, laps: dict[str, Laps]) -> str:
    """Return a table: a line a contestant, its speed beside the others' and the same answers."""
    first = next(iter(laps.values()))
    lines = [f"| {title} | tokens/s | times the first | same answers as the first |"]
    lines.append("| --- | ---: | ---: | ---: |")
    for name, lap in laps.items():
        factors = [mine / other for mine, other in zip(lap.speeds, first.speeds, strict=True)]
        same = sum(a == b for a, b in zip(lap.answers, first.answers, strict=True))
        count = f"{same} of {len(lap.answers)}"
        lines.append(f"| {name} | {spread(lap.speeds, 0)} | {median(factors):.2f} | {count} |")
    return "\n".join(lines)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="perf.infer", description=__doc__.partition("\n")[0])
    options.add_argument("--model", type=Path, required=True, help="model folder")
    options.add_argument("--translation", type=Path, help="a benchmark that is generated")
    options.add_argument("--choice", type=Path, help="a benchmark of choices")
    options.add_argument("--translations", type=positive, default=128, help="records (128)")
    options.add_argument("--choices", type=positive, default=200, help="records (200)")
    options.add_argument("--format", default="chatml", help="prompt format of the model (chatml)")
    options.add_argument("--dtype", nargs="+", default=["float32", "bfloat16"])
    options.add_argument("--max-new-tokens", type=positive, default=96)
    options.add_argument("--rounds", type=positive, default=1)
    options.add_argument("--threads", type=positive, nargs="+", default=[1, os.cpu_count()])
    options.add_argument("--title", default="Inference beside others: SmolLM2-135M")
    options.add_argument("--write", type=Path, help="put the section into this Markdown file")
    return options


if __name__ == "__main__":
    run(main, parser())
