"""Judging by a real OpenAI-compatible server: transformers' own, with a random model behind it."""

import shutil

from scripts.score.judging.judgements import count_failures
from tests.support import judge_server

CHAT = "{% for message in messages %}{{ message['content'] }}\n{% endfor %}"
pytestmark = judge_server.needs_server


def test_replies_of_a_model_that_cannot_judge_are_failures_and_no_scores(tiny_model, tmp_path):
    model = tmp_path / "judge"
    shutil.copytree(tiny_model, model)
    (model / "chat_template.jinja").write_text(CHAT)
    records = [
        {"id": str(n), "instruction": "Sum.", "model": f"model {n}", "base": f"base {n}"}
        for n in range(2)
    ]
    with judge_server.serve(model, tmp_path) as server:
        found = judge_server.judge(server, model, tmp_path, records, tokens=8)
    judge_server.check_reviews(found)
    assert sum(count_failures(found).values()) == 4
