"""A job's file of times: a start is told whole, interrupted or torn; nothing else touches it."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from scripts.common import job_recorder, slurm_job
from scripts.common.job_recorder import Recorder, process_age
from scripts.common.job_times import Start, count_damaged, read_starts, times_path
from scripts.common.usage import TREE

BEGIN = {"script": "a.b", "started": 1.0, "began": 3.0}
END = {"ended": 9.0, "cpu": 5.5}


def write_lines(path, *lines: dict, torn: str = ""):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + torn)
    return path


def test_a_job_of_any_name_has_a_file_beside_its_log(tmp_path):
    path = times_path(tmp_path / "ui_en-zh.bleu.log")
    assert path == tmp_path / "ui_en-zh.bleu.times.jsonl"


@pytest.fixture
def log(tmp_path):
    """The log of a job in a study's folder, whose graph says what the job asks for."""
    path = tmp_path / "results/logs/train/x/y.bleu.log"
    path.parent.mkdir(parents=True)
    graph = tmp_path / "results/timings/jobs.json"
    graph.parent.mkdir()
    graph.write_text(
        json.dumps({"jobs": {"train/x/y.bleu": {"threads": 3, "nodes": 2, "gpus": 4, "after": []}}})
    )
    return path


def read(log):
    return read_starts(times_path(log))


def test_a_start_is_begin_and_end(log):
    recorder = Recorder(log, "a.b")
    sum(number * number for number in range(300_000))
    kept = bytearray(64 << 20)
    kept[:] = b"x" * len(kept)
    recorder.close("ended")
    (start,) = read(log)
    assert start.started <= start.began <= start.ended <= time.time()
    assert start.seconds == start.ended - start.started
    assert start.cpu > 0 and start.memory > 64 and start.node
    assert (start.cpus, start.gpus) == (6, 4)
    assert start.slurm is None is start.queued


def test_what_was_not_started_by_a_workflow_asked_for_nothing(tmp_path):
    Recorder(tmp_path / "a.log", "a.b").close("ended")
    (start,) = read(tmp_path / "a.log")
    assert start.cpus is None is start.gpus


def test_energy_is_measured_or_said_to_be_missing(log):
    Recorder(log, "a.b").close("ended")
    (start,) = read(log)
    assert start.energy.keys() == {"processors", "GPUs"}
    for told in start.energy.values():
        assert isinstance(told, float) or len(told.split()) > 3


def test_interrupted_starts_stay_until_one_ends(log):
    Recorder(log, "a.b").close("seen")
    Recorder(log, "a.b").close("ended")
    assert [start.ended is None for start in read(log)] == [True, False]
    assert read(log)[0].seen  # what failed has cost something, too
    Recorder(log, "a.b")  # the job is made again: what it was before is no interruption
    assert [start.ended is None for start in read(log)] == [True]


def test_a_start_that_told_why_it_failed_is_another_than_one_that_was_killed(log):
    Recorder(log, "a.b").close("failed")
    Recorder(log, "a.b").close("seen")
    failed, killed = read(log)
    assert failed.failed > failed.began and failed.ended is None
    assert failed.seconds == failed.failed - failed.started
    assert killed.failed is None is killed.ended and killed.seen


def test_a_killed_job_leaves_what_it_had_used_with_its_children(log):
    code = f"""
import pathlib, subprocess, sys, time
from scripts.common.job_recorder import Recorder
Recorder(pathlib.Path({str(log)!r}), "a.b")
child = "import time; kept = b'x' * (200 << 20); time.sleep(60)"
subprocess.run([sys.executable, "-c", child])
"""
    process = subprocess.Popen([sys.executable, "-c", code], start_new_session=True)
    deadline = time.monotonic() + 30
    while not (log.with_suffix(".times.jsonl").is_file() and (read(log)[0].memory or 0) > 200):
        assert time.monotonic() < deadline, times_path(log).read_text()
        time.sleep(0.1)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    (start,) = read(log)
    assert start.ended is None and start.seen > start.began and start.cpu > 0
    # Overwritten in place: however long a job runs, its file is of two lines.
    assert len(times_path(log).read_text().splitlines()) == 2
    Recorder(log, "a.b").close("ended")
    first, second = read(log)
    assert first == start and second.ended


def test_a_torn_line_is_skipped_and_spoils_no_other(tmp_path):
    log = tmp_path / "job.log"
    write_lines(times_path(log), BEGIN, torn='{"ended": 9')
    assert read(log) == [Start(1.0, 3.0)]
    Recorder(log, "a.b").close("ended")
    first, second = read(log)
    assert first == Start(1.0, 3.0) and second.ended is not None


