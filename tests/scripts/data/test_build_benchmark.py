"""A benchmark asks each question once, fairly, and the same ones tomorrow."""

import random
import re
import tracemalloc
from collections import Counter

import pytest

from scripts.common import sorting
from scripts.common.errors import InputError
from scripts.common.files import read_jsonl
from scripts.data import build_benchmark, corpus_blocks
from scripts.data.corpora import write_corpus
from scripts.study.kinds import KINDS
from scripts.study.tasks.choice import senses


def pair(number, source, target):
    return {"id": f"p{number}", "source": source, "target": target}


def build(tmp_path, kind, records, task, *options):
    write_corpus(tmp_path / "c.parquet", kind, records)
    build_benchmark.main(arguments_of(tmp_path, task, *options))
    return read_jsonl(tmp_path / "b.jsonl")


def arguments_of(tmp_path, task, *options):
    command = ["--corpora", str(tmp_path / "c.parquet"), "--task", task, "--name", "b_zh-en"]
    command += ["--source-language", "zh", "--target-language", "en", "--source-name", "Chinese"]
    command += ["--target-name", "English", "--output", str(tmp_path / "b.jsonl")]
    command += [*map(str, options)] if "--seed" in options else ["--seed", "1", *map(str, options)]
    return build_benchmark.parser().parse_args(command)


def many(count):
    return [
        pair(number, f"词{number}", f"gloss {number:04}; sense {number}") for number in range(count)
    ]


def test_translation_groups_the_references_of_a_source(tmp_path):
    corpus = [pair(1, "好", "good"), pair(2, "坏", "bad"), pair(3, "好", "well")]
    assert build(tmp_path, "parallel", [*corpus, pair(4, "好", "good")], "translation") == [
        {
            "id": "p1",
            "task": "translation",
            "instruction": "Translate from Chinese to English.",
            "input": "好",
            "output": "good",
            "references": ["good", "well"],
        },
        {
            "id": "p2",
            "task": "translation",
            "instruction": "Translate from Chinese to English.",
            "input": "坏",
            "output": "bad",
            "references": ["bad"],
        },
    ]


def test_texts_of_several_corpora_are_one_benchmark(tmp_path):
    for name, text in (("a_zh", "一。"), ("b_en", "One.")):
        write_corpus(tmp_path / f"{name}.parquet", "text", [{"id": "0", "text": text}])
    paths = [str(tmp_path / f"{name}.parquet") for name in ("a_zh", "b_en")]
    command = ["--corpora", *paths, "--task", "text", "--name", "text_zh-en", "--seed", "1"]
    command += ["--source-language", "zh", "--output", str(tmp_path / "b.jsonl")]
    build_benchmark.main(build_benchmark.parser().parse_args(command))
    records = read_jsonl(tmp_path / "b.jsonl")
    assert [(record["id"], record["text"]) for record in records] == [
        ("a_zh:0", "一。"), ("b_en:0", "One."),
    ]  # fmt: skip


def test_longest_leaves_out_long_sources(tmp_path):
    corpus = [pair(1, "一" * 5, "a"), pair(2, "一" * 6, "b")]
    records = build(tmp_path, "parallel", corpus, "translation", "--longest", 5)
    assert [record["id"] for record in records] == ["p1"]


def test_choice_is_fair(tmp_path):
    corpus = many(80)
    records = build(tmp_path, "parallel", corpus, "choice")
    right = {record["source"]: record["target"] for record in corpus}
    for record in records:
        assert len(record["choices"]) == len(set(record["choices"])) == 4
        assert record["choices"][record["answer"]] == record["output"] == right[record["input"]]
        lengths = [len(choice) for choice in record["choices"]]
        assert max(lengths) - min(lengths) <= 4
    assert Counter(record["answer"] for record in records) == dict.fromkeys(range(4), 20)
    assert build(tmp_path, "parallel", corpus, "choice") == records


def test_wrong_choices_share_no_gloss_with_the_right_one(tmp_path):
    corpus = [pair(n, f"词{n}", f"to eat; sense {n % 7}") for n in range(40)]
    corpus += [pair(100 + n, f"字{n}", f"to go {n}; step {n}") for n in range(40)]
    corpus += [pair(200, "字0", "sense 3")]
    for record in build(tmp_path, "parallel", corpus, "choice"):
        own = senses(item["target"] for item in corpus if item["source"] == record["input"])
        for number, choice in enumerate(record["choices"]):
            assert number == record["answer"] or not senses([choice]) & own


