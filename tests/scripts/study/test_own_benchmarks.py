"""A study's own benchmarks are entries like the registry's, checked by the dry run."""

import pytest

from scripts.common.errors import InputError
from scripts.study.own_benchmarks import add_benchmarks
from scripts.study.own_sources import add_sources
from scripts.study.registry import Registry

REGISTRY = Registry()
SOURCES = {
    "exam_zh": {"columns": {"choices": ["A", "B"], "answer": "key"}},
    "exam_en": {"columns": {"choices": ["A", "B"], "answer": "key"}},
    "pairs_en-zh": {"columns": {"source": "en", "target": "zh"}},
    "prose_zh": {"columns": {"text": "body"}},
    "prose_en": {"columns": {"text": "body"}},
    "sums_en": {"columns": {"question": "q", "answers": "a"}},
}


def add(folder, **benchmarks):
    (folder / "mine.csv").write_text("q,a\n")
    sources = {name: {"url": "mine.csv", **written} for name, written in SOURCES.items()}
    settings = {"sources": sources, "benchmarks": benchmarks}
    registry = add_sources(settings, str(folder / "study.yaml"), REGISTRY)
    return add_benchmarks(settings, registry)


def test_a_task_is_enough(tmp_path):
    registry = add(tmp_path, exam_zh={"task": "choice"})
    found = registry.benchmark("exam_zh")
    assert (found.task, found.dataset.name, found.languages) == ("choice", "exam_zh", ("zh",))
    assert found.entry["title"] == "exam" and found.entry["metrics"] == ["accuracy"]
    assert "exam_zh" in registry.benchmark_names()
    assert "exam_en" not in registry.benchmark_names()
    with pytest.raises(InputError, match="unknown benchmark"):
        REGISTRY.benchmark("exam_zh")


def test_names_of_the_registry_that_were_asked_for_before_are_not_kept(tmp_path):
    assert REGISTRY.benchmark_names()
    found = add(tmp_path, exam_zh={"task": "choice"}).benchmark_names()
    assert set(found) - set(REGISTRY.benchmark_names()) == {"exam_zh"}


def test_data_may_have_another_name_and_be_the_registrys(tmp_path):
    listed = {"task": "choice", "dataset": "exam", "list_choices": True}
    registry = add(tmp_path, listed_zh=listed, listed_en=listed)
    assert registry.benchmark("listed_en").dataset.name == "exam_en"
    assert registry.benchmark("listed_zh").entry["list_choices"]
    sums = {"task": "open", "dataset": "gsm8k", "max_new_tokens": 8}
    assert add(tmp_path, sums_en=sums).benchmark("sums_en").dataset.name == "gsm8k_en"


def test_pairs_have_both_directions_and_texts_mix(tmp_path):
    pairs = {"task": "translation", "max_new_tokens": 8}
    registry = add(tmp_path, **{"pairs_zh-en": pairs, "prose_zh-en": {"task": "text"}})
    assert registry.benchmark("pairs_zh-en").languages == ("zh", "en")
    assert [one.name for one in registry.benchmark("prose_zh-en").datasets] == [
        "prose_zh",
        "prose_en",
    ]


@pytest.mark.parametrize(
    ("name", "written", "message"),
    [
        ("exam_zh", {}, "a data set, of which a benchmark is made by the key task, one of choice"),
        ("exam_zh", {"list_choices": True}, "found 'list_choices'; the key 'task' is missing"),
        ("c3-d_zh", {"title": "C3"}, "found 'title'; the registry's benchmark has its own"),
        ("exam_zh", {"task": "answer", "max_new_tokens": 8}, "is of kind 'choice', the task"),
        ("sums_en", {"task": "number"}, "the key 'max_new_tokens' is missing"),
        ("exam_tr", {"task": "choice"}, "unknown dataset 'exam_tr'; did you mean 'exam_zh'"),
        ("exma_zh", {"task": "choice"}, "unknown dataset 'exma'; did you mean 'exam'"),
        ("exam", {"task": "choice"}, "ends in its languages"),
        ("xcopa_zh", {"task": "choice", "dataset": "exam"}, "has a benchmark of this name"),
    ],
)
def test_a_mistake_is_one_line_with_its_key(name, written, message, tmp_path):
    with pytest.raises(InputError, match=f"^benchmarks.{name}: .*{message}") as caught:
        add(tmp_path, **{name: written})
    assert "\n" not in str(caught.value)


def test_examples_are_of_another_benchmark_of_the_task(tmp_path):
    drill = {"task": "choice", "dataset": "exam", "exemplars": "xcopa"}
    assert add(tmp_path, drill_zh=drill).benchmark("drill_zh").entry["exemplars"] == "xcopa"
    with pytest.raises(InputError, match=r"benchmarks\.drill: exemplars: exam is the same data"):
        add(tmp_path, drill_zh=drill | {"exemplars": "exam"}, exam_zh={"task": "choice"})
    with pytest.raises(InputError, match=r"exemplars: no benchmark 'exma'; did you mean"):
        add(tmp_path, drill_zh=drill | {"exemplars": "exma"}, exam_zh={"task": "choice"})


def test_two_that_differ_need_two_names(tmp_path):
    with pytest.raises(InputError, match=r"benchmarks\.exam_en: its list_choices is another one"):
        add(tmp_path, exam_zh={"task": "choice"}, exam_en={"task": "choice", "list_choices": True})
