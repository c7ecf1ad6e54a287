"""The proof of no overlap fails on a leak planted in any field, and names it."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json, write_jsonl
from scripts.data import check_overlap
from scripts.data.corpora import write_corpus
from scripts.data.overlap import held_out_forms, normalise

EMPTY = {"instruction": "", "input": "", "output": ""}
LONG = "The quick brown fox jumps over it."
RECORDS = [
    {"id": "b1", "task": "translation", **EMPTY, "input": "Delete", "references": ["删除", "删掉"]},
    {"id": "b2", "task": "choice", **EMPTY, "input": "看见", "choices": ["see", "go"], "answer": 0},
    {"id": "b3", "task": "text", **EMPTY, "text": f"Short one. {LONG}"},
]
CLEAN = {
    "text": {"id": "c", "text": "nothing of theirs"},
    "parallel": {"id": "c", "source": "go", "target": "去"},
    "instruction": {"id": "c", "instruction": "Say it.", "input": "", "output": "It."},
    "qa": {"id": "c", "context": "A text.", "question": "What?", "answers": ["one", "two"]},
    "rewriting": {"id": "c", "source": "A text.", "targets": ["one", "two"]},
}


@pytest.fixture
def check(tmp_path):
    write_jsonl(tmp_path / "mixed_zh.jsonl", RECORDS)

    def check(kind, *records):
        write_corpus(tmp_path / "c.parquet", kind, records)
        command = ["--corpus", str(tmp_path / "c.parquet"), "--output", str(tmp_path / "o.json")]
        command += ["--benchmarks", str(tmp_path / "mixed_zh.jsonl")]
        check_overlap.main(check_overlap.parser().parse_args(command))
        return read_json(tmp_path / "o.json")

    return check


@pytest.mark.parametrize("kind", CLEAN)
def test_clean_corpus_is_counted(check, kind):
    report = check(kind, CLEAN[kind], CLEAN[kind])
    strings = {"text": 1, "parallel": 2, "instruction": 4, "qa": 4, "rewriting": 3}[kind]
    assert report["examined"] == 2 * strings
    assert report["held_out"] == {"mixed_zh": 6}
    assert report["overlap"] == 0


FIELDS = [(kind, field) for kind, record in CLEAN.items() for field in record if field != "id"]


@pytest.mark.parametrize("leak", ["delete!", "删掉", "看见", "SEE", LONG, f"Before. {LONG} After."])
@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_planted_leak_is_found(check, tmp_path, kind, field, leak):
    value = ["one", leak] if field in ("answers", "targets") else leak
    with pytest.raises(InputError, match=r"leak = mixed_zh b[123]"):
        check(kind, CLEAN[kind], {**CLEAN[kind], "id": "leak", field: value})
    assert not (tmp_path / "o.json").exists()


def test_leak_over_instruction_and_input(check):
    record = {
        "id": "leak",
        "instruction": "The quick brown fox",
        "input": "jumps over it",
        "output": "",
    }
    with pytest.raises(InputError, match="leak = mixed_zh b3"):
        check("instruction", record)


def test_first_three_are_named(check):
    leaks = [{"id": f"leak{number}", "text": "Delete"} for number in range(5)]
    with pytest.raises(InputError, match="5 held-out strings") as error:
        check("text", *leaks)
    assert "leak2" in str(error.value)
    assert "leak3" not in str(error.value)


ASKED = "How many boats came in before the night?"
QUESTIONS = {
    "number": {"input": ASKED, "output": "18", "references": ["18"]},
    "open": {"instruction": ASKED, "output": "Two.", "references": ["Two."], "category": "math"},
    "choice": {"input": f"A text.\n{ASKED}\nA. work\nB. home", "context": "A text.",
               "choices": ["work", "home"], "answer": 0, "output": "work"},
    "answer": {"input": f"A text.\n{ASKED}", "context": "A text.", "output": "308",
               "references": ["308"]},
}  # fmt: skip


@pytest.mark.parametrize("task", QUESTIONS)
def test_a_question_is_held_out_and_its_short_answer_is_not(task, tmp_path):
    record = {"id": "b", "task": task, **EMPTY, "instruction": "Answer.", **QUESTIONS[task]}
    write_jsonl(tmp_path / "b_en.jsonl", [record])
    forms = held_out_forms(tmp_path / "b_en.jsonl")
    assert normalise(ASKED) in forms
    assert not {"18", "two", "work", "home", "308", "answer"} & forms


@pytest.mark.parametrize("task", QUESTIONS)
def test_a_long_answer_is_held_out_too(task, tmp_path):
    answer = "Twelve came in before it was dark."
    record = {"id": "b", "task": task, **EMPTY, **QUESTIONS[task], "output": answer}
    record |= {"choices": [answer, "home"]} if task == "choice" else {"references": [answer]}
    write_jsonl(tmp_path / "b_en.jsonl", [record])
    assert normalise(answer) in held_out_forms(tmp_path / "b_en.jsonl")


def test_wording_of_the_benchmark_is_not_held_out_but_an_open_question_is(tmp_path):
    wording = "Solve the problem step by step."
    records = [
        {"id": "n", "task": "number", **EMPTY, "instruction": wording, "input": ASKED},
        {"id": "o", "task": "open", **EMPTY, "instruction": LONG},
    ]
    write_jsonl(tmp_path / "b_en.jsonl", records)
    forms = held_out_forms(tmp_path / "b_en.jsonl")
    assert normalise(LONG) in forms and normalise(wording) not in forms
