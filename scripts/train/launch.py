"""Start a script once per device: directly, by torchrun on one node, or by srun over several.

In: a script of this repository and its options after ``--``. Out: what the script writes, and its
exit status. One device: this process becomes the script. Several: torchrun starts them here.
Several nodes: srun starts this launcher on each node of the job, and torchrun the processes there.
What a script's `check` finds wrong with its options is printed before any process starts, and the
errors of all processes are printed here, each once. SIGTERM and SIGUSR1 are passed on to the
processes, and the exit status 75 ("run me again") that they then end with becomes the launcher's.

    python -m scripts.train.launch --devices 2 -- scripts.train.train_model --model toy …
"""

import argparse
import logging
import os
import signal
import socket
import sys
from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from scripts.cluster.allocation import step_variables
from scripts.cluster.scratch import join_scratch
from scripts.common.command import ERRORS, make_parser, parse, positive
from scripts.common.errors import InputError
from scripts.common.escapes import error_line
from scripts.common.usage import TREE
from scripts.study.site import SITE_FILE
from scripts.train.signals import AGAIN, WARNINGS

PORTS = 10_000  # a job's rendezvous port is less than this above FIRST_PORT
FIRST_PORT = 20_000  # below those that systems give to whoever asks for any
HANDLED = "SIGHUP,SIGQUIT"  # the signals at which torchrun itself ends the processes


def main(arguments: argparse.Namespace) -> int:
    """Start the script; return its exit status (of one process: never return)."""
    module, *options = arguments.script
    log = check_options(module, options)
    if arguments.nodes > 1 and not arguments.on_node:
        os.execvpe("srun", srun_command(arguments, os.environ), step_variables())
    if arguments.on_node:
        join_scratch(f"{SITE_FILE}: scratch")
    if arguments.nodes * arguments.devices == 1:
        os.execv(sys.executable, [sys.executable, "-m", module, *options])
    return launch_processes(arguments, ["-m", module, *options], log)


def check_options(module: str, options: list[str]) -> Path | None:
    """Raise what a script's `check`, if it has one, finds wrong with its options; return its log.

    It needs no device and no torch, so a mistake costs a second and is reported once.
    """
    script = import_module(module)
    arguments = parse(script.parser(), options)
    try:
        if hasattr(script, "check"):
            script.check(arguments)
    except InputError as error:
        if arguments.log:  # which a failed job's message names, and no script has begun it yet
            arguments.log.parent.mkdir(parents=True, exist_ok=True)
            arguments.log.write_text(f"{error_line(error)}\n", encoding="utf-8")
        raise
    return arguments.log


def srun_command(arguments: argparse.Namespace, environment: Mapping[str, str]) -> list[str]:
    """Return the command that starts this launcher once on every node of the Slurm job.

    Raises:
        InputError: outside a Slurm job.
    """
    if "SLURM_JOB_ID" not in environment:
        raise InputError(
            f"run.nodes: found no Slurm job, expected one of {arguments.nodes} nodes; start it "
            "with --profile slurm, or torchrun on each node by hand"
        )
    nodes, job = str(arguments.nodes), environment["SLURM_JOB_ID"]
    return [
        "srun", f"--jobid={job}", f"--nodes={nodes}", f"--ntasks={nodes}",
        "--ntasks-per-node=1", "--kill-on-bad-exit=1",
        sys.executable, "-m", "scripts.train.launch", "--on-node", "--nodes", nodes,
        "--devices", str(arguments.devices), "--port", str(find_port(int(job))),
        "--", *arguments.script,
    ]  # fmt: skip


def find_port(job: int) -> int:
    """Return a port of this node, the job's first, nobody listens on.

    Jobs look from places of their own on, so that two that begin at once find different ones.
    """
    for number in range(job, job + PORTS):
        port = FIRST_PORT + number % PORTS
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("", port))
            return port
    raise InputError(f"found no free port from {FIRST_PORT} on, expected one for the nodes to meet")


def launch_processes(
    arguments: argparse.Namespace, command: list[str], log: Path | None = None
) -> int:
    """Run one process per device under torchrun's agent; return the exit status."""
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import elastic_launch

    logging.getLogger("torch.distributed.elastic").setLevel(logging.CRITICAL)
    for number in WARNINGS:
        signal.signal(number, pass_on)
    with TemporaryDirectory(prefix="lingraft-") as folder:
        os.environ[ERRORS] = folder
        os.environ[TREE] = str(os.getpid())
        try:
            elastic_launch(make_config(arguments, os.environ), sys.executable)(*command)
        except ChildFailedError as error:
            codes = {rank: failure.exitcode for rank, failure in error.failures.items()}
            # torchrun ends the others by a signal, a negative code, once the first one has left.
            if {code for code in codes.values() if code >= 0} == {AGAIN}:
                return AGAIN
            print_errors(list_errors(Path(folder), codes), log)
            return 1
    return 0


def print_errors(messages: list[str], log: Path | None) -> None:
    """Print errors as one line each, and append them to the script's log."""
    lines = "".join(f"{error_line(message)}\n" for message in messages)
    sys.stderr.write(lines)
    if log and log.is_file():
        with log.open("a", encoding="utf-8") as stream:
            stream.write(lines)


def list_errors(folder: Path, codes: Mapping[int, int]) -> list[str]:
    """Return what the processes reported, each message once, in the order of their ranks.

    Where none reported anything, the exit statuses are returned: tracebacks, if there were any, are
    printed above.
    """
    files = sorted(folder.iterdir(), key=lambda file: int(file.name))
    messages = dict.fromkeys(file.read_text(encoding="utf-8") for file in files)
    silent = [f"process {rank} ended with {name_code(codes[rank])}" for rank in sorted(codes)]
    return list(messages) or silent


def name_code(code: int) -> str:
    """Return an exit status in words; a negative one is a signal's number."""
    return f"status {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def make_config(arguments: argparse.Namespace, environment: Mapping[str, str]):
    """Return torchrun's settings: a rendezvous of its own on one node, the job's on several."""
    from torch.distributed.launcher.api import LaunchConfig

    endpoint, run = "localhost:0", str(os.getpid())
    if arguments.nodes > 1:
        endpoint = f"{environment['SLURM_LAUNCH_NODE_IPADDR']}:{arguments.port}"
        run = environment["SLURM_JOB_ID"]
    return LaunchConfig(
        min_nodes=arguments.nodes,
        max_nodes=arguments.nodes,
        nproc_per_node=arguments.devices,
        run_id=run,
        rdzv_backend="c10d",
        rdzv_endpoint=endpoint,
        max_restarts=0,
        signals_to_handle=HANDLED,
    )


def pass_on(number: int, frame: object) -> None:
    """Send a warning signal on to the training processes."""
    for child in psutil.Process().children():
        child.send_signal(number)


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("train.launch", __doc__)
    options.add_argument("--devices", type=positive, default=1, help="processes a node")
    options.add_argument("--nodes", type=positive, default=1)
    options.add_argument("--on-node", action="store_true", help="srun has started this one")
    options.add_argument("--port", type=positive, help="of the first node, where all nodes meet")
    options.add_argument("script", nargs="+", help="module and its options, after --")
    return options


if __name__ == "__main__":
    try:
        sys.exit(main(parser().parse_args()))
    except InputError as error:
        sys.exit(error_line(error))
