"""Snakemake on a Slurm: a small study of the real rules, whose stages have only to be trained."""

import copy
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import yaml

from scripts.common.files import ROOT
from scripts.common.orphans import die_with_parent
from tests.support.mounts import mount
from tests.support.slurm_lab import Lab, wait_until
from tests.support.tiny_model import make_tiny_model

# The long stage is stopped in its middle; the slow one is started several times with a minute each,
# where a step takes 19 ms.
STEPS = {"short": 4, "long": 1000, "slow": 3000}
RATE = {"learning_rate": 1e-3}
STUDY: dict[str, Any] = {
    "name": "cluster",
    "seed": 3,
    "base": {"from": "tiny-base", "format": "chatml"},
    "recipes": {
        name: {"objective": "response", "length": 64, "batch": 4, "steps": steps, **RATE}
        for name, steps in STEPS.items()
    },
    "models": {
        name: {"from": "base", "recipe": name, "data": "everyday_en[0:60]"} for name in STEPS
    },
    "main": "short",
    "compare": ["base"],
    # Of three lines that the test writes: nothing is downloaded.
    "sources": {"prose_en": {"url": "prose.txt"}},
    "benchmarks": {"prose_en": {"task": "text"}},
    # A checkpoint every few seconds.
    "run": {"threads": 1, "device": "cpu", "micro_batch": 2, "checkpoint_minutes": 0.05},
}
# MiB: enough for the Snakemake that a job starts, too little for torch beside it; twice is enough.
OUT_OF_MEMORY = 350
SITE = {"resources": {"train_model": {"mem_mb": 1500}}}
# What Snakemake asks Slurm for its jobs' states is seldom by default.
OFTEN = ("--slurm-init-seconds-before-status-checks", "2", "--latency-wait", "20")
# What tests may have in their environment, and users have not.
OF_TESTS = ("OMP_NUM_THREADS", "PYTHONDONTWRITEBYTECODE")
PATIENCE = 300  # seconds for what takes twenty on an idle machine


def target(model: str) -> str:
    """Return the target that trains a model."""
    return f"results/models/{model}/stage.json"


def snakemake_command(*words: str) -> list[str]:
    """Return Snakemake's command line on the study of the folder that it is started in."""
    start = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    return [*start, "--configfile", "study.yaml", *words]


def prepare_study(folder: Path) -> Path:
    """Return a folder in which all that comes before the stages is done."""
    folder.mkdir(parents=True)
    make_tiny_model(folder / "tiny-base")
    (folder / "prose.txt").write_text("The boat came in.\nIt was late.\nNobody was there.\n")
    write_yaml(folder / "study.yaml", STUDY)
    packed = [f"results/packed/{name}/manifest.json" for name in STEPS]
    targets = ["results/models/base/stage.json", *packed]
    command = snakemake_command("--cores", "2", "--", *targets)
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]
    return folder


def train_here(prepared: Path, folder: Path, model: str) -> Path:
    """Train a stage on a copy of the study without Slurm; return the model's folder."""
    shutil.copytree(prepared, folder, symlinks=True)
    command = snakemake_command("--cores", "1", "--", target(model))
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-8000:]
    return folder / "results" / "models" / model


def changed_study(run: dict[str, Any], rate: float | None = None) -> dict[str, Any]:
    """Return `STUDY` with other keys of `run`, and another learning rate."""
    changed = copy.deepcopy(STUDY)
    changed["run"] |= run
    for recipe in changed["recipes"].values():
        recipe["learning_rate"] = rate or recipe["learning_rate"]
    return changed


def write_yaml(path: Path, content: dict[str, Any]) -> None:
    """Write a mapping as YAML."""
    path.parent.mkdir(exist_ok=True)
    path.write_text(yaml.safe_dump(content), encoding="utf-8")


def begin_alone() -> None:
    """End with the tests, and by SIGHUP, which a program that nohup has started ignores."""
    die_with_parent()
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


