"""Costs: of all starts, of what was asked for, a submission's wait once; and what cells share."""

import pytest

from scripts.common.job_times import Start
from scripts.report.cell_costs import cost_cells
from scripts.report.cost_tables import (
    tabulate_cells,
    tabulate_costs,
    tell_damaged,
    tell_missing,
    tell_queue,
    write_hours,
    write_time,
)
from scripts.report.costs import NOT_RECORDED, Cost, add, cost_of, read_costs, sum_by_rule
from scripts.report.run_times import read_run_times
from scripts.report.timings import JobTime
from scripts.study.job_graph import Job, JobGraph
from tests.support.report_study import SPENT, write_logs, write_timings

NO_RAPL = {"processors": "no counters"}
WHERE = {"node": "n1", "cpus": 4, "gpus": 1, "slurm": "7", "energy": NO_RAPL}


def test_a_job_that_was_requeued_costs_all_of_its_starts():
    starts = [
        Start(100, 101, seen=160, cpu=50, memory=900, queued=(40, 90), **WHERE),
        Start(300, 301, seen=330, cpu=20, memory=950, queued=(170, 290), **WHERE),
        Start(400, 402, ended=500, cpu=90, memory=800, queued=(340, 395), **WHERE),
    ]
    cost = cost_of(starts, JobTime("train/x", 104.0, 1.0, 700.0), None)
    assert (cost.jobs, cost.seconds) == (1, 60 + 30 + 104)  # with what the last one's shell took
    assert (cost.cpu_seconds, cost.gpu_seconds) == (4 * 194, 194)
    assert (cost.used, cost.memory, cost.queued) == (160, 950, 50 + 120 + 55)
    assert (cost.measured, cost.missing) == (0, {"no counters": 1})


def test_what_no_script_recorded_is_what_snakemake_measured():
    time = JobTime("take_file/x", 30.0, 12.0, 64.0)
    cost = cost_of([], time, Job(2, (), nodes=2, gpus=3))
    assert (cost.cpu_seconds, cost.gpu_seconds, cost.used) == (120, 90, 12)
    assert cost.missing == {NOT_RECORDED: 1} and cost_of([], None, Job(1, ())) is None


def test_what_was_used_is_compared_with_what_those_held_who_tell_it():
    facts = {"node": "n1", "cpus": 2, "gpus": 0}
    known = cost_of([Start(0, 1, ended=100, cpu=50, **facts)], None, None)
    silent = cost_of([Start(0, 1, ended=100, cpu=None, **facts)], None, None)
    both = add([known, silent])
    assert (both.cpu_seconds, both.used, both.watched) == (400, 50, 200)
    assert tabulate_costs({"a/b": known, "a/c": silent}).rows[0].cells[3].value == "25 %"
    assert tabulate_costs({"a/c": silent}).rows[0].cells[3].value == "–"
    assert add([]) == Cost()


def test_jobs_of_one_submission_wait_once():
    start = Start(100, 101, ended=110, cpu=1, queued=(40, 90), **WHERE)
    costs = {name: cost_of([start], None, None) for name in ("score/a", "score/b", "compare/a")}
    assert sum_by_rule(costs)["score"].queued == 50
    assert add(costs.values()).queued == 50
    told = tell_queue(costs)
    assert "1 start of jobs by Slurm waited 50.0 s together" in told
    assert "Slurm counts more CPU hours than the table" in told and tell_queue({}) == ""


def test_energy_that_is_partly_missing_is_at_least_so_much():
    energy = {"processors": "no counters", "GPUs": 7200.0}
    facts = WHERE | {"energy": energy}
    start = Start(0, 1, ended=10, cpu=1, **facts)
    costs = {"train/x": cost_of([start], None, None)}
    table = tabulate_costs(costs)
    assert table.head[-1] == "energy, Wh" and table.rows[0].cells[-1].value == "≥ 2.00"
    assert "no counters (1 job)." in tell_missing(costs)


@pytest.mark.parametrize(
    ("line", "word"),
    [('{"ended": 9}', "train/a"), ('{"seen": 8, "cpu": 1, "energy": {}}', "")],
)
def test_a_start_that_cannot_be_read_is_said_to_be_missing(tmp_path, line, word):
    (tmp_path / "train").mkdir()
    begin = '{"started": 1, "began": 3}\n'
    (tmp_path / "train" / "a.times.jsonl").write_text(f"{begin}{line}\n")
    times = read_run_times(None, tmp_path)
    told = tell_damaged(times.damaged)
    assert told.startswith(f"Of {word} a start is missing here") if word else told == ""
    assert tell_damaged(list("abcde")).startswith("Of a, b, c and 2 more a start")


@pytest.fixture
def costs(tmp_path):
    write_timings(tmp_path / "timings")
    write_logs(tmp_path / "logs")
    run = read_run_times(tmp_path / "timings", tmp_path / "logs")
    return run, read_costs(run)


