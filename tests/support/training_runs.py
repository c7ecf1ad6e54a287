"""Training in processes forked from one that has torch loaded, so that each starts at once."""

import multiprocessing
import os
import socket
import sys
from pathlib import Path

from scripts.common.files import read_json, read_jsonl, sha256

# DeepSpeed imports the last one, and with it torch's compiler, when it is initialised: 3 seconds.
LOADED = [
    "scripts.train.stage",
    "scripts.train.engines.deepspeed",
    "deepspeed",
    "deepspeed.runtime.zero.muon.original_muon",
]
# Processes and options of ways to train that all give one process's losses.
ENGINES = {
    "ddp": (2, ["--engine", "ddp"]),
    "fsdp": (2, ["--engine", "fsdp"]),
    "zero-1": (1, ["--engine", "deepspeed", "--zero", "1"]),
    "zero-2": (2, ["--engine", "deepspeed", "--zero", "2"]),
    "zero-3": (2, ["--engine", "deepspeed", "--zero", "3"]),
    "accumulated": (1, ["--micro-batch", "4"]),
    "checkpointed": (1, ["--gradient-checkpointing"]),
}


def start_forks():
    """Return a context whose processes begin with the training code loaded."""
    os.environ |= {"OMP_NUM_THREADS": "1", "DS_ACCELERATOR": "cpu"}
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LOADED)
    return context


def stage_options(study: Path, model: str) -> list[str]:
    """Return train_model's options for a stage of a finished study, without its outputs."""
    stage = read_json(study / "results/models" / model / "stage.json")
    options = ["--model", model, "--parent", str(study / "results/models" / stage["parent"])]
    options += ["--packed", str(study / "results/packed" / model), "--threads", "1"]
    options += ["--micro-batch", "1", "--checkpoint-seconds", "0"]
    for key, value in stage["recipe"].items():
        if value is not None:
            values = value if isinstance(value, list) else [value]
            options += [f"--{key.replace('_', '-')}", *map(str, values)]
    return options


class Run:
    """One run of train_model in `size` processes; its outputs are under `folder`."""

    def __init__(self, forks, options: list[str], folder: Path, size: int = 1) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        options = [*options, "--checkpoints", str(folder / "checkpoints"), "--devices", str(size)]
        options += ["--output", str(folder / "model"), "--log", str(folder / "log")]
        port = free_port()
        self.processes = [
            forks.Process(target=train_process, args=(rank, size, port, options, self.printed))
            for rank in range(size)
        ]
        for process in self.processes:
            process.start()

    @property
    def printed(self) -> Path:
        return self.folder / "printed.txt"

    @property
    def alive(self) -> bool:
        return any(process.is_alive() for process in self.processes)

    def kill(self) -> None:
        """Kill all processes, as a power cut would."""
        for process in self.processes:
            process.kill()
        self.wait()

    def wait(self) -> list[int]:
        """Return the exit statuses."""
        for process in self.processes:
            process.join(timeout=120)
            process.kill()  # one that hangs must not outlive its test
            process.join()
        return [process.exitcode for process in self.processes]

    def finish(self) -> Path:
        """Wait for success; return the model's folder."""
        statuses = self.wait()
        assert set(statuses) == {0}, (statuses, self.printed.read_text())
        return self.folder / "model"


def train_process(rank: int, size: int, port: int, options: list[str], printed: Path) -> None:
    """Be one of `size` training processes; what it prints goes to a file."""
    from scripts.common.command import run
    from scripts.train.train_model import main, parser

    if size > 1:
        os.environ |= {"RANK": str(rank), "LOCAL_RANK": str(rank), "WORLD_SIZE": str(size)}
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
    with printed.open("a") as stream:
        os.dup2(stream.fileno(), 1)
        os.dup2(stream.fileno(), 2)
    sys.argv = ["train_model", *options]
    run(main, parser())


def free_port() -> int:
    """Return a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def fingerprint(model: Path) -> tuple[str, str]:
    """Return what two runs must have in common to the last bit: weights and loss log."""
    return sha256(model / "model.safetensors"), sha256(model / "train_log.jsonl")


def losses(model: Path) -> list[float]:
    """Return the losses of a trained model's steps."""
    return [line["loss"] for line in read_jsonl(model / "train_log.jsonl")]


def checkpoints(folder: Path) -> list[Path]:
    """Return the checkpoints below a run's folder, oldest first."""
    found = folder.glob("checkpoints/*/checkpoint-*")
    return sorted(found, key=lambda path: int(path.name.rpartition("-")[2]))