class Flow:
    """Snakemake with `--profile slurm`, running on a copy of a prepared study.

    Args:
        targets: models to be trained, or other targets.
        site: slurm/site.yaml.
        run: keys of the study's `run` beside those of `STUDY`.
        rate: another learning rate.
        disk: MiB of a disk of its own for checkpoints.
        study: another study than `STUDY`, of which `run` and `rate` change nothing.
        options: Snakemake's, beside the profile.
    """

    def __init__(
        self,
        lab: Lab,
        prepared: Path,
        folder: Path,
        targets: Sequence[str],
        site: dict[str, Any] | None = None,
        run: dict[str, Any] | None = None,
        rate: float | None = None,
        disk: int | None = None,
        study: dict[str, Any] | None = None,
        options: Sequence[str] = OFTEN,
    ) -> None:
        self.lab, self.folder = lab, folder
        if not folder.exists():
            shutil.copytree(prepared, folder, symlinks=True)
        if disk:
            place = folder / "results" / "checkpoints"
            place.mkdir()
            if not mount("tmpfs", str(place), kind="tmpfs", options=f"size={disk}m"):
                pytest.skip("no disk of its own can be mounted")
        write_yaml(folder / "study.yaml", study or changed_study(run or {}, rate))
        write_yaml(folder / "slurm" / "site.yaml", site or SITE)
        shutil.copy(ROOT / "slurm" / "profile.yaml", folder / "slurm" / "profile.yaml")
        self.targets = [target(name) if name in STEPS else name for name in targets]
        self.options = options
        self.start()

    def start(self, *words: str) -> None:
        """Start Snakemake, as a shell does: in a process group of its own."""
        self.began = time.monotonic()
        command = ["--profile", "slurm", *self.options, *words, "--", *self.targets]
        with (self.folder / "output").open("ab") as stream:
            self.process = subprocess.Popen(
                snakemake_command(*command),
                cwd=self.folder,
                env={key: value for key, value in os.environ.items() if key not in OF_TESTS},
                stdout=stream,
                stderr=stream,
                start_new_session=True,
                preexec_fn=begin_alone,
            )

    @property
    def output(self) -> str:
        """Return what it has printed."""
        return (self.folder / "output").read_text(encoding="utf-8")

    @property
    def jobs(self) -> list[str]:
        """Return the numbers of this folder's jobs that are not over."""
        lines = [line.split("|") for line in self.lab.queue("%i|%Z")]
        return [number for number, place in lines if place == str(self.folder)]

    @property
    def numbers(self) -> list[str]:
        """Return the numbers of all jobs that it has given to Slurm."""
        return re.findall(r"has been submitted with SLURM jobid (\d+)", self.said)

    @property
    def said(self) -> str:
        """Return Snakemake's own log."""
        logs = sorted(self.folder.glob(".snakemake/log/*.snakemake.log"))
        return "".join(log.read_text() for log in logs)

    def numbers_of(self, rule: str, wildcards: str) -> list[str]:
        """Return the numbers of the jobs that it has given to Slurm for one of a rule's."""
        return re.findall(rf"/rule_{rule}/{wildcards}/(\d+)\.log\)", self.said)

    @property
    def submitted(self) -> int:
        """Return how many jobs it has given to Slurm."""
        return len(self.numbers)

    def starts(self, number: str) -> int:
        """Return how often Slurm has started a job, which may be over for minutes."""
        facts = self.lab.ask("scontrol", "show", "job", number)
        return 1 + int(re.findall(r" Restarts=(\d+)", facts)[0])

    def wait(self, seconds: float = PATIENCE) -> int:
        """Wait for its end; return its exit status."""
        try:
            return self.process.wait(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"not over in {seconds} s\n{self.tell()}") from None

    def until(self, test: Callable[[], Any], what: str, seconds: float = PATIENCE) -> None:
        """Wait until something holds."""
        wait_until(test, seconds, what, self.tell)

    def finish(self) -> None:
        """Wait for its success."""
        assert self.wait() == 0, self.tell()

    def tell(self) -> str:
        """Return the end of what it has printed, and of its jobs' logs."""
        logs = sorted(self.folder.glob(".snakemake/slurm_logs/*/*/*.log"))
        return "\n".join(
            [self.output[-5000:], *(f"{log}:\n{log.read_text()[-3000:]}" for log in logs)]
        )

    def failed_logs(self) -> str:
        """Return the logs that Slurm has kept of jobs that failed."""
        logs = self.folder.glob(".snakemake/slurm_logs/*/*/*.log")
        return "".join(log.read_text() for log in logs)

    def checkpoints(self, model: str = "long") -> list[Path]:
        """Return the complete checkpoints of a stage."""
        return list(self.folder.glob(f"results/checkpoints/{model}/*/checkpoint-*"))

    def until_training(self, model: str = "long") -> str:
        """Wait until a stage has a checkpoint; return its job's number."""
        self.until(lambda: self.checkpoints(model), f"a checkpoint of {model}")
        return self.jobs[0]

    def until_resumed(self, model: str = "long") -> None:
        """Wait until a stage continues behind a checkpoint; its log begins again each time."""
        log = self.folder / "results" / "logs" / "train_model" / f"{model}.log"
        mark = f"{model} starts from results/checkpoints"
        self.until(lambda: log.is_file() and mark in log.read_text(), f"{model} to be resumed")

    def trained(self, model: str) -> Path:
        """Return the folder of a model, which is there."""
        folder = self.folder / "results" / "models" / model
        assert (folder / "stage.json").is_file(), self.tell()
        return folder

    def training_processes(self) -> list[int]:
        """Return the ids of the processes on any node that train in this folder."""
        return self.processes("scripts.train.train_model")

    def processes(self, *wanted: str) -> list[int]:
        """Return the ids of the processes of Python in this folder with these words."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            try:
                words = (place / "cmdline").read_bytes().decode().split("\0")
                here = (place / "cwd").resolve() == self.folder
            except OSError:
                continue  # it has ended
            if here and {*wanted} <= {*words} and words[0].endswith("python"):
                found.append(int(place.name))
        return found

    def close(self) -> None:
        """End what still runs."""
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
        for number in self.jobs:
            self.lab.ask("scancel", number, check=False)
