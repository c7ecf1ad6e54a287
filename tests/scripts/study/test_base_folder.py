"""A model's folder that is not whole costs a line, by what its headers tell."""

import json
import shutil

import pytest
from transformers import AutoModelForCausalLM

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.study.base_folder import check_whole, weight_files
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


def damage_mark(folder, name=CONFIG):
    path = folder / name
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


def damage_name(folder):
    (folder / "model.safetensors").rename(folder / "weights.safetensors")


def damage_map(folder):
    split_weights(folder)
    (folder / INDEX).write_text('{"weight_map": {}}')


def damage_type(folder):
    def truncate(tensors):
        tensors["model.norm.weight"] = tensors["model.norm.weight"].char()

    change_weights(folder, truncate)


def add_adapter(folder):
    """transformers would load an adapter in the place of the model's own weights."""
    (folder / "adapter_config.json").write_text('{"base_model_name_or_path": "org/base"}')


def leave_adapter(folder):
    add_adapter(folder)
    (folder / "model.safetensors").rename(folder / "adapter_model.safetensors")


def damage_settings(folder):
    (folder / "generation_config.json").write_text('{"eos_token_id": ')


def lead_outside(folder, name):
    split_weights(folder)
    index = read_json(folder / INDEX)
    index["weight_map"] = dict.fromkeys(index["weight_map"], name)
    (folder / INDEX).write_text(json.dumps(index))


def swell(path):
    """Make a file a terabyte long, of no bytes on the disk."""
    with path.open("wb") as stream:
        stream.truncate(1 << 40)


def announce(path, header):
    """Write weights of a header alone."""
    text = json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + bytes(16))


def weights(first, last, shape=(2, 2)):
    return {"dtype": "F32", "shape": list(shape), "data_offsets": [first, last]}


@pytest.mark.parametrize(
    ("damage", "line"),
    [
        (lambda f: change_json(f / CONFIG, num_hidden_layers=10**9), "found 1,000,000,000, expec"),
        (lambda f: change_json(f / CONFIG, n_layers=10**9), "n_layers: found 1,000,000,000, exp"),
        (lambda f: change_json(f / CONFIG, num_hidden_layers=[1]), r"found \[1\], expected a"),
        (lambda f: change_json(f / CONFIG, hidden_size=-1), "hidden_size: found -1, expected a"),
        (lambda f: change_json(f / CONFIG, hidden_size=10**400), "hidden_size: found 10,000,000,"),
        (lambda f: change_json(f / CONFIG, num_attention_heads=0), "num_attention_heads: found 0,"),
        (lambda f: change_json(f / CONFIG, vocab_size="x"), "vocab_size: found 'x', expected a"),
        (lambda f: change_json(f / CONFIG, num_experts=True), "num_experts: found True, expected"),
        (lambda f: change_json(f / CONFIG, text_config={"vocab_size": -1}), "vocab_size: found -1"),
        (lambda f: (f / CONFIG).write_text("[" * 990 + "]" * 990), "not JSON .more than 200 lists"),
        (lambda f: (f / "tokenizer.json").write_text('{"a":' * 900 + "1" + "}" * 900), "not JSON"),
        (lambda f: lead_outside(f, "../a.safetensors"), "names '../a.safetensors', expected a"),
        (lambda f: lead_outside(f, "/etc/passwd"), "names '/etc/passwd', expected a file"),
        (lambda f: lead_outside(f, "a.bin"), "names 'a.bin', expected a file"),
        (
            lambda f: announce(f / "model.safetensors", {"a": weights(0, 16, (2**40, 2**40))}),
            "model.safetensors: cannot be read",
        ),
        (
            lambda f: announce(f / "model.safetensors", {"a": weights(0, 16), "b": weights(8, 24)}),
            "model.safetensors: cannot be read",
        ),
        (
            lambda f: announce(f / "model.safetensors", {"a": weights(2**50, 2**50 + 16)}),
            "model.safetensors: cannot be read",
        ),
        (
            lambda f: (f / "model.safetensors").write_bytes(b"\xff" * 8 + b"{}"),
            "model.safetensors: cannot be read",
        ),
        (lambda f: swell(f / "tokenizer.model"), "tokenizer.model: has 1,099,511,627,776 bytes"),
        (lambda f: swell(f / "chat_template.jinja"), "chat_template.jinja: has 1,099,511,627,776"),
        (lambda f: swell(f / "tokenizer.json"), "tokenizer.json: has 1,099,511,627,776 bytes"),
        (damage_name, r"expected model.safetensors, or shards and .* \(weights.safetensors\)"),
        (damage_map, f"{INDEX}: weight_map: names no tensor"),
        (damage_type, r"model.norm.weight is in whole numbers \(I8\), expected the model that"),
        (add_adapter, "holds a LoRA adapter: take adapter_config.json out, or merge them"),
        (leave_adapter, "is a LoRA adapter: merge it into org/base, or name that"),
        (damage_settings, "generation_config.json: not JSON"),
        (lambda f: cut(f / "tokenizer.json"), "tokenizer.json: not JSON"),
        (lambda f: change_json(f / CONFIG, num_hidden_layers="2"), "hidden_layers: found '2', "),
        (lambda f: change_json(f / CONFIG, vocab_size=2.5), "vocab_size: found 2.5, expected"),
        (damage_pointer, "model.safetensors is a pointer of Git LFS, not the file: run `git lfs"),
        (damage_mark, "config.json begins with a byte-order mark"),
        (lambda f: damage_mark(f, "tokenizer_config.json"), "tokenizer_config.json begins with a"),
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


def test_one_file_is_read_where_an_index_is_beside_it_as_transformers_does(folder):
    weights = (folder / "model.safetensors").read_bytes()
    split_weights(folder)
    (folder / "model.safetensors").write_bytes(weights)
    (folder / "b.safetensors").unlink()
    check_whole(folder)
    assert [path.name for path in weight_files(folder)] == ["model.safetensors"]
    AutoModelForCausalLM.from_pretrained(folder)
