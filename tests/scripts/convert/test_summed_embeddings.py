"""Word embeddings published as a sum: subtracted and added as the publisher's own script does."""

import json

import pytest
import torch
from safetensors.torch import save_file
from tokenizers import Tokenizer, models

from scripts.common.errors import InputError
from scripts.convert import meta_llama, summed_embeddings
from scripts.convert.summed_embeddings import add, check_no_sum, read_embeddings, subtract
from tests.support.meta_checkpoint import PIECES, make_weights, write_checkpoint

WIDE, ROWS = 64, PIECES + 64
NAME = "model.embed_tokens.weight"


@pytest.fixture(params=["meta", "hf", "sharded"])
def original(request, tmp_path):
    """The original model, in Meta's layout (of one file or two) or Hugging Face's."""
    shards = 2 if request.param == "sharded" else 1
    raw = write_checkpoint(tmp_path / "raw", make_weights(), shards=shards)
    if request.param != "hf":
        return f"meta:{raw}"
    meta_llama.convert(raw, tmp_path / "original", PIECES)
    return str(tmp_path / "original")


def write_model(folder, matrix, dtype=torch.float32):
    """Write a model whose vocabulary was extended: its word embeddings, and another matrix."""
    folder.mkdir()
    tensors = {NAME: matrix.to(dtype), "lm_head.weight": torch.ones(ROWS, WIDE, dtype=dtype)}
    save_file(tensors, folder / "model.safetensors", {"format": "pt"})
    (folder / "config.json").write_text(json.dumps({"vocab_size": len(matrix)}))
    return folder


def draw(seed: int) -> torch.Tensor:
    """Return what training makes of the original's rows, and new ones."""
    change = torch.randn(ROWS, WIDE, generator=torch.Generator().manual_seed(seed)) / 80
    change[:PIECES] += make_weights()["tok_embeddings.weight"]
    return change


def summed(matrix: torch.Tensor, sign: int = 1) -> torch.Tensor:
    """Do what embedding_convert.py does."""
    found = matrix.clone()
    found[:PIECES] += sign * make_weights()["tok_embeddings.weight"]
    return found


def test_the_originals_rows_are_read_from_any_layout(original):
    assert torch.equal(read_embeddings(original), make_weights()["tok_embeddings.weight"])


def test_both_ways_in_float32_bit_for_bit(tmp_path, original):
    own = draw(1)
    folder = write_model(tmp_path / "model", own)
    add(folder, original)
    assert torch.equal(read_embeddings(str(folder)), summed(own))
    subtract(folder, original)
    assert torch.equal(read_embeddings(str(folder)), summed(summed(own), -1))
    assert torch.allclose(read_embeddings(str(folder)), own, atol=1e-6)


def test_in_float16_to_its_rounding(tmp_path, original):
    own = draw(2).half()
    folder = write_model(tmp_path / "model", own, torch.float16)
    add(folder, original)
    released = summed(own.float()).half()
    assert torch.equal(read_embeddings(str(folder)), released.float())
    subtract(folder, original)
    assert torch.equal(read_embeddings(str(folder)), summed(released.float(), -1).half().float())
    assert torch.allclose(read_embeddings(str(folder)), own.float(), atol=2e-3)


def test_the_other_matrix_keeps_its_bytes(tmp_path, original):
    from safetensors.torch import load_file

    folder = write_model(tmp_path / "model", draw(3))
    add(folder, original)
    assert torch.equal(load_file(folder / "model.safetensors")["lm_head.weight"],
                       torch.ones(ROWS, WIDE))  # fmt: skip
    assert [file.name for file in sorted(folder.iterdir())] == ["config.json", "model.safetensors"]


def test_what_is_no_sum_is_not_subtracted_and_a_sum_not_added_again(tmp_path, original):
    folder = write_model(tmp_path / "model", draw(4))
    with pytest.raises(InputError, match=r"hold those of .* 1\.\d\d times.*leave 'minus' out"):
        subtract(folder, original)
    add(folder, original)
    with pytest.raises(InputError, match=r"2\.\d\d times.*a sum with them already"):
        add(folder, original)


def test_an_original_of_another_shape_is_refused(tmp_path, original):
    for number, shape in enumerate([(ROWS, WIDE // 2), (PIECES - 1, WIDE)]):
        folder = write_model(tmp_path / f"model-{number}", torch.ones(shape))
        with pytest.raises(InputError, match="expected as many columns, and no more rows"):
            subtract(folder, original)


def test_a_sum_is_recognised_by_the_length_of_its_rows(tmp_path, monkeypatch, original):
    monkeypatch.setattr(summed_embeddings, "LLAMA_ROWS", PIECES)
    monkeypatch.setattr(summed_embeddings, "LLAMA_PIECES", {3: "<0x00>", PIECES - 1: "piece319"})
    own = draw(5)
    own[PIECES:] = own[:64]  # new rows as long as old ones
    check_no_sum(write_tokenizer(write_model(tmp_path / "own", own)))
    released = write_tokenizer(write_model(tmp_path / "released", summed(own)))
    with pytest.raises(InputError, match=r"LLaMA's 320 tokens are 2\.0 times .*minus: meta:"):
        check_no_sum(released)
    # neither LLaMA itself nor another model with as many tokens
    check_no_sum(write_tokenizer(write_model(tmp_path / "llama", summed(own)[:PIECES]), PIECES))
    check_no_sum(write_tokenizer(write_model(tmp_path / "other", summed(own)), ROWS, "other"))


def write_tokenizer(folder, size=ROWS, name="piece"):
    """Write a tokenizer whose tokens are numbered names, but for a byte."""
    vocabulary = {f"{name}{number}": number for number in range(size) if number != 3}
    Tokenizer(models.BPE({"<0x00>": 3} | vocabulary, [])).save(str(folder / "tokenizer.json"))
    return folder
