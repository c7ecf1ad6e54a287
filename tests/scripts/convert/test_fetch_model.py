"""A model of the hub is fetched by the real client from a hub on loopback, or refused in a line."""

import hashlib
import json
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors import safe_open

from scripts.common.errors import InputError
from scripts.common.files import ROOT, sha256
from scripts.convert.hub_record import read_record
from scripts.study.hub import HubModel, parse_hub
from tests.support.hub import TOKEN, hub_environment, read_files, serve_hub
from tests.support.published_models import split_weights

MIB = 1 << 20
CARD = b"---\nlicense: other\nlicense_name: tiny-licence\n---\n# Tiny\n"
UNWANTED = {
    "pytorch_model.bin": b"a pickle",
    "modeling_tiny.py": b"print('code')",
    "consolidated.safetensors": b"the weights once more",
    "original/model.safetensors": b"another form",
    "onnx/model.onnx": b"another form",
}


@pytest.fixture
def hub():
    with serve_hub() as server:
        yield server


@pytest.fixture
def files(tiny_model):
    return read_files(tiny_model) | {"README.md": CARD, "LICENSE": b"as you like"} | UNWANTED


@pytest.fixture
def fetch(hub, tmp_path):
    """Fetch a model in a process of its own; its record and its log are in `tmp_path`."""

    def run(model="hf:org/tiny", **variables):
        command = [sys.executable, "-m", "scripts.convert.fetch_model", "--model", model]
        command += ["--output", str(tmp_path / "record.json"), "--log", str(tmp_path / "log")]
        environment = hub_environment(hub, tmp_path / "home", **variables)
        return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)

    return run


def refused(done) -> str:
    """Return the one line that a process ended with."""
    assert done.returncode == 1 and done.stdout == "", done.stdout + done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("error: hf:")
    return line


def test_weights_and_settings_are_fetched_no_pickles_no_code(hub, fetch, files, tmp_path):
    commit = hub.add("org/tiny", files).references["main"]
    done = fetch()
    assert done.returncode == 0, done.stderr
    wanted = set(files) - set(UNWANTED) - {"stage.json"}
    assert set(hub.fetched()) == wanted
    record = read_record(tmp_path / "record.json")
    assert (record.repository, record.revision, record.commit) == ("org/tiny", "main", commit)
    assert record.licence == "tiny-licence"
    assert record.config == json.loads(files["config.json"])
    folder = tmp_path / "home/hub/models--org--tiny/snapshots" / commit
    assert set(record.files) == {path.name for path in folder.iterdir()} == wanted
    for name, facts in record.files.items():
        assert (folder / name).read_bytes() == files[name]
        assert facts == {"size": len(files[name]), "sha256": sha256(folder / name)}
    assert "model.safetensors: " in (tmp_path / "log").read_text()  # the progress of a download


def test_the_shards_of_an_index_are_fetched(hub, fetch, tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "split")
    split_weights(folder)
    hub.add("org/tiny", read_files(folder) | {"c.safetensors": b"of no index"})
    assert fetch().returncode == 0
    weights = [name for name in hub.fetched() if name.endswith(".safetensors")]
    assert weights == ["a.safetensors", "b.safetensors"]
    hub.repositories["org/tiny"].commits[hub.repositories["org/tiny"].references["main"]].pop(
        "b.safetensors"
    )
    (tmp_path / "record.json").unlink()
    assert "index.json names 'b.safetensors', which is none of its files" in refused(fetch())


@pytest.mark.parametrize("how", ["branch", "tag/1.0", "commit"])
def test_a_revision_is_a_branch_a_tag_or_a_commit(hub, fetch, files, tmp_path, how):
    repository = hub.add("org/tiny", files)
    commit = repository.references["main"]
    repository.references |= {"branch": commit, "tag/1.0": commit}
    repository.commit(files | {"README.md": b"newer"})
    assert fetch(f"hf:org/tiny@{commit if how == 'commit' else how}").returncode == 0
    assert read_record(tmp_path / "record.json").commit == commit


