"""Models are found by name or folder, with the format that they are asked in."""

import json
import shutil

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.infer.chat.find import built_models, find_model
from scripts.study.chat_file import ChatFile, read_chat_file, write_chat_file

OWN = json.dumps({"prompt": "Q: {query}\nA:", "end": "\n", "opening": "A:"})
STUDY = ChatFile("one", "tuned", "float32", ("zh",), {"base": "billa", "tuned": OWN, "late": "raw"})


@pytest.fixture
def results(tiny_model, tmp_path, monkeypatch):
    for name in ("base", "tuned", "other"):
        shutil.copytree(tiny_model, tmp_path / "results/models" / name)
    (tmp_path / "results/models/half").mkdir()
    write_chat_file(STUDY, tmp_path / "results/chat.json")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "results"


def test_the_file_says_what_was_written(results):
    assert read_chat_file(results / "chat.json") == STUDY
    assert read_chat_file(results / "none.json") is None
    (results / "chat.json").write_text('{"study": 1}')
    with pytest.raises(InputError, match=r"chat\.json"):
        read_chat_file(results / "chat.json")


def test_models_that_are_built_come_in_the_studys_order(results):
    assert built_models() == ["base", "tuned", "other"]


def test_a_model_is_found_by_name_or_folder(results):
    found = find_model("base")
    assert (found.name, found.format, found.dtype) == ("base", "billa", "float32")
    assert find_model(str(results / "models/base")).format == "billa"
    assert find_model(None).form.prompt == "Q: {query}\nA:"
    assert find_model("base", "raw", "bfloat16").form.prompt == "{query}"


def test_what_no_study_knows_has_the_format_of_its_training_or_its_own(results, tmp_path):
    stage = results / "models/other/stage.json"
    stage.write_text(json.dumps(read_json(stage) | {"data": {"format": "alpaca"}}))
    assert find_model("other").format == "alpaca"
    with pytest.raises(InputError, match="found no chat template"):
        shutil.copytree(results / "models/base", tmp_path / "elsewhere/a/b")
        find_model(str(tmp_path / "elsewhere/a/b"))


@pytest.mark.parametrize(
    ("name", "message"),
    [("bsae", "did you mean 'base'"), ("late", "no such model is built"), ("half", "is built")],
)
def test_a_model_that_is_not_there_is_named(name, message, results):
    if name == "half":
        shutil.rmtree(results / "models/half")
    with pytest.raises(InputError, match=message):
        find_model(name)


def test_without_any_model_one_is_told_to_run_the_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=r"chat\.json: found none; run the study"):
        find_model(None)
    with pytest.raises(InputError, match="no model is built; run `make` first"):
        find_model("base")
