"""What the tests of the neural metrics run in: environments, checkpoints and a mirror of them."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from scripts.common.files import ROOT, read_jsonl, sha256, write_jsonl
from scripts.environments.create_environment import create
from scripts.environments.locks import cache_folder, environment_folder, lock_of
from scripts.study.sources import raw_path
from tests.support.tiny_model import make_tiny_model

METRICS = ("comet", "bleurt", "bertscore")
PARTS = (
    "config.yaml",
    "data",
    "envs",
    "profiles",
    "prompts",
    "published",
    "registry",
    "rules",
    "schemas",
)
RECORDS = 64
# Modules are compiled once, whatever the environment says: four imports of torch are a minute.
VARIABLES = {
    key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"
} | {"OMP_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}


def python_in(metric: str) -> Path:
    """Create a metric's environment, or take what is there; return its Python."""
    create(lock_of(metric), environment_folder(metric))
    return environment_folder(metric) / "bin" / "python"


def in_environment(metric: str, *arguments: str) -> str:
    """Run the environment's Python in the repository; return what it prints."""
    command = [str(python_in(metric)), *arguments]
    done = subprocess.run(command, cwd=ROOT, env=VARIABLES, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-4000:]
    return done.stdout


def tiny_tool(metric: str, *arguments: object) -> str:
    """Run ``tests.support.tiny_checkpoints`` in a metric's environment."""
    return in_environment(
        metric, "-m", "tests.support.tiny_checkpoints", metric, *map(str, arguments)
    )


def copy_checkout(folder: Path) -> Path:
    """Copy what a run reads of this checkout: its registry is about to change."""
    folder.mkdir()
    shutil.copy(ROOT / "Snakefile", folder)
    shutil.copy(ROOT / "pyproject.toml", folder)
    for part in (*PARTS, "scripts"):
        source = ROOT / part
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / part)
    return folder


def publish(checkpoint: Path, metric: str, checkout: Path, mirror: Path) -> None:
    """Put a checkpoint's files at the registry's addresses, and their SHA-256 into the registry."""
    path = checkout / "registry" / "metrics.yaml"
    registry = yaml.safe_load(path.read_text(encoding="utf-8"))
    for name, file in registry[metric]["checkpoint"]["files"].items():
        place = mirror / raw_path(file["url"])
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(checkpoint / name, place)
        if file["sha256"]:
            file["sha256"] = sha256(place)
    path.write_text(yaml.safe_dump(registry, allow_unicode=True, sort_keys=False))


def write_predictions(path: Path) -> list[dict]:
    """Write what could be translations into Chinese: right, half right, of something else, none."""
    pairs = read_jsonl(ROOT / "data" / "everyday.jsonl")[:RECORDS]
    records = []
    for number, pair in enumerate(pairs):
        other, right = pairs[(7 * number + 3) % RECORDS]["zh"]["output"], pair["zh"]["output"]
        made = [other, right, right[: len(right) // 2] + other[:6], ""][min(number, number % 3 + 1)]
        record = {"id": pair["id"], "task": "translation", "input": pair["en"]["output"]}
        records.append(record | {"prediction": made, "references": [right]})
    records[5]["prediction"] = ""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_jsonl(path, records)
    return records


def snakemake(checkout: Path, mirror: Path, *options: str) -> subprocess.CompletedProcess:
    """Run Snakemake in a copy of the checkout, with no hub but the mirror."""
    command = [sys.executable, "-m", "snakemake", "--cores", "2", "--configfile", "study.yaml"]
    variables = {
        "LINGRAFT_MIRROR": str(mirror),
        "LINGRAFT_ENVIRONMENTS": str(cache_folder()),
        "PYTHONPATH": "",
    }
    return subprocess.run(
        [*command, *options],
        cwd=checkout,
        env=VARIABLES | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def write_study(checkout: Path) -> Path:
    """Write a study of one tiny model and one benchmark of translations."""
    make_tiny_model(checkout / "tiny-base")
    settings = yaml.safe_load((ROOT / "tests/support/tiny.yaml").read_text(encoding="utf-8"))
    settings["benchmarks"] = {"ui_en-zh": {"limit": RECORDS, "metrics": ["bleu", *METRICS]}}
    del settings["embedding_init"]  # it measures text, of which there is none here
    path = checkout / "study.yaml"
    path.write_text(json.dumps(settings))
    return path
