"""BiLLa's published prompts and reviewers are asked as its script asks them."""

import re

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl, write_jsonl
from tests.support.judge_runs import QUESTIONS, run_judge
from tests.support.judge_stub import serve_judge


def files(folder):
    general = {
        "prompt_id": 1,
        "system_prompt": "S",
        "prompt_template": "{question}|{answer_1}|{answer_2}|{prompt}",
        "defaults": {"prompt": "general {x}"},
    }
    write_jsonl(
        folder / "prompt.jsonl",
        [general, {**general, "prompt_id": 2, "defaults": {"prompt": "count"}}],
    )
    ways = [(1, "general", 0.2), (2, "math", 0.4)]
    write_jsonl(
        folder / "reviewer.jsonl",
        [
            {
                "reviewer_id": f"r-{category}",
                "prompt_id": number,
                "category": category,
                "metadata": {"temperature": heat, "max_tokens": 64},
            }
            for number, category, heat in ways
        ],
    )
    paths = ["--prompts", folder / "prompt.jsonl", "--reviewers", folder / "reviewer.jsonl"]
    return [*map(str, paths), "--tuple", "math"]


def test_the_category_picks_prompt_reviewer_and_shape(answers):
    for name in ("model", "base"):
        path = answers / f"{name}.jsonl"
        records = read_jsonl(path)
        records[1]["category"] = "math"
        write_jsonl(path, records)
    options = files(answers)
    with serve_judge(lambda body: "8 6\n(3, 4)") as judge:
        found = run_judge(answers, judge.url, "--orders", "one", *options)
    bodies = {body["messages"][1]["content"].split("|")[0]: body for _, _, body, _ in judge.asked}
    assert bodies[QUESTIONS[0]]["messages"][1]["content"].endswith("|general {x}")
    assert bodies[QUESTIONS[1]]["messages"][1]["content"].endswith("|count")
    assert bodies[QUESTIONS[1]]["temperature"] == 0.4
    assert found[0]["reviews"][0]["scores"] == [8.0, 6.0]
    assert found[1]["reviews"][0]["scores"] == [3.0, 4.0]
    assert found[1]["asked"]["wording"] == "r-math"


@pytest.mark.parametrize(("name", "reply"), [("brief", "8 6\nWell."), ("reasons", "Well.\n8\n6")])
def test_our_own_wordings_are_read_where_they_ask_for_scores(answers, name, reply):
    with serve_judge(lambda body: reply) as judge:
        found = run_judge(answers, judge.url, "--orders", "one", "--wording", name)
    assert all(one["reviews"][0]["scores"] == [8.0, 6.0] for one in found)
    assert not re.search(r"\{\w+\}", judge.asked[0][2]["messages"][1]["content"])


def test_a_reviewer_without_its_prompt_is_refused(answers, judge):
    options = files(answers)
    path = answers / "prompt.jsonl"
    write_jsonl(path, read_jsonl(path)[:1])
    with pytest.raises(InputError, match=r"reviewer.jsonl:2: found no 2 there or in"):
        run_judge(answers, judge.url, *options)
