"""What a file of weights announces is compared with a limit before it is read."""

import pytest

from scripts.common.errors import InputError
from scripts.common.limits import HEADER_BYTES
from scripts.tokenizer.weight_files import read_header


@pytest.mark.parametrize("length", [HEADER_BYTES + 1, 2**40, 2**64 - 1])
def test_a_header_of_a_giant_length_is_refused(tmp_path, length):
    path = tmp_path / "model.safetensors"
    path.write_bytes(length.to_bytes(8, "little") + b"{}")
    with pytest.raises(InputError, match=f"a header of {length:,} bytes"):
        read_header(path)


def test_a_header_that_nests_too_deeply_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes((200_000).to_bytes(8, "little") + b"[" * 100_000 + b"]" * 100_000)
    with pytest.raises(InputError, match="its header cannot be read"):
        read_header(path)
