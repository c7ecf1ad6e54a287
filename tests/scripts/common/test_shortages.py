"""What says that memory or a disk does not suffice, and what does not."""

import errno
import shutil

import pytest

from scripts.common.shortages import is_full, is_short_of_memory


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (MemoryError(), True),
        (OSError(errno.ENOMEM, "Cannot allocate memory"), True),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried …"), True),
        (RuntimeError("CUDA out of memory. Tried to allocate 2.00 GiB"), True),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), True),
        (RuntimeError("mat1 and mat2 shapes cannot be multiplied"), False),
        (OSError(errno.ENOSPC, "No space left on device"), False),
    ],
)
def test_an_error_says_whether_memory_is_short(error, expected):
    assert is_short_of_memory(error) is expected


def test_a_library_may_raise_another_error_for_it():
    try:
        try:
            raise MemoryError
        except MemoryError as cause:
            raise RuntimeError("the model cannot be loaded") from cause
    except RuntimeError as error:
        assert is_short_of_memory(error)


def test_a_full_disk_is_told_by_a_number_or_by_texts_of_several_files():
    assert is_full(OSError(errno.EDQUOT, "Disk quota exceeded"))
    told = [("a", "b", f"[Errno {errno.ENOSPC}] No space left on device: 'b'")]
    assert is_full(shutil.Error(told))
    assert not is_full(shutil.Error([("a", "b", "[Errno 2] No such file or directory: 'a'")]))
    assert not is_full(OSError(errno.EACCES, "Permission denied"))
