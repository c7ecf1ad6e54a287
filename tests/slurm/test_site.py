"""Modules, scratch and no network: what a site says of its nodes is so in jobs."""

import os
import sys

import pytest

from tests.support.networks import interfaces
from tests.support.slurm_runs import SITE, train_here
from tests.support.training_runs import fingerprint

MODULE = 'module() { echo "$2" >> "$MODULES_LOADED"; [ "$2" != absent/1 ]; }'


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A cluster's modules, and a scratch on which a killed job has left a folder."""
    # Where Lmod has the command; a function in the environment does not outlive Debian's sh.
    (tmp_path / "lmod" / "init").mkdir(parents=True)
    (tmp_path / "lmod" / "init" / "bash").write_text(MODULE)
    monkeypatch.setenv("LMOD_PKG", str(tmp_path / "lmod"))
    monkeypatch.setenv("MODULES_LOADED", str(tmp_path / "loaded"))
    left = tmp_path / "scratch" / "lingraft-job-1-left"
    left.mkdir(parents=True)
    (left / "owner").touch()
    return SITE | {
        "modules": ["cuda/12.4", "cudnn"],
        "scratch": str(tmp_path / "scratch"),
        "rows_on_scratch": True,
    }


def test_a_stage_on_scratch_has_the_same_bytes_and_leaves_nothing(start, prepared, site, tmp_path):
    flow = start("short", site=site)
    whole = train_here(prepared, tmp_path / "whole", "short")
    flow.finish()
    assert fingerprint(flow.trained("short")) == fingerprint(whole)
    log = (flow.folder / "results/logs/train_model/short.log").read_text()
    assert f"rows are read from {site['scratch']}/lingraft-job-{flow.numbers[0]}-" in log
    assert os.listdir(site["scratch"]) == []
    assert (tmp_path / "loaded").read_text().split() == ["cuda/12.4", "cudnn"]


def test_a_job_that_is_cancelled_leaves_no_folder_to_the_next_one(start, lab, site):
    flow = start("long", site=site)
    first = flow.until_training()
    (folder,) = os.listdir(site["scratch"])
    assert folder.startswith(f"lingraft-job-{first}-")
    lab.ask("scancel", "--signal=KILL", "--full", first)
    flow.until_resumed()
    assert folder not in os.listdir(site["scratch"])


def test_a_node_that_is_not_as_the_site_says_costs_one_job_and_one_line(start, site):
    flow = start("short", site=site | {"modules": ["absent/1"]})
    assert flow.wait() != 0
    assert flow.output.count("error: slurm/site.yaml: modules: absent/1: not loaded on ") == 1
    assert flow.submitted == 1


def test_jobs_see_no_network(lab):
    if interfaces() != ["lo"]:
        pytest.skip("the kernel lets nobody leave the network")
    code = "import socket; print([name for _, name in socket.if_nameindex()])"
    assert lab.ask("srun", "-N2", sys.executable, "-c", code).splitlines() == ["['lo']"] * 2
