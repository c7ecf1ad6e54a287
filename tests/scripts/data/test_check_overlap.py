"""The check for overlap fails on a leak planted in any field, and names it."""

import pyarrow as pa
import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json, write_jsonl
from scripts.data import byte_grams, check_overlap, secret_texts
from scripts.data.corpora import write_corpus
from scripts.data.overlap import find_overlaps, index_benchmarks
from scripts.data.secret_texts import read_secrets
from tests.support.conversations import say

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
    "chat": {"id": "c", "messages": say("Hello?", "Hello.", "And you?", "Me, too.")},
}


@pytest.fixture
def check(tmp_path):
    write_jsonl(tmp_path / "mixed_zh.jsonl", RECORDS)

    def check(kind, *records, options=()):
        write_corpus(tmp_path / "c.parquet", kind, records)
        command = ["--corpus", str(tmp_path / "c.parquet"), "--output", str(tmp_path / "o.json")]
        command += ["--benchmarks", str(tmp_path / "mixed_zh.jsonl")]
        check_overlap.main(check_overlap.parser().parse_args([*command, *options]))
        return read_json(tmp_path / "o.json")

    return check


@pytest.mark.parametrize("kind", CLEAN)
def test_clean_corpus_is_counted(check, kind):
    report = check(kind, CLEAN[kind], CLEAN[kind])
    assert report["examined"] == 2
    assert report["held_out"] == {"mixed_zh": 6}
    assert report["overlap"] == 0


FIELDS = [(kind, field) for kind, record in CLEAN.items() for field in record if field != "id"]


@pytest.mark.parametrize("leak", ["delete!", "删掉", "看见", "SEE", LONG, f"Before. {LONG} After."])
@pytest.mark.parametrize(("kind", "field"), FIELDS)
def test_planted_leak_is_found(check, tmp_path, kind, field, leak):
    values = {"answers": ["one", leak], "targets": ["one", leak]}
    values["messages"] = say("Hello?", "Hello.", leak, "Me, too.")
    value = values.get(field, leak)
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
    with pytest.raises(InputError, match=r"5 records have .*decontaminate: report") as error:
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
SHORT = ["18", "Two.", "work", "home", "308", "Answer."]


@pytest.fixture(params=["filter", "check"])
def found(request, tmp_path):
    """Return which of some texts have something of a benchmark, by the filter and by the check."""

    def by_filter(texts):
        index = index_benchmarks([tmp_path / "b_en.jsonl"])
        return [texts[one.row] for one in find_overlaps(index, [[text] for text in texts])]

    def by_check(texts):
        secrets, _ = read_secrets([tmp_path / "b_en.jsonl"])
        rows = [{"id": text, "text": text} for text in texts]
        block = pa.RecordBatch.from_pylist(rows)
        return [example["record"] for example in check_overlap.find_secrets(secrets, block)]

    def found(benchmark, texts):
        write_jsonl(tmp_path / "b_en.jsonl", benchmark)
        return (by_filter if request.param == "filter" else by_check)(texts)

    return found


@pytest.mark.parametrize("task", QUESTIONS)
def test_a_question_is_held_out_and_its_short_answer_is_not(task, found):
    record = {"id": "b", "task": task, **EMPTY, "instruction": "Answer.", **QUESTIONS[task]}
    texts = [*SHORT, f"Tell me. {ASKED} And where from?"]
    # The check searches inside records for strings, and for sentences that weigh more than this.
    whole = task in ("number", "open")
    assert found([record], texts)[-1:] == ([texts[-1]] if whole else found([record], texts))
    assert not set(found([record], texts)) & set(SHORT)


@pytest.mark.parametrize("task", QUESTIONS)
def test_a_long_answer_is_held_out_too(task, found):
    answer = (
        "Twelve came in before it was dark, and seven of those had nets that were full of fish."
    )
    record = {"id": "b", "task": task, **EMPTY, **QUESTIONS[task], "output": answer}
    record |= {"choices": [answer, "home"]} if task == "choice" else {"references": [answer]}
    assert found([record], [answer, f"So: {answer}"]) == [answer, f"So: {answer}"]


def test_wording_of_the_benchmark_is_not_held_out_but_an_open_question_is(found):
    wording = "Solve the problem step by step."
    records = [
        {"id": "n", "task": "number", **EMPTY, "instruction": wording, "input": ASKED},
        {"id": "o", "task": "open", **EMPTY, "instruction": LONG},
    ]
    assert found(records, [wording, LONG]) == [LONG]


def test_a_dictionarys_entry_is_held_out_as_a_whole_alone(found):
    gloss = "Laiyuan county in Baoding, Hebei province"
    record = {"id": "b", "task": "choice", **EMPTY, "input": "涞源县", "output": gloss}
    record |= {"choices": [gloss, "to go"], "answer": 0}
    texts = [gloss, "Xushui county in Baoding, Hebei province", f"It is {gloss}, in the north."]
    assert found([record], texts) == [gloss]


def test_a_secret_of_one_benchmark_is_no_answer_of_another(found):
    text = "Twelve came in before dark"
    records = [
        {"id": "n", "task": "number", **EMPTY, "input": ASKED, "output": text},
        {"id": "t", "task": "text", **EMPTY, "text": text},
    ]
    assert found(records, [text]) == [text]


def test_report_lists_what_is_found_and_what_the_filter_dropped(check):
    leaks = [{"id": f"leak{number}", "text": f"He said: {LONG}"} for number in range(12)]
    report = check("text", CLEAN["text"], *leaks, options=["--decontaminate=report"])
    assert (report["examined"], report["overlap"], report["found"]) == (13, 12, {"mixed_zh": 12})
    assert len(report["examples"]) == check_overlap.SHOWN
    assert report["examples"][0]["record"] == "leak0" and report["examples"][0]["of"] == "b3"
    assert report["filter"] is None  # the corpus was written by hand


@pytest.mark.parametrize("records", [[], [{"id": "1", "task": "text", **EMPTY, "text": "……!"}]])
def test_a_benchmark_that_holds_nothing_out_is_refused(tmp_path, records):
    write_jsonl(tmp_path / "x_en.jsonl", records)
    with pytest.raises(InputError, match=r"x_en\.jsonl: no string of it can be compared"):
        read_secrets([tmp_path / "x_en.jsonl"])


def test_the_check_shares_no_function_with_the_filter():
    theirs = {"fold", "hashes", "equality", "containment", "overlap", "held_out", "units"}
    for module in (check_overlap, byte_grams, secret_texts):
        named = {
            value.__module__ for value in vars(module).values() if hasattr(value, "__module__")
        }
        assert not {f"scripts.data.{name}" for name in theirs} & named