def test_slurm_tells_when_a_job_was_submitted_and_started(log, monkeypatch):
    answers = {"squeue": "1764367290 1764367400"}
    monkeypatch.setenv("SLURM_JOB_ID", "42")
    monkeypatch.setenv("SLURMD_NODENAME", "gpu017")
    monkeypatch.setattr(slurm_job, "ask", lambda name, *_, **variables: answers.get(name))
    Recorder(log, "a.b").close("ended")
    (start,) = read(log)
    assert (start.slurm, start.node) == ("42", "gpu017")
    assert start.queued == (1764367290.0, 1764367400.0)
    answers["squeue"] = None  # a site that allows nodes no squeue
    Recorder(log, "a.b").close("ended")
    assert read(log)[0].slurm == "42" and read(log)[0].queued is None


@pytest.mark.parametrize("content", ["", "null\n", "[1]\n", '{"ended": 9, "cpu": 1}\n', "\xff\n"])
def test_what_is_no_start_is_none(tmp_path, content):
    (tmp_path / "x.times.jsonl").write_bytes(content.encode("latin-1"))
    assert read_starts(tmp_path / "x.times.jsonl") == []
    assert read_starts(tmp_path / "missing") == []


WHOLE = [
    {"started": 1.0, "began": 3.0, "node": "n", "cpus": 2, "gpus": 1, "slurm": "4",
     "queued": [0, 1]},
    {"seen": 8.0, "cpu": 2.0, "memory": 5.0, "energy": {"processors": 1.5, "GPUs": "no counter"}},
    {"ended": 9.0, "cpu": 2.5, "memory": 6.0, "energy": {}},
]  # fmt: skip
WRONG = ["x", [], {"a": None}, [None, 1], True, -5, 1e300, float("nan"), float("inf")]
TEXTS = ("node", "slurm")


@pytest.mark.parametrize("wrong", WRONG, ids=str)
@pytest.mark.parametrize(
    ("number", "key"), [(number, key) for number, line in enumerate(WHOLE) for key in line]
)
def test_a_value_that_no_start_has_written_is_in_no_start(tmp_path, number, key, wrong):
    lines = [dict(line) for line in WHOLE]
    lines[number][key] = wrong
    path = tmp_path / "x.times.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    is_fit = (key in TEXTS and wrong == "x") or (key in ("energy", "queued") and wrong == [])
    if key == "queued" and wrong == [None, 1]:
        is_fit = False
    starts = read_starts(path)
    assert count_damaged(path) == (not is_fit)
    assert len(starts) == (number > 0 or is_fit)
    for start in starts:
        assert start.seconds <= 8 and (start.cpu or 0) <= 2.5
        assert start.seconds == 8 if is_fit else start.ended is None or number == 0


@pytest.mark.parametrize("torn", ["", "{", '{"started": 50, "beg'])
def test_what_a_start_used_is_not_another_ones_whose_first_line_is_damaged(tmp_path, torn):
    lines = [*WHOLE[:2], torn, {"seen": 80.0, "cpu": 20.0}, {"ended": 90.0, "cpu": 25.0}]
    text = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    path = tmp_path / "x.times.jsonl"
    path.write_text("\n".join(text) + "\n")
    (start,) = read_starts(path)
    assert (start.seconds, start.cpu, count_damaged(path)) == (7.0, 2.0, 1)


def test_the_first_of_several_processes_sees_those_of_its_launcher(log, monkeypatch):
    for name in ("WORLD_SIZE", "LOCAL_WORLD_SIZE"):
        monkeypatch.setenv(name, "2")
    Recorder(log, "a.b").close("ended")
    assert read(log)[0].cpu is None  # nobody knows whose children the others are
    monkeypatch.setenv(TREE, str(os.getppid()))
    Recorder(log, "a.b").close("ended")
    assert read(log)[0].cpu > 0
    monkeypatch.setenv("WORLD_SIZE", "4")  # on another node, of which this one sees nothing
    Recorder(log, "a.b").close("ended")
    (start,) = read(log)
    assert start.cpu is None and "does not see" in start.energy["processors"]


def test_a_folder_that_cannot_be_written_to_fails_no_job(tmp_path):
    Recorder(tmp_path / "none/job.log", "a.b").close("ended")
    assert not (tmp_path / "none").exists()


def test_a_process_that_is_gone_fails_no_job(log, monkeypatch):
    monkeypatch.setattr(job_recorder, "process_age", lambda: 1 / 0)
    assert job_recorder.begin(log, "a.b") is None


def test_the_age_of_a_process_is_exact_to_a_fraction_of_a_second():
    assert process_age() > 0
    code = "import time; from scripts.common.job_recorder import process_age; time.sleep(0.5)\n"
    code += "print(process_age())"
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # Created after `began`, to a hundredth of a second; psutil would say up to a second more.
    assert 0.5 <= float(done.stdout) <= time.monotonic() - began + 0.02
