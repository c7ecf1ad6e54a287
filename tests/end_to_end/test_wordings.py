"""A study that asks in thirty-three ways in turn, in training and by the first of them in tests."""

import pyarrow as pa
import pytest
from tokenizers import Tokenizer

from scripts.common.files import read_json, read_jsonl
from scripts.data.corpora import read_corpus
from tests.support.own_study import run
from tests.support.tiny_study import prepare_folder

STUDY = """\
name: worded
base: {from: tiny-base, format: chatml}
prompts: rotating
recipes:
  instruct: {objective: response, length: 256, batch: 4, epochs: 1, pack: false, learning_rate: 1.0e-3}
models:
  x: {from: base, recipe: instruct, data: "django_en-zh[0:120]"}
main: x
benchmarks:
  ui_en-zh: {limit: 4}
  gloss_zh: {limit: 4}
"""  # noqa: E501
PACKED, WORDINGS = "results/packed/x/manifest.json", "results/wordings/rotating.json"


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = prepare_folder(tmp_path_factory.mktemp("worded"))
    (folder / "study.yaml").write_text(STUDY)
    run(folder, PACKED, "results/benchmarks/ui_en-zh.jsonl", "results/benchmarks/gloss_zh.jsonl")
    return folder


def test_training_takes_turns(folder):
    requests = read_json(folder / WORDINGS)["translation"]["*"]
    wordings = [one.format(source="English", target="Chinese") for one in requests]
    tokenizer = Tokenizer.from_file(str(folder / "results/models/base/tokenizer.json"))
    with pa.memory_map(str(folder / "results/packed/x/rows.arrow")) as file:
        rows = pa.ipc.open_stream(file).read_all().to_pylist()
    texts = [tokenizer.decode(row["input_ids"]) for row in rows]
    assert len(texts) >= 100
    begun = [next((n for n, one in enumerate(wordings) if f"\n{one}\n" in text), None)
             for text in texts]  # fmt: skip
    assert None not in begun and len({*begun}) == 33
    assert max(map(begun.count, {*begun})) <= 12
    assert read_json(folder / PACKED)["wordings"] == "rotating"


def test_tests_ask_by_the_first(folder):
    asked = {one["instruction"] for one in read_jsonl(folder / "results/benchmarks/ui_en-zh.jsonl")}
    assert asked == {"Translate this text from English to Chinese."}
    gloss = read_jsonl(folder / "results/benchmarks/gloss_zh.jsonl")
    assert {one["instruction"] for one in gloss} == {"Translate from Chinese to English."}
    assert read_corpus(folder / "results/clean/django_en-zh.parquet")[1]
