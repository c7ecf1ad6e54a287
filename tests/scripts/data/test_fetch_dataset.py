"""A part of a data set is fetched from a hub on loopback by the real client, or is one line."""

import shutil
import subprocess
import sys

import pytest

from scripts.common.files import ROOT, read_json, sha256
from scripts.data.hub_record import read_record
from scripts.study.hub_data import parse_hub_data
from tests.support.hub import TOKEN, hub_environment, serve_hub
from tests.support.hub_data import parquet, talk_files

NAME = "datasets/org/talk"
TRAIN = ["en/train-00000-of-00002.parquet", "en/train-00001-of-00002.parquet"]


@pytest.fixture(scope="module")
def files():
    return talk_files()


@pytest.fixture
def hub(files):
    with serve_hub() as server:
        server.add(NAME, files)
        yield server


@pytest.fixture
def fetch(hub, tmp_path):
    """Fetch a part in a process of its own; its record and its log are in `tmp_path`."""

    def run(source, **variables):
        command = [sys.executable, "-m", "scripts.data.fetch_dataset", "--source", source]
        command += ["--output", str(tmp_path / "x.hub.json"), "--log", str(tmp_path / "log")]
        environment = hub_environment(hub, tmp_path / "home", **variables)
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    return run


def refused(done) -> str:
    """Return the one line that a process ended with."""
    assert done.returncode == 1 and done.stdout == "", done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: hf:")
    return line


def test_a_split_of_the_default_config_is_fetched_and_recorded(hub, fetch, files, tmp_path):
    done = fetch("hf:org/talk")
    assert done.returncode == 0 and not done.stderr, done.stderr
    commit = hub.repositories[NAME].references["main"]
    record = read_record(tmp_path / "x.hub.json")
    assert (record.repository, record.revision, record.commit) == ("org/talk", "main", commit)
    assert (record.config, record.split, record.licence) == ("en", "train", "cc-by-4.0")
    assert set(hub.fetched()) == {"README.md", *TRAIN}
    folder = tmp_path / "home/hub/datasets--org--talk/snapshots" / commit
    assert list(record.files) == TRAIN
    for name, facts in record.files.items():
        assert (folder / name).read_bytes() == files[name]
        assert facts == {"size": len(files[name]), "sha256": sha256(folder / name)}
    log = (tmp_path / "log").read_text()
    assert f"hf:org/talk is commit {commit}" in log and "config en, split train" in log
    assert not (tmp_path / "home/datasets").exists()  # no second copy, no second cache


@pytest.mark.parametrize(
    ("source", "names"),
    [
        ("hf:org/talk#zh", ["zh/all.parquet"]),
        ("hf:org/talk#test", ["en/test.parquet"]),
        ("hf:org/talk#en/*.parquet", ["en/test.parquet", *TRAIN]),
    ],
)
def test_a_part_is_a_config_a_split_or_files(hub, fetch, source, names, tmp_path):
    assert fetch(source).returncode == 0
    assert list(read_record(tmp_path / "x.hub.json").files) == names


def test_without_a_card_the_names_of_files_tell_the_splits(hub, fetch, tmp_path):
    rows = parquet([{"text": "a"}])
    hub.add("datasets/org/plain", {f"data/{name}-00000-of-00001.parquet": rows for name in "ab"})
    assert "none of them train: name one behind '#'; expected one of: a, b" in refused(
        fetch("hf:org/plain")
    )
    assert fetch("hf:org/plain#b").returncode == 0
    record = read_record(tmp_path / "x.hub.json")
    assert list(record.files) == ["data/b-00000-of-00001.parquet"] and record.licence is None


def test_the_hubs_own_conversion_keeps_configs_apart(hub, fetch, tmp_path):
    converted = {f"{code}/train/0000.parquet": parquet([{"text": code}]) for code in ("en", "zh")}
    hub.repositories[NAME].commit(converted, "refs/convert/parquet")
    line = refused(fetch("hf:org/talk@refs/convert/parquet"))
    assert "has several configs: name one behind '#'; expected one of: en, zh" in line
    assert fetch("hf:org/talk@refs/convert/parquet#zh").returncode == 0
    assert list(read_record(tmp_path / "x.hub.json").files) == ["zh/train/0000.parquet"]


