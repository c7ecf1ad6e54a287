"""What each process of a pool does first: it ends with the process that has started it."""

import os
import signal
from multiprocessing import parent_process
from multiprocessing.connection import wait
from threading import Thread


def begin_worker() -> None:
    """End this process when its parent ends, however that does, and leave Ctrl-C to the parent.

    A pool's process waits for work from a pipe that the pool's others hold open, too. After
    ``kill`` of the parent alone it would wait for ever, with its memory and the parent's streams.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=end_with_parent, daemon=True).start()


def end_with_parent() -> None:
    """Wait for the parent's end, and end this process at once."""
    parent = parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
