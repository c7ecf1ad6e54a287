"""Models are loaded when first asked, and few are in memory."""

import json
import shutil

import pytest

from scripts.common.digests import write_digests
from scripts.common.errors import InputError
from scripts.serve.speakers import Speakers


class Loaded:
    """Notes what is loaded, and how many models were in memory then."""

    def __init__(self) -> None:
        self.names = []
        self.most = 0

    def __call__(self, found):
        self.names.append(found.name)
        self.most = max(self.most, 1 + len(self.speakers.held))
        return found.name


def build(results, *names):
    for name in names:
        folder = results / "models" / name
        folder.mkdir(parents=True)
        (folder / "stage.json").write_text(json.dumps({"model": name}))
    facts = {"study": "s", "main": names[0], "dtype": "auto", "languages": ["zh"],
             "models": dict.fromkeys(names, "chatml")}  # fmt: skip
    (results / "chat.json").write_text(json.dumps(facts))


@pytest.fixture
def speakers(tmp_path):
    build(tmp_path, "a", "b", "c")
    load = Loaded()
    load.speakers = Speakers(tmp_path, 2, load)
    return load.speakers


def test_the_least_recently_used_one_leaves_before_another_comes(speakers):
    for name in ("a", "b", "a", "c", "a", "b"):
        assert speakers.get(name).speaker == name
    assert speakers.load.names == ["a", "b", "c", "b"]
    assert speakers.load.most == 2 and list(speakers.held) == ["a", "b"]


def test_other_weights_are_loaded_anew(speakers, tmp_path):
    first = speakers.get("a")
    assert speakers.get("a") == first
    (tmp_path / "models/a/stage.json").write_text(json.dumps({"model": "a", "weights": "other"}))
    assert speakers.get("a").weights != first.weights
    assert speakers.load.names == ["a", "a"]


def test_a_model_that_was_changed_answers_nothing(speakers, tmp_path):
    folder = tmp_path / "models/a"
    weights = folder / "model.safetensors"
    weights.write_bytes(b"01")
    write_digests(folder)
    assert speakers.get("a").speaker == "a"
    weights.write_bytes(b"00")  # also where it is in memory already: that may be the file
    with pytest.raises(InputError, match=r"model\.safetensors: damaged, or changed by hand"):
        speakers.get("a")
    assert Speakers(tmp_path, 2, speakers.load).get("b").speaker == "b"


def test_a_model_that_is_gone_is_an_error_and_nothing_else_is_one(speakers, tmp_path):
    speakers.get("a")
    shutil.rmtree(tmp_path / "models/a")
    for name in ("a", "..", "../../etc", str(tmp_path), ""):
        with pytest.raises(InputError, match="no such model is built any more"):
            speakers.get(name)
    assert speakers.get("b").format == "chatml"


def test_a_model_that_cannot_be_loaded_leaves_room(tmp_path):
    build(tmp_path, "a", "b")

    def load(found):
        if found.name == "a":
            raise InputError("damaged")
        return found.name

    speakers = Speakers(tmp_path, 1, load)
    speakers.get("b")
    with pytest.raises(InputError, match="damaged"):
        speakers.get("a")
    assert not speakers.held and speakers.get("b").speaker == "b"
