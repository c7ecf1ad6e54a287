"""x-LLM's judge is asked as its script asks, in a wording that is read from it."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl, write_jsonl
from scripts.score.judging.script_wordings import script_question, script_wordings
from scripts.study.registry import Registry
from scripts.study.sources import raw_path
from tests.support.judge_runs import QUESTIONS, run_judge
from tests.support.judge_stub import serve_judge
from tests.support.published_files import GITHUB
from tests.support.x_llm_scripts import ANSWER, PAIR, write_script

REPLY = "The first is better: much.\nScore of the Assistant 1: 8\nScore of the Assistant 2: 6.5"


def test_the_comparison_is_asked_in_its_form(answers):
    script = write_script(answers, "mieval.eval.py", PAIR)
    records = read_jsonl(answers / "model.jsonl")
    write_jsonl(answers / "model.jsonl", [records[0] | {"input": "given"}, *records[1:]])
    with serve_judge(lambda body: REPLY) as judge:
        found = run_judge(answers, judge.url, "--script", script, "--orders", "one")
    assert all(one["reviews"][0]["scores"] == [8.0, 6.5] for one in found)
    assert found[0]["asked"]["wording"] == "x-llm"
    bodies = [body for *_, body, _ in judge.asked]
    assert {(body["temperature"], body["max_tokens"]) for body in bodies} == {(1, 512)}
    texts = {body["messages"][1]["content"] for body in bodies}
    # An input is on the line below the instruction, and where there is none so is nothing.
    first = next(text for text in texts if text.startswith(f"Q:{QUESTIONS[0]}\ngiven\n1:"))
    assert any(text.startswith(f"Q:{QUESTIONS[1]}\n\n1:") for text in texts)
    assert first.endswith("\nReasons first.\n    Then two lines.\n")
    assert bodies[0]["messages"][0] == {"role": "system", "content": "Be fair."}


def test_temperature_and_length_may_be_others(answers):
    script = write_script(answers, "mieval.eval.py", PAIR)
    with serve_judge(lambda body: REPLY) as judge:
        run_judge(answers, judge.url, "--script", script, "--temperature", "0")
    assert judge.asked[0][2]["temperature"] == 0


def test_another_file_is_refused(answers, judge):
    for text, words in (("x = 1", "found no text prompt_template"), ("def", "Python")):
        script = write_script(answers, "mieval.eval.py", text)
        with pytest.raises(InputError, match=f"mieval.eval.py.*{words}"):
            run_judge(answers, judge.url, "--script", script)


def test_a_judge_of_one_answer_has_no_system_prompt_and_places_by_order(tmp_path):
    wording = script_question(tmp_path / write_script(tmp_path, "xquad.eval.py", ANSWER))
    (message,) = wording.fill({"context": "{answer} T", "answer": "A"})
    assert message["content"] == "YES or NO?\nContext: {answer} T\nAnswer: A\n"
    assert (wording.temperature, wording.max_tokens) == (0, 16)


def test_the_published_scripts_hold_both_wordings():
    entry = Registry().reviews["judges"]["x-llm"]
    paths = [GITHUB.parent / raw_path(entry[name]["url"]) for name in ("pair", "answer")]
    if not all(path.exists() for path in paths):
        pytest.skip("LINGRAFT_MIRROR holds no files of x-LLM")
    wording = script_wordings(paths[0]).default
    assert (wording.temperature, wording.max_tokens) == (1, 512)
    assert "two lines" in wording.prompt and "{question}" not in wording.prompt
    assert "{context}" in script_question(paths[1]).prompt
