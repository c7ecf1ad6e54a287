"""An answer in another language than the question's is not asked about."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl, write_jsonl
from scripts.score import judge_answers
from scripts.score.judging.cases import read_cases
from tests.support.judge_runs import GOOD, prediction, run_judge
from tests.support.judge_stub import serve_judge
from tests.support.published_files import GITHUB, needs_mirror

TABLE = "Neutralzz/BiLLa/0cf5267753a0cb3c9d1889eb27817a6f6d17cd9c/eval_codes/table"


def test_an_answer_in_another_language_is_not_asked_about(answers, judge):
    chinese = "这是一个用中文写的回答，而问题是用英文问的。"
    write_jsonl(
        answers / "model.jsonl",
        [prediction(0, chinese), *(prediction(number, GOOD) for number in range(1, 4))],
    )
    found = run_judge(answers, judge.url)
    assert len(judge.asked) == 6
    assert found[0]["reviews"] == []
    assert found[0]["languages"] == {"question": "en", "model": "zh", "baseline": "en"}


def test_figures_are_in_any_language(answers, judge):
    write_jsonl(answers / "model.jsonl", [prediction(number, "42") for number in range(4)])
    run_judge(answers, judge.url)
    assert len(judge.asked) == 8


def test_it_is_asked_about_where_nobody_checks(answers, judge):
    write_jsonl(answers / "model.jsonl", [prediction(number, "你好") for number in range(4)])
    found = run_judge(answers, judge.url, "--no-language-check")
    assert len(judge.asked) == 8 and found[0]["languages"] is None


@needs_mirror
def test_answers_that_no_model_of_ours_wrote_are_judged(tmp_path):
    """BiLLa's and ChatGLM's 80 published answers, in FastChat's form."""
    table = GITHUB / TABLE
    paths = [table / "answer" / f"answer_en_{name}.jsonl" for name in ("billa", "chatglm")]
    cases = read_cases(*paths, False, table / "question_en.jsonl")
    assert len(cases) == 80 and len({case.category for case in cases}) == 9
    assert cases[0].question == "How can I improve my time management skills?"
    assert cases[0].model.startswith("Time management is an essential skill")
    with serve_judge(lambda body: "8 6") as judge:
        found = judge_files(tmp_path, judge.url, paths, table / "question_en.jsonl")
    assert len(judge.asked) == 160 and len(found) == 80
    assert found[0]["asked"]["model"] == "BiLLa" and found[0]["asked"]["baseline"] == "ChatGLM"


def judge_files(folder, url, paths, questions):
    """Let a judge compare two files of FastChat's answers; return its judgements."""
    options = ["--predictions", paths[0], "--model", "BiLLa", "--baseline", paths[1]]
    options += ["--baseline-name", "ChatGLM", "--benchmark", "billa-eval_en", "--judge", "j"]
    options += ["--questions", questions, "--base-url", url, "--no-language-check"]
    options += ["--output", folder / "judged.jsonl"]
    judge_answers.main(judge_answers.parser().parse_args(list(map(str, options))))
    return read_jsonl(folder / "judged.jsonl")


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ({"question_id": 9, "text": "x"}, "answers.jsonl:2: question 9 is not in"),
        ({"question_id": 1, "text": "x"}, "answers.jsonl:2: question 1 is answered twice"),
        ({"question_id": 1, "text": None}, "answers.jsonl:2: no question_id and text"),
        ({"text": "x"}, "answers.jsonl:2: no question_id and text"),
    ],
)
def test_an_odd_file_of_answers_is_one_line(tmp_path, line, words):
    write_jsonl(tmp_path / "questions.jsonl", [{"question_id": 1, "text": "Q?", "category": "c"}])
    write_jsonl(tmp_path / "answers.jsonl", [{"question_id": 1, "text": "A"}, line])
    path = tmp_path / "answers.jsonl"
    with pytest.raises(InputError, match=words):
        read_cases(path, path, False, tmp_path / "questions.jsonl")