def test_a_cut_connection_resumes_where_it_stopped(hub, fetch, files, tmp_path):
    weights = random.Random(0).randbytes(25 * MIB)
    hub.add("org/tiny", files | {"model.safetensors": weights})
    hub.cuts["model.safetensors"] = [12 * MIB, 11 * MIB]
    done = fetch()
    assert done.returncode == 0, done.stderr
    ranges = [again for _, path, _, again in hub.asked if path.endswith("safetensors") and again]
    assert ranges == [f"bytes={10 * MIB}-", f"bytes={20 * MIB}-"]  # the client writes 10 MiB a time
    facts = read_record(tmp_path / "record.json").files["model.safetensors"]
    assert facts == {"size": len(weights), "sha256": hashlib.sha256(weights).hexdigest()}
    assert "Trying to resume" in (tmp_path / "log").read_text()


def test_a_connection_that_stays_cut_ends_in_one_line(hub, fetch, files):
    hub.add("org/tiny", files)
    hub.cuts["model.safetensors"] = [100] * 99
    assert "cannot be reached (peer closed connection" in refused(fetch())
    assert hub.fetched().count("model.safetensors") == 6


def test_a_server_that_fails_is_asked_again(hub, fetch, files, tmp_path):
    hub.add("org/tiny", files)
    hub.failures = 1
    assert fetch().returncode == 0
    assert "HfHubHTTPError; trying again" in (tmp_path / "log").read_text()


def test_the_record_pins_the_commit_of_a_branch_that_moves(hub, fetch, files, tmp_path):
    repository = hub.add("org/tiny", files)
    assert fetch().returncode == 0
    record = (tmp_path / "record.json").read_bytes()
    repository.commit(files | {"config.json": b"{}", "model.safetensors": b"other weights"})
    shutil.rmtree(tmp_path / "home")
    assert fetch().returncode == 0  # the cache is gone, and the record tells what to fetch
    assert (tmp_path / "record.json").read_bytes() == record
    found = read_record(tmp_path / "record.json")
    folder = tmp_path / "home/hub/models--org--tiny/snapshots" / found.commit
    assert (folder / "model.safetensors").read_bytes() == files["model.safetensors"]