def test_rules_have_what_was_asked_for_and_a_column_for_what_there_is(costs):
    table = tabulate_costs(costs[1])
    assert table.head == (
        "", "jobs", "time", "CPU hours", "used", "GPU hours", "memory, MiB", "queued", "energy, Wh"
    )  # fmt: skip
    rows = {row.labels[0]: [cell.value for cell in row.cells] for row in table.rows}
    gpu_hours = 2 * SPENT["train"] / 3600
    assert rows["train"][:2] == ["2", "17 min 6 s"]
    assert rows["train"][4] == f"{gpu_hours:.3f}" and rows["train"][5] == "2,346"
    assert rows["train"][6:] == ["1 min 15 s", "≥ 100"]
    assert rows["bleu"][3:] == ["180 %", "0.000", "–", "–", "–"]
    assert rows["all"][0] == "11"  # with the report, which is at work
    local = tabulate_costs({"a/b": Cost(jobs=1, seconds=9, cpu_seconds=9, missing={"no": 1})})
    assert local.head == ("", "jobs", "time", "CPU hours", "used", "memory, MiB")


GRAPH = JobGraph(
    0,
    2,
    {
        "base": Job(1, ()),
        "train/a": Job(1, ("base",)),
        "score/a/x": Job(1, ("train/a",), scores=("a/x.bleu", "a/x.chrf")),
        "score/a/y": Job(1, ("train/a",), scores=("a/y.bleu",)),
        "score/b": Job(1, ("base",), scores=("b/x.bleu", "b/y.bleu")),
        "plot": Job(1, ("score/b",)),
    },
)
HOURS = {"base": 12, "train/a": 6, "score/a/x": 1, "score/a/y": 2, "score/b": 4, "plot": 100}
COLUMNS = [
    ("a", "x", "bleu"), ("a", "x", "chrf"), ("b", "x", "bleu"), ("a", "y", "bleu"),
    ("b", "y", "bleu"), ("c", "x", "bleu"),
]  # fmt: skip


def hours(cost):
    return cost.cpu_seconds / 3600


def test_a_cell_costs_the_jobs_that_it_waits_for_by_who_else_does():
    spent = {
        name: Cost(jobs=1, seconds=3600 * count, cpu_seconds=3600 * count)
        for name, count in HOURS.items()
    }
    cells = cost_cells(GRAPH, spent, COLUMNS)
    assert [(cell.model, cell.benchmarks) for cell in cells] == [
        ("a", ("x",)), ("a", ("y",)), ("b", ("x", "y"))
    ]  # fmt: skip
    first, second, bundle = cells
    assert [hours(part) for part in (first.own, first.model_wide, first.others)] == [1, 6, 12]
    assert [hours(part) for part in (bundle.own, bundle.model_wide, bundle.others)] == [0, 4, 12]
    assert hours(second.all) == 20 and second.all.jobs == 3
    # Shares add up to all that the cells needed.
    shares = sum(cell.share * len(cell.benchmarks) for cell in cells)
    assert shares == pytest.approx(3600 * (sum(HOURS.values()) - HOURS["plot"]))


def test_cells_are_listed_by_model_with_what_is_shared_said_to_be(costs):
    run, found = costs
    columns = [
        ("x-smollm2-zh", "ui_en-zh", "bleu"),
        ("x-smollm2-zh", "ui_zh-en", "bleu"),
        ("billa-zh", "ui_en-zh", "bleu"),
    ]
    table = tabulate_cells(cost_cells(run.graph, found, columns))
    assert table.head == (
        "model", "benchmarks", "for this cell alone", "shared by the model's cells", "together",
        "even share of a cell", "time", "memory, MiB", "queued", "energy, Wh",
    )  # fmt: skip
    first, second = table.rows
    assert (first.group, first.labels) == ("x-smollm2-zh", ("ui_en-zh, ui_zh-en",))
    assert first.cells[0].value == "–" and first.cells[1].interval.startswith("5 jobs, 0.14")
    assert first.cells[4].value == "18 min 46 s" and first.cells[6].value == "1 min 15 s"
    assert (second.group, second.cells[0].interval[:6]) == ("billa-zh", "5 jobs")


@pytest.mark.parametrize(
    ("seconds", "hours", "time"),
    [
        (0, "0.000", "0.0 s"),
        (1, "<0.001", "1.0 s"),
        (754, "0.209", "12 min 34 s"),
        (12_000, "3.33", "3 h 20 min"),
        (187_200, "52.0", "2 d 4 h"),
        (3_600_000, "1,000", "41 d 16 h"),
    ],
)
def test_numbers_are_as_exact_as_they_are_read(seconds, hours, time):
    assert (write_hours(seconds), write_time(seconds)) == (hours, time)
