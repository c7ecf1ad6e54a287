"""Meta's checkpoints, whole or sharded, give the same logits once converted."""

import json
import os
import shutil
from pathlib import Path

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from scripts.common.errors import InputError
from scripts.common.files import read_json, sha256
from scripts.convert import import_model, meta_llama
from scripts.convert.meta_params import build_params
from scripts.pack.rendering import Vocabulary
from tests.support.meta_checkpoint import (
    PIECES,
    forward,
    make_weights,
    train_pieces,
    write_checkpoint,
)

IDS = torch.tensor([1, 17, 300, 45, 9, 260, 261, 17, 2, 311])


@pytest.fixture(scope="module")
def root(tmp_path_factory) -> Path:
    """A folder with `tokenizer.model`, in which checkpoints lie as Meta ships them."""
    folder = tmp_path_factory.mktemp("llama")
    train_pieces(folder / "tokenizer.model")
    return folder


def convert(raw: Path, output: Path) -> Path:
    """Run import_model as the rule does."""
    command = ["--form", "meta", "--raw", str(raw), "--output", str(output)]
    import_model.main(import_model.parser().parse_args(command))
    return output


def logits(folder: Path, ids: torch.Tensor = IDS) -> torch.Tensor:
    model = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
    with torch.no_grad():
        return model(ids[None]).logits[0]


@pytest.mark.parametrize(
    ("name", "kv_heads", "shards", "embeddings", "theta"),
    [
        ("whole", 4, 1, 1, 10000.0),
        ("two", 4, 2, 1, 10000.0),
        ("grouped", 2, 2, 1, 10000.0),
        ("third", 2, 2, 0, 500000.0),
    ],
)
def test_converted_weights_give_metas_logits(
    root, tmp_path, name, kv_heads, shards, embeddings, theta
):
    weights = make_weights(kv_heads)
    params = {"n_kv_heads": kv_heads} if kv_heads < 4 else {}
    params |= {"rope_theta": theta} if theta != 10000.0 else {}
    raw = write_checkpoint(root / name, weights, shards, embeddings, **params)
    output = convert(raw, tmp_path / "base")
    torch.testing.assert_close(logits(output), forward(weights, IDS, theta), rtol=0, atol=1e-5)
    source = read_json(output / "stage.json")["source"]
    files = sorted([*raw.iterdir(), root / "tokenizer.model"])
    assert source == {"form": "meta", "files": {file.name: sha256(file) for file in files}}


def test_several_files_with_an_index_hold_the_same_model(root, tmp_path):
    raw = write_checkpoint(root / "large", make_weights(), 2)
    meta_llama.convert(raw, tmp_path / "one", PIECES)
    meta_llama.convert(raw, tmp_path / "many", PIECES, file_bytes=100_000)
    files = sorted(file.name for file in (tmp_path / "many").glob("*.safetensors"))
    assert len(files) > 2 and files[0] == f"model-00001-of-{len(files):05}.safetensors"
    assert all(file.stat().st_size < 110_000 for file in (tmp_path / "many").glob("*.safetensors"))
    assert torch.equal(logits(tmp_path / "many"), logits(tmp_path / "one"))


def test_the_published_number_type_is_kept_and_runs_are_byte_equal(root, tmp_path):
    weights = {name: weight.bfloat16() for name, weight in make_weights().items()}
    raw = write_checkpoint(root / "half", weights)
    one, two = convert(raw, tmp_path / "one"), convert(raw, tmp_path / "two")
    assert read_json(one / "config.json")["dtype"] == "bfloat16"
    assert sha256(one) == sha256(two)
    wide = AutoModelForCausalLM.from_pretrained(one, dtype=torch.float32)
    embeddings = wide.get_input_embeddings().weight
    assert torch.equal(embeddings, weights["tok_embeddings.weight"].float())


def test_the_tokenizer_serves_training_and_inference_alike(root, tmp_path):
    output = convert(write_checkpoint(root / "spoken", make_weights()), tmp_path / "base")
    vocabulary = Vocabulary.load(output)
    assert (vocabulary.bos, vocabulary.eos, vocabulary.eos_text) == (1, 2, "</s>")
    text = "a quiet word, 中文 ok"
    ids = vocabulary.tokenizer.encode(text).ids
    assert ids[0] == 1
    tokenizer = AutoTokenizer.from_pretrained(output)
    assert tokenizer(text).input_ids == ids
    assert tokenizer.decode(ids, skip_special_tokens=True) == text


