"""A job has a folder of its own on its node's scratch, and nothing of it stays."""

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from scripts.cluster.scratch import (
    CACHES,
    FOLDER,
    TEMPORARY,
    enter_scratch,
    find_place,
    join_scratch,
)
from scripts.common.errors import InputError
from scripts.common.files import ROOT

KEY = "slurm/site.yaml: scratch"
CODE = (
    "import os, sys, time\n"
    "from scripts.cluster.scratch import enter_scratch\n"
    "enter_scratch(sys.argv[1], 'scratch')\n"
    "import tempfile; open(tempfile.gettempdir() + '/rest', 'w').close()\n"
    "print(os.environ['LINGRAFT_SCRATCH'], flush=True)\n"
    "if os.fork() == 0: sys.exit()\n"
    "os.wait()\n"
    "assert os.path.isdir(os.environ['LINGRAFT_SCRATCH'])\n"
    "sys.stdin.read()\n"
)


def start_job(scratch):
    """Start a process with a folder; return it and the folder."""
    process = subprocess.Popen(
        [sys.executable, "-c", CODE, str(scratch)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    return process, Path(process.stdout.readline().strip())


def test_it_is_there_while_the_job_runs_and_gone_with_it(tmp_path):
    one, first = start_job(tmp_path)
    two, second = start_job(tmp_path)  # which leaves the first one's alone
    assert first != second and (first / "tmp" / "rest").is_file()
    for process in (one, two):
        process.communicate()
    assert (one.returncode, two.returncode) == (0, 0) and not list(tmp_path.iterdir())


def test_what_a_killed_job_has_left_goes_with_the_next_one(tmp_path):
    killed, left = start_job(tmp_path)
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    (tmp_path / "lingraft-job-of-somebody").mkdir()  # no folder that this module made
    assert left.is_dir()
    following, _ = start_job(tmp_path)
    assert not left.exists()
    following.communicate()
    assert [path.name for path in tmp_path.iterdir()] == ["lingraft-job-of-somebody"]


def test_temporary_files_and_caches_lie_in_it(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    environment = {"HF_HOME": "/shared/hub", "SLURM_JOB_ID": "17"}
    enter_scratch(str(tmp_path), KEY, environment)
    folder = environment[FOLDER]
    assert folder.startswith(f"{tmp_path}/lingraft-job-17-")
    assert all(Path(environment[name]).is_dir() for name in (*TEMPORARY, *CACHES))
    assert all(environment[name].startswith(folder) for name in (*TEMPORARY, *CACHES))
    # What was fetched is still found.
    assert environment["HF_HUB_CACHE"] == "/shared/hub/hub"
    assert environment["HF_DATASETS_CACHE"] == "/shared/hub/datasets"


def test_a_place_may_have_variables_of_the_node(tmp_path):
    (tmp_path / "me").mkdir()
    assert find_place(f"{tmp_path}/$WHO", KEY, {"WHO": "me", "WHOLE": "x"}) == tmp_path / "me"
    assert find_place("${TMPDIR}", KEY, {"TMPDIR": str(tmp_path)}) == tmp_path


@pytest.mark.parametrize(
    ("place", "reason"),
    [("/nowhere/scratch", "/nowhere/scratch: no such folder on"),
     ("$TMPDIR/x", r"\$TMPDIR/x: \$TMPDIR is not set on"),
     ("/proc", "/proc: .* on")],
)  # fmt: skip
def test_a_node_without_it_is_named(place, reason):
    with pytest.raises(InputError, match=f"{reason} {os.uname().nodename}"):
        enter_scratch(place, KEY, {})


def test_other_nodes_of_a_job_have_folders_too(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", None)
    first = {FOLDER: str(tmp_path / "lingraft-job-3-abc")}
    join_scratch(KEY, first)  # as on a node where the first one's is not
    assert Path(first[FOLDER]).is_dir() and first[FOLDER] != str(tmp_path / "lingraft-job-3-abc")
    again = dict(first)
    join_scratch(KEY, again)
    assert again == first
    none: dict[str, str] = {}
    join_scratch(KEY, none)
    assert none == {}
