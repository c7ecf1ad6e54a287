"""What judging may cost is said, and bounded, before anything is asked."""

import re

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json
from tests.support.judge_runs import run_judge


def test_it_is_said_before_anything_is_asked(answers, judge, caplog):
    with caplog.at_level("INFO", logger="lingraft"):
        run_judge(answers, judge.url, "--price", "30", "60")
    said = caplog.messages[0]
    assert re.search(r"8 of 8 reviews to ask j, about [\d,]+ tokens in and at most 2,048", said)
    assert re.search(r"at most 0\.\d\d USD$", said)


def test_what_the_server_counted_is_kept(answers, judge):
    run_judge(answers, judge.url, "--price", "30", "60")
    (facts,) = answers.glob("out/*.meta.json")
    assert read_json(facts)["settings"]["tokens"] == {"input": 800, "output": 56}
    assert read_json(facts)["settings"]["dollars"] == pytest.approx(800 * 30e-6 + 56 * 60e-6)


def test_more_than_allowed_is_refused_and_nothing_is_asked(answers, judge):
    with pytest.raises(InputError, match=r"max_cost: 8 requests .*at most .* USD, allowed"):
        run_judge(answers, judge.url, "--price", "30", "60", "--max-cost", "0.01")
    assert not judge.asked


def test_what_is_there_costs_nothing(answers, judge):
    run_judge(answers, judge.url)
    run_judge(answers, judge.url, "--price", "30", "60", "--max-cost", "0")
    assert len(judge.asked) == 8
