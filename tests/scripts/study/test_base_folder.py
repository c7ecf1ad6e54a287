"""A model's folder that is not whole costs a line, by what its headers tell."""

import shutil

import pytest

from scripts.common.errors import InputError
from scripts.study.base_folder import check_whole
from scripts.study.base_model import check_hugging_face
from tests.support.published_models import POINTER, change_json, change_weights, split_weights

CONFIG = "config.json"
INDEX = "model.safetensors.index.json"


@pytest.fixture
def folder(tiny_model, tmp_path):
    return shutil.copytree(tiny_model, tmp_path / "model")


def test_whole_folders_pass(folder):
    check_hugging_face(folder)
    split_weights(folder)
    check_hugging_face(folder)


def cut(path):
    path.write_bytes(path.read_bytes()[:-1000])


def damage_pointer(folder):
    (folder / "model.safetensors").write_text(POINTER)


def damage_mark(folder):
    path = folder / CONFIG
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes())


def damage_shard(folder):
    split_weights(folder)
    (folder / "b.safetensors").unlink()


def damage_index(folder):
    split_weights(folder)
    shutil.copy(folder / "a.safetensors", folder / "b.safetensors")


def damage_pickle(folder):
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def damage_layer(folder):
    def drop(tensors):
        for name in [name for name in tensors if ".layers.1." in name]:
            del tensors[name]

    change_weights(folder, drop)


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (damage_pointer, "model.safetensors is a pointer of Git LFS, not the file: run `git lfs"),
        (damage_mark, "config.json begins with a byte-order mark"),
        (damage_shard, f"found no b.safetensors in .* which {INDEX} names"),
        (damage_index, f"b.safetensors lacks .* which {INDEX} says is in it"),
        (damage_pickle, "found no weights in .*pytorch_model.bin, a pickle, which is never read"),
        (damage_layer, "the weights in .* lack layer 1, config.json asks for 2 layers"),
        (lambda f: cut(f / "model.safetensors"), "model.safetensors: cannot be read"),
        (lambda f: (f / "model.safetensors").unlink(), "found no weights in .*none"),
        (lambda f: change_json(f / CONFIG, vocab_size=7), r"vocab_size is 7, but .* has \d+ rows"),
        (
            lambda f: change_json(f / CONFIG, quantization_config={"quant_method": "gptq"}),
            r"quantized \(gptq\), expected the model",
        ),
        (
            lambda f: change_weights(f, lambda tensors: tensors.pop("lm_head.weight", None))
            or change_json(f / CONFIG, tie_word_embeddings=False),
            "found no lm_head.weight in .* which config.json asks for",
        ),
    ],
)  # fmt: skip
def test_a_damaged_one_is_named(folder, damage, line):
    damage(folder)
    with pytest.raises(InputError, match=line) as error:
        check_whole(folder)
    assert "\n" not in str(error.value) and str(folder) in str(error.value)


def test_an_adapter_names_its_base(folder):
    (folder / CONFIG).unlink()
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "org/base"}')
    with pytest.raises(InputError, match="is a LoRA adapter: merge it into org/base, or name that"):
        check_hugging_face(folder)
