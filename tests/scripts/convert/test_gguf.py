"""A GGUF file of another architecture than LLaMA is imported exactly, or refused in one line."""

import json

import numpy as np
import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer, Gemma3TextConfig, NemotronConfig

from scripts.common.errors import InputError
from scripts.convert.gguf_check import check_settings
from scripts.convert.gguf_file import read_header
from scripts.convert.gguf_shape import gguf_shape, header_shape
from scripts.convert.import_model import import_gguf
from scripts.convert.model_shape import config_shape, count_weights
from tests.support.gguf_model import write_gguf
from tests.support.tiny_model import SENTENCES


@pytest.fixture(scope="module")
def imported(tmp_path_factory):
    """The file, the folder that is made of it, and the model and tokenizer that it holds."""
    folder = tmp_path_factory.mktemp("gguf")
    file = folder / "tiny.gguf"
    model, tokenizer = write_gguf(file)
    source = import_gguf(file, None, folder / "base")
    assert source["file"] == "tiny.gguf" and len(source["sha256"]) == 64
    return file, folder / "base", model, tokenizer


def test_the_model_answers_as_the_one_in_the_file(imported):
    _, folder, model, tokenizer = imported
    found = AutoModelForCausalLM.from_pretrained(folder).eval()
    ids = torch.tensor([tokenizer(SENTENCES[1]).input_ids])
    with torch.inference_mode():
        assert torch.equal(found(ids).logits, model(ids).logits)


def test_the_tokenizer_has_the_same_ids(imported):
    _, folder, _, tokenizer = imported
    found = AutoTokenizer.from_pretrained(folder)
    for text in [*SENTENCES, "<|im_start|>user\n123 45<|im_end|>\n", "  two  spaces"]:
        assert found(text).input_ids == tokenizer(text).input_ids
    assert found.eos_token == tokenizer.eos_token


def test_the_header_tells_the_shape(imported):
    file, folder, model, _ = imported
    shape = gguf_shape(file)
    assert shape == config_shape(folder / "config.json")
    weights = sum(weight.numel() for weight in model.parameters())
    norms = 2 * model.config.num_hidden_layers * model.config.head_dim  # of queries and keys
    assert count_weights(shape).total == weights - norms


def test_a_tied_or_ungated_model_is_told_by_its_tensors(imported):
    settings, tensors = read_header(imported[0])
    assert not header_shape(settings, tensors).tied and header_shape(settings, tensors).gated
    fewer = {n: s for n, s in tensors.items() if n != "output.weight" and "ffn_gate" not in n}
    assert header_shape(settings, fewer).tied and not header_shape(settings, fewer).gated


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"rope.scaling.type": "yarn"}, "qwen3.rope.scaling.type is yarn, and transformers "),
        ({"final_logit_softcapping": 30.0}, "final_logit_softcapping is 30.0, and .* passes it ov"),
        ({"rope_freqs.weight": np.ones(64, "f")}, "does not read rope_freqs.weight"),
        ({"blk.0.extra.weight": np.ones(7, "f")}, "numbers, and transformers makes a model of "),
    ],
)
def test_what_transformers_passes_over_is_refused(tmp_path, settings, line):
    write_gguf(tmp_path / "tiny.gguf", **settings)
    with pytest.raises(InputError, match=line) as error:
        import_gguf(tmp_path / "tiny.gguf", None, tmp_path / "base")
    assert "\n" not in str(error.value)
    assert not (tmp_path / "base").exists()


def test_how_gemmas_attention_is_scaled_must_be_told(tmp_path):
    settings = {"general.architecture": "gemma3", "gemma3.attention.key_length": 128}
    with pytest.raises(InputError, match="does not tell how the attention of gemma3 with heads of"):
        check_settings(tmp_path, settings, Gemma3TextConfig(head_dim=128))
    settings["gemma3.attention.key_length"] = 256
    check_settings(tmp_path, settings, Gemma3TextConfig(head_dim=256))


def test_a_setting_has_several_names_in_configs(tmp_path):
    settings = {"general.architecture": "nemotron"}
    settings["nemotron.attention.layer_norm_rms_epsilon"] = float(np.float32(1e-5))
    check_settings(tmp_path, settings, NemotronConfig(norm_eps=1e-5))
    with pytest.raises(InputError, match=r"is 9.99.*e-06, and transformers makes it 0.001"):
        check_settings(tmp_path, settings, NemotronConfig(norm_eps=1e-3))


@pytest.mark.parametrize("kept", [0, 3, 40, 9_000, 200_000])
def test_a_cut_file_is_refused(imported, tmp_path, kept):
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(imported[0].read_bytes()[:kept])
    with pytest.raises(InputError, match=r"cut\.gguf") as error:
        import_gguf(cut, None, tmp_path / "base")
    assert "\n" not in str(error.value)


def test_the_header_tells_that_the_last_byte_is_missing(imported, tmp_path):
    whole, file = imported[0].read_bytes(), tmp_path / "cut.gguf"
    file.write_bytes(whole)
    gguf_shape(file)
    gguf_shape.cache_clear()
    file.write_bytes(whole[:-1])
    line = rf"cut\.gguf: cut, it has {len(whole) - 1} bytes and its tensors end at {len(whole)}$"
    with pytest.raises(InputError, match=line):
        gguf_shape(file)


def test_a_version_that_is_not_read_is_refused(imported, tmp_path):
    file = tmp_path / "new.gguf"
    file.write_bytes(b"GGUF" + (99).to_bytes(4, "little") + imported[0].read_bytes()[8:])
    with pytest.raises(InputError, match="is GGUF of version 99, expected 2 or 3"):
        gguf_shape(file)


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "x.gguf").write_text(json.dumps({}) * 99)
    with pytest.raises(InputError, match="found no GGUF header, expected a model in GGUF"):
        gguf_shape(tmp_path / "x.gguf")
