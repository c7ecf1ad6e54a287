"""Embedding rows for new tokens: means of the old rows, tied or not, the same each time."""

import shutil

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, LlamaConfig, LlamaForCausalLM

from scripts.common.errors import InputError
from scripts.common.files import read_json, sha256, write_json
from scripts.common.provenance import fingerprint, weights_digest
from scripts.tokenizer import extend_model
from scripts.tokenizer.extend_model import grow_embeddings, pad_rows
from tests.unit.grafting import chinese_lines, extend, load, write_base, write_texts

BASE_SIZE = 100
PARTS = [[1, 2, 3], [4], [99, 99, 5]]


def make_model(tied, rows=BASE_SIZE):
    torch.manual_seed(7)
    return LlamaForCausalLM(
        LlamaConfig(
            vocab_size=rows,
            hidden_size=32,
            intermediate_size=64,
            num_hidden_layers=1,
            num_attention_heads=2,
            num_key_value_heads=1,
            tie_word_embeddings=tied,
        )
    )


def matrices(model):
    return [model.get_input_embeddings().weight, model.get_output_embeddings().weight]


@pytest.mark.parametrize("tied", [True, False])
def test_new_rows_are_means_of_the_old(tied):
    model = make_model(tied)
    before = [matrix.detach().clone() for matrix in matrices(model)]
    rows = grow_embeddings(model, BASE_SIZE, PARTS)
    assert rows == 128 == model.config.vocab_size
    for old, new in zip(before, matrices(model), strict=True):
        assert new.shape == (128, 32)
        assert torch.equal(new[:BASE_SIZE], old)
        for row, ids in enumerate(PARTS, start=BASE_SIZE):
            torch.testing.assert_close(new[row], old[ids].mean(dim=0))
        torch.testing.assert_close(new[103:], old.mean(dim=0).expand(25, 32))


@pytest.mark.parametrize("tied", [True, False])
def test_tied_stays_tied_and_untied_untied(tied):
    model = make_model(tied)
    grow_embeddings(model, BASE_SIZE, PARTS)
    first, second = matrices(model)
    assert (first.data_ptr() == second.data_ptr()) is tied
    assert model.config.tie_word_embeddings is tied


@pytest.mark.parametrize("tied", [True, False])
def test_old_tokens_are_scored_as_before(tied):
    model, ids = make_model(tied).eval(), torch.tensor([[1, 5, 7, 99]])
    with torch.no_grad():
        before = model(ids).logits
        grow_embeddings(model, BASE_SIZE, PARTS)
        torch.testing.assert_close(model(ids).logits[..., :BASE_SIZE], before)


def test_padding_rows_of_the_base_are_used_and_not_taken_away():
    model = make_model(tied=True, rows=256)
    old = matrices(model)[0].detach().clone()
    assert grow_embeddings(model, BASE_SIZE, PARTS) == 256
    torch.testing.assert_close(matrices(model)[0][100], old[[1, 2, 3]].mean(dim=0))


def test_a_model_with_fewer_rows_than_tokens_is_refused():
    with pytest.raises(InputError, match="64 embedding rows; expected at least the 100 tokens"):
        grow_embeddings(make_model(tied=True, rows=64), BASE_SIZE, PARTS)


def test_rows_are_padded_to_64():
    assert [pad_rows(size) for size in (1, 64, 65, 52152)] == [64, 64, 128, 52160]


def run(base, tokenizer, output):
    command = ["--base", base, "--tokenizer", tokenizer, "--output", output]
    extend_model.main(extend_model.parser().parse_args([str(item) for item in command]))
    return output


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    """A base model, its extended tokenizer and the grown model."""
    folder = tmp_path_factory.mktemp("models")
    base = write_base(folder / "base")
    make_model(tied=True, rows=pad_rows(load(base).get_vocab_size())).save_pretrained(base)
    texts = {"zh": [write_texts(folder / "text_zh.parquet", chinese_lines())]}
    tokenizer = extend(base, folder / "tokenizer", {"zh": 50}, texts)
    return base, tokenizer, run(base, tokenizer, folder / "grafted")


def test_the_folder_loads_and_fits_its_tokenizer(folders):
    base, tokenizer, grown = folders
    model = AutoModelForCausalLM.from_pretrained(grown)
    rows = matrices(model)[0].shape[0]
    extension = read_json(tokenizer / "extension.json")
    assert len(AutoTokenizer.from_pretrained(grown)) == extension["size"] <= rows
    assert rows % 64 == 0
    assert model.dtype == torch.float32
    old = matrices(AutoModelForCausalLM.from_pretrained(base))[0]
    for token in extension["tokens"]:
        expected = old[token["parts"]].mean(dim=0)
        torch.testing.assert_close(matrices(model)[0][token["id"]], expected)
    stage = read_json(grown / "stage.json")
    assert stage == {
        "model": "grafted",
        "parent": "base",
        "extend": {"zh": 50},
        "vocabulary": extension["size"],
        "rows": rows,
        "parent_fingerprint": fingerprint(read_json(base / "stage.json")),
        "tokenizer_sha256": sha256(tokenizer / "tokenizer.json"),
        "weights": weights_digest(grown),
    }
    assert read_json(grown.with_name("grafted.meta.json"))["settings"]["base"] == str(base)


def test_two_runs_give_the_same_bytes(folders, tmp_path):
    base, tokenizer, grown = folders
    assert sha256(run(base, tokenizer, tmp_path / "grafted")) == sha256(grown)


def test_another_base_shows_in_the_stage_that_descendants_depend_on(folders, tmp_path):
    base, tokenizer, grown = folders
    other = shutil.copytree(base, tmp_path / "base")
    write_json(other / "stage.json", {"model": "base", "parent": None, "source": "another"})
    stages = [
        read_json(path / "stage.json")
        for path in (grown, run(other, tokenizer, tmp_path / "grafted"))
    ]
    assert fingerprint(stages[0]) != fingerprint(stages[1])


def test_a_tokenizer_that_was_not_extended_is_refused(folders, tmp_path):
    base = folders[0]
    with pytest.raises(InputError, match=r"no extension\.json"):
        run(base, base, tmp_path / "grafted")
