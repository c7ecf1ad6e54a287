"""Processes that share a model's benchmarks: each answers its part of every one, on its own GPU.

The process that starts the others is number 0 of them. It names the benchmark that all answer,
waits for their parts and writes the predictions. One that fails or is killed ends it with one line;
when it ends, however it does, so do they, for the pipe to each of them closes.
"""

import argparse
import os
import signal
from collections.abc import Callable, MutableMapping
from multiprocessing import get_context
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import SimpleQueue
from threading import RLock, Thread

from tqdm import tqdm

from scripts.common.command import log, set_up_logging
from scripts.common.errors import InputError
from scripts.infer.share import Share, ShareDone

DONE = "done"
# Answers one benchmark; raises `ShareDone` where the process is not the first.
Answers = Callable[[argparse.Namespace], None]
# Returns what answers, with a model that is loaded once.
Prepare = Callable[[], Answers]


class Team:
    """Process 0 and the others that share its benchmarks, all of which answer what it names.

    Args:
        count: of processes.
        gpus: this machine's; 0: they share its CPU threads.
        prepare: returns what answers; a function of a module, for the others import it.
        log_file: to which all write.

    Raises:
        InputError: if there are GPUs, but fewer than `count`.
    """

    def __init__(self, count: int, gpus: int, prepare: Prepare, log_file: Path | None) -> None:
        if 0 < gpus < count:
            raise InputError(f"run.infer_devices: {count}, found {gpus} GPUs")
        self.count = count
        context = get_context("spawn")
        self.others: list[tuple[BaseProcess, Connection]] = []
        for number in range(1, count):
            here, there = context.Pipe()
            others = (number, count, gpus, prepare, log_file, there)
            process = context.Process(target=answer_share, args=others)
            process.start()
            there.close()
            self.others.append((process, here))
        claim_device(0, count, gpus)

    def share(self, arguments: argparse.Namespace) -> argparse.Namespace:
        """Have all answer a benchmark; return the options with which this process does so."""
        for number, (_, connection) in enumerate(self.others, 1):
            try:
                connection.send(with_share(arguments, Share(number, self.count)))
            except OSError:
                self.check()
                raise
        return with_share(arguments, Share(0, self.count, self.check, self.wait))

    def check(self) -> None:
        """Raise `InputError` if one of the others has ended."""
        for number, (process, _) in enumerate(self.others, 1):
            if process.exitcode is not None:
                self.receive(number)

    def wait(self) -> None:
        """Return once the others have answered what they were asked last."""
        for number in range(1, self.count):
            self.receive(number)

    def receive(self, number: int) -> None:
        """Wait until process `number` has answered; raise `InputError` if it failed."""
        process, connection = self.others[number - 1]
        name = f"process {number + 1} of {self.count}"
        try:
            message = connection.recv()
        except (EOFError, OSError):
            process.join()
            raise InputError(
                f"{name} that answer was killed (status {process.exitcode}); what was answered is "
                "kept: start again"
            ) from None
        if message != DONE:
            raise InputError(f"{name} that answer: {message}")

    def close(self) -> None:
        """Let the others end."""
        for process, connection in self.others:
            connection.close()
            process.join()


def answer_share(
    number: int,
    count: int,
    gpus: int,
    prepare: Prepare,
    log_file: Path | None,
    connection: Connection,
) -> None:
    """Answer this process's part of each benchmark that the pipe names, until the pipe closes."""
    claim_device(number, count, gpus)
    # Ctrl-C reaches all processes of a terminal; the first one's end is this one's.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # tqdm's own lock is a semaphore, of which Python would tell when the process is killed.
    tqdm.set_lock(RLock())
    set_up_logging(log_file, append=True)
    asked: SimpleQueue[argparse.Namespace] = SimpleQueue()
    Thread(target=listen, args=(connection, asked), daemon=True).start()
    try:
        answer = prepare()
        while True:
            try:
                answer(asked.get())
            except ShareDone:
                connection.send(DONE)
    except Exception as error:
        log.exception("process %d of %d failed", number + 1, count)
        kind = "" if isinstance(error, InputError) else f"{type(error).__name__}: "
        connection.send(kind + " ".join(str(error).split()))


def listen(connection: Connection, asked: SimpleQueue[argparse.Namespace]) -> None:
    """Pass on what the pipe says; end the process when it closes, whatever it is doing.

    A line that is being written to a journal then is torn, and its batch answered again.
    """
    try:
        while True:
            asked.put(connection.recv())
    except (EOFError, OSError):
        os._exit(0)


def with_share(arguments: argparse.Namespace, share: Share) -> argparse.Namespace:
    """Return options with the part that is to be answered."""
    return argparse.Namespace(**{**vars(arguments), "share": share})


def claim_device(
    number: int, count: int, gpus: int, environment: MutableMapping[str, str] = os.environ
) -> None:
    """Let this process see its own GPU alone, or its share of the CPU's threads.

    Before torch is loaded, which looks at neither again.
    """
    if gpus:
        visible = environment.get("CUDA_VISIBLE_DEVICES", "")
        named = [name.strip() for name in visible.split(",") if name.strip()]
        environment["CUDA_VISIBLE_DEVICES"] = (named or list(map(str, range(gpus))))[number]
    elif "OMP_NUM_THREADS" in environment:
        environment["OMP_NUM_THREADS"] = str(max(1, int(environment["OMP_NUM_THREADS"]) // count))