def refuse(raw: Path, output: Path) -> str:
    """Return the message with which a checkpoint is refused, which leaves nothing behind."""
    with pytest.raises(InputError) as error:
        convert(raw, output)
    assert "\n" not in str(error.value)
    assert not output.exists()
    return str(error.value)


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        ("consolidated.00.pth", ["found no consolidated.00.pth", "consolidated.01.pth"]),
        (
            "consolidated.01.pth",
            ["1 files give 160 rows of output.weight, expected 320", "a file is missing"],
        ),
        ("params.json", ["found no params.json"]),
        ("../tokenizer.model", ["found no tokenizer.model"]),
    ],
)
def test_a_missing_file_is_named(root, tmp_path, lost, words):
    shutil.copyfile(root / "tokenizer.model", tmp_path / "tokenizer.model")
    raw = write_checkpoint(tmp_path / "raw", make_weights(), 2)
    (raw / lost).unlink()
    message = refuse(raw, tmp_path / "base")
    for word in words:
        assert word in message, message


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"dim": 128}, ["tok_embeddings.weight", "(320, 64)", "(320, 128)", "another model's"]),
        ({"n_layers": 3}, ["'layers.2.attention.wq.weight' is missing"]),
        ({"n_layers": 1}, ["unexpected tensor 'layers.1."]),
        ({"n_kv_heads": 2}, ["layers.0.attention.wk.weight", "(32, 64)"]),
        ({"multiple_of": 256}, ["feed_forward.w1.weight", "(256, 64)"]),
        ({"n_head": 4}, ["params.json: n_head: unknown key; did you mean 'n_heads'"]),
        ({"n_heads": "4"}, ["n_heads: found '4', expected a whole number"]),
        ({"multiple_of": True}, ["multiple_of: found True, expected a whole number"]),
        ({"n_heads": 3}, ["64 wide with 3 heads"]),
        ({"norm_eps": None}, ["norm_eps: found None"]),
        ({"use_scaled_rope": True}, ["use_scaled_rope"]),
        ({"vocab_size": 512}, ["1 files give 320 rows of output.weight, expected 512"]),
    ],
)
def test_wrong_parameters_are_named(root, params, words):
    raw = write_checkpoint(root / f"wrong-{abs(hash(str(params)))}", make_weights(), **params)
    message = refuse(raw, root / "refused")
    for word in words:
        assert word in message, message


def test_a_file_that_would_run_code_is_refused_unrun(root, tmp_path):
    class Payload:
        def __reduce__(self):
            return os.mkdir, (str(tmp_path / "ran"),)

    raw = write_checkpoint(root / "evil", make_weights())
    torch.save({"tok_embeddings.weight": Payload()}, raw / "consolidated.00.pth")
    assert "would run code" in refuse(raw, tmp_path / "base")
    assert not (tmp_path / "ran").exists()
    (raw / "consolidated.00.pth").write_bytes(b"PK\x03\x04 cut off")
    assert "no checkpoint that can be mapped" in refuse(raw, tmp_path / "base")


def test_the_published_llamas_have_their_published_inner_width_and_window():
    """Inner widths and windows: arXiv 2302.13971, 2307.09288, 2407.21783 and their configs."""
    first = {"dim": 4096, "multiple_of": 256, "n_heads": 32, "n_layers": 32, "norm_eps": 1e-06}
    second = first | {"norm_eps": 1e-05}
    large = {"dim": 8192, "multiple_of": 4096, "ffn_dim_multiplier": 1.3, "n_heads": 64}
    large |= {"n_kv_heads": 8, "n_layers": 80, "norm_eps": 1e-05}
    third = second | {"n_kv_heads": 8, "multiple_of": 1024, "ffn_dim_multiplier": 1.3}
    third |= {"rope_theta": 500000.0, "vocab_size": 128256}
    found = [build_params(json.loads(json.dumps(p))) for p in (first, second, large, third)]
    assert [(p.intermediate, p.window) for p in found] == [
        (11008, 2048), (11008, 4096), (28672, 4096), (14336, 8192),
    ]  # fmt: skip