def test_a_gated_repository_names_the_page_and_never_the_token(hub, fetch, files):
    hub.add("org/tiny", files, gated=True)
    line = refused(fetch())
    assert f"ask at {hub.url}/org/tiny; no token was sent (HF_TOKEN" in line
    line = refused(fetch(HF_TOKEN="hf_of_somebody_else"))
    assert f"ask at {hub.url}/org/tiny; the token that was sent may not read it" in line
    assert "hf_of_somebody_else" not in line
    done = fetch(HF_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    assert hub.asked[-1][2] == f"Bearer {TOKEN}"


def test_the_token_is_in_no_message_log_or_file(hub, fetch, files, tmp_path):
    hub.add("org/tiny", files, gated=True)
    hub.cuts["model.safetensors"] = [50_000]
    done = fetch(HF_TOKEN=TOKEN)
    assert done.returncode == 0, done.stderr
    written = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(written) > 8
    assert all(TOKEN.encode() not in path.read_bytes() for path in written)
    assert TOKEN not in done.stdout + done.stderr


@pytest.mark.parametrize("token", ["", TOKEN])
def test_an_unknown_repository_is_one_line(hub, fetch, token):
    line = refused(fetch("hf:org/nothing", HF_TOKEN=token))
    assert f"found no such repository at {hub.url}" in line


def test_an_unknown_revision_is_one_line(hub, fetch, files):
    hub.add("org/tiny", files)
    assert "found no revision 'v9'" in refused(fetch("hf:org/tiny@v9"))
    assert "found no revision 'aaaa" in refused(fetch(f"hf:org/tiny@{'a' * 40}"))


def test_a_commit_that_the_hub_has_lost_is_named(hub, fetch, files, tmp_path):
    hub.add("org/tiny", files)
    assert fetch().returncode == 0
    record = tmp_path / "record.json"
    record.write_text(record.read_text().replace(read_record(record).commit, "b" * 40))
    assert f"found no revision '{'b' * 40}'" in refused(fetch())


def test_offline_takes_what_the_cache_has_or_says_so(hub, fetch, files, tmp_path):
    hub.add("org/tiny", files)
    line = refused(fetch(HF_HUB_OFFLINE="1"))
    assert f"HF_HUB_OFFLINE is set, and not all of its files are in the cache {tmp_path}" in line
    assert fetch().returncode == 0
    first = (tmp_path / "record.json").read_bytes()
    (tmp_path / "record.json").unlink()
    asked = len(hub.asked)
    assert fetch(HF_HUB_OFFLINE="1").returncode == 0
    assert (tmp_path / "record.json").read_bytes() == first
    assert len(hub.asked) == asked


def test_offline_a_cache_that_has_lost_a_file_is_told_of(hub, fetch, files, tmp_path):
    commit = hub.add("org/tiny", files).references["main"]
    assert fetch().returncode == 0
    (tmp_path / "record.json").unlink()
    (tmp_path / "home/hub/models--org--tiny/snapshots" / commit / "model.safetensors").unlink()
    assert "HF_HUB_OFFLINE is set, and not all of its files" in refused(fetch(HF_HUB_OFFLINE="1"))


def test_an_endpoint_that_cannot_be_reached_is_one_line(hub, fetch):
    line = refused(fetch(HF_ENDPOINT="http://127.0.0.1:9"))
    assert "http://127.0.0.1:9 cannot be reached (" in line


@pytest.mark.parametrize("endpoint", ["huggingface.co", ""])
def test_an_endpoint_that_is_none_is_named(fetch, endpoint):
    assert f"HF_ENDPOINT is {endpoint!r}, expected https://" in refused(fetch(HF_ENDPOINT=endpoint))


def test_a_cache_that_cannot_be_written_is_one_line(hub, fetch, files):
    hub.add("org/tiny", files)
    line = refused(fetch(HF_HOME="/proc/nothing"))
    assert line.endswith("/nothing: No such file or directory; HF_HOME says where the cache is")


def test_by_the_config_a_model_is_refused_before_its_weights_are_fetched(hub, fetch, files):
    config = json.loads(files["config.json"]) | {"quantization_config": {"quant_method": "gptq"}}
    hub.add("org/tiny", files | {"config.json": json.dumps(config).encode()})
    assert "hf:org/tiny/config.json: its weights are quantized (gptq)" in refused(fetch())
    assert hub.fetched() == ["config.json"]


def test_a_repository_of_gguf_files_is_told_what_to_do_with_one(hub, fetch):
    hub.add("org/tiny", {"tiny.Q8_0.gguf": b"GGUF"})
    assert "has GGUF files alone: fetch one, and write gguf: and its path" in refused(fetch())


@pytest.mark.parametrize(
    ("without", "line"),
    [
        ({"model.safetensors"}, r"only as pickles (pytorch_model.bin), which are never read"),
        ({"model.safetensors", "pytorch_model.bin"}, "has no weights; expected model.safetensors"),
        ({"config.json"}, "has no config.json"),
        ({"tokenizer.json"}, "has no tokenizer"),
    ],
)
def test_a_repository_that_lacks_something_is_one_line(hub, fetch, files, without, line):
    hub.add("org/tiny", {name: files[name] for name in set(files) - without})
    assert line in refused(fetch())
    assert hub.fetched() == []


def test_a_damaged_cache_is_named(hub, fetch, files, tmp_path):
    hub.add("org/tiny", files)
    assert fetch().returncode == 0
    record = read_record(tmp_path / "record.json")
    folder = tmp_path / "home/hub/models--org--tiny/snapshots" / record.commit
    blob = (folder / "model.safetensors").resolve()
    content = bytearray(blob.read_bytes())
    content[-9] ^= 1
    blob.write_bytes(content)
    line = fetch().stderr
    assert line.startswith(f"error: {blob}: damaged") and line.count("\n") == 1
    blob.unlink()  # as the line says
    assert fetch().returncode == 0
    with safe_open(folder / "model.safetensors", "np") as tensors:
        assert tensors.keys()


def test_names_that_are_none():
    assert parse_hub("hf:org/name@refs/pr/1") == HubModel("org/name", "refs/pr/1")
    assert str(parse_hub("hf:org/name")) == "hf:org/name"
    assert parse_hub("hf:gpt2").record == Path("results/raw/hf/gpt2@main.json")
    for source in ("hf:", "hf:a/b/c", "hf:org/name@", "hf:../x", "hf:org/name@../..", "hf:o/n@/x"):
        with pytest.raises(InputError, match="expected hf:org/name"):
            parse_hub(source)
