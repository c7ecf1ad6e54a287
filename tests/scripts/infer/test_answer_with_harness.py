"""Answers of the harness belong to the questions that were listed."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.data.harness_samples import question_records, read_samples
from scripts.infer import answer_with_harness as script

SAMPLES = read_samples(ROOT / "tests/support/harness_samples")


def test_each_question_has_its_answer_in_the_questions_order():
    questions = question_records(SAMPLES)[::-1]
    records = script.join_answers(questions, SAMPLES, None)
    assert [record["id"] for record in records] == [question["id"] for question in questions]
    assert all(
        record.items() >= question.items()
        for record, question in zip(records, questions, strict=True)
    )
    assert records[0]["values"] and records[0]["harness"]["lm-eval"] == "0.4.13"


def test_questions_that_changed_since_are_not_mixed():
    questions = question_records(SAMPLES)
    changed = [questions[0] | {"digest": "0" * 64}]
    with pytest.raises(InputError, match="tiny_gen, 0: another question there now"):
        script.join_answers(changed, SAMPLES, None)
    with pytest.raises(InputError, match="tiny_gen, 7: no answer"):
        script.join_answers([questions[0] | {"number": 7}], SAMPLES, None)


def test_a_sample_is_asked_by_its_numbers():
    questions = [question for question in question_records(SAMPLES) if question["number"] != 1]
    assert script.numbers_of(questions) == {"tiny_gen": [0, 2], "tiny_mc": [0, 2]}


def test_options_say_which_model_and_how(tmp_path):
    words = ["--model", "results/models/base", "--benchmark", "b", "--output", "o"]
    words += ["--harness-task", "mine", "--batch-size", "8", "--seed", "3"]
    options = script.harness_options(script.parser().parse_args(words), "float32", "cpu")
    assert "pretrained=results/models/base,dtype=float32" in options
    assert "--num_fewshot" not in options and "--apply_chat_template" not in options
    more = [*words, "--shots", "0", "--chat-template"]
    options = script.harness_options(script.parser().parse_args(more), "float32", "cpu")
    assert options[-3:] == ["--num_fewshot", "0", "--apply_chat_template"]
