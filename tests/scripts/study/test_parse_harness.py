"""Benchmarks of lm-evaluation-harness in a study, checked by the dry run."""

import pytest

from scripts.common.errors import InputError
from scripts.study.parse_study import load_study
from scripts.study.tasks import TASKS
from scripts.study.yaml_file import read_yaml
from tests.support.tiny_study import STUDY


def load(folder, **benchmarks):
    settings = read_yaml(STUDY) | {"benchmarks": {"text_zh": {}, **benchmarks}}
    (folder / "tiny-base").mkdir(exist_ok=True)
    return load_study(settings, str(folder / "study.yaml"))


@pytest.fixture(autouse=True)
def here(tmp_path, monkeypatch, tiny_model):
    (tmp_path / "tiny-base").symlink_to(tiny_model)
    monkeypatch.chdir(tmp_path)


def test_a_task_is_a_benchmark_with_a_name_for_files(tmp_path):
    (tmp_path / "tasks").mkdir()
    study = load(
        tmp_path,
        **{
            "lm-eval/arc_challenge": {"shots": 25, "metrics": ["acc_norm", "accuracy"]},
            "lm-eval/mine.v2": {"tasks": "tasks", "language": "zh", "limit": 4},
        },
    )
    names = [benchmark.name for benchmark in study.benchmarks]
    assert names == ["text_zh", "lm-eval-arc_challenge_en", "lm-eval-mine-v2_zh"]
    arc, mine = (study.harness[name] for name in names[1:])
    assert (arc.task, arc.harness.shots, arc.folder) == ("arc_challenge", 25, None)
    assert (mine.task, mine.folder) == ("mine.v2", tmp_path / "tasks")
    assert study.metrics[names[1]] == ("acc_norm", "accuracy")
    assert study.metrics[names[2]] == ("accuracy",) and study.limits[names[2]] == 4
    found = study.benchmarks[2]
    assert found.task == "harness" and found.languages == ("zh",)
    assert TASKS[found.task].answered_by == "answer_with_harness"
    assert '"lm-eval/arc_challenge": {"shots": 25' in study.written


@pytest.mark.parametrize(
    ("name", "written", "message"),
    [
        (
            "lm-eval/arc_easy",
            {"shot": 5},
            "lm-eval/arc_easy.shot: unknown key; did you mean 'shots'",
        ),
        ("lm-eval/arc_easy", {"shots": -1}, "lm-eval/arc_easy.shots: found -1"),
        ("lm-eval/arc_easy", {"metrics": ["bleu"]}, "'bleu' is no metric of the task 'harness'"),
        ("lm-eval/arc_easy", {"language": "xx"}, "lm-eval/arc_easy.language: found 'xx'"),
        ("lm-eval/arc_easy", {"tasks": "nowhere"}, "lm-eval/arc_easy.tasks: .*nowhere: no such"),
        ("lm-eval/arc easy", {}, "expected lm-eval/ and the name of a task or group"),
        ("mine_zh", {"task": "harness"}, "harness is that of benchmarks named lm-eval/<task>"),
    ],
)
def test_a_mistake_is_one_line_with_its_key(name, written, message, tmp_path):
    with pytest.raises(InputError, match=message) as caught:
        load(tmp_path, **{name: written})
    assert "\n" not in str(caught.value)


def test_two_of_one_name_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"lm-eval-a-b_en is there already"):
        load(tmp_path, **{"lm-eval/a.b": {}, "lm-eval/a-b": {}})
