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


@pytest.mark.parametrize(
    "header", [b"[]", b'{"a": 1}', b'{"a": {}}', b'{"a": {"data_offsets": 1}}']
)
def test_a_header_of_another_form_is_one_line(tmp_path, header):
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(header).to_bytes(8, "little") + header)
    if header.endswith(b"1}}"):  # a single entry has an order whatever it says
        assert list(read_header(path)[0]) == ["a"]
        return
    with pytest.raises(InputError, match="its header cannot be read"):
        read_header(path)


def test_a_header_that_nests_too_deeply_is_refused(tmp_path):
    path = tmp_path / "model.safetensors"
    path.write_bytes((200_000).to_bytes(8, "little") + b"[" * 100_000 + b"]" * 100_000)
    with pytest.raises(InputError, match="its header cannot be read"):
        read_header(path)
