"""A stage of twelve steps on short instructions, and the tiny model that it starts from."""

import json
import subprocess
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from scripts.common.files import ROOT

STEPS = 12


def run_script(name: str, *options: str, **settings) -> subprocess.CompletedProcess:
    """Run a script as the workflow does."""
    command = [sys.executable, "-m", f"scripts.{name}", *options]
    return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True, **settings)


def import_base(tiny_model: Path, folder: Path) -> Path:
    """Return the tiny model as `import_model` leaves a base, in a new folder."""
    run_script(
        "convert.import_model", "--form", "hf", "--raw", str(tiny_model), "--output", str(folder)
    )
    return folder


def pack_toy(tiny_model: Path, folder: Path) -> Path:
    """Return packed rows of short instructions, prepared in a folder by the real script."""
    query = {"instruction": "Answer"}
    records = [
        {"id": str(n), **query, "input": f"{n}?", "output": "白日" * (n % 7 + 1)}
        for n in range(200)
    ]
    pq.write_table(pa.Table.from_pylist(records), folder / "toy_zh.parquet")
    part = {"dataset": "toy_zh", "kind": "instruction", "languages": ["zh"], "names": ["Chinese"]}
    part |= {"side": None, "start": 0, "stop": None}
    mixture = json.dumps([{"name": "all", "weight": None, "parts": [part]}])
    run_script(
        "pack.pack_examples", "--tokenizer", str(tiny_model),
        "--corpora", str(folder / "toy_zh.parquet"), "--mixture", mixture,
        "--objective", "response", "--format", "chatml", "--length", "64", "--batch", "4",
        "--steps", str(STEPS), "--seed", "1", "--output", str(folder / "rows"),
    )  # fmt: skip
    return folder / "rows"


def options(parent: Path, packed: Path, rate: str = "1e-3") -> list[str]:
    """Return train_model's options for a stage on the packed rows, without its outputs."""
    return [
        "--model", "toy", "--parent", str(parent), "--packed", str(packed), "--batch", "4",
        "--learning-rate", rate, "--schedule", "cosine", "--warmup", "0.1", "--floor", "0.1",
        "--weight-decay", "0.1", "--betas", "0.9", "0.95", "--clip", "1", "--precision", "fp32",
        "--seed", "1", "--micro-batch", "2", "--threads", "1",
        "--checkpoint-seconds", "0",
    ]  # fmt: skip
