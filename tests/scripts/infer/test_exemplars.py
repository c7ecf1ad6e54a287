"""Examples: the same for all records, by seed and language, and never the record itself."""

import re

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json, read_jsonl, write_jsonl
from scripts.infer import generate, rank_choices
from scripts.infer.exemplars import Exemplars, read_exemplars
from scripts.infer.inference import Inference
from scripts.study.answer import Answer


def questions(count, task="answer", **fields):
    return [
        {
            "id": f"r{number}",
            "task": task,
            "instruction": "Answer.",
            "input": f"Question {number}?",
            "output": f"answer {number}",
            "references": [f"answer {number}"],
            **fields,
        }
        for number in range(count)
    ]


def ask(path, seed=1, shots=3, **keys):
    options = {"shots": shots, **keys}
    return Inference(
        path, path, 1, "auto", None, seed, path, {}, answer=Answer(**options), exemplars=path
    )


@pytest.fixture
def drawn(tmp_path):
    """A function that returns which examples are drawn."""

    def drawn(name="quiz_zh", count=20, **options):
        path = tmp_path / f"{name}.jsonl"
        write_jsonl(path, questions(count))
        found = read_exemplars(ask(path, **options), questions(1))
        return [one["id"] for one in found.choose({"instruction": "Other.", "input": "?"})]

    return drawn


def test_examples_are_drawn_by_seed_and_language(drawn):
    first = drawn()
    assert first == drawn() and len(set(first)) == 3
    assert first == drawn("other_zh")
    assert first != drawn("quiz_en") and first != drawn(seed=2)
    assert drawn(shots=5)[:3] == first


def test_an_example_that_asks_the_same_gives_way_to_the_next(drawn):
    exemplars = Exemplars(questions(4), 2, Answer(shots=2))
    ids = lambda record: [one["id"] for one in exemplars.choose(record)]  # noqa: E731
    assert ids({"id": "x", "instruction": "Else.", "input": "?"}) == ["r0", "r1"]
    assert ids({"id": "x", "instruction": "Answer.", "input": "Question  1?"}) == ["r0", "r2"]
    assert ids({"id": "x", "instruction": "Antworte.", "input": "Question 0?"}) == ["r1", "r2"]
    assert ids({"id": "x", "instruction": "Question 0?", "input": ""}) == ["r1", "r2"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ({}, "the moon"),
        ({"way": "rank"}, "the moon"),
        ({"way": "generate"}, "B"),
        ({"way": "generate", "labels": ("1", "2")}, "2"),
        ({"way": "generate", "labels": ("the moon", "the sea")}, "the moon"),
    ],
)
def test_a_choice_is_told_as_it_is_asked_for(keys, expected):
    record = {"choices": ["the sea", "the moon"], "answer": 1, "output": "the moon"}
    assert Exemplars([], 1, Answer(**keys)).tell(record) == expected


@pytest.mark.parametrize(
    ("records", "message"),
    [
        (questions(2), "2 records, expected at least 3 (shots)"),
        (questions(4, task="choice"), "1: task 'choice', expected 'answer'"),
        ([{"id": "a", "task": "answer", "input": "x", "instruction": ""}], "1: "),
    ],
)
def test_examples_that_are_none_are_one_line(tmp_path, records, message):
    write_jsonl(tmp_path / "quiz_zh.jsonl", records)
    with pytest.raises(InputError, match=re.escape(message)):
        read_exemplars(ask(tmp_path / "quiz_zh.jsonl"), questions(1))


def test_without_a_benchmark_of_examples_nothing_is_loaded(tmp_path):
    write_jsonl(tmp_path / "b.jsonl", questions(1))
    words = ["--model", str(tmp_path / "none"), "--benchmark", str(tmp_path / "b.jsonl")]
    words += ["--format", "chatml", "--output", str(tmp_path / "p.jsonl")]
    with pytest.raises(InputError, match="--exemplars: found none, expected a benchmark for shots"):
        generate.main(generate.parser().parse_args([*words, "--answer", '{"shots": 2}']))


def test_generated_and_ranked_records_tell_their_examples(tiny_model, tmp_path):
    choices = {"choices": ["sea", "moon"], "answer": 1}
    for script, fields in ((generate, {}), (rank_choices, {"task": "choice", **choices})):
        output = tmp_path / "p.jsonl"
        for name in ("b_en", "train_en"):
            write_jsonl(tmp_path / f"{name}.jsonl", questions(3, **fields))
        words = ["--model", tiny_model, "--benchmark", tmp_path / "b_en.jsonl", "--output", output]
        words += ["--exemplars", tmp_path / "train_en.jsonl", "--answer", '{"shots": 2}']
        words += ["--format", "chatml"]
        script.main(script.parser().parse_args(list(map(str, words))))
        for record in read_jsonl(output):
            assert {*record["exemplars"], record["id"]} == {"r0", "r1", "r2"}
        settings = read_json(f"{output}.meta.json")["settings"]
        assert settings["answer"] == {"shots": 2} and len(settings["exemplars"]) == 64
