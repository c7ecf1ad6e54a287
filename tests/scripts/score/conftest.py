"""What judge_answers is tested with: answers of two models, and a judge that prefers long ones."""

import pytest

from scripts.common import limits
from scripts.common.files import write_jsonl
from tests.support.judge_runs import BAD, GOOD, judge_by_length, prediction
from tests.support.judge_stub import serve_judge


@pytest.fixture
def answers(tmp_path, monkeypatch):
    """Write four questions' predictions, the model's good, the baseline's bad; wait for nothing."""
    monkeypatch.setattr(limits, "JUDGE_FIRST_PAUSE", 0.01)
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    for name, answer in (("model", GOOD), ("base", BAD)):
        path = tmp_path / f"{name}.jsonl"
        write_jsonl(path, [prediction(number, f"{answer} {number}") for number in range(4)])
    return tmp_path


@pytest.fixture
def judge():
    with serve_judge(judge_by_length) as server:
        yield server
