"""Before anything is planned a study is read, and refused in one line where it cannot run."""

import subprocess
import sys
from types import SimpleNamespace

import pytest

from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.plan import start
from scripts.plan.machine import Machine, inspect_machine
from scripts.plan.start import check_stages, open_study
from tests.support.meta_checkpoint import make_weights, write_checkpoint
from tests.support.studies import DEFAULT, default_study


def test_a_mistake_ends_with_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    study = tmp_path / "study.yaml"
    study.write_text("name: x\nname: y\n")
    with pytest.raises(SystemExit, match=r"^error: study.yaml:2: the key 'name' "):
        open_study({}, [study])
    study.write_text("name: x\n")
    with pytest.raises(SystemExit, match=r"^error: study.yaml: main: unknown model 'nobody'"):
        open_study(DEFAULT | {"main": "nobody"}, [study])


def test_a_path_that_the_system_refuses_ends_with_one_line(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "study.yaml").write_text("name: x\n")
    for place, line in [("/" + "x" * 300, "File name too long"), ("~nobody-here/m", "no home of")]:
        with pytest.raises(SystemExit, match=rf"^error: .*{line}") as error:
            settings = DEFAULT | {"base": {"from": place, "format": "brief"}}
            open_study(settings, ["study.yaml"])
        assert "\n" not in str(error.value)


def test_a_mistake_is_one_line_that_a_terminal_shows_as_it_is():
    with pytest.raises(SystemExit, match=r"^error: a\.yaml: red, expected blue$"), start.one_line():
        raise InputError("a.yaml: \x1b[31mred,\nexpected \x1b]0;title\x07blue")
    with pytest.raises(SystemExit, match=r"^error: red: No such file$"), start.one_line():
        raise FileNotFoundError(2, "No such file", "\x1b[31mred")


def test_the_last_file_names_the_study(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text("name: x\n")
    found = open_study(DEFAULT, [tmp_path / "one.yaml", tmp_path / "two.yaml"])
    assert (found.file, found.name) == ("two.yaml", DEFAULT["name"])


def test_a_dry_run_is_told_the_memory_and_another_run_is_not(capsys):
    check_stages(default_study(), ["all", "--cores", "2"])
    assert capsys.readouterr().err == ""
    check_stages(default_study(), ["all", "-n"])
    line = capsys.readouterr().err
    assert line.startswith("memory: ") and line.count("\n") == 1


def test_a_study_that_does_not_fit_ends_with_one_line():
    with pytest.raises(SystemExit) as error:
        check_stages(default_study(run={"device_memory": 2}), ["all"])
    assert str(error.value).startswith("error: study.yaml: run.device_memory: ")
    assert "\n" not in str(error.value)


def test_the_machine_is_inspected(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1")
    found = inspect_machine(on_cluster=False, deploys=True)
    cores, memory = found.cores, found.memory_mib
    assert found == Machine(on_cluster=False, deploys=True, cores=cores, gpus=2, memory_mib=memory)
    assert cores >= 1 and memory > 500
    assert inspect_machine(on_cluster=False, deploys=True, cores=3).cores == 3


@pytest.mark.parametrize("name", ["results", "results/models", ".snakemake"])
def test_a_file_or_a_link_to_nothing_is_no_folder_of_results(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("")
    with pytest.raises(SystemExit, match=f"^error: {name}: found no folder, expected one"):
        check_stages(default_study(), ["all", "-n"])
    path.unlink()
    path.symlink_to(tmp_path / "unmounted")
    with pytest.raises(SystemExit, match=f"^error: {name}: found a link that leads to no folder"):
        check_stages(default_study(), ["all"])


@pytest.mark.parametrize("cores", [0, -1])
def test_a_run_without_a_core_would_wait_for_ever(cores):
    machine = inspect_machine(on_cluster=False, deploys=False, cores=cores)
    with pytest.raises(SystemExit, match=f"^error: --cores: found {cores}, expected 'all' or a"):
        check_stages(default_study(), ["all", "-n"], machine)


def test_params_that_cannot_be_read_end_with_one_line(tmp_path, capsys):
    folder = write_checkpoint(tmp_path / "7B", make_weights(), dim="64")
    (folder / "tokenizer.model").touch()
    study = default_study(base={"from": f"meta:{folder}", "format": "brief"})
    with pytest.raises(SystemExit, match=r"^error: .*params\.json: dim: found '64', expected"):
        check_stages(study, ["all", "-n"])


def test_no_room_at_all_is_told_before_anything_runs(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    start.check_places({"TMPDIR": str(tmp_path)})
    (tmp_path / "tmp").mkdir()
    for full, told in (("tmp", "no room for temporary files"), (tmp_path.name, "disk is full")):
        monkeypatch.setattr(start.shutil, "disk_usage", free_but(full))
        with pytest.raises(InputError, match=told):
            start.check_places({"TMPDIR": str(tmp_path / "tmp")})


def free_but(full):
    """Return a `disk_usage` of much room in all folders but one."""
    return lambda folder: SimpleNamespace(free=0 if folder.name == full else 1 << 40)


def test_results_that_cannot_be_written_are_told_before_anything_runs(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "results").mkdir()
    monkeypatch.setattr(start.os, "access", lambda folder, mode: str(folder) != "results")
    with pytest.raises(InputError, match="results: cannot be written"):
        start.check_places({})


def test_a_full_disk_is_one_line():
    with pytest.raises(SystemExit, match="error: results: No space left"), start.one_line():
        raise OSError(28, "No space left on device")


def test_a_locale_that_cannot_encode_all_texts_is_told(monkeypatch):
    monkeypatch.setattr(start.sys, "getfilesystemencoding", lambda: "gb18030")
    with pytest.raises(InputError, match=r"encodes texts in gb18030.*set PYTHONUTF8=1"):
        start.check_places({})


@pytest.mark.parametrize(
    ("error", "told"), [("KeyboardInterrupt", "ended by Ctrl-C\n"), ("ValueError", "ValueError\n")]
)
def test_ctrl_c_while_a_run_is_planned_is_one_line_and_no_mistake_is_hidden(error, told):
    code = f"from scripts.plan.start import tell_interrupt; tell_interrupt(); raise {error}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stderr.endswith(told) and done.returncode != 0
    assert ("Traceback" in done.stderr) == (error == "ValueError")
