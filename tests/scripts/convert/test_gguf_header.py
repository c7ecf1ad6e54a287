"""A GGUF header is parsed once while a model is imported, and again afterwards."""

import gguf
import pytest

from scripts.convert.gguf_header import parsed_once


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "model.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(8)
    for write in ("header_to_file", "kv_data_to_file", "tensors_to_file"):
        getattr(writer, f"write_{write}")()
    writer.close()
    return path


def test_a_file_is_parsed_once(file):
    reader = gguf.GGUFReader
    with parsed_once():
        first = gguf.GGUFReader(str(file))
        assert gguf.GGUFReader(str(file)) is first
        assert int(first.fields["llama.context_length"].contents()) == 8
    assert gguf.GGUFReader is reader


def test_nothing_is_kept_after_a_failure(file):
    own = gguf.GGUFReader, gguf.get_tensor_name_map
    with pytest.raises(ZeroDivisionError), parsed_once():
        raise ZeroDivisionError
    assert (gguf.GGUFReader, gguf.get_tensor_name_map) == own
