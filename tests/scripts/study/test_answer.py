"""How a benchmark is answered: the registry's keys, the study's over them, and what is refused."""

import re
from dataclasses import fields

import pytest
import yaml

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.plan.infer import answering_options, exemplars_inputs
from scripts.study.answer import Answer, answered_by, check_answer, merge_answer, write_answer
from tests.support.studies import default_study


def test_what_a_study_writes_goes_over_what_the_registry_says():
    merged = merge_answer({"temperature": 0.7, "stop": ["END"]}, {"temperature": 0.2})
    assert (merged.temperature, merged.stop) == (0.2, ("END",))


def test_the_plain_way_is_no_option_so_older_predictions_hold():
    assert write_answer(Answer()) is None
    assert write_answer(Answer(top_k=5)) == '{"top_k": 5}'


@pytest.mark.parametrize(
    ("task", "way", "script"),
    [
        ("choice", None, "rank_choices"),
        ("choice", "generate", "generate"),
        ("translation", None, "generate"),
        ("text", None, "measure_text"),
    ],
)
def test_the_way_decides_which_script_answers(task, way, script):
    assert answered_by(task, Answer(way=way)) == script


@pytest.mark.parametrize(
    ("task", "answer", "message"),
    [
        ("text", Answer(shots=2), "shots: 2: a text is measured"),
        ("translation", Answer(way="rank"), "way: rank: the task 'translation' has no choices"),
        ("translation", Answer(rank_by="sum"), 'rank_by: "sum": it is for choices'),
        ("choice", Answer(temperature=0.7), "temperature: 0.7: it is for answers that are gen"),
        ("choice", Answer(way="generate"), "way: generate: the prompt does not list"),
        ("answer", Answer(top_p=0.9), "top_p: 0.9: it is beside a `temperature` above 0"),
        ("answer", Answer(beams=4, temperature=1.0), "temperature: 1.0: it is without `beams`"),
        ("answer", Answer(translate_then_answer=True, shots=2), "shots: 2: it is without `transl"),
        ("answer", Answer(labels=("A", "B"), stop=("x",)), "stop: .*without `labels`"),
        (
            "answer",
            Answer(labels=("A", " A")),
            'labels: \\["A", " A"\\]: expected texts that differ',
        ),
        ("translation", Answer(translate_then_answer=True), "translate_then_answer: the bench"),
    ],
)
def test_keys_that_mean_nothing_are_refused(task, answer, message):
    with pytest.raises(InputError, match=message):
        check_answer(answer, task, listed=False, languages=("zh", "en"))


def study(name, answer, **keys):
    return default_study(benchmarks={name: {"answer": answer, **keys}})


def test_a_mistake_names_the_benchmark_and_the_key():
    with pytest.raises(InputError, match=r"^study.yaml: benchmarks.belebele_zh.answer.shots: 2: "):
        study("belebele_zh", {"shots": 2})
    with pytest.raises(InputError, match=r"mgsm_zh.answer.shots: 8: .*no.*'gsm8k-train_zh'"):
        study("mgsm_zh", {"shots": 8})
    with pytest.raises(InputError, match=r"benchmarks.c3-d_zh.answer.temprature: .*'temperature'"):
        study("c3-d_zh", {"temprature": 2})
    with pytest.raises(InputError, match=r"benchmarks.c3-d_zh.answer.labels"):
        study("c3-d_zh", {"labels": ["A"]})


@pytest.mark.parametrize("name", ["c3-d_zh", "text_zh"])
def test_a_length_of_answers_that_nobody_writes_is_refused(name):
    message = f"benchmarks.{name}.max_new_tokens: 5: it is for answers that are generated"
    with pytest.raises(InputError, match=message):
        default_study(benchmarks={name: {"max_new_tokens": 5}})
    written = {"max_new_tokens": 5, "answer": {"way": "generate"}}
    assert default_study(benchmarks={"c3-d_zh": written}).max_new_tokens["c3-d_zh"] == 5


def test_examples_are_the_records_of_another_benchmark_in_the_same_language():
    found = study("xcopa_zh", {"shots": 2})
    assert exemplars_inputs(found, "xcopa_zh") == ["results/benchmarks/xcopa-val_zh.jsonl"]
    options = answering_options(found, "base", "xcopa_zh")
    assert options[-4:] == [
        *("--answer", '{"shots": 2}'),
        *("--exemplars", "results/benchmarks/xcopa-val_zh.jsonl"),
    ]
    assert "--seed" in options


def test_the_documentation_has_an_example_of_every_key():
    page = (ROOT / "docs/answering.md").read_text(encoding="utf-8")
    blocks = [yaml.safe_load(text) for text in re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)]
    asked = [one for block in blocks for one in block.get("benchmarks", {}).values()]
    found = {key for one in asked for key in one["answer"]}
    assert found == {field.name for field in fields(Answer)}
    for block in blocks:
        if "benchmarks" in block:
            assert default_study(**block).answers.keys() >= block["benchmarks"].keys()