def test_a_script_is_never_run(hub, fetch, tmp_path):
    script = f"open({str(tmp_path / 'ran')!r}, 'w')".encode()
    hub.add("datasets/org/old", {"old.py": script, "a.json": b"{}"})
    line = refused(fetch("hf:org/old"))
    assert "a script of its own (old.py), which is never run" in line
    assert "@refs/convert/parquet" in line and not (tmp_path / "ran").exists()


def test_a_data_set_that_was_renamed_is_fetched_under_its_name_now(hub, fetch, files, tmp_path):
    hub.add("datasets/talk", files, renamed="org/talk")
    assert fetch("hf:talk#zh").returncode == 0
    assert read_record(tmp_path / "x.hub.json").repository == "org/talk"


def test_the_record_pins_the_commit_of_a_branch_that_moves(hub, fetch, files, tmp_path):
    assert fetch("hf:org/talk#zh").returncode == 0
    first = (tmp_path / "x.hub.json").read_bytes()
    hub.repositories[NAME].commit(files | {"zh/all.parquet": b"other"})
    shutil.rmtree(tmp_path / "home")
    assert fetch("hf:org/talk#zh").returncode == 0  # the cache is gone, and the record tells what
    assert (tmp_path / "x.hub.json").read_bytes() == first
    (tmp_path / "x.hub.json").unlink()
    assert fetch("hf:org/talk#zh").returncode == 0
    commit = hub.repositories[NAME].references["main"]
    assert read_json(tmp_path / "x.hub.json")["commit"] == commit != read_json_bytes(first)


def read_json_bytes(content: bytes) -> str:
    """Return the commit that a record's bytes name."""
    return content.decode().partition('"commit": "')[2].partition('"')[0]


def test_a_cut_connection_resumes_and_a_failing_server_is_asked_again(hub, fetch, tmp_path):
    hub.failures = 1
    hub.cuts["zh/all.parquet"] = [1000]
    done = fetch("hf:org/talk#zh/*.parquet")
    assert done.returncode == 0, done.stderr
    assert "HfHubHTTPError; trying again" in (tmp_path / "log").read_text()


def test_a_hub_that_was_asked_too_often_is_given_a_pause(hub, fetch, tmp_path):
    hub.failures, hub.failure = 2, 429
    done = fetch("hf:org/talk#zh/*.parquet")
    assert done.returncode == 0, done.stderr
    assert "trying again in 1 s" in (tmp_path / "log").read_text()
    (tmp_path / "x.hub.json").unlink()
    hub.failures = 99
    assert "answered 429, too many requests; with HF_TOKEN" in refused(fetch("hf:org/talk#zh"))


def test_the_token_is_sent_and_is_in_no_message_log_or_file(hub, fetch, files, tmp_path):
    hub.repositories[NAME].gated = True
    line = refused(fetch("hf:org/talk"))
    assert f"ask at {hub.url}/datasets/org/talk; no token was sent (HF_TOKEN" in line
    line = refused(fetch("hf:org/talk", HF_TOKEN="hf_of_somebody_else"))
    assert "the token that was sent may not read it" in line and "somebody" not in line
    done = fetch("hf:org/talk", HF_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert all(TOKEN.encode() not in path.read_bytes() for path in written)


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("hf:org/nothing", "found no such repository at {hub}, or it is a private one: see {hub}"),
        ("hf:org/talk@v9", "found no revision 'v9', expected a branch, tag or commit of {hub}"),
        ("hf:org/talk#e", "has no config or split 'e'; did you mean 'en'?"),
        ("hf:org/talk#en/tests", "'en' has no split 'tests'; did you mean 'test'?"),
        ("hf:org/talk#zh/al.parquet", "matches 'zh/al.parquet'; did you mean 'zh/all.parquet'?"),
    ],
)
def test_what_there_is_not_is_one_line(hub, fetch, source, line):
    assert refused(fetch(source)).startswith(f"error: {source}: ")
    assert line.format(hub=hub.url) in refused(fetch(source))


