"""What only the loaded model or tokenizer tells is refused in one line, too."""

import json
import pickle
import shutil
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, AutoModelForImageTextToText

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.convert.import_model import import_folder
from scripts.convert.load_base import load_base
from tests.support.architectures import make_config
from tests.support.published_models import change_json, change_weights


@pytest.fixture
def folder(tiny_model, tmp_path):
    return shutil.copytree(tiny_model, tmp_path / "model")


def spoil(tensors):
    tensors["model.norm.weight"][3] = float("nan")


def leave_a_gap(folder):
    path = folder / "tokenizer.json"
    spec = json.loads(path.read_text(encoding="utf-8"))
    vocab, merges = spec["model"]["vocab"], spec["model"]["merges"]
    used = {piece for merge in merges for piece in merge}
    newest = max(vocab, key=vocab.get)
    gone = next(p for p in map("".join, merges) if p not in used and p != newest)
    del vocab[gone]
    spec["model"]["merges"] = [merge for merge in merges if "".join(merge) != gone]
    path.write_text(json.dumps(spec, ensure_ascii=False), encoding="utf-8")


def untie(tensors):
    tensors["lm_head.weight"] = tensors["model.embed_tokens.weight"] + 1


def shorten(folder):
    def cut(tensors):
        tensors["model.embed_tokens.weight"] = tensors["model.embed_tokens.weight"][:256].clone()

    change_weights(folder, cut)
    change_json(folder / "config.json", vocab_size=256)


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (
            lambda f: change_json(f / "config.json", intermediate_size=96),
            r"down_proj\.weight has the shape \(64, 160\), but config\.json asks for \(64, 96\)",
        ),
        (lambda f: change_weights(f, untie), "tie_word_embeddings: false, or take it out of the"),
        (shorten, r"its tokenizer has \d+ tokens, the embedding matrix 256 rows"),
        (
            lambda f: (f / "tokenizer_config.json").unlink(),
            r"no eos_token, .* \(tokenizer_config.json is missing\)",
        ),
        (
            lambda f: change_json(f / "config.json", model_type=["llama"]),
            r"transformers has no architecture \['llama'\]",
        ),
        (
            lambda f: change_json(f / "config.json", hidden_act="nonsense"),
            r"cannot be read \(KeyError: 'nonsense'\)",
        ),
        (
            lambda f: change_weights(f, spoil),
            "model.norm.weight holds a number that is infinite or none",
        ),
        (
            lambda f: change_weights(f, lambda t: t.update({"model.extra.weight": torch.ones(3)})),
            "the weights hold model.extra.weight, which config.json knows nothing of",
        ),
        (
            lambda f: change_weights(f, lambda t: t.pop("model.layers.1.mlp.up_proj.weight")),
            "the weights lack model.layers.1.mlp.up_proj.weight",
        ),
        (
            lambda f: change_json(f / "config.json", model_type="own", auto_map={"A": "c.C"}),
            "transformers has no architecture 'own', whose code lies in the folder",
        ),
        (
            lambda f: change_json(f / "config.json", model_type="unknown"),
            "transformers has no architecture 'unknown'$",
        ),
        (
            lambda f: change_json(f / "tokenizer_config.json", eos_token=None),
            "its tokenizer has no eos_token",
        ),
        (
            lambda f: change_json(f / "tokenizer_config.json", eos_token="<|nowhere|>"),
            r"its eos_token '<\|nowhere\|>' is none of tokenizer.json's tokens",
        ),
        (
            lambda f: change_json(f / "config.json", eos_token_id=[2, 90000]),
            "config.json's eos_token_id is 90000, the tokenizer has",
        ),
        (leave_a_gap, "its tokenizer's ids have gaps: no token is"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused(folder, damage, line):
    load_base(folder)
    damage(folder)
    with pytest.raises(InputError, match=line) as error:
        load_base(folder)
    assert "\n" not in str(error.value) and str(folder) in str(error.value)


@pytest.mark.parametrize("name", ["gemma3-vision", "llama-4-vision"])
@pytest.mark.parametrize("older", [False, True])
def test_of_a_model_of_text_and_images_the_text_part_is_taken(tiny_model, tmp_path, name, older):
    config = make_config(name)
    config.get_text_config().vocab_size = 640  # the tokenizer's pieces, padded
    torch.manual_seed(1)
    whole = AutoModelForImageTextToText.from_config(config).eval()
    folder = tmp_path / "whole"
    whole.save_pretrained(folder)
    for file in tiny_model.glob("*token*"):
        shutil.copyfile(file, folder / file.name)
    if older:  # as transformers 4 wrote it
        change_weights(folder, rename)
    text, _ = load_base(folder)
    text.save_pretrained(tmp_path / "text")
    again = AutoModelForCausalLM.from_pretrained(tmp_path / "text").eval()
    assert again.config.model_type == config.get_text_config().model_type
    ids = torch.tensor([[5, 6, 7, 8, 9] * 8])
    with torch.no_grad():
        expected = whole(input_ids=ids).logits
        torch.testing.assert_close(again(input_ids=ids).logits, expected)
    stored = load_file(tmp_path / "text/model.safetensors")
    assert not [key for key in stored if "vision" in key or "language_model" in key]


def rename(tensors):
    for key in list(tensors):
        old = key.replace("model.language_model.", "language_model.model.")
        old = old.replace("lm_head.", "language_model.lm_head.") if key == "lm_head.weight" else old
        tensors[old.removeprefix("model.") if "vision" in key else old] = tensors.pop(key)


def test_code_of_the_folder_is_neither_run_nor_named_by_the_import(tiny_model, tmp_path):
    """Weights as a pickle, which would run code too, may lie beside those that are read."""
    folder, ran = shutil.copytree(tiny_model, tmp_path / "model"), tmp_path / "ran"
    (folder / "evil.py").write_text(f"open({str(ran)!r}, 'w')\nclass Evil: pass\n")
    (folder / "pytorch_model.bin").write_bytes(pickle.dumps(Touch(ran)))
    code = {"AutoConfig": "evil.Evil", "AutoModelForCausalLM": "evil.Evil"}
    change_json(folder / "config.json", auto_map=code)
    change_json(folder / "tokenizer_config.json", auto_map={"AutoTokenizer": ["evil.Evil", None]})
    import_folder(folder, tmp_path / "base")
    assert not ran.exists()
    for name in ("config.json", "tokenizer_config.json"):
        assert "auto_map" not in read_json(tmp_path / "base" / name)
    change_json(folder / "config.json", model_type="evil")
    with pytest.raises(InputError, match="'evil', whose code lies in the folder and is never run"):
        import_folder(folder, tmp_path / "other")
    assert not ran.exists()


class Touch:
    """What makes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return Path.touch, (self.path,)
