"""Running lm-evaluation-harness in its environment; what goes wrong there becomes one line."""

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
from scripts.common.files import write_json
from scripts.common.orphans import die_with_parent
from scripts.data.harness_samples import Samples, read_samples

# A progress bar writes a line a minute.
VARIABLES = {"TOKENIZERS_PARALLELISM": "false", "TQDM_MININTERVAL": "60"}
OFFLINE = {"HF_HUB_OFFLINE": "1", "HF_DATASETS_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
MISSING = re.compile(r"Tasks not found: (.+)")
UNREACHED = re.compile(r"Couldn't (?:reach|find) '?([\w./-]+)'? .*(?:Hub|offline|cache)", re.I)


def run_harness(
    task: str,
    options: Sequence[str],
    folder: Path | None,
    environment: Mapping[str, str] = {},
    numbers: Mapping[str, Sequence[int]] | None = None,
) -> Samples:
    """Return the samples of a task or group; `InputError` where the harness ends without them.

    Args:
        task: its name in the harness.
        options: of ``lm_eval run``, beside the task and where it writes.
        folder: task files of one's own.
        environment: variables that are set for it.
        numbers: of the questions that are asked, by task; None: all.
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
        if numbers is not None:
            write_json(Path(place, "asked.json"), numbers)
            command += ["--samples", f"{place}/asked.json"]
        ended, lines = call(command, {**VARIABLES, **environment})
        if ended or not list(Path(place).rglob("results_*.json")):
            raise InputError(f"lm-eval/{task}: {explain(lines)}")
        return read_samples(Path(place))


def call(command: Sequence[str], variables: Mapping[str, str]) -> tuple[int, list[str]]:
    """Run a command, its lines in the log as they come; return its exit status and these lines."""
    lines = []
    with subprocess.Popen(
        command,
        env={**os.environ, **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        preexec_fn=die_with_parent,  # one that went on would write to the next one's cache
    ) as process:
        for line in process.stdout or ():
            if line.strip():
                log.info("%s", line.rstrip())
                lines.append(line.rstrip())
    return process.returncode, lines


def explain(lines: Sequence[str]) -> str:
    """Return in one line why the harness ended, which its last lines tell."""
    output = "\n".join(lines)
    if found := MISSING.search(output):
        return f"no task or group of this name in lm-evaluation-harness{nearest_task(found[1])}"
    if found := UNREACHED.search(output):
        return (
            f"its data set {found[1]} is neither in the hub's cache nor can it be fetched; run it "
            "once with the network, without HF_HUB_OFFLINE"
        )
    return f"lm-evaluation-harness ended: {lines[-1] if lines else 'no reason given'}"


def nearest_task(name: str) -> str:
    """Return a hint at the task file whose name is nearest."""
    spec = find_spec("lm_eval")
    folders = (spec.submodule_search_locations or []) if spec else []
    names = {path.stem for folder in folders for path in Path(folder, "tasks").rglob("*.yaml")}
    hint = nearest(name, names)
    return hint if hint.startswith("; did") else ""
