"""What a run shows of its queue: each start once, waits by the queue's clock, and one state."""

import pytest

from scripts.cluster.progress import Progress, write_age

HERE = "/home/me/lingraft"


class Clock:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def run():
    progress = Progress(now=Clock(), total=12)
    progress.messages = {1: "train a", 2: "train b", 3: "build x", 4: "build y", 5: "download z"}
    progress.submit("100", [1])
    progress.submit("101", [2])
    progress.submit("102", [3, 4])
    return progress


def line(number, state, reason="None", used="0:00", place=HERE):
    return f"{number}|{state}|{reason}|gpu|rule_train_model|{used}|{place}"


def test_a_start_is_told_once_with_the_time_that_it_waited(run):
    run.now.seconds = 200
    lines = [line(100, "RUNNING", used="0:20"), line(101, "PENDING", "Resources")]
    assert run.look(lines, HERE) == ["[ 1/12] train a (job 100, waited 3 min)"]
    assert run.look(lines, HERE) == []
    run.now.seconds = 260
    told = run.describe()
    assert told == (
        "0 of 12 done; 1 running: train a (1 min); 2 in the queue, the longest: train b (4 min, "
        "Resources)"
    )


def test_jobs_of_one_submission_start_together_and_end_one_by_one(run):
    told = run.look([line(102, "RUNNING")], HERE)
    assert told == [
        "[ 1/12] build x (job 102, waited 0 s)",
        "[ 2/12] build y (job 102, waited 0 s)",
    ]
    run.end(3)
    assert "1 running: build y (0 s)" in run.describe()
    run.end(4)
    assert "running" not in run.describe() and "2 in the queue" in run.describe()


def test_a_job_that_is_put_back_is_told_and_keeps_its_number(run):
    run.look([line(100, "RUNNING")], HERE)
    assert run.look([line(100, "PENDING", "BeginTime")], HERE) == [
        "back in the queue: train a (job 100)"
    ]
    assert run.look([line(100, "RUNNING")], HERE) == []
    assert run.look([line(101, "RUNNING")], HERE) == ["[ 2/12] train b (job 101, waited 0 s)"]


def test_what_is_over_before_it_was_seen_is_told_when_it_ends(run):
    assert run.start([1]) == ["[ 1/12] train a"]
    run.end(1)
    assert run.look([line(100, "RUNNING")], HERE) == []


def test_other_folders_and_torn_lines_are_passed_over(run):
    lines = [line(100, "RUNNING", place="/elsewhere"), line(900, "RUNNING"), "100|RUN", ""]
    assert run.look(lines, HERE) == [] and not run.started


def test_jobs_here_run_beside_the_queue(run):
    run.here[5] = 0.0
    run.done = 4
    run.now.seconds = 30
    assert run.describe().startswith("4 of 12 done; 1 running: download z (30 s); 3 in the queue")


@pytest.mark.parametrize(
    ("seconds", "text"), [(40.2, "40 s"), (725, "12 min"), (12_000, "3 h 20 min")]
)
def test_ages_are_short(seconds, text):
    assert write_age(seconds) == text
