"""Start a workflow's scripts as forks of a process that has their libraries loaded.

Two thirds of a tiny study's time are interpreters importing torch. `forking_environment` gives a
Snakemake run variables with which the shells of its jobs hand ``python -m scripts.…`` to this
server: everything but the interpreter's start stays as it is: options, signals, exit status. A
job that is killed takes its fork, and what that has started, with it.
"""

import atexit
import functools
import importlib
import json
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path

from scripts.common.files import ROOT
from scripts.environments.variables import prepare

CLIENT = ROOT / "tests/support/fork_client.py"
SHELL = ROOT / "tests/support/fork_python.sh"
LOADED = (
    "deepspeed",
    "gensim.models",
    "jinja2",
    "pandas",
    "plotly.graph_objects",
    "pyarrow.parquet",
    "sacrebleu",
    "scripts.train.stage",
    "transformers.models.auto.modeling_auto",
    "transformers.models.llama.modeling_llama",
    "transformers.generation",
)


@functools.cache
def forking_environment() -> dict[str, str]:
    """Start a server that ends with this process; return the variables of shells that use it."""
    path = Path(tempfile.mkdtemp(prefix="forks-")) / "socket"
    command = [sys.executable, "-m", "tests.support.fork_server", str(path)]
    variables = os.environ | {"OMP_NUM_THREADS": "1"}
    server = subprocess.Popen(
        command, cwd=ROOT, env=variables, stdout=subprocess.PIPE, start_new_session=True
    )
    atexit.register(server.kill)
    assert server.stdout and server.stdout.readline() == b"ready\n"
    return {
        "BASH_ENV": str(SHELL),
        "FORK_PYTHON": sys.executable,
        "FORK_CLIENT": str(CLIENT),
        "FORK_SOCKET": str(path),
    }


def serve(path: str) -> list[str]:
    """Fork once a connection; return, in each fork, the arguments of the script it is to be."""
    listener = socket.socket(socket.AF_UNIX)
    listener.bind(path)
    listener.listen(64)
    print("ready", flush=True)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the watchers below
    while True:
        connection, _ = listener.accept()
        if os.fork() == 0:
            listener.close()
            return watch(connection)
        connection.close()


def watch(connection: socket.socket) -> list[str]:
    """Fork the job and tell the client its exit status; return in the job alone."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    message, streams, _, _ = socket.recv_fds(connection, 1 << 16, 3)
    while not message.endswith(b"\n"):
        message += connection.recv(1 << 16)
    job = json.loads(message)
    child = os.fork()
    if child:
        status = pass_signals(connection, child)
        with suppress(BrokenPipeError):  # nobody waits for a job that was killed
            connection.sendall(str(status if status >= 0 else 128 - status).encode())
        os._exit(0)
    os.setpgid(0, 0)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # the tests' own may be to ignore it
    connection.close()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.chdir(job["folder"])
    os.environ.clear()
    os.environ.update(job["variables"])
    return job["arguments"]


def pass_signals(connection: socket.socket, child: int) -> int:
    """Pass the client's signals to the job until it has ended; return its exit status."""
    end = os.pidfd_open(child)
    while end not in select.select([end, connection], [], [])[0]:
        signals = connection.recv(16)
        with suppress(ProcessLookupError):
            for number in signals:
                os.kill(child, number)
            if not signals:  # the client was killed, which the job and its processes would be too
                os.killpg(child, signal.SIGKILL)
                break
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def main() -> None:
    """Load the libraries, serve, and be the script that a client asks for."""
    prepare(ROOT)
    for name in LOADED:
        importlib.import_module(name)
    module, *options = serve(sys.argv[1])
    sys.argv = [module, *options]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
