"""Memory of large tensors on a CPU, kept by the process from one step to the next."""

import ctypes
import sys

# mallopt(3) of the GNU C library.
M_TRIM_THRESHOLD, M_MMAP_MAX = -1, -4
MOST = 2**31 - 1


def keep_memory() -> None:
    """Let freed tensors' memory be used again instead of being handed back to the kernel.

    By default each large tensor is mapped again, and the kernel clears page after page as they are
    first touched: a quarter of a training step on two cores. The process holds somewhat more
    memory. With another C library nothing changes.
    """
    if sys.platform == "linux":
        tune = getattr(ctypes.CDLL(None), "mallopt", lambda *_: 0)
        tune(M_MMAP_MAX, 0)
        tune(M_TRIM_THRESHOLD, MOST)
