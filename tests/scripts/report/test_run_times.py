"""Where time went: by rule, along the longest chain, on more cores; from whatever is there."""

import shutil

import pytest

from scripts.common.errors import InputError
from scripts.common.job_times import Start
from scripts.report import print_times
from scripts.report.overhead import measure_overhead
from scripts.report.run_times import read_run_times
from scripts.report.sections import time as section
from scripts.report.time_tables import tabulate_rules, tell_cores, tell_path, tell_progress
from tests.support.report_study import RUN_BEGAN, SPENT, write_logs, write_timings

CHAIN = sum(SPENT.values())


@pytest.fixture
def results(tmp_path):
    write_timings(tmp_path / "timings")
    write_logs(tmp_path / "logs")
    return tmp_path


def read(results):
    return read_run_times(results / "timings", results / "logs")


def show(results, capsys, *options: str) -> str:
    arguments = ["--results", str(results), *options]
    print_times.main(print_times.parser().parse_args(arguments))
    return " ".join(capsys.readouterr().out.split())


def test_rules_are_sums_and_memory_a_maximum(results):
    rules = {time.rule: time for time in read(results).rules}
    assert list(rules) == ["train", "translate", "download", "pack", "bleu"]
    train = rules["train"]
    assert (train.jobs, train.seconds, train.memory) == (2, pytest.approx(1025.8), 1000.5)
    assert (train.start_up, train.work, train.cpu_seconds) == (20, 570, 1200)
    assert rules["bleu"].memory == 0


def test_what_no_script_noted_is_unknown_and_snakemakes_sample_counts(results):
    rules = {time.rule: time for time in read(results).rules}
    assert rules["pack"].start_up is None
    assert rules["pack"].cpu_seconds == pytest.approx(2 * 21.7 * 1.8, abs=0.02)
    rows = {row.labels[0]: row for row in tabulate_rules(read(results)).rows}
    assert [cell.value for cell in rows["pack"].cells] == ["2", "43.4", "–", "–", "78.1", "1,000"]
    # The sum is of fewer jobs than there are, and that is said.
    assert "7 noted no start-up" in " ".join(tell_progress(read(results)))
    assert rows["all"].cells[0].value == "10" and rows["all"].cells[2].value == "25.0"


def test_overhead_counts_parallel_work_once_and_no_earlier_run(results):
    overhead = read(results).overhead
    assert overhead.elapsed == pytest.approx(395)
    assert overhead.idle == pytest.approx(15)
    assert overhead.starting == pytest.approx(10)
    assert overhead.share == pytest.approx(15 / 395)
    earlier = Start(RUN_BEGAN - 9, RUN_BEGAN - 8, RUN_BEGAN - 1)
    assert measure_overhead(RUN_BEGAN, []) is None is measure_overhead(RUN_BEGAN, [earlier])


def test_the_critical_path_is_one_of_the_two_chains(results):
    times = read(results)
    assert [job.rule for job in times.critical_path] == list(SPENT)
    assert f"{CHAIN:,.0f} of {2 * CHAIN:,.0f} seconds, in 5 jobs" in tell_path(times)


def test_a_third_core_brings_nothing_and_a_fourth_halves_the_training(results):
    """Two threads of each training: two of them at once need four cores."""
    times = read(results)
    assert tell_cores(times, 2).endswith("on 3 cores 1,180: 0 % less.")
    assert tell_cores(times, 3).endswith("on 4 cores 667: 43 % less.")
    assert times.schedule(4) == pytest.approx(CHAIN)
    assert times.schedule(2) > 2 * SPENT["train"]
    assert times.schedule(1) == pytest.approx(2 * CHAIN)
    assert tell_cores(times, None) == ""  # a cluster's run has no bound


def test_progress_of_an_unfinished_study(results, capsys):
    shutil.rmtree(results / "timings/translate")
    assert tell_progress(read(results))[0] == "8 of the study's 11 jobs have run here."
    shown = show(results, capsys)
    assert "8 of the study's 11 jobs" in shown
    assert "At work, failed or killed: write_report/report" in shown


def test_jobs_of_an_earlier_study_are_left_out_and_counted(results):
    shutil.copytree(results / "timings/pack", results / "timings/pack_examples")
    times = read(results)
    assert times.others == 2 and "pack_examples" not in {time.rule for time in times.rules}
    assert "2 others" in " ".join(tell_progress(times))


@pytest.mark.parametrize("keep", [0, 5, 70, 90, -12])
def test_a_torn_benchmark_file_is_a_job_not_measured(results, keep):
    path = results / "timings/train/job-0.tsv"
    text = path.read_text()
    path.write_text(text[:keep])
    assert [time.jobs for time in read(results).rules if time.rule == "train"] == [1]


@pytest.mark.parametrize("seconds", ["-5", "1e300", "nan", "inf", "x"])
def test_seconds_that_no_job_takes_are_a_job_not_measured(tmp_path, seconds):
    file = tmp_path / "timings" / "train_model" / "a.tsv"
    file.parent.mkdir(parents=True)
    file.write_text(f"s\th:m:s\n{seconds}\t0:00:05\n")
    assert read_run_times(tmp_path / "timings", None).jobs == {}


def test_a_file_that_is_no_benchmark_is_refused(results):
    path = results / "timings/train/job-0.tsv"
    path.write_text("a\tb\n1\t2\n")
    with pytest.raises(InputError, match=r"job-0.tsv: line 1: no column 's'"):
        read(results)


def test_a_resumed_job_is_its_last_start_and_said_to_be(results):
    path = results / "logs/train/job-0.times.jsonl"
    lines = path.read_text()
    begun = '{"script": "train", "started": 1, "began": 2}\n'
    path.write_text(begun + '{"script": "tr\n' + lines)
    times = read(results)
    job = times.jobs["train/job-0"]
    assert (job.interrupted, job.start_up, job.work) == (1, 10, 285)
    assert "Started again, of which the last start alone counts: train/job-0." in tell_progress(
        times
    )


def test_without_a_graph_times_are_shown_and_no_path_is_claimed(results, capsys):
    (results / "timings/jobs.json").unlink()
    shown = show(results, capsys)
    assert "1,025.8" in shown and "is not known" in shown and "list scheduling" not in shown
    found = section.build(type("Inputs", (), {"timings": results / "timings", "logs": None}))
    assert found["table"] and found["chain"] is None and found["overhead"] == ""


def test_the_terminal_shows_what_the_page_shows(results, capsys):
    shown = show(results, capsys)
    for fact in ("1,025.8", "10 of the study's 11 jobs", "Critical path: 667 of 1,335", "3.8 %"):
        assert fact in shown
    assert "on 5 cores" in show(results, capsys, "--cores", "4")


def test_a_folder_without_times_is_one_line(tmp_path):
    arguments = print_times.parser().parse_args(["--results", str(tmp_path)])
    with pytest.raises(InputError, match="found no measured job"):
        print_times.main(arguments)