def test_choice_needs_enough_glosses(tmp_path):
    with pytest.raises(InputError, match="fewer than three"):
        build(tmp_path, "parallel", many(3), "choice")


def test_text_has_nothing_to_answer(tmp_path):
    assert build(tmp_path, "text", [{"id": "t", "text": "话说"}], "text") == [
        {"id": "t", "task": "text", "instruction": "", "input": "", "output": "", "text": "话说"}
    ]


def test_answer_puts_the_question_behind_its_context(tmp_path):
    qa = {"id": "q", "context": "They gave up 308.", "question": "How many?", "answers": ["308"]}
    [record] = build(tmp_path, "qa", [qa], "answer")
    assert record["input"] == "They gave up 308.\nHow many?"
    assert record["references"] == ["308"]
    assert record["context"] == qa["context"]
    assert record["instruction"]


def test_task_and_kind_must_fit(tmp_path):
    with pytest.raises(InputError, match="kind parallel, expected text"):
        build(tmp_path, "parallel", many(1), "text")


def test_an_id_is_of_one_record(tmp_path):
    questions = [
        {"id": name, "question": f"Question {name}?", "answers": [], "category": "x"}
        for name in ("1", "2", "1")
    ]
    with pytest.raises(InputError, match=r"c\.parquet: id '1' is of record 1 and of record 3"):
        build(tmp_path, "question", questions, "open")
    assert not (tmp_path / "b.jsonl").exists()


def test_nothing_left_is_an_error(tmp_path):
    with pytest.raises(InputError, match="no record for b_zh-en"):
        build(tmp_path, "parallel", many(3), "translation", "--longest", 1)


QUESTION = {"id": "q1", "context": "", "question": "Which?", "answer": 0, "category": None}
ASKED = {"id": "q1", "context": "c", "question": "What?", "category": None}
MANY = {"choices": [f"c{number}" for number in range(27)]}


@pytest.mark.parametrize(
    ("kind", "task", "record", "fault"),
    [
        ("choice", "choice", QUESTION | {"choices": ["a"]}, "choices ['a'], expected two texts"),
        ("choice", "choice", QUESTION | {"choices": ["a", " "]}, "choices ['a', ' '], expected"),
        ("choice", "choice", QUESTION | MANY, "27 choices, a prompt lists 26 at most"),
        ("qa", "answer", ASKED | {"answers": []}, "answers [], expected a text or more"),
        ("question", "number", ASKED | {"answers": [""]}, "answers [''], expected a text or more"),
        (
            "rewriting",
            "summary",
            {"id": "q1", "source": "s", "targets": []},
            "targets [], expected",
        ),
    ],
)
def test_a_record_that_nothing_can_be_right_of_is_named(tmp_path, kind, task, record, fault):
    record = {name: record[name] for name in KINDS[kind].fields}
    with pytest.raises(InputError, match=re.escape(f"c.parquet: id 'q1': {fault}")):
        build(tmp_path, kind, [record], task, "--list-choices")


@pytest.mark.parametrize("task", ["translation", "choice", "text"])
def test_a_corpus_is_not_held(tmp_path, monkeypatch, task):
    """Of 8 MB of text a third is in memory, and the benchmark is the same."""
    if task == "text":
        kind, corpus = "text", [{"id": f"{n}", "text": f"{n:2000}"} for n in range(4000)]
    else:
        draw = random.Random(1)
        numbers = [draw.randrange(3000) for _ in range(4000)]
        kind = "parallel"
        corpus = [
            pair(n, f"{one:1000}", f"{draw.randrange(9**9):01000}") for n, one in enumerate(numbers)
        ]
    whole = build(tmp_path, kind, corpus, task)
    monkeypatch.setattr(sorting, "RUN", 1 << 18)
    monkeypatch.setattr(sorting, "BLOCK", 1 << 14)
    monkeypatch.setattr(sorting, "CACHED", 8)
    monkeypatch.setattr(corpus_blocks, "ROWS", 64)
    command = arguments_of(tmp_path, task)
    tracemalloc.start()
    build_benchmark.main(command)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert most < 2.7e6, most
    assert read_jsonl(tmp_path / "b.jsonl") == whole
