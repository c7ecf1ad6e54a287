"""Trackers get numbers and steps, only on request; one that fails never stops a training."""

import json
import sys

import pytest

from scripts.common.errors import InputError
from scripts.train.trackers import VARIABLE, open_trackers

SETTINGS = {"learning_rate": 2e-5, "schedule": "cosine"}
# A package as the services have it (wandb.init/Run.log/Run.finish, trackio.init/log/finish), which
# writes its calls to a file beside itself.
STUB = """
import json, pathlib
def note(*words, **named):
    with open(pathlib.Path(__file__).with_name("calls.jsonl"), "a") as stream:
        stream.write(json.dumps([*words, named]) + "\\n")
def log(values, step=None):
    if values.get("loss") == 666: raise OSError("the server is gone\\nfor good")
    note("log", values, step=step)
def finish(): note("finish")
def init(project, name=None, config=None, resume=None, id=None, dir=None):
    note("init", project=project, name=name, config=config, resume=resume, id=id)
    import sys; return sys.modules[__name__]
"""


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Return a function that puts a package on the path and returns the file of its calls."""
    monkeypatch.delenv(VARIABLE, raising=False)

    def add(name):
        (tmp_path / "site" / name).mkdir(parents=True)
        (tmp_path / "site" / name / "__init__.py").write_text(STUB)
        monkeypatch.syspath_prepend(tmp_path / "site")
        monkeypatch.delitem(sys.modules, name, raising=False)
        return lambda: [
            json.loads(line)
            for line in (tmp_path / "site" / name / "calls.jsonl").read_text().splitlines()
        ]

    return add


@pytest.mark.parametrize("name", ["wandb", "trackio"])
def test_a_service_gets_numbers_and_a_resumed_run_is_the_same_run(name, install, tmp_path):
    calls = install(name)
    for steps in ([1, 2], [2, 3]):
        (tracker,) = open_trackers([name], "toy", tmp_path / "run", SETTINGS)
        for step in steps:
            tracker.log(step, {"loss": 2.5, "mfu": None, "ok": True, "name": "x"})
        tracker.close()
    kinds = [call[0] for call in calls()]
    assert kinds == ["init", "log", "log", "finish"] * 2
    first, second = (call[-1] for call in calls() if call[0] == "init")
    assert first == second
    assert first["resume"] == "allow" and first["config"] == SETTINGS and first["name"] == "toy"
    logged = [(call[1], call[-1]["step"]) for call in calls() if call[0] == "log"]
    assert logged == [({"loss": 2.5}, step) for step in (1, 2, 2, 3)]


def test_the_environment_asks_too(install, monkeypatch, tmp_path):
    install("wandb")
    install("trackio")
    assert open_trackers([], "toy", tmp_path, {}) == []
    monkeypatch.setenv(VARIABLE, "wandb, trackio")
    names = [tracker.name for tracker in open_trackers(["wandb"], "toy", tmp_path, {})]
    assert names == ["wandb", "trackio"]


def test_a_missing_package_is_one_line(monkeypatch, tmp_path):
    monkeypatch.setitem(sys.modules, "wandb", None)
    with pytest.raises(InputError, match=r"^run.track: wandb is not installed; pip install wandb$"):
        open_trackers(["wandb"], "toy", tmp_path, {})
    with pytest.raises(InputError, match="did you mean 'tensorboard'"):
        open_trackers(["tensorbord"], "toy", tmp_path, {})


def test_a_service_that_fails_is_dropped(install, caplog, tmp_path, monkeypatch):
    calls = install("trackio")
    monkeypatch.setattr("scripts.train.trackers.log.propagate", True)
    (tracker,) = open_trackers(["trackio"], "toy", tmp_path, {})
    for step, loss in enumerate([2.0, 666, 1.0], start=1):
        tracker.log(step, {"loss": loss})
    tracker.close()
    assert [call[0] for call in calls()] == ["init", "log"]
    assert caplog.messages == ["trackio fails and is dropped: the server is gone"]


def test_tensorboard_files_hold_each_step_once_after_a_resume(tmp_path, monkeypatch):
    pytest.importorskip("tensorboard", reason="tensorboard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    monkeypatch.delenv(VARIABLE, raising=False)
    for steps in ([1, 2, 3], [3, 4]):
        (tracker,) = open_trackers(["tensorboard"], "toy", tmp_path, SETTINGS)
        for step in steps:
            tracker.log(step, {"loss": len(steps) + step, "mfu": None})
        tracker.close()
    events = EventAccumulator(str(tmp_path / "tensorboard"))
    events.Reload()
    assert events.Tags()["scalars"] == ["loss"]
    assert [(e.step, e.value) for e in events.Scalars("loss")] == [(1, 4), (2, 5), (3, 5), (4, 6)]
