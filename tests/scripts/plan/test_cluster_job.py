"""What a job's environment is on its node, and what its submitter hears where it cannot be so."""

import os
import sys
from types import SimpleNamespace

import pytest

from scripts.common.errors import InputError
from scripts.plan import cluster_job
from scripts.plan.cluster_job import OFFLINE, begin_job, prepare_job, read_mistakes, target_jobs
from scripts.study.site import Site, read_site

COMMAND = [
    "snakemake",
    "--target-jobs",
    "train_model:model=a",
    "score:model=b",
    "--allowed-rules",
    "x",
]
JOB = SimpleNamespace(remote_exec=True)


def test_a_jobs_own_process_finds_its_jobs_on_its_command_line():
    assert target_jobs(COMMAND) == ["train_model:model=a", "score:model=b"]
    assert target_jobs(["snakemake", "all"]) == []


@pytest.mark.parametrize(
    ("rules", "offline"),
    [({"train_model"}, True), ({"download", "train_model"}, True), ({"fetch_model"}, False)],
)
def test_only_jobs_that_fetch_may_ask_for_a_network(rules, offline):
    environment: dict[str, str] = {}
    prepare_job(Site(), rules, environment)
    assert all((environment.get(name) == "1") is offline for name in OFFLINE)


def test_a_mistake_ends_the_job_and_is_told_to_who_submitted_it(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "slurm").mkdir()
    (tmp_path / "slurm" / "site.yaml").write_text("scratch: /nowhere\n")
    monkeypatch.setattr(sys, "argv", COMMAND)
    for number in ("5", "6"):
        monkeypatch.setattr(os, "environ", {"SLURM_JOB_ID": number})
        with pytest.raises(
            SystemExit, match=r"error: slurm/site\.yaml: scratch: /nowhere: no such"
        ):
            begin_job(JOB)
    (line,) = read_mistakes("train_model")
    assert line.startswith("slurm/site.yaml: scratch: /nowhere: no such folder on ")
    assert read_mistakes("score") == [line] and read_mistakes("other") == []
    cluster_job.forget_mistakes()
    assert read_mistakes("train_model") == []


def test_nothing_is_done_where_it_was_done_or_outside_a_job(monkeypatch):
    monkeypatch.setattr(cluster_job, "read_site", lambda: pytest.fail("asked for its site"))
    begin_job(SimpleNamespace(remote_exec=False))
    monkeypatch.setattr(os, "environ", {"SLURM_JOB_ID": "5", cluster_job.BEGUN: "1"})
    begin_job(JOB)
    monkeypatch.setattr(os, "environ", {})
    begin_job(JOB)


def test_rows_need_a_scratch_to_be_copied_to(tmp_path):
    path = tmp_path / "site.yaml"
    path.write_text("rows_on_scratch: true\n")
    with pytest.raises(InputError, match=r"slurm/site\.yaml: rows_on_scratch: found no `scratch`"):
        read_site(path)
    path.write_text("rows_on_scratch: true\nscratch: $TMPDIR\nmodules: [cuda/12.4]\n")
    assert read_site(path) == Site(modules=["cuda/12.4"], scratch="$TMPDIR", rows_on_scratch=True)
