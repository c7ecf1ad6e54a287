"""Benchmarks whose data the mirror does not hold ask rows in their published form as registered."""

import json
import zipfile

import pytest

from scripts.common.files import read_jsonl
from scripts.data import build_benchmark, build_corpus
from scripts.plan.data import instruction_of
from scripts.study.sources import parse_source
from tests.support.mirror import REGISTRY
from tests.support.registered import load

QUIZ = {
    "data": [
        {
            "title": "The mill",
            "paragraphs": [
                {
                    "context": "The mill grinds rye.",
                    "qas": [{"id": "a", "question": "磨坊磨什么？", "answers": [{"text": "rye"}]}],
                }
            ],
        }
    ]
}
# By benchmark: the file, a row as published, and what is asked: input, choices, output.
ROWS = {
    "xwinograd_en": (
        {"sentence": "The cup broke as _ was thin.", "option1": "it", "option2": "the cup",
         "answer": "2"},
        "The cup broke as", ["it was thin.", "the cup was thin."], "the cup was thin.",
    ),
    "xwinograd_zh": (
        {"sentence": "_太薄，所以杯子碎了。", "option1": "桌子", "option2": "它", "answer": "2"},
        "", ["桌子太薄，所以杯子碎了。", "它太薄，所以杯子碎了。"], "它太薄，所以杯子碎了。",
    ),
    "xnli_el": (
        {"premise": "Βρέχει.", "hypothesis": "Είναι υγρά.", "label": 0},
        "Βρέχει.\nΕίναι υγρά.", ["entailment", "neutral", "contradiction"], "entailment",
    ),
    "paws-x_de": (
        {"id": 1, "sentence1": "A sold B.", "sentence2": "B sold A.", "label": 0},
        "A sold B.\nB sold A.", ["different", "paraphrase"], "different",
    ),
}  # fmt: skip


def build(name, path, folder):
    """Build a registered benchmark out of another file, as the rules do."""
    found = REGISTRY.benchmark(name)
    entry, (language,) = found.dataset.entry, found.languages
    corpus, output = folder / "c.parquet", folder / "b.jsonl"
    words = ["--loader", entry["loader"], "--kind", entry["kind"], "--source-language", language]
    words += ["--options", json.dumps(found.dataset.options)]
    members = [parse_source(url).member for url, _ in found.dataset.sources]
    words += ["--members", *members] if found.task == "answer" else []
    words += ["--raw", str(path), "--output", str(corpus)]
    build_corpus.main(build_corpus.parser().parse_args(words))
    words = ["--corpora", str(corpus), "--task", found.task, "--name", name, "--seed", "1"]
    words += ["--source-language", language, "--output", str(output)]
    words += ["--fill-gap"] if found.entry.get("fill_gap") else []
    asked = instruction_of(found)
    words += ["--instruction", asked] if asked else []
    build_benchmark.main(build_benchmark.parser().parse_args(words))
    return read_jsonl(output)


@pytest.mark.parametrize("name", ROWS)
def test_a_row_is_a_choice(name, tmp_path):
    row, asked, choices, right = ROWS[name]
    path = tmp_path / "test.jsonl"
    path.write_text(json.dumps(row, ensure_ascii=False), encoding="utf-8")
    (record,) = build(name, path, tmp_path)
    assert (record["input"], record["choices"], record["output"]) == (asked, choices, right)
    assert choices[record["answer"]] == right
    words = {"xnli": "Does the second sentence", "paws-x": "Do the two sentences say the same"}
    gap = "Continue the sentence" if name.endswith("en") else "把句子写完"
    assert record["instruction"].startswith(words.get(name.rpartition("_")[0], gap))


def test_a_sentence_without_a_gap_is_told(tmp_path):
    path = tmp_path / "test.jsonl"
    path.write_text(json.dumps(ROWS["xwinograd_en"][0] | {"sentence": "No gap."}))
    with pytest.raises(Exception, match=r"id '00000000': no gap in 'No gap\.', expected a _"):
        build("xwinograd_en", path, tmp_path)


def test_mlqa_asks_in_one_language_on_texts_in_another(tmp_path):
    found = REGISTRY.benchmark("mlqa-zh-questions_en")
    ((url, _),) = found.dataset.sources
    assert url.endswith("test-context-en-question-zh.json") and found.languages == ("en",)
    path = tmp_path / "MLQA_V1.zip"
    with zipfile.ZipFile(path, "w") as archive:
        name = "MLQA_V1/test/test-context-en-question-zh.json"
        archive.writestr(name, json.dumps(QUIZ, ensure_ascii=False))
    (record,) = build("mlqa-zh-questions_en", path, tmp_path)
    assert record["input"].endswith("磨坊磨什么？") and record["references"] == ["rye"]
    codes = ("ar", "de", "en", "es", "hi", "vi", "zh")
    names = {f"mlqa-{asked}-questions_{text}" for asked in codes for text in codes if asked != text}
    assert names <= set(REGISTRY.benchmark_names()) and len(names) == 42
    assert load("mlqa-zh-questions_en", path)[0]["context"] == "The mill grinds rye."


def test_flores_goes_in_all_directions_of_eleven_languages():
    codes = ("ar", "bn", "de", "el", "en", "es", "hi", "ru", "tr", "vi", "zh")
    for key in ("flores101", "flores200"):
        names = {f"{key}_{one}-{two}" for one in codes for two in codes if one != two}
        assert names <= set(REGISTRY.benchmark_names()) and len(names) == 110
