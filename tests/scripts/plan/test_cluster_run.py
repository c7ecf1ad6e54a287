"""A stage that has failed for good is not submitted again; others are, as often as rules say."""

from concurrent.futures import ThreadPoolExecutor
from types import SimpleNamespace

import pytest
from snakemake.jobs import Job

from scripts.environments.create_environment import DONE
from scripts.plan import cluster_run


@pytest.fixture
def restarts(monkeypatch, tmp_path):
    """A function that returns how often a job of a rule and a model is started again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(Job, "restart_times", property(lambda job: job.rule.restart_times))
    note(tmp_path, "before")
    cluster_run.refuse_retries(cluster_run.known_failures())

    def ask(rule: str, model: str) -> int:
        job = SimpleNamespace(
            rule=SimpleNamespace(name=rule, restart_times=3),
            wildcards=SimpleNamespace(model=model),
        )
        return Job.restart_times.fget(job)

    return ask


def note(folder, model):
    """Write what a stage leaves that cannot be trained."""
    place = folder / "results" / "checkpoints" / model / "0123"
    place.mkdir(parents=True, exist_ok=True)
    (place / "failed.json").write_text("{}")


def test_a_stage_that_failed_in_this_run_is_not_started_again(restarts, tmp_path):
    note(tmp_path, "now")
    assert restarts("train_model", "now") == 0
    assert restarts("train_model", "other") == 3
    assert restarts("answer_benchmarks", "now") == 3


def test_what_failed_in_a_run_before_may_have_been_mended(restarts):
    assert restarts("train_model", "before") == 3


def test_snakemake_has_what_is_changed():
    """A newer one may have another name for it."""
    assert isinstance(Job.restart_times, property)


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
