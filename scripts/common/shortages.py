"""What a machine may lack: room on a disk, memory; and how the system and libraries say so."""

import errno
import os
import shutil

FULL = (errno.ENOSPC, errno.EDQUOT)
FULL_DISK = os.strerror(errno.ENOSPC)
# What PyTorch's allocators of a CPU and of a GPU say, and the system where a library is loaded.
NO_MEMORY = (
    "not enough memory",
    "can't allocate memory",
    "cannot allocate memory",
    "out of memory",
    "failed to map segment from shared object",
)


def is_full(error: OSError) -> bool:
    """Tell whether an error says that a disk, or a person's part of it, is full."""
    if isinstance(error, shutil.Error):  # of several files: texts of their errors, and no number
        return any(f"[Errno {number}]" in str(error) for number in FULL)
    return error.errno in FULL


def is_short_of_memory(error: BaseException) -> bool:
    """Tell whether an error, or one that it was raised for, says that memory is short."""
    if isinstance(error, MemoryError) or getattr(error, "errno", None) == errno.ENOMEM:
        return True
    text = str(error).lower()
    if any(words in text for words in NO_MEMORY):
        return True
    cause = error.__cause__ or error.__context__
    return cause is not None and is_short_of_memory(cause)
