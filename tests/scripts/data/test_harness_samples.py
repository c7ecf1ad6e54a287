"""Samples that lm-evaluation-harness 0.4.13 wrote become questions and answers of ours."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.data.harness_samples import (
    Samples,
    answer_records,
    describe_answer,
    find_texts,
    pick_filter,
    question_records,
    read_requests,
    read_samples,
    right_choice,
)
from scripts.study.tasks import TASKS

# One run of a group of two tasks on a tiny random model: three questions with choices, the same
# three to be answered in words.
RECORDED = ROOT / "tests/support/harness_samples"


@pytest.fixture(scope="module")
def recorded():
    return read_samples(RECORDED)


def test_questions_are_told_by_task_and_number(recorded):
    records = question_records(recorded)
    assert [record["id"] for record in records] == [
        *(f"tiny_gen:0000000{number}" for number in range(3)),
        *(f"tiny_mc:0000000{number}" for number in range(3)),
    ]
    asked = records[4]
    assert asked["input"] == "Which is an animal?\n" and asked["category"] == "tiny_mc"
    assert asked["choices"] == ["stone", "cat", "a very long book"]
    assert (asked["answer"], asked["output"]) == (1, "cat")
    assert not {"prediction", "values", "scores"} & set(asked)
    assert records[1]["output"] == "cat" and "choices" not in records[1]


def test_of_one_task_ids_are_numbers(recorded):
    one = Samples({"tiny_mc": recorded.tasks["tiny_mc"]}, recorded.results)
    assert [record["id"] for record in question_records(one)] == [f"0000000{n}" for n in range(3)]
    assert "category" not in question_records(one)[0]


def test_values_are_the_harnesss_own_and_give_its_scores(recorded):
    answers = answer_records(recorded, None)
    for task, metrics in (
        ("tiny_mc", ["acc", "acc_norm", "acc_bytes"]),
        ("tiny_gen", ["exact_match"]),
    ):
        found = [answer for (of, _), answer in answers.items() if of == task]
        for metric in metrics:
            mean = sum(answer["values"][metric] for answer in found) / len(found)
            assert mean == pytest.approx(recorded.results["results"][task][f"{metric},none"])
    # What the harness computes of all answers together is no number of one.
    assert set(answers["tiny_gen", 0]["values"]) == {"exact_match"}


def test_the_prediction_is_the_likeliest_choice_or_the_text(recorded):
    answers = answer_records(recorded, None)
    chosen = answers["tiny_mc", 1]
    assert chosen["prediction"] == 1 and chosen["scores"] == [
        -26.358388900756836,
        -14.551138877868652,
        -91.69110870361328,
    ]
    assert answers["tiny_gen", 0]["prediction"].startswith("q我们去公园")
    assert chosen["harness"] == {"lm-eval": "0.4.13", "version": 1.0, "shots": 0, "filter": "none"}


def sample(number=0, requests=(("q", "a"), ("q", "b")), filter="none", **more):
    arguments = {f"gen_args_{i}": {f"arg_{j}": part for j, part in enumerate(one)}
                 for i, one in enumerate(requests)}  # fmt: skip
    return {"doc_id": number, "arguments": arguments, "filter": filter, "metrics": ["acc"],
            "filtered_resps": [["-1.0", "False"], ["-0.5", "True"]], **more}  # fmt: skip


def test_one_filter_counts_in_the_order_of_the_questions():
    lines = [
        sample(n, filter=name) for name in ("strict-match", "flexible-extract") for n in (1, 0)
    ]
    assert [one["filter"] for one in pick_filter("gsm8k", lines, None)] == ["strict-match"] * 2
    picked = pick_filter("gsm8k", lines, "flexible-extract")
    assert [(one["doc_id"], one["filter"]) for one in picked] == [
        (0, "flexible-extract"),
        (1, "flexible-extract"),
    ]
    with pytest.raises(InputError, match="gsm8k: no filter 'flexible'; did you mean 'flexible-e"):
        pick_filter("gsm8k", lines, "flexible")


@pytest.mark.parametrize(
    ("requests", "expected"),
    [
        ((("q", "a"), ("q", "b")), ("q", ["a", "b"])),
        # acc_mutual_info asks for each choice without the question, too.
        ((("q", "a"), ("q", "b"), ("", "a"), ("", "b")), ("q", ["a", "b"])),
        # Winogrande's choices are beginnings, that go on alike.
        ((("The cup", " is thin"), ("The box", " is thin")), ("", ["The cup", "The box"])),
        ((("q", {"until": ["\n"]}),), ("q", [])),
        ((("A whole text",),), ("A whole text", [])),
        ((("He said", " no"),), ("He said", [])),
    ],
)
def test_requests_are_a_question_and_its_choices(requests, expected):
    assert read_requests(sample(requests=requests)) == expected


def test_scores_without_a_question_choose_nothing():
    requests = (("q", "a"), ("q", "b"), ("", "a"), ("", "b"))
    found = [["-2.0", "False"], ["-3.0", "False"], ["-1.0", "False"], ["-0.5", "False"]]
    answer = describe_answer(sample(requests=requests, filtered_resps=found))
    assert (answer["prediction"], answer["scores"]) == (0, [-2.0, -3.0])


@pytest.mark.parametrize(
    ("target", "expected"), [("1", 1), (0, 0), ("b", 1), ("7", None), ("x", None), ([0, 1], None)]
)
def test_the_right_choice_is_a_number_or_a_text(target, expected):
    assert right_choice(target, ["a", "b"]) == expected


def test_long_texts_of_the_published_record_are_held_out():
    long = "Which of these is made of wood, and not of stone?"
    doc = {"question": long, "choices": {"text": ["table", long.upper()], "label": ["A"]}, "n": 3}
    assert list(find_texts(doc)) == [long, long.upper()]
    record = question_records(Samples({"mine": [sample(doc=doc, target="1", doc_hash="x")]}, {}))[0]
    secrets = TASKS["harness"].secrets(record)
    assert secrets.asked == ["q", long, long.upper()] and secrets.answers == ["b"]
    assert secrets.question  # a short answer tells nothing without its question
