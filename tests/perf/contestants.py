"""How each contestant of `make perf` is started, and where it logs its steps."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_jsonl, remove
from tests.perf.prepare import FORMAT, LENGTH, environment, run_script
from tests.perf.stopwatch import Lap, run_lap

BATCH = 16
LLAMAFACTORY = ROOT / ".cache/perf/llamafactory/bin/python"
STEPS = {"cpu": 200, "cuda": 3000}  # packed for ours; more than a lap takes


@dataclass(frozen=True)
class Settings:
    """What a lap is run with."""

    folder: Path
    device: str
    threads: int
    seconds: float
    warmup: int
    micro_batch: int
    precision: str
    ours: list[str] = field(default_factory=list)

    @property
    def laps(self) -> Path:
        return self.folder / "laps"


@dataclass(frozen=True)
class Contestant:
    """A name, what a step of it is, and how to run a lap of it."""

    name: str
    step: str
    run: Callable[[Settings, int], Lap]


def run_ours(settings: Settings, seed: int) -> Lap:
    """Run a lap of this project's trainer on rows packed by this project's packer."""
    packed = pack(settings, seed)
    output = fresh(settings.laps / "ours")
    command = [
        sys.executable, "-m", "scripts.train.train_model", "--model", "perf",
        "--parent", settings.folder / "base", "--packed", packed, "--batch", BATCH,
        "--learning-rate", 2e-5, "--schedule", "cosine", "--warmup", 0.03, "--floor", 0,
        "--weight-decay", 0, "--betas", 0.9, 0.999, "--clip", 1,
        "--precision", settings.precision, "--seed", seed,
        "--micro-batch", settings.micro_batch, "--threads", settings.threads,
        "--checkpoints", output / "checkpoints", "--checkpoint-seconds", 1e6,
        "--output", output / "model", *settings.ours,
    ]  # fmt: skip

    def log() -> Path | None:
        return next(output.glob("checkpoints/**/train_log.jsonl"), None)

    return time_lap(command, log, output, settings)


def pack(settings: Settings, seed: int) -> Path:
    """Return the rows of a seed, packed unless an earlier run did."""
    steps = STEPS[settings.device]
    packed = settings.folder / f"packed-{steps}-{seed}"
    part = {
        "dataset": "alpaca", "kind": "instruction", "languages": ["en"], "names": ["English"],
        "side": None, "start": 0, "stop": None,
    }  # fmt: skip
    mixture = [{"name": "all", "weight": None, "parts": [part]}]
    if not packed.exists():
        run_script(
            "scripts.pack.pack_examples", "--tokenizer", settings.folder / "base",
            "--corpora", settings.folder / "alpaca.parquet", "--mixture", json.dumps(mixture),
            "--objective", "response", "--format", FORMAT, "--length", LENGTH,
            "--batch", BATCH, "--steps", steps, "--seed", seed, "--output", packed,
        )  # fmt: skip
    return packed


def run_padded(settings: Settings, seed: int) -> Lap:
    """Run a lap of a Stanford-Alpaca-style script."""
    return run_trainer([sys.executable, "-m", "tests.perf.train_padded"], "padded", settings, seed)


def run_llamafactory(packing: str) -> Callable[[Settings, int], Lap]:
    """Return what runs a lap of LLaMA-Factory with plain or neat packing."""

    def run(settings: Settings, seed: int) -> Lap:
        if not LLAMAFACTORY.exists():
            raise InputError(f"{LLAMAFACTORY}: not there, expected LLaMA-Factory's venv: make perf")
        command = [LLAMAFACTORY, "-m", "tests.perf.train_llamafactory", "--packing", packing]
        return run_trainer(command, f"llamafactory-{packing}", settings, seed)

    return run


def run_trainer(command: list, name: str, settings: Settings, seed: int) -> Lap:
    """Run a lap of a contestant that logs its steps by `StepLog`."""
    output = fresh(settings.laps / name)
    options = ["--folder", settings.folder, "--device", settings.device, "--seed", seed]
    options += ["--precision", settings.precision]
    command = [*command, *options, "--micro-batch", 4, "--output", output]
    return time_lap(command, lambda: output / "steps.jsonl", output, settings)


def time_lap(
    command: list, log: Callable[[], Path | None], output: Path, settings: Settings
) -> Lap:
    """Run a lap with the settings' clock and threads."""
    variables = environment() | {
        "OMP_NUM_THREADS": str(settings.threads),
        "HF_DATASETS_CACHE": str(settings.folder / "datasets"),
    }
    words = [str(word) for word in command]
    printed = output / "printed.txt"
    return run_lap(words, variables, log, printed, settings.seconds, settings.warmup)


def fresh(folder: Path) -> Path:
    """Return an empty folder; what an earlier lap left must not be resumed."""
    remove(folder)
    folder.mkdir(parents=True)
    return folder


def read_useful_tokens(folder: Path) -> int | None:
    """Return how many tokens of its data carry loss, as a contestant printed it itself."""
    for line in (folder / "printed.txt").read_text(errors="replace").splitlines():
        if line.startswith("{") and '"useful_tokens"' in line:
            return json.loads(line)["useful_tokens"]
    return None


def read_speeds(settings: Settings) -> list[dict]:
    """Return the measured steps of our last lap as our trainer timed them itself."""
    path = next((settings.laps / "ours").glob("checkpoints/**/speed_log.jsonl"), None)
    return read_jsonl(path)[settings.warmup :] if path else []


def data_wait(steps: list[dict]) -> float | None:
    """Return which share of the steps' time was waiting for data, None if it was not logged."""
    seconds = sum(step["seconds"] for step in steps)
    return sum(step["data_wait"] for step in steps) / seconds if seconds else None


def mean_mfu(steps: list[dict]) -> float | None:
    """Return the share of the device's peak that was used, None if the peak is not known."""
    known = [step for step in steps if step["mfu"] is not None]
    seconds = sum(step["seconds"] for step in known)
    return sum(step["mfu"] * step["seconds"] for step in known) / seconds if seconds else None


CONTESTANTS = {
    "ours": Contestant("lingraft", f"{BATCH} packed rows of {LENGTH}", run_ours),
    "padded": Contestant(
        "transformers' Trainer, padded", f"{BATCH} examples, padded by four", run_padded
    ),
    "packing": Contestant(
        "LLaMA-Factory, packing",
        f"{BATCH} packed rows of {LENGTH}, examples see each other",
        run_llamafactory("plain"),
    ),
    "neat": Contestant(
        "LLaMA-Factory, neat packing", f"{BATCH} packed rows of {LENGTH}", run_llamafactory("neat")
    ),
}
