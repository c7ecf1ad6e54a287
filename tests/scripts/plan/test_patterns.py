"""A rule's pattern matches the names that are its own, and no others."""

import re

import pytest

from scripts.plan.patterns import NOTHING, any_of, benchmarks_of, judged_benchmarks, scored_by
from scripts.plan.score import is_module
from tests.support.studies import JUDGE, default_study

STUDY = default_study()
NAMES = ["flores_en-zh", "flores_zh-en", "ui_en-zh", "c3-d_zh", "c3-d-test_zh", "a.b", "plain"]


@pytest.mark.parametrize("name", NAMES)
def test_names_match_and_their_likes_do_not(name):
    pattern = any_of(NAMES)
    assert re.fullmatch(pattern, name)
    for other in (f"x{name}", f"{name}x", name[1:], name.replace("_", "-"), "aXb"):
        assert not re.fullmatch(pattern, other) or other in NAMES


def test_directions_match_and_no_others():
    codes = ["en", "zh", "el", "e", "yue"]
    named = {f"a_{one}-{two}" for one in codes for two in codes if one != two}
    named |= {"a_en", "b_en-zh", "b_en-el", "c_zh-zh", "c_zh-en"}
    pattern = any_of(named)
    others = {f"{key}_{one}-{two}" for key in "abc" for one in codes for two in codes}
    others |= {f"{name}-zh" for name in named} | {"a_zh", "b_en", "a_-zh", "a_en-"}
    assert {name for name in named | others if re.fullmatch(pattern, name)} == named
    assert re.match(f"(?:{pattern})[.]bleu", "a_en-zh.bleu")
    assert not re.match(f"(?:{pattern})[.]bleu", "a_en-en.bleu")


def test_no_names_match_nothing():
    assert any_of([]) == NOTHING
    assert not re.search(NOTHING, "") and not re.search(NOTHING, "anything")


def test_every_benchmark_is_of_one_task():
    registry = STUDY.registry
    tasks = {entry["task"] for entry in registry.benchmarks.values()}
    patterns = {task: re.compile(benchmarks_of(registry, task)) for task in tasks}
    for name in registry.benchmark_names():
        matching = [task for task, pattern in patterns.items() if pattern.fullmatch(name)]
        assert matching == [registry.benchmark(name).task]


def test_each_score_has_one_rule():
    """Whatever the benchmark and the metric that fits it, one script's pattern matches the path."""
    registry = STUDY.registry
    scripts = {name for metric in registry.metrics.values() for name in metric["tasks"].values()}
    patterns = {name: scored_by(registry, name.__eq__) for name in scripts}
    patterns |= {"module": scored_by(registry, is_module)}
    for benchmark in ("ui_en-zh", "gloss_zh", "text_zh", "xquad_zh", "vicuna_en", "lcsts_zh"):
        task = registry.benchmark(benchmark).task
        for metric, entry in registry.metrics.items():
            path = f"results/m/{benchmark}.{metric}"
            found = {
                name
                for name, pattern in patterns.items()
                if re.fullmatch(f"results/m/(?:{pattern})[.]{metric}", path)
            }
            script = entry["tasks"].get(task)
            expected = {script} if script else set()
            assert found == expected | ({"module"} if script and is_module(script) else set())


def test_a_score_pattern_matches_the_records_beside_it():
    pattern = scored_by(STUDY.registry, is_module)
    assert re.fullmatch(f"(?:{pattern})[.]bleu[.]jsonl", "ui_en-zh.bleu.jsonl")
    assert not re.fullmatch(f"(?:{pattern})[.]bleu[.]json", "ui_en-zh.bleu.json")


def test_only_a_study_with_a_judge_judges():
    assert judged_benchmarks(STUDY) == NOTHING
    judged = judged_benchmarks(default_study(score={"judge": JUDGE}))
    assert re.fullmatch(judged, "vicuna_en") and re.fullmatch(judged, "xquad_zh")
    assert not re.fullmatch(judged, "ui_en-zh")
