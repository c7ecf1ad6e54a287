"""What only the loaded model or tokenizer tells is refused in one line, too."""

import json
import shutil

import pytest
import torch

from scripts.common.errors import InputError
from scripts.convert.load_base import load_base
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


@pytest.mark.parametrize(
    ("damage", "line"),
    [
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
        (leave_a_gap, "its tokenizer's ids have gaps: no token is"),
    ],
)
def test_a_folder_that_is_not_whole_is_refused(folder, damage, line):
    load_base(folder)
    damage(folder)
    with pytest.raises(InputError, match=line) as error:
        load_base(folder)
    assert "\n" not in str(error.value) and str(folder) in str(error.value)
