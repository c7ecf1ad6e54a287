"""A run on a cluster: its environments are there before its first job, and it leaves no job."""

import signal
from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest

from scripts.environments.create_environment import DONE
from scripts.plan import cluster_run


def test_environments_are_created_before_jobs_are_submitted(monkeypatch, tmp_path):
    monkeypatch.setenv("LINGRAFT_ENVIRONMENTS", str(tmp_path / "environments"))
    (tmp_path / "toy.txt").write_text("# nothing\n")
    monkeypatch.setattr(cluster_run, "locks", lambda: {"toy-1": str(tmp_path / "toy.txt")})
    rule = SimpleNamespace(name="create_environment")
    job = SimpleNamespace(rule=rule, wildcards=SimpleNamespace(environment="toy-1"))
    other = SimpleNamespace(rule=SimpleNamespace(name="train_model"), wildcards=SimpleNamespace())
    with ThreadPoolExecutor(2) as pool:  # two runs that begin at once
        list(pool.map(cluster_run.create_environments, [[job, other], [job, job]]))
    folder = tmp_path / "environments" / "toy-1"
    assert (folder / "bin" / "python").exists() and (folder / DONE).exists()
    made = (folder / "pyvenv.cfg").stat().st_mtime_ns
    cluster_run.create_environments([job])
    assert (folder / "pyvenv.cfg").stat().st_mtime_ns == made


def test_an_environment_that_cannot_be_created_ends_the_run_with_one_line(monkeypatch, tmp_path):
    monkeypatch.setenv("LINGRAFT_ENVIRONMENTS", str(tmp_path / "environments"))
    (tmp_path / "toy.txt").write_text("--no-index\nno-such-package==1.0\n")
    monkeypatch.setattr(cluster_run, "locks", lambda: {"toy-1": str(tmp_path / "toy.txt")})
    rule = SimpleNamespace(name="create_environment")
    job = SimpleNamespace(rule=rule, wildcards=SimpleNamespace(environment="toy-1"))
    with pytest.raises(SystemExit, match=r"error: .*toy\.txt: pip could not install it"):
        cluster_run.create_environments([job])


@pytest.mark.parametrize("number", cluster_run.ENDED_BY)
def test_a_second_signal_does_not_interrupt_the_end_that_the_first_has_begun(number):
    before = {one: signal.signal(one, cluster_run.interrupt) for one in cluster_run.ENDED_BY}
    try:
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        for again in cluster_run.ENDED_BY:
            signal.raise_signal(again)
    finally:
        for one, handler in before.items():
            signal.signal(one, handler)


def test_jobs_that_a_queue_does_not_tell_of_are_said_to_be_unknown(monkeypatch, capsys):
    monkeypatch.setattr(cluster_run, "list_jobs", lambda _: None)
    cluster_run.leave_no_job("/here")
    assert capsys.readouterr().err == (
        "error: squeue: no answer; `squeue --me` tells whether jobs of /here are left\n"
    )
