"""Running lm-evaluation-harness in its environment; what goes wrong there becomes one line."""

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path

from scripts.common.command import log
from scripts.common.errors import InputError, nearest
from scripts.data.harness_samples import Samples, read_samples

OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
MISSING = re.compile(r"Tasks not found: (.+)")
UNREACHED = re.compile(r"Couldn't (?:reach|find) '?([\w./-]+)'? .*(?:Hub|offline|cache)", re.I)


def run_harness(
    task: str,
    options: Sequence[str],
    folder: Path | None,
    environment: Mapping[str, str] = {},
) -> Samples:
    """Return the samples of a task or group; `InputError` where the harness ends without them.

    Args:
        task: its name in the harness.
        options: of ``lm_eval run``, beside the task and where it writes.
        folder: task files of one's own.
        environment: variables that are set for it.
    """
    if find_spec("lm_eval") is None:
        raise InputError(
            "lm-evaluation-harness is not installed in this environment; the rule "
            "create_environment creates one of envs/lm-eval.txt"
        )
    with tempfile.TemporaryDirectory() as place:
        command = [sys.executable, "-m", "lm_eval", "run", "--tasks", task, "--log_samples"]
        command += ["--output_path", place, *options]
        command += ["--include_path", str(folder)] if folder else []
        done = subprocess.run(
            command,
            env={**os.environ, "TOKENIZERS_PARALLELISM": "false", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        log.info("%s", done.stdout.strip())
        if done.returncode or not list(Path(place).rglob("results_*.json")):
            raise InputError(f"lm-eval/{task}: {explain(done.stdout, task)}")
        return read_samples(Path(place))


def explain(output: str, task: str) -> str:
    """Return in one line why the harness ended."""
    if found := MISSING.search(output):
        return f"no task or group of this name in lm-evaluation-harness{nearest_task(found[1])}"
    if found := UNREACHED.search(output):
        return (
            f"its data set {found[1]} is neither in the hub's cache nor can it be fetched; run it "
            "once with the network, without HF_HUB_OFFLINE"
        )
    lines = [line for line in output.strip().splitlines() if line.strip()]
    return f"lm-evaluation-harness ended: {lines[-1] if lines else 'no reason given'}"


def nearest_task(name: str) -> str:
    """Return a hint at the task file whose name is nearest."""
    spec = find_spec("lm_eval")
    folders = (spec.submodule_search_locations or []) if spec else []
    names = {path.stem for folder in folders for path in Path(folder, "tasks").rglob("*.yaml")}
    hint = nearest(name, names)
    return hint if hint.startswith("; did") else ""


def write_sample(numbers: Mapping[str, Sequence[int]]) -> list[str]:
    """Return the option that asks some questions of each task alone, by their numbers."""
    return ["--samples", json.dumps(numbers)]
