"""A finished study tells what each of its jobs cost, by rule and by cell of its main table."""

import re

import pytest

from scripts.common.files import read_text
from scripts.report.costs import add, read_costs
from scripts.report.run_times import read_run_times
from tests.support.tiny_study import snakemake, turn


@pytest.fixture(scope="module")
def results(tiny_study):
    return tiny_study / "results"


@pytest.fixture(scope="module")
def run(results):
    with turn(results.parent):
        return read_run_times(results / "timings", results / "logs")


def test_every_job_recorded_what_it_used_and_what_it_asked_for(run):
    for name in run.jobs:
        start = run.starts[name][-1]
        assert start.ended and start.seconds > 0, name
        assert start.cpu > 0 and start.memory > 20, name
        assert start.cpus == run.graph.jobs[name].cpus and start.gpus == 0, name
        assert start.node and start.energy, name
    assert all(run.starts[name][-1].memory > 100 for name in run.jobs if "train_model" in name)


def test_hours_are_at_least_the_work_that_was_measured(run):
    whole = add(read_costs(run).values())
    assert whole.cpu_seconds >= whole.seconds >= sum(job.work or 0 for job in run.jobs.values())
    assert 0 < whole.used <= 1.5 * whole.watched  # libraries' threads beside those asked for
    assert not whole.waits and not whole.gpu_seconds


def test_the_report_has_a_row_a_rule_and_the_cells_of_its_main_table(results, run):
    page = read_text(results / "report.html", "the report")
    section = re.search(r'<section id="cost".*?</section>', page, re.DOTALL)[0]
    rows = re.findall(r'<th scope="row">(.*?)</th>', section)
    rules = {name.partition("/")[0] for name in run.jobs} - {"write_report"}
    assert rules <= set(rows)
    main = read_text(results / "tables/main.csv", "the main table").splitlines()[1:]
    models = dict.fromkeys(line.split(",")[0] for line in main)
    assert re.findall(r'<th scope="rowgroup"[^>]*>(.*?)</th>', section) == list(models)
    assert "shared with other models" in section
    energy = "Energy is missing where nothing measures it" in section
    assert energy or "energy, Wh" in section


def test_what_is_recorded_makes_nothing_again(tiny_study):
    for path in (tiny_study / "results/logs").rglob("*.times.jsonl"):
        with path.open("a") as stream:
            stream.write("\n")
    assert "Nothing to be done" in snakemake(tiny_study, "--dry-run", "all").stdout
