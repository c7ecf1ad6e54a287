"""A job's file of times: a start is told whole, interrupted or torn; nothing else touches it."""

import json
import subprocess
import sys
import time

import pytest

from scripts.common.job_times import (
    Start,
    process_age,
    read_starts,
    times_path,
    write_begin,
    write_end,
)

BEGIN = {"script": "a.b", "started": 1.0, "began": 3.0}
END = {"ended": 9.0, "cpu": 5.5}


def write_lines(path, *lines: dict, torn: str = ""):
    path.write_text("".join(json.dumps(line) + "\n" for line in lines) + torn)
    return path


def test_a_job_of_any_name_has_a_file_beside_its_log(tmp_path):
    path = times_path(tmp_path / "ui_en-zh.bleu.log")
    assert path == tmp_path / "ui_en-zh.bleu.times.jsonl"


def test_a_start_is_begin_and_end(tmp_path):
    log = tmp_path / "job.log"
    write_begin(log, "a.b")
    sum(number * number for number in range(300_000))
    write_end(log)
    (start,) = read_starts(times_path(log))
    assert start.started <= start.began <= start.ended <= time.time()
    assert start.cpu > 0


def test_interrupted_starts_stay_until_one_ends(tmp_path):
    log = tmp_path / "job.log"
    write_begin(log, "a.b")
    write_begin(log, "a.b")
    write_end(log)
    assert [start.ended is None for start in read_starts(times_path(log))] == [True, False]
    write_begin(log, "a.b")  # the job is made again: what it was before is no interruption
    assert [start.ended is None for start in read_starts(times_path(log))] == [True]


def test_a_torn_line_is_skipped_and_spoils_no_other(tmp_path):
    log = tmp_path / "job.log"
    write_lines(times_path(log), BEGIN, torn='{"ended": 9')
    assert read_starts(times_path(log)) == [Start(1.0, 3.0)]
    write_begin(log, "a.b")
    write_end(log)
    first, second = read_starts(times_path(log))
    assert first == Start(1.0, 3.0) and second.ended is not None


@pytest.mark.parametrize("content", ["", "null\n", "[1]\n", '{"ended": 9, "cpu": 1}\n', "\xff\n"])
def test_what_is_no_start_is_none(tmp_path, content):
    (tmp_path / "x.times.jsonl").write_bytes(content.encode("latin-1"))
    assert read_starts(tmp_path / "x.times.jsonl") == []
    assert read_starts(tmp_path / "missing") == []


def test_several_processes_say_nothing_of_cpu_for_one_sees_only_itself(tmp_path, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    log = tmp_path / "job.log"
    write_begin(log, "a.b")
    write_end(log)
    assert read_starts(times_path(log))[0].cpu is None


def test_a_folder_that_cannot_be_written_to_fails_no_job(tmp_path):
    write_begin(tmp_path / "none/job.log", "a.b")
    write_end(tmp_path / "none/job.log")


def test_the_age_of_a_process_is_exact_to_a_fraction_of_a_second():
    assert process_age() > 0
    code = "import time; from scripts.common.job_times import process_age; time.sleep(0.5)\n"
    code += "print(process_age())"
    began = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    # Created after `began`, to a hundredth of a second; psutil would say up to a second more.
    assert 0.5 <= float(done.stdout) <= time.monotonic() - began + 0.02
