"""A tiny model with Chinese tokens, tied or not, and packed rows, for warm-ups of its new rows."""

import json
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import torch
from transformers import AutoModelForCausalLM

from scripts.common.files import read_json
from scripts.pack import pack_examples
from scripts.tokenizer import extend_model
from tests.support.extended_tokenizers import chinese_lines, extend, write_texts
from tests.support.tiny_model import make_tiny_model

STEPS, BATCH = 8, 4
PIECES = 37  # not a multiple of 64, so that padding rows follow


def make_parent(folder: Path, tied: bool) -> Path:
    """Make a tiny base in a new folder and extend it by the real scripts; return the model."""
    base = folder / "base"
    make_tiny_model(base)
    if not tied:
        untie(base)
    text = write_texts(folder / "text_zh.parquet", chinese_lines())
    tokenizer = extend(base, folder / "tokenizer", {"zh": PIECES}, {"zh": [text]})
    words = ["--base", base, "--tokenizer", tokenizer, "--output", folder / "extended"]
    extend_model.main(extend_model.parser().parse_args([str(word) for word in words]))
    return folder / "extended"


def untie(folder: Path) -> None:
    """Give a saved model an output matrix of its own, other than the input's."""
    model = AutoModelForCausalLM.from_pretrained(folder)
    model.config.tie_word_embeddings = False
    model.lm_head.weight = torch.nn.Parameter(model.lm_head.weight.detach().flip(1).clone())
    model.save_pretrained(folder)


def pack_rows(parent: Path, folder: Path) -> Path:
    """Pack made-up Chinese lines as documents in the parent's tokens; return the rows' folder."""
    lines = [{"id": str(n), "text": line} for n, line in enumerate(chinese_lines(300, seed=2))]
    folder.mkdir()
    pq.write_table(pa.Table.from_pylist(lines), folder / "toy_zh.parquet")
    part = {"dataset": "toy_zh", "kind": "text", "languages": ["zh"], "names": ["Chinese"]}
    part |= {"side": None, "start": 0, "stop": None}
    mixture = json.dumps([{"name": "all", "weight": None, "parts": [part]}])
    words = [
        "--tokenizer", parent, "--corpora", folder / "toy_zh.parquet", "--mixture", mixture,
        "--objective", "text", "--format", "chatml", "--length", "64", "--batch", BATCH,
        "--steps", STEPS, "--seed", "1", "--output", folder / "rows",
    ]  # fmt: skip
    pack_examples.main(pack_examples.parser().parse_args([str(word) for word in words]))
    return folder / "rows"


def warm_options(parent: Path, rows: Path, *more: str) -> list[str]:
    """Return train_model's options of a warm-up that decays, clips, and saves each step."""
    return [
        "--model", "warm", "--parent", str(parent), "--packed", str(rows), "--batch", str(BATCH),
        "--learning-rate", "3e-2", "--schedule", "cosine", "--warmup", "0.1", "--floor", "0.1",
        "--weight-decay", "0.1", "--betas", "0.9", "0.95", "--clip", "1", "--precision", "fp32",
        "--trains", "new_rows", "--seed", "1", "--micro-batch", "2", "--threads", "1",
        "--checkpoint-seconds", "0", *more,
    ]  # fmt: skip


def check_only_new_rows_changed(parent: Path, model: Path) -> None:
    """Assert that all bits but those of the new tokens' rows, each of them, are the parent's."""
    extension = read_json(parent / "extension.json")
    new = slice(extension["base_size"], extension["size"])
    before, after = (AutoModelForCausalLM.from_pretrained(path) for path in (parent, model))
    assert after.config.tie_word_embeddings == before.config.tie_word_embeddings
    matrices = [m.weight for m in (after.get_input_embeddings(), after.get_output_embeddings())]
    expected, found = before.state_dict(), after.state_dict()
    assert found.keys() == expected.keys()
    for key, weight in found.items():
        old = expected[key].clone()
        if any(weight.data_ptr() == matrix.data_ptr() for matrix in matrices):
            assert (weight[new] != old[new]).any(dim=1).all(), key
            old[new] = weight[new]
            assert len(weight) > new.stop, "no padding rows to look at"
        assert torch.equal(weight, old), key
