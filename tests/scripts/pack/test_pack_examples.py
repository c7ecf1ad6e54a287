"""The script as a whole: what a recipe says about mixing is what the rows hold."""

import json

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.data.corpora import write_corpus
from scripts.pack import pack_examples

SIZES = {"large_en": 900, "small_en": 100}


@pytest.fixture
def corpora(tmp_path):
    """Return two corpora of records of one length, one of them nine times the other."""
    paths = []
    for name, size in SIZES.items():
        path = tmp_path / f"{name}.parquet"
        records = [{"id": f"{number:04}", "text": f"{number:04} words"} for number in range(size)]
        write_corpus(path, "text", records)
        paths.append(path)
    return paths


def pack(tokenizer, corpora, folder, *options: str, start: int = 0) -> dict:
    """Return the manifest of rows that hold both corpora, from a record on, each a group."""
    part = {"kind": "text", "languages": ["en"], "names": ["English"], "side": None}
    groups = [
        {"name": path.stem, "weight": 1,
         "parts": [part | {"dataset": path.stem, "start": start, "stop": None}]}
        for path in corpora
    ]  # fmt: skip
    words = ["--tokenizer", tokenizer, "--corpora", *corpora, "--seed", 1, "--output", folder]
    words += ["--mixture", json.dumps(groups), "--objective", "text", "--length", 64]
    words += ["--batch", 4, "--steps", 60, *options]
    pack_examples.main(pack_examples.parser().parse_args([str(word) for word in words]))
    return read_json(folder / "manifest.json")


@pytest.mark.parametrize(
    ("options", "share"),
    [([], 0.5), (["--temperature", "1"], 0.9), (["--temperature", "2"], 0.75)],
)
def test_shares_go_by_weight_and_with_a_temperature_by_size(
    tiny_model, corpora, tmp_path, options, share
):
    sources = pack(tiny_model, corpora, tmp_path / "packed", *options)["sources"]
    tokens = {name: found["tokens"] for name, found in sources.items()}
    assert abs(tokens["large_en"] / sum(tokens.values()) - share) < 0.01, tokens


def test_a_slice_without_a_record_is_told(tiny_model, corpora, tmp_path):
    with pytest.raises(InputError, match=r"small_en\[100:\]: found no record of 100 there"):
        pack(tiny_model, corpora, tmp_path / "packed", start=100)
    assert pack(tiny_model, corpora, tmp_path / "packed", start=99)["sources"]["small_en"]