def test_without_a_hub_the_record_is_enough(hub, fetch, tmp_path):
    line = refused(fetch("hf:org/talk#zh", HF_HUB_OFFLINE="1"))
    assert "HF_HUB_OFFLINE is set" in line
    line = refused(fetch("hf:org/talk#zh", HF_ENDPOINT="http://127.0.0.1:9"))
    assert "http://127.0.0.1:9 cannot be reached (" in line
    assert fetch("hf:org/talk#zh").returncode == 0
    asked = len(hub.asked)
    assert fetch("hf:org/talk#zh", HF_HUB_OFFLINE="1").returncode == 0
    assert len(hub.asked) == asked


def test_without_a_hub_a_single_file_of_the_cache_is_known(hub, fetch, tmp_path):
    assert fetch("hf:org/talk#zh/*.parquet").returncode == 0
    first = read_record(tmp_path / "x.hub.json")
    (tmp_path / "x.hub.json").unlink()
    line = refused(fetch("hf:org/talk#zh/*.parquet", HF_HUB_OFFLINE="1"))  # there may be others
    assert "HF_HUB_OFFLINE is set, and not all of its files are in the cache" in line
    assert fetch("hf:org/talk#zh/all.parquet", HF_HUB_OFFLINE="1").returncode == 0
    found = read_record(tmp_path / "x.hub.json")
    assert (found.commit, found.files, found.licence) == (first.commit, first.files, "cc-by-4.0")


def test_what_came_before_a_failure_is_not_fetched_again(hub, fetch):
    hub.cuts[TRAIN[1]] = [10] * 99
    assert "cannot be reached (peer closed connection" in refused(fetch("hf:org/talk#en/train*"))
    hub.cuts.clear()
    hub.asked.clear()
    assert fetch("hf:org/talk#en/train*").returncode == 0
    assert hub.fetched() == TRAIN[1:]


def test_two_processes_share_what_they_fetch(hub, tmp_path):
    command = [sys.executable, "-m", "scripts.data.fetch_dataset", "--source"]
    command += ["hf:org/talk#en/train*", "--output"]
    environment = hub_environment(hub, tmp_path / "home")
    paths = [tmp_path / f"{name}.hub.json" for name in "ab"]
    jobs = [subprocess.Popen([*command, str(path)], env=environment, cwd=ROOT) for path in paths]
    assert [job.wait() for job in jobs] == [0, 0]
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_what_no_reader_of_ours_takes_is_one_line(hub, fetch):
    hub.add("datasets/org/images", {"a.png": b"png", "b.png": b"png"})
    assert "its files are imagefolder; expected one of parquet" in refused(fetch("hf:org/images"))
    hub.add("datasets/org/empty", {"README.md": b"nothing"})
    assert "has no data in a form that is known" in refused(fetch("hf:org/empty"))
    card = b"---\nconfigs: [{config_name: a, data_files: b.csv}]\n---\n"
    hub.add("datasets/org/lost", {"README.md": card, "a.csv": b"a\n1\n"})
    assert "hf:org/lost: has no file 'b.csv', which its card names" in refused(fetch("hf:org/lost"))
    card = b"---\nconfigs: 3\n---\n"
    hub.add("datasets/org/broken", {"README.md": card, "a.csv": b"a\n1\n"})
    assert "configs" in refused(fetch("hf:org/broken"))


def test_parts_of_one_revision_are_of_one_commit(hub, tmp_path):
    """Though the branch has moved in between."""
    raw = tmp_path / "raw"

    def fetch_part(part):
        data = parse_hub_data(f"hf:org/talk#{part}")
        command = [sys.executable, "-m", "scripts.data.fetch_dataset", "--source", str(data)]
        command += ["--output", str(raw / data.raw)]
        environment = hub_environment(hub, tmp_path / "home")
        done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return read_record(raw / data.raw)

    first = fetch_part("en")
    moved = {"zh/all.parquet": parquet([{"question": "x", "answer": "y"}])}
    hub.repositories[NAME].commit({**talk_files(), **moved})
    assert hub.repositories[NAME].references["main"] != first.commit
    for part in ("zh", "en/test"):
        later = fetch_part(part)
        assert (later.commit, later.revision) == (first.commit, "main")
