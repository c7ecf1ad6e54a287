"""An environment is created once, however many ask, and a partial one is never used."""

import subprocess
import sys

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_json, sha256
from scripts.environments import create_environment
from scripts.environments.locks import environment_folder, environment_names, lock_of, python_tag


def options(lock, folder):
    return ["--lock", str(lock), "--output", str(folder / "environment.json")]


def create(lock, folder):
    create_environment.main(create_environment.parser().parse_args(options(lock, folder)))


@pytest.fixture
def lock(tmp_path):
    """A lock of nothing: the environment is real, and there in a second."""
    path = tmp_path / "x.txt"
    path.write_text("# nothing\n")
    return path


def test_it_is_an_environment_of_its_own(tmp_path, lock):
    create(lock, tmp_path / "x-1")
    python = str(tmp_path / "x-1/bin/python")
    code = "import sys; print(sys.prefix)"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "x-1")
    facts = read_json(tmp_path / "x-1/environment.json")
    assert facts == {"lock": "x.txt", "sha256": sha256(lock), "python": python_tag()}


def test_what_is_there_stays_and_what_is_half_there_goes(tmp_path, lock):
    half = tmp_path / "x-1"
    half.mkdir()
    (half / "rest").touch()
    with pytest.raises(InputError, match="found a folder that lingraft has not written"):
        create(lock, half)
    (half / "pyvenv.cfg").touch()
    create(lock, half)
    assert not (half / "rest").exists()
    (half / "kept").touch()
    (half / "environment.json").unlink()  # as a workflow does before it starts the job again
    create(lock, half)
    assert (half / "kept").exists() and (half / "environment.json").exists()


def test_two_at_once_make_one(tmp_path, lock):
    command = [sys.executable, "-m", "scripts.environments.create_environment"]
    command += options(lock, tmp_path / "x-1")
    running = [
        subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(2)
    ]
    printed = [process.communicate()[1] for process in running]
    assert [process.returncode for process in running] == [0, 0], printed
    assert sum("exists already" in text for text in printed) == 1


def test_pip_failing_costs_one_line(tmp_path, lock):
    lock.write_text("--no-index\nno-such-package==1.0\n")
    with pytest.raises(InputError, match=r"x\.txt: pip could not install it: ERROR: No matching"):
        create(lock, tmp_path / "x-1")
    assert not (tmp_path / "x-1/environment.json").exists()
    lock.write_text("")
    create(lock, tmp_path / "x-1")


@pytest.mark.parametrize(
    ("digest", "reason"),
    [("", "Hashes are required"), (" --hash=sha256:" + "0" * 64, "THESE PACKAGES DO NOT MATCH")],
)
def test_a_package_that_is_not_the_locked_one_is_refused(tmp_path, lock, digest, reason):
    (tmp_path / "toy-1.0-py3-none-any.whl").touch()
    lock.write_text(f"--no-index\n--find-links {tmp_path}\ntoy==1.0{digest}\n")
    with pytest.raises(InputError, match=f"pip could not install it: ERROR: {reason}"):
        create(lock, tmp_path / "x-1")


def test_a_folder_is_named_after_the_locks_content(tmp_path, monkeypatch):
    monkeypatch.setenv("LINGRAFT_ENVIRONMENTS", str(tmp_path))
    folders = {environment_folder(name) for name in environment_names()}
    assert all(folder.parent == tmp_path for folder in folders)
    assert len(folders) == len(environment_names())
    monkeypatch.delenv("LINGRAFT_ENVIRONMENTS")
    assert environment_folder("comet").parent == ROOT / ".cache/environments"
    with pytest.raises(InputError, match="no environment 'commet'; did you mean 'comet'"):
        lock_of("commet")
