"""An answer in another language than the question's is not asked about."""

from scripts.common.files import write_jsonl
from tests.support.judge_runs import GOOD, prediction, run_judge


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
