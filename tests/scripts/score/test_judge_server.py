"""Judging by a real OpenAI-compatible server: the study's API, with a random model behind it."""

from scripts.score.judging.judgements import count_failures
from tests.support import judge_server
from tests.support.served_study import write_results

pytestmark = judge_server.needs_server


def test_replies_of_a_model_that_cannot_judge_are_failures_and_no_scores(tiny_model, tmp_path):
    results = write_results(tiny_model, tmp_path / "results", window=2048)
    records = [
        {"id": str(n), "instruction": "Sum.", "model": f"model {n}", "base": f"base {n}"}
        for n in range(2)
    ]
    with judge_server.serve(tmp_path, "--results", results, "--model", "brief") as server:
        found = judge_server.judge(server, "brief", tmp_path, records, tokens=8)
    judge_server.check_reviews(found)
    assert sum(count_failures(found).values()) == 4
