"""A GGUF file of somebody else's costs one line at once, whatever its header announces."""

import struct
import time

import pytest

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.convert.gguf_file import read_header
from scripts.convert.gguf_shape import gguf_shape

BYTE, WHOLE, STRING, ARRAY = 0, 4, 8, 9
GIANT = 2**64 - 1


def text(value: bytes) -> bytes:
    return struct.pack("<Q", len(value)) + value


def setting(name: bytes, kind: int, value: bytes) -> bytes:
    return text(name) + struct.pack("<I", kind) + value


def whole(name: bytes, value: int) -> bytes:
    return setting(name, WHOLE, struct.pack("<I", value))


def array(inner: int, count: int, content: bytes = b"") -> bytes:
    return struct.pack("<IQ", inner, count) + content


def tensor(name: bytes, shape: list[int], kind: int = 0, offset: int = 0) -> bytes:
    dimensions = struct.pack(f"<I{len(shape)}Q", len(shape), *shape)
    return text(name) + dimensions + struct.pack("<IQ", kind, offset)


def head(tensors: int, settings: int, *parts: bytes) -> bytes:
    return b"GGUF" + struct.pack("<IQQ", 3, tensors, settings) + b"".join(parts)


LLAMA = setting(b"general.architecture", STRING, text(b"llama"))


def shape(**changes: int) -> bytes:
    """Return a header of a small LLaMA's sizes, other ones in `changes`."""
    sizes = {"block_count": 2, "embedding_length": 8, "feed_forward_length": 16}
    sizes |= {"attention_head_count": 2, **changes}
    settings = [
        whole(f"llama.{name.replace('attention_', 'attention.')}".encode(), value)
        for name, value in sizes.items()
    ]
    embedding = tensor(b"token_embd.weight", [8, 16])
    return head(1, 1 + len(settings), LLAMA, *settings, embedding) + bytes(1000)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "cannot be read"),
        (b"GGUF", "it ends within its header"),
        (b"GGUF" + struct.pack("<I", 3), "it ends within its header"),
        (head(0, 1), "it ends within its header"),
        (head(0, GIANT), "18,446,744,073,709,551,615 settings, expected at most 1,000,000"),
        (head(GIANT, 0), "18,446,744,073,709,551,615 tensors, expected at most 1,000,000"),
        (head(0, 1, struct.pack("<Q", GIANT)), "it ends within its header"),
        (head(0, 1, struct.pack("<Q", 2**63), b"a"), "it ends within its header"),
        (head(0, 1, setting(b"a", 99, b"")), "a value of the kind 99, which the format does not"),
        (head(0, 1, setting(b"a", ARRAY, array(99, GIANT))), "a value of the kind 99"),
        (head(0, 1, setting(b"a", ARRAY, array(BYTE, GIANT))), "it ends within its header"),
        (head(0, 1, setting(b"a", ARRAY, array(STRING, GIANT))), "it ends within its header"),
        (head(0, 1, setting(b"a", ARRAY, array(ARRAY, GIANT))), "it ends within its header"),
        (
            head(0, 1, setting(b"a", ARRAY, array(ARRAY, 1) * 5000)),
            "more than 4 arrays inside each other",
        ),
        (head(1, 0, text(b"w") + struct.pack("<I", 2**32 - 1)), "4,294,967,295 dimensions of a"),
        (head(1, 0, tensor(b"w", [GIANT, GIANT])), "cut, it has .* and its tensors end at"),
        (head(1, 0, tensor(b"w", [1], offset=GIANT)), "cut, it has .* and its tensors end at"),
        (head(0, 1, whole(b"general.alignment", 0)), "general.alignment: found 0, expected a pos"),
        (head(0, 1, setting(b"general.alignment", STRING, text(b"x"))), "alignment: found 'x'"),
        (shape(block_count=10**9), "llama.block_count: found 1,000,000,000, expected at most 10,0"),
        (shape(embedding_length=2**31), "llama.embedding_length: found 2,147,483,648, expected at"),
    ],
)
def test_a_hostile_header_is_one_line_at_once(tmp_path, content, told):
    file = tmp_path / "model.gguf"
    file.write_bytes(content)
    began = time.monotonic()
    with pytest.raises(InputError, match=told) as error:
        read_header(file)
    assert str(error.value).startswith(str(file)) and "\n" not in str(error.value)
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("name", ["attention_head_count", "block_count", "embedding_length"])
def test_a_model_of_no_size_has_no_shape(tmp_path, name):
    file = tmp_path / "model.gguf"
    file.write_bytes(shape())
    assert gguf_shape(file).layers == 2
    other = tmp_path / "other.gguf"
    other.write_bytes(shape(**{name: 0}))
    with pytest.raises(InputError, match="found 0, expected a number from 1 on"):
        gguf_shape(other)


def test_the_limits_are_those_of_the_one_set(tmp_path, monkeypatch):
    file = tmp_path / "model.gguf"
    file.write_bytes(head(3, 0, *[tensor(b"w", [1])] * 3) + bytes(100))
    assert read_header(file)[1] == {"w": [1]}
    monkeypatch.setattr(limits, "GGUF_ENTRIES", 2)
    with pytest.raises(InputError, match="3 tensors, expected at most 2"):
        read_header(file)
