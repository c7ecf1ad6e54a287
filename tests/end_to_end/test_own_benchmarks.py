"""Benchmarks of one's own, from files and YAML alone, run to scores: one of each task."""

import csv
import json

import pytest

from scripts.common.files import read_json, read_jsonl
from tests.support.own_study import run
from tests.support.tiny_study import prepare_folder

STUDY = """\
name: own-benchmarks
base: {from: tiny-base, format: chatml}
sources:
  exam_zh: {url: data/exam.csv, columns: {question: q, choices: [A, B, C], answer: key, category: topic}, options: {labels: [A, B, C]}}
  gaps_en: {url: data/gaps.jsonl, columns: {question: sentence, choices: options, answer: right}}
  quiz_en: {url: data/quiz.jsonl, columns: {context: text, question: q, answers: a}}
  pairs_en-zh: {url: data/pairs.tsv, columns: {source: english, target: chinese}}
  sums_en: {url: data/sums.csv, columns: {question: q, answers: a}}
  posts_zh: {url: data/posts.jsonl, columns: {source: post, targets: short}}
  prose_zh: {url: data/zh.txt}
  prose_en: {url: data/en.txt}
models:
  other: {from: base, recipe: instruct, data: everyday_en}
recipes:
  instruct: {objective: response, length: 64, batch: 2, steps: 1, learning_rate: 1.0e-3, too_long: truncate}
main: other
compare: [base]
benchmarks:
  exam_zh: {task: choice, list_choices: true, metrics: [accuracy, accuracy_macro]}
  gaps_en: {task: choice, fill_gap: true}
  quiz_en: {task: answer, max_new_tokens: 4, instruction: {en: "Answer in three words."}}
  pairs_zh-en: {task: translation, max_new_tokens: 4, longest: 20}
  sums_en: {task: number, max_new_tokens: 4}
  asked_en: {task: open, dataset: sums, max_new_tokens: 4, limit: 2, metrics: [empty]}
  posts_zh: {task: summary, max_new_tokens: 4}
  simple_zh: {task: simplification, dataset: posts, max_new_tokens: 4}
  prose_zh-en: {task: text}
"""  # noqa: E501
SCORES = (
    "exam_zh.accuracy", "exam_zh.accuracy_macro", "gaps_en.accuracy", "quiz_en.em", "quiz_en.f1",
    "pairs_zh-en.bleu", "sums_en.accuracy", "asked_en.empty", "posts_zh.rougeL", "simple_zh.sari",
    "prose_zh-en.bpb",
)  # fmt: skip


def write_table(path, delimiter, *rows):
    with path.open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream, delimiter=delimiter).writerows(rows)


def write_lines(path, *rows):
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A study with its files, and the scores of its base."""
    folder = prepare_folder(tmp_path_factory.mktemp("own") / "my study")
    data = folder / "data"
    data.mkdir()
    exam = [["哪个是水果？", "A.苹果", "B.桌子", "C.汽车", "A", "食物"],
            ["哪个是动物？", "A.石头", "B.猫", "C.书", "B", "自然"]]  # fmt: skip
    write_table(data / "exam.csv", ",", ["q", "A", "B", "C", "key", "topic"], *exam)
    gap = {"sentence": "The cup broke as _ was thin.", "options": ["the cup", "it"], "right": 1}
    write_lines(data / "gaps.jsonl", gap)
    quiz = {"text": "The mill grinds rye.", "q": "What does it grind?", "a": ["rye"]}
    write_lines(data / "quiz.jsonl", quiz, quiz | {"a": ["rye", "some rye"]})
    pairs = [["Good morning.", "早上好。"], ["A long sentence.", "长" * 30]]
    write_table(data / "pairs.tsv", "\t", ["english", "chinese"], *pairs)
    sums = [["What is 2 + 3?", "5"], ["What is 4 - 1?", "3"], ["What is 2 x 2?", "4"]]
    write_table(data / "sums.csv", ",", ["q", "a"], *sums)
    write_lines(data / "posts.jsonl", {"post": "今天的天气非常好。", "short": ["天气好", "好天"]})
    (data / "zh.txt").write_text("床前明月光。\n", encoding="utf-8")
    (data / "en.txt").write_text("The harbour was quiet.\n", encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY, encoding="utf-8")
    run(folder, *(f"results/base/{score}" for score in SCORES))
    return folder


@pytest.mark.parametrize("score", SCORES)
def test_a_file_and_a_column_map_run_to_a_score(folder, score):
    found = read_json(folder / "results/base" / score)
    benchmark, metric = score.split(".")
    assert (found["benchmark"], found["metric"]) == (benchmark, metric)
    records = {"exam_zh": 2, "gaps_en": 1, "quiz_en": 2, "sums_en": 3, "asked_en": 2}
    assert found["n"] == records.get(benchmark, 2 if benchmark == "prose_zh-en" else 1)
    assert isinstance(found["score"], float)


def test_questions_are_asked_as_the_study_says(folder):
    built = {
        path.stem: read_jsonl(path) for path in (folder / "results/benchmarks").glob("*.jsonl")
    }
    exam = built["exam_zh"][1]
    assert exam["input"] == "哪个是动物？\nA. 石头\nB. 猫\nC. 书"
    assert (exam["answer"], exam["output"], exam["category"]) == (1, "猫", "自然")
    (gap,) = built["gaps_en"]
    assert gap["instruction"] == "Continue the sentence."
    assert (gap["input"], gap["output"]) == ("The cup broke as", "it was thin.")
    assert gap["choices"] == ["the cup was thin.", "it was thin."]
    assert {record["instruction"] for record in built["quiz_en"]} == {"Answer in three words."}
    assert [record["input"] for record in built["pairs_zh-en"]] == ["早上好。"]
    assert built["asked_en"][0]["instruction"] == "What is 2 + 3?"


def test_what_is_asked_is_held_out_from_training_as_any_benchmark_is(folder):
    planned = run(folder, "results/clean/everyday_en.parquet", "--dry-run", "--printshellcmds")
    assert "results/benchmarks/exam_zh.jsonl" in planned
