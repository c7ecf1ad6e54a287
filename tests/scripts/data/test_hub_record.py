"""A corpus is read from the files of the hub's cache that a record names, and tells the commit."""

import json

import pyarrow.parquet as pq
import pytest
from huggingface_hub import constants

from scripts.common.errors import InputError
from scripts.common.files import read_json, sha256, write_json
from scripts.common.provenance import meta_path
from scripts.data import build_corpus
from scripts.data.hub_record import open_record, read_record
from scripts.study.hub_data import HubData

COMMIT = "0123456789" * 4
COLUMNS = {"columns": {"instruction": "q", "output": "a"}}
FILES = {"b/1.csv": b"q;a\nWhy?;Because.\n", "a/2.csv": b"q;a\nHow?;So.\n"}


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A cache of the hub's client that has the files of one commit."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    open_record.cache_clear()
    folder = tmp_path / "hub/datasets--org--talk/snapshots" / COMMIT
    for name, content in FILES.items():
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture
def record(cache, tmp_path):
    """The record of both files, which their card says are separated by semicolons."""
    path = tmp_path / HubData("org/talk").raw
    files = {
        name: {"size": len(content), "sha256": sha256(cache / name)}
        for name, content in FILES.items()
    }
    facts = {"repository": "org/talk", "revision": "main", "commit": COMMIT, "licence": "mit"}
    facts |= {"files": files, "part": "", "config": "en", "split": "train"}
    write_json(path, facts | {"options": {"format": "csv", "delimiter": ";"}})
    return path


def build(record, tmp_path, *more, kind="instruction", options=COLUMNS):
    """Build the corpus of a record; return its rows."""
    output = tmp_path / "corpus.parquet"
    command = ["--loader", "table", "--kind", kind, "--raw", str(record), *more]
    command += ["--source-language", "en", "--options", json.dumps(options)]
    arguments = build_corpus.parser().parse_args([*command, "--output", str(output)])
    build_corpus.main(arguments)
    return pq.read_table(output).to_pylist()


def test_files_are_read_in_the_records_order_and_as_its_card_says(record, tmp_path):
    rows = build(record, tmp_path)
    assert [row["instruction"] for row in rows] == ["Why?", "How?"]
    facts = read_json(meta_path(tmp_path / "corpus.parquet"))
    assert facts["settings"]["hub"] == {
        str(record): {"repository": "org/talk", "revision": "main", "commit": COMMIT,
                      "config": "en", "split": "train"}
    }  # fmt: skip
    assert facts["inputs"] == {str(record): sha256(record)}


def test_the_studys_options_are_stronger_than_the_cards(record, tmp_path):
    with pytest.raises(InputError, match=r"org/talk/b/1\.csv, line 2: expected instruction in 'q'"):
        build(record, tmp_path, options=COLUMNS | {"delimiter": ","})


def test_what_the_cache_has_lost_or_damaged_is_one_line(record, cache, tmp_path):
    (cache / "a/2.csv").write_bytes(b"q;a\nHow?;No.\n")
    with pytest.raises(InputError, match=r"a/2\.csv: damaged, its SHA-256 is not the .* delete it"):
        build(record, tmp_path)
    (cache / "a/2.csv").unlink()
    with pytest.raises(InputError, match=r"^hf:org/talk: HF_HUB_OFFLINE is set, and not all of"):
        build(record, tmp_path)
    assert not (tmp_path / "corpus.parquet").exists()


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"commit": "main"}, "commit: found 'main', expected 40 hex digits"),
        ({"files": {"../a": {"size": 1, "sha256": "0" * 64}}}, r"files\.\.\./a: found"),
        ({"options": None}, "options: found None, expected a mapping"),
        ({"split": 3}, "split: found 3, expected a text or null"),
    ],
)
def test_a_record_that_is_none_is_refused(record, changes, line):
    write_json(record, read_json(record) | changes)
    with pytest.raises(InputError, match=line):
        read_record(record)


def test_two_languages_whose_files_are_not_alike_need_the_studys_word(record, tmp_path):
    other = record.with_name("other.hub.json")
    write_json(other, read_json(record) | {"options": {}})
    with pytest.raises(InputError, match="files of different forms; expected the options of both"):
        build(record, tmp_path, str(other), options={})
