"""Files of the future end a run with one line that says how to give them the time of now."""

import os
import subprocess
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from scripts.common.errors import InputError
from scripts.plan.file_times import check_times


@pytest.fixture
def job(tmp_path, monkeypatch):
    """A job with two inputs, one of which is still to be made."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    (tmp_path / "results/a").touch()
    return SimpleNamespace(input=["results/a", "results/b"])


@pytest.mark.parametrize("ahead", [-3600, 0, 30])
def test_what_is_of_the_past_or_of_a_fast_server_is_taken(job, ahead):
    os.utime("results/a", (time.time() + ahead,) * 2)
    check_times([job])


def test_the_command_that_is_told_is_the_remedy(job, tmp_path):
    os.utime("results/a", (time.time() + 86400,) * 2)
    with pytest.raises(InputError, match=r"^results/a: of the future \(") as error:
        check_times([job])
    command = str(error.value).partition("its time: ")[2]
    subprocess.run(["bash", "-c", command], check=True)
    check_times([job])
    assert abs((tmp_path / "results/a").stat().st_mtime - time.time()) < 60


def test_others_are_counted(job):
    Path("results/b").touch()
    for name in job.input:
        os.utime(name, (time.time() + 86400,) * 2)
    with pytest.raises(InputError, match="results/a and 1 more files: of the future"):
        check_times([job])
