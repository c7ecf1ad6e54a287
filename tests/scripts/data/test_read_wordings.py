"""Wordings are read as they are published; Python files of others are never run."""

import hashlib
import json
from pathlib import Path

import pytest
import yaml

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.data import read_wordings
from scripts.study.wordings import Wordings
from tests.support.mirror import MIRROR

BILLA = MIRROR / (
    "raw.githubusercontent.com/Neutralzz/BiLLa/0cf5267753a0cb3c9d1889eb27817a6f6d17cd9c/"
    "train_codes/pretraining_corpora/translate"
)
OWN = ROOT / "prompts/rotating.yaml"
# The form of x-LLM's loaders, with other words.
LOADER = '''"""A loader."""
import nothing_that_exists
raise SystemExit("run")
_INSTRUCTIONS = [
    "From {source_lang} to {target_lang}.",
    "In {target_lang}?",
]
'''
QUESTIONS = '''
_INSTRUCTIONS = {"zh": "答"}
_TEMPLATES = {
"zh": """\\
文: {context}
问: {question}
""",
}
'''


def read(folder: Path, form: str, *options: str, **files) -> Wordings:
    """Return what the script writes of files, by what they hold."""
    words = ["--name", "some", "--form", form, "--output", str(folder / "some.json"), *options]
    words += ["--files", *(f"{role.replace('_', '-')}={path}" for role, path in files.items())]
    read_wordings.main(read_wordings.parser().parse_args(words))
    return Wordings.read(folder / "some.json")


def write(folder: Path, **texts: str) -> dict[str, Path]:
    """Return files of these texts."""
    paths = {name: folder / f"{name}.txt" for name in texts}
    for name, path in paths.items():
        path.write_text(texts[name], encoding="utf-8")
    return paths


def test_python_files_are_read_and_never_run(tmp_path):
    files = write(tmp_path, translation=LOADER, answer=QUESTIONS)
    names = ["--names", json.dumps({"el": "Modern Greek"})]
    found = read(tmp_path, "python", *names, **files)
    assert found.requests(("en", "el"), ("English", "Greek")) == (
        "From English to Modern Greek.", "In Modern Greek?",
    )  # fmt: skip
    assert found.ask_answer("zh", "{question}", "什么？") == ("答", "文: {question}\n问: 什么？\n")
    assert found.ask_answer("de", "Text", "Was?")[1] == "Text\nWas?"
    assert not found.drawn


@pytest.mark.parametrize(
    ("translation", "message"),
    [
        ("x = 1\n", "found no _INSTRUCTIONS"),
        ("_INSTRUCTIONS = [str(1)]\n", "cannot be read .*expected a literal"),
        ("_INSTRUCTIONS = [\n", "cannot be read .*expected Python"),
        ("_INSTRUCTIONS = []\n", "expected lists of texts"),
        ("_INSTRUCTIONS = ['a', ' ']\n", "expected lists of texts"),
    ],
)
def test_a_file_of_another_form_is_one_line(tmp_path, translation, message):
    files = write(tmp_path, translation=translation, answer=QUESTIONS)
    with pytest.raises(InputError, match=message):
        read(tmp_path, "python", **files)


def test_lines_are_of_a_direction(tmp_path):
    files = write(tmp_path, en_zh="Into Chinese.\n\n译成中文。", zh_en="Into English.")
    found = read(tmp_path, "lines", "--drawn", **files)
    assert found.requests(("en", "zh"), ("English", "Chinese")) == ("Into Chinese.", "译成中文。")
    assert found.requests(("zh", "en"), ("Chinese", "English"), behind=True) == ("Into English.",)
    assert found.drawn
    with pytest.raises(InputError, match="no request for el-en"):
        found.requests(("el", "en"), ("Greek", "English"))


@pytest.mark.skipif(not BILLA.is_dir(), reason="no mirror with BiLLa's samples")
def test_billas_requests_as_published(tmp_path):
    files = {name: BILLA / f"{name.replace('_', '-')}.prompt" for name in ("en_zh", "zh_en")}
    found = read(tmp_path, "lines", "--drawn", **files)
    for way in ("en-zh", "zh-en"):
        requests = found.requests(tuple(way.split("-")), ("", ""))
        assert len(requests) == len(set(requests)) == 20


def test_our_own_take_turns_in_thirty_three_ways(tmp_path):
    found = read(tmp_path, "yaml", all=OWN)
    requests = found.requests(("en", "zh"), ("English", "Chinese"))
    assert len(requests) == len(set(requests)) == 33
    assert all("Chinese" in request for request in requests)
    assert not any("{" in request for request in requests)
    assert set(found.answer) == {"ar", "el", "en", "hi", "tr", "vi", "zh"}
    for wording in found.answer.values():
        assert wording["input"].index("{context}") < wording["input"].index("{question}")


def test_the_registry_knows_the_digest_of_our_own():
    entry = yaml.safe_load((ROOT / "registry/wordings.yaml").read_text(encoding="utf-8"))
    digest = entry["rotating"]["files"]["all"]["sha256"]
    assert hashlib.sha256(OWN.read_bytes()).hexdigest() == digest


def test_a_damaged_file_of_wordings_is_one_line(tmp_path):
    path = tmp_path / "some.json"
    path.write_text('{"name": "some"}')
    with pytest.raises(InputError, match=r"some\.json: cannot be read .*expected wordings"):
        Wordings.read(path)
