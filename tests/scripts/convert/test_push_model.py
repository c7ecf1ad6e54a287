"""A release is published by the real client to a hub on loopback, and its token stays secret."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from scripts.common.files import ROOT, sha256, write_text
from scripts.convert.push_model import MARKER
from scripts.convert.release_model import write_sums
from tests.support.hub_push import PushHub, serve_push_hub

TOKEN = "hf_a_token_that_nobody_may_read"
NAME = "my-name/billa-zh"


@pytest.fixture
def hub():
    with serve_push_hub(TOKEN) as served:
        yield served


@pytest.fixture
def release(tmp_path) -> Path:
    """Return a folder as `release_model` leaves it, its weights made up."""
    folder = tmp_path / "release"
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(bytes(range(256)) * 5000)
    write_text(folder / "README.md", "# billa-zh\n")
    write_text(folder / "config.json", "{}\n")
    write_sums(folder)
    (folder / MARKER).touch()  # as Snakemake leaves a folder
    return folder


def push(hub: PushHub, release: Path, *more: str, token: str | None = TOKEN, name: str = NAME):
    """Run the script as a person does; return the finished process."""
    command = ["-m", "scripts.convert.push_model", "--release", str(release), *more]
    home = {"HF_HOME": str(release.parent / "home"), "HF_HUB_DISABLE_XET": "1"}
    home["HF_HUB_OFFLINE"] = "0"  # else TRANSFORMERS_OFFLINE counts, which other tests set
    told = {"HF_ENDPOINT": hub.url} | ({"HF_TOKEN": token} if token else {})
    kept = {key: value for key, value in os.environ.items() if not key.startswith("HF_")}
    return subprocess.run(
        [sys.executable, *command, "--repository", name],
        env=kept | home | told,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )


def test_all_files_arrive_and_the_token_is_nowhere(hub, release, tmp_path):
    log = tmp_path / "push.log"
    done = push(hub, release, "--log", str(log))
    assert done.returncode == 0, done.stderr
    assert done.stdout == f"{hub.url}/{NAME}\n"
    files = {file.name: file.read_bytes() for file in release.iterdir() if file.name != MARKER}
    assert hub.repositories == {NAME: files}
    assert hub.private == {NAME: True}
    # The weights went by Git LFS, to an address that was given no token.
    assert sha256(release / "model.safetensors") in hub.large
    assert {sent for method, _, sent in hub.requests if method == "PUT"} == {None}
    written = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert log in written
    assert not [file for file in written if TOKEN.encode() in file.read_bytes()]
    assert TOKEN not in done.stdout + done.stderr


def test_a_second_release_takes_the_place_of_the_first(hub, release):
    assert push(hub, release, "--public").returncode == 0
    assert hub.private == {NAME: False}
    (release / "model.safetensors").rename(release / "model-00001-of-00001.safetensors")
    write_text(release / "README.md", "# billa-zh, again\n")
    (release / MARKER).unlink()
    write_sums(release)
    assert push(hub, release).returncode == 0
    assert hub.repositories[NAME].keys() == {file.name for file in release.iterdir()}
    assert hub.repositories[NAME]["README.md"] == b"# billa-zh, again\n"


@pytest.mark.parametrize(("token", "status"), [(None, ""), ("hf_another", "(403)")])
def test_without_a_token_that_may_write_one_line_says_so(hub, release, token, status):
    done = push(hub, release, token=token)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert "HF_TOKEN" in line and "hf auth login" in line and status in line
    assert not token or token not in line
    assert hub.repositories == {}


def test_a_hub_that_cannot_be_reached_is_one_line(hub, release):
    hub.url = "http://127.0.0.1:9"
    done = push(hub, release)
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"error: {NAME}: not published at {hub.url} (") and TOKEN not in line


def test_a_damaged_or_other_file_is_never_sent(hub, release):
    (release / "config.json").write_text("{ }\n")
    done = push(hub, release)
    assert done.returncode == 1
    assert f"{release}/config.json: not as in SHA256SUMS" in done.stderr
    (release / MARKER).unlink()
    write_sums(release)
    (release / "notes.txt").write_text("mine")
    assert "notes.txt is not in it" in push(hub, release).stderr
    assert "expected organisation/name" in push(hub, release, name="billa-zh").stderr
    (release / "notes.txt").unlink()
    assert "--repository: Cannot have -- or .." in push(hub, release, name="a/b..c").stderr
    assert hub.requests == []
