"""Compare this project's trainer with others: useful tokens per second, side by side.

Useful tokens carry loss: the response and its end. All contestants train the same model on the
same records with the same prompts, precision, threads and global batch; they take turns, round by
round, and only the steps after each one's warm-up are timed. `make perf` runs this.

    python -m tests.perf.compare --quick
    python -m tests.perf.compare --write docs/performance.md
    python -m tests.perf.compare --device cuda --model llama-1b --seconds 20
"""

import argparse
import datetime
import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

from scripts.common.command import log, run
from scripts.common.errors import InputError
from scripts.common.files import ROOT
from tests.perf.contestants import (
    CONTESTANTS,
    LLAMAFACTORY,
    Settings,
    data_wait,
    mean_mfu,
    read_speeds,
    read_useful_tokens,
)
from tests.perf.prepare import MODELS, Prepared, prepare
from tests.perf.stopwatch import Lap
from tests.perf.table import draw_table, spread, write_section

OURS = CONTESTANTS["ours"].name


def main(arguments: argparse.Namespace) -> None:
    """Prepare, measure, print, and write the section if asked to."""
    if arguments.quick:
        arguments.rounds, arguments.seconds, arguments.warmup = 1, 5, 1
    model = arguments.model or {"cpu": "llama-23m", "cuda": "smollm2-135m"}[arguments.device]
    prepared = prepare(model, arguments.cache)
    default = "bf16" if arguments.device == "cuda" else "fp32"
    settings = Settings(
        prepared.folder, arguments.device, arguments.threads, arguments.seconds, arguments.warmup,
        arguments.micro_batch, arguments.precision or default, arguments.ours.split(),
    )  # fmt: skip
    title = f"{model} on {device_name(arguments.device)}"
    if settings.precision != default:
        title += f", {settings.precision}"
    body = compare(arguments, settings, prepared)
    print(f"## {title}\n\n{body}")
    if arguments.write:
        write_section(arguments.write, title, body)


def compare(arguments: argparse.Namespace, settings: Settings, prepared: Prepared) -> str:
    """Run all rounds; return the section's text."""
    chosen = [CONTESTANTS[name] for name in ["ours", *arguments.against]]
    laps: dict[str, list[Lap]] = {contestant.name: [] for contestant in chosen}
    waits, shares = [], []
    for seed in range(1, arguments.rounds + 1):
        for contestant in chosen:
            lap = contestant.run(settings, seed)
            laps[contestant.name].append(lap)
            speed = lap.useful_tokens_per_second
            log.info("round %d, %s: %.0f useful tokens/s", seed, contestant.name, speed)
        speeds = read_speeds(settings)
        waits.append(data_wait(speeds))
        shares.append(mean_mfu(speeds))
    check_useful_tokens(settings, prepared)
    steps = {contestant.name: contestant.step for contestant in chosen}
    found = [
        draw_table(laps, steps, OURS),
        *describe_shares("Ours waited for data {} % of its time.", waits),
        *describe_shares("Ours used {} % of the device's peak (MFU).", shares),
    ]
    return "\n\n".join([*found, describe_run(settings, prepared, arguments)])


def check_useful_tokens(settings: Settings, prepared: Prepared) -> None:
    """Raise unless every contestant counted the same tokens that carry loss in the data."""
    for folder in sorted(settings.laps.iterdir()):
        found = read_useful_tokens(folder)
        if found not in (None, prepared.useful_tokens):
            raise InputError(
                f"{folder.name}: its data hold {found} useful tokens, expected "
                f"{prepared.useful_tokens}, as ours do"
            )


def describe_shares(text: str, shares: list[float | None]) -> list[str]:
    """Return a line with the rounds' percentages, none if they were not logged."""
    known = [100 * share for share in shares if share is not None]
    return [text.format(spread(known, 2))] if known else []


def describe_run(settings: Settings, prepared: Prepared, arguments: argparse.Namespace) -> str:
    """Return what the numbers were measured with."""
    commit = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    tree = subprocess.run(commit, capture_output=True, text=True, check=False).stdout.strip()
    load = os.getloadavg()[2]
    return (
        f"Measured on {datetime.date.today()} at {tree or 'no commit'}: "
        f"{device_name(settings.device)}, {settings.threads} threads for everyone "
        f"(load over 15 minutes {load:.1f}), {settings.precision}, "
        f"Python {platform.python_version()}, "
        f"torch {version('torch')}, transformers {version('transformers')}, "
        f"LLaMA-Factory {llamafactory_versions()}. "
        f"Data: {prepared.records} of the first 2,000 Alpaca records (those of at most 512 "
        f"tokens with a response), {prepared.tokens} tokens, {prepared.useful_tokens} of them "
        f"useful; every contestant counted the same. {arguments.rounds} rounds in turn, "
        f"{settings.warmup} steps of warm-up, then at least {settings.seconds:.0f} s each. "
        f"Rows in memory at once: ours {settings.micro_batch}, the others 4."
        + (f" Ours with {' '.join(settings.ours)}." if settings.ours else "")
    )


def llamafactory_versions() -> str:
    """Return the versions of LLaMA-Factory and of its transformers, as pinned."""
    pins = (ROOT / "tests/perf/llamafactory.txt").read_text().split()
    pinned = dict(pin.split("==") for pin in pins if "==" in pin)
    absent = "" if LLAMAFACTORY.exists() else ", not installed"
    return f"{pinned['llamafactory']} (transformers {pinned['transformers']}{absent})"


def device_name(device: str) -> str:
    """Return the accelerator's name, or the processor's and its number of cores."""
    if device == "cuda":
        import torch

        return torch.cuda.get_device_name()
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {os.cpu_count()} cores"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = argparse.ArgumentParser(prog="perf.compare", description=__doc__.partition("\n")[0])
    others = [name for name in CONTESTANTS if name != "ours"]
    options.add_argument("--quick", action="store_true", help="one short round: does it all run?")
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--seconds", type=float, default=60, help="measured, a lap")
    options.add_argument("--warmup", type=int, default=2, help="steps that are not measured")
    options.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options.add_argument("--model", choices=MODELS, help="default: llama-23m; on cuda smollm2-135m")
    options.add_argument(
        "--precision", choices=["fp32", "bf16"], help="of everyone; default: fp32; on cuda bf16"
    )
    options.add_argument("--against", nargs="*", choices=others, default=others)
    options.add_argument("--threads", type=int, default=os.cpu_count())
    options.add_argument("--micro-batch", type=int, default=4, help="our rows in memory at once")
    options.add_argument("--ours", default="", help="more options for our trainer, in one word")
    options.add_argument("--cache", type=Path, default=ROOT / ".cache/perf")
    options.add_argument("--write", type=Path, help="put the section into this Markdown file")
    return options


if __name__ == "__main__":
    run(main, parser())
