"""A study's own data sets are entries like the registry's, checked by the dry run."""

import pytest

from scripts.common.errors import InputError
from scripts.study.own_sources import NO_LICENCE, add_sources
from scripts.study.registry import Registry

REGISTRY = Registry()
COLUMNS = {"instruction": "question", "output": "answer"}


def add(folder, **sources):
    for name in ("mine.csv", "a.en", "a.zh", "mine.jsonl", "book.txt.gz"):
        (folder / name).write_text("question,answer\n")
    return add_sources({"sources": sources}, str(folder / "study.yaml"), REGISTRY)


def test_two_keys_are_enough(tmp_path):
    found = add(tmp_path, mine_en={"url": "mine.csv", "columns": COLUMNS}).dataset("mine_en")
    assert (found.kind, found.entry["loader"]) == ("instruction", "table")
    assert found.entry["options"] == {"columns": COLUMNS}
    ((url, digest),) = found.sources
    assert url == f"path:{tmp_path}/mine.csv" and digest is None
    assert found.entry["licence"] == NO_LICENCE


def test_a_data_set_of_the_hub_is_an_address_like_others(tmp_path):
    url = "hf:org/name@v1#en/train"
    found = add(tmp_path, mine_en={"url": url, "columns": COLUMNS}).dataset("mine_en")
    assert found.sources == ((url, None),)
    assert (found.entry["loader"], found.kind) == ("table", "instruction")
    assert found.entry["home"] == "https://huggingface.co/datasets/org/name"


@pytest.mark.parametrize(
    ("name", "written", "kind", "loader"),
    [
        ("mine_zh", {"columns": {"text": "body"}}, "text", "table"),
        ("mine_zh", {"url": "book.txt.gz"}, "text", "table"),
        ("mine_en-zh", {"columns": {"source": "en", "target": "zh"}}, "parallel", "table"),
        ("mine_zh", {"columns": {"source": "post", "targets": "short"}}, "rewriting", "table"),
        ("mine_en-zh", {"loader": "table", "format": "tmx"}, "parallel", "table"),
        ("mine_en-zh", {"url": {"en": "a.en", "zh": "a.zh"}}, "parallel", "lines"),
        ("mine_en", {"columns": {"output": "a"}, "constants": {"instruction": "Do."}},
         "instruction", "table"),
        ("mine_en", {"columns": {"output": "a"}, "constants": {"behind": ["Do.", "Act."]}},
         "worded", "table"),
        ("mine_en", {"loader": "squad"}, "qa", "squad"),
        ("mine_en", {"columns": {"messages": "messages"}}, "chat", "table"),
        ("mine_en", {"columns": {"messages": "talk", "system": "s"}}, "chat", "table"),
        ("mine_en", {"kind": "chat"}, "chat", "table"),
        ("mine_en", {"loader": "billa", "kind": "text"}, "text", "billa"),
    ],
)  # fmt: skip
def test_what_the_records_are_is_told_by_their_fields(name, written, kind, loader, tmp_path):
    found = add(tmp_path, **{name: {"url": "mine.csv", **written}}).dataset(name)
    assert (found.kind, found.entry["loader"]) == (kind, loader)


def test_pairs_are_there_in_both_directions_and_other_data_sets_stay(tmp_path):
    registry = add(tmp_path, **{"mine_en-zh": {"url": {"en": "a.en", "zh": "a.zh"}}})
    assert registry.dataset("mine_zh-en").languages == ("zh", "en")
    assert registry.dataset("django_en-zh") == REGISTRY.dataset("django_en-zh")
    with pytest.raises(InputError, match="unknown dataset"):
        REGISTRY.dataset("mine_en-zh")


def test_columns_are_those_of_the_direction_in_the_name(tmp_path):
    registry = add(
        tmp_path,
        **{
            "mine_en-zh": {"url": "mine.csv", "columns": {"source": "e", "target": "z"}},
            "told_en-zh": {"url": "mine.csv", "columns": {"source": "{lang}", "target": "{lang}"}},
            "apart_en-zh": {"url": {"en": "a.en", "zh": "a.zh"}},
        },
    )
    turned = [
        name
        for key in ("mine", "told", "apart")
        for name in (f"{key}_en-zh", f"{key}_zh-en")
        if "reversed" in registry.dataset(name).options
    ]
    assert turned == ["mine_zh-en"]


def test_languages_of_one_name_are_one_entry(tmp_path):
    registry = add(
        tmp_path,
        mine_en={"url": "mine.csv", "columns": COLUMNS},
        mine_zh={"url": "mine.jsonl", "columns": COLUMNS},
    )
    assert registry.dataset("mine_zh").sources == ((f"path:{tmp_path}/mine.jsonl", None),)
    assert registry.dataset("mine_en").sources == ((f"path:{tmp_path}/mine.csv", None),)


@pytest.mark.parametrize(
    ("name", "written", "message"),
    [
        ("mine", {"columns": COLUMNS}, "ends in its languages"),
        ("mine_xx", {"columns": COLUMNS}, "ends in its languages"),
        ("mine_en", {}, "expected a kind, a loader, or columns"),
        ("mine_en", {"columns": {"instructoin": "a", "output": "b"}}, "has no 'instructoin'"),
        ("mine_en", {"columns": {"text": "a", "system": "b"}}, "text data has no 'system'"),
        ("mine_en", {"columns": COLUMNS, "options": {"units": "line"}}, "has no 'units'; did you"),
        ("mine_en", {"constants": {"messages": "a"}}, "messages: is no text; expected a column"),
        ("mine_en", {"columns": COLUMNS, "constants": {"input": ["a"]}}, "input: found a list"),
        ("mine_en", {"columns": {"source": "a", "target": "b"}}, "as mine_en-zh"),
        ("mine_en-zh", {"columns": {"text": "a"}}, "as mine_en, a language"),
        ("mine_en", {"loader": "sqaud"}, "no loader 'sqaud'"),
        ("mine_en", {"loader": "billa"}, "expected a kind"),
        ("mine_en", {"loader": "table"}, "expected a kind"),
        ("mine_en-zh", {"url": {"en": "a.en"}}, "one of each language"),
        ("mine_en-zh", {"url": {"en": "a.en", "zh": "a.en"}}, "one file for both"),
        ("mine_en", {"url": "nowhere.csv", "columns": COLUMNS}, "nowhere.csv"),
        ("mine_en", {"url": "org/name", "columns": COLUMNS}, "data set of that .* hf:org/name"),
        ("mine_en", {"url": "data/x.csv", "columns": COLUMNS}, "data/x.csv$"),
        ("mine_en", {"url": "hf:org/name#", "columns": COLUMNS}, "expected hf:org/name, with"),
        ("mine_en", {"url": "hf:org/name", "sha256": "0" * 64, "columns": COLUMNS},
         "sha256: expected neither sha256 nor mirrors"),
        ("everyday_en", {"columns": COLUMNS}, "the registry has a data set of this name"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_line_with_its_key(name, written, message, tmp_path):
    with pytest.raises(InputError, match=f"^sources.{name}: .*{message}") as caught:
        add(tmp_path, **{name: {"url": "mine.csv", **written}})
    assert "\n" not in str(caught.value)


def test_two_that_differ_need_two_names(tmp_path):
    with pytest.raises(InputError, match=r"sources\.mine_zh: its options is another one"):
        add(
            tmp_path,
            mine_en={"url": "mine.csv", "columns": COLUMNS},
            mine_zh={"url": "mine.csv", "columns": {"instruction": "q", "output": "a"}},
        )
