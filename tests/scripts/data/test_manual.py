"""What a person must get by hand: taken from where it was put, asked for plainly if it is not."""

import hashlib
import json
import logging
import os
import stat
from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.common.files import sha256
from scripts.data import download
from scripts.study.sources import parse_source


@pytest.fixture(autouse=True)
def places(tmp_path, monkeypatch):
    """An empty working directory; the user's own settings play no part."""
    monkeypatch.delenv("LINGRAFT_MIRROR", raising=False)
    monkeypatch.delenv("LINGRAFT_MANUAL", raising=False)
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")


def get(url, output, *options):
    command = ["--url", url, "--output", str(output), "--home", "https://home.org", *options]
    download.main(download.parser().parse_args(command))


def put(place: Path, content: bytes = b"weights") -> Path:
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


def test_a_file_is_found_in_the_working_directory(tmp_path, caplog, monkeypatch):
    put(Path("manual/sets/a.json"), b"[]")
    monkeypatch.setattr(logging.getLogger("lingraft"), "propagate", True)
    get("manual:sets/a.json", tmp_path / "raw/a.json")
    output = tmp_path / "raw/a.json"
    assert output.read_bytes() == b"[]"
    assert stat.S_IMODE(output.stat().st_mode) == 0o444
    found = hashlib.sha256(b"[]").hexdigest()
    [line] = [record for record in caplog.records if record.levelno == logging.WARNING]
    assert found in line.getMessage() and "no SHA-256" in line.getMessage()
    meta = json.loads((tmp_path / "raw/a.json.meta.json").read_text())
    assert meta["settings"]["sha256"] == found


def test_the_users_folder_comes_before_the_mirror(tmp_path, monkeypatch):
    put(tmp_path / "mine/sets/a.json", b"mine")
    put(tmp_path / "mirror/manual/sets/a.json", b"mirror")
    put(tmp_path / "mirror/manual/sets/b.json", b"mirror")
    monkeypatch.setenv("LINGRAFT_MANUAL", str(tmp_path / "mine"))
    monkeypatch.setenv("LINGRAFT_MIRROR", str(tmp_path / "mirror"))
    get("manual:sets/a.json", tmp_path / "a.json")
    get("manual:sets/b.json", tmp_path / "b.json")
    assert (tmp_path / "a.json").read_bytes() == b"mine"
    assert (tmp_path / "b.json").read_bytes() == b"mirror"


@pytest.mark.parametrize(
    ("url", "kind", "place"),
    [("manual:sets/a.json", "file", "sets/a.json"), ("manual:llama/7B", "folder", "llama/7B")],
)
def test_what_is_not_there_is_asked_for_in_one_line(tmp_path, monkeypatch, url, kind, place):
    monkeypatch.setenv("LINGRAFT_MANUAL", str(tmp_path / "mine"))
    with pytest.raises(InputError) as error:
        get(url, tmp_path / "raw")
    assert str(error.value) == (
        f"{url}: no such {kind}; get it by hand (https://home.org) and put it at "
        f"{tmp_path / 'mine' / place}"
    )
    assert not (tmp_path / "raw").exists()


def test_a_folder_becomes_a_folder_of_links(tmp_path):
    put(Path("manual/llama/7B/params.json"))
    put(Path("manual/llama/7B/deep/part.pth"))
    output = tmp_path / "raw/7B"
    get("manual:llama/7B", output)
    assert not output.is_symlink()
    assert (output / "deep/part.pth").is_symlink()
    assert (output / "deep/part.pth").read_bytes() == b"weights"
    assert sha256(output) == sha256("manual/llama/7B")
    # Snakemake deletes outputs before a job: what the links point to must survive that.
    get("manual:llama/7B", output)
    assert Path("manual/llama/7B/deep/part.pth").read_bytes() == b"weights"


def test_a_folder_with_a_known_digest_is_checked(tmp_path):
    put(Path("manual/llama/7B/params.json"))
    right = sha256("manual/llama/7B")
    get("manual:llama/7B", tmp_path / "raw", "--sha256", right)
    assert not (tmp_path / "raw.meta.json").exists()
    put(Path("manual/llama/7B/params.json"), b"other")
    with pytest.raises(InputError, match=f"expected {right}"):
        get("manual:llama/7B", tmp_path / "other", "--sha256", right)
    assert not (tmp_path / "other").exists()


def test_an_empty_folder_is_named(tmp_path):
    os.makedirs("manual/llama/7B")
    with pytest.raises(InputError, match="7B: an empty folder"):
        get("manual:llama/7B", tmp_path / "raw")


@pytest.mark.parametrize(
    "url",
    ["manual:", "manual:/etc/passwd", "manual:../up", "manual:llama/7B/", "manual:a.json#b"],
)
def test_a_malformed_address_is_named(url):
    with pytest.raises(InputError, match="expected manual:<path>"):
        parse_source(url)


def test_an_ending_tells_a_file_from_a_folder():
    assert parse_source("manual:llama/7B").is_folder
    assert parse_source("manual:x.y/7B").is_folder
    assert not parse_source("manual:sets/a.json").is_folder
    assert not parse_source("https://host/name").is_folder


def test_a_file_and_a_folder_of_this_machine_are_taken(tmp_path):
    put(tmp_path / "mine/a b.json", b"[]")
    get(f"path:{tmp_path}/mine/a b.json", tmp_path / "raw/a.json")
    assert (tmp_path / "raw/a.json").read_bytes() == b"[]"
    get(f"path:{tmp_path}/mine", tmp_path / "raw/mine")
    assert (tmp_path / "raw/mine/a b.json").is_symlink()
    with pytest.raises(InputError, match=f"^path:{tmp_path}/none.json: no such file$"):
        get(f"path:{tmp_path}/none.json", tmp_path / "raw/none.json")
