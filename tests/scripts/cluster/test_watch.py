"""A job that will wait for ever is told, with what to change, and ends the run."""

import os
import signal
import subprocess
import sys
import threading

import pytest

from scripts.cluster.watch import REASONS, Watch, ask_queue, explain, read_waiting
from scripts.common.files import ROOT

HERE = os.getcwd()
QUEUE = f"""\
1|PENDING|Resources|gpu|rule_train_model_wildcards_base|0:00|{HERE}
2|RUNNING|None|gpu|rule_train_model|0:00|{HERE}
3|PENDING|PartitionTimeLimit|gpu|rule_train_model_wildcards_x_y|0:00|{HERE}
4|PENDING|PartitionTimeLimit|gpu|rule_train_model|0:00|/elsewhere
5|PENDING|ReqNodeNotAvail, UnavailableNodes:node1|cpu|rule_pack_examples|0:00|{HERE}
6|PENDING|Priority|cpu|rule_pack_examples|0:00|{HERE}
squeue: error
"""


def test_only_hopeless_jobs_of_this_folder_are_named():
    found = list(read_waiting(QUEUE.splitlines(), HERE))
    assert [(one.number, one.rule, one.reason) for one in found] == [
        ("3", "train_model", "PartitionTimeLimit"),
        ("5", "pack_examples", "ReqNodeNotAvail"),
    ]
    assert explain(found[:1]) == (
        "train_model: job 3 will wait for ever in partition gpu (PartitionTimeLimit); "
        "slurm/site.yaml: resources.train_model.runtime, or another of `partitions`"
    )


@pytest.mark.parametrize("reason", REASONS)
def test_every_reason_says_what_to_change(reason):
    (found,) = read_waiting([f"1|PENDING|{reason}|p|rule_r|0:00|{HERE}"], HERE)
    assert "{" not in explain([found])
    assert explain([found] * 4).startswith("r: 4 jobs, 1, 1, 1, … will wait")


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ("Job's account not known, so it can't use this partition (gpu allows good)", "account"),
        ("Job's QOS not permitted to use this partition (gpu allows a not b)", "qos"),
    ],
)
def test_a_partition_that_takes_others_only_is_told(said, key):
    (found,) = read_waiting([f"1|PENDING|{said}|gpu|rule_r|0:00|{HERE}"], HERE)
    assert f"slurm/site.yaml: {key}" in explain([found])


def watch_queue(monkeypatch, looks):
    """Let a `Watch` look at queues, one after the other; return what it told, and if it ended."""
    left, told, ended = [list(look) for look in looks], [], threading.Event()
    watch = Watch(told.append, ended.set, seconds=0.01)

    def look():
        if not left:
            watch.over.set()
            return []
        return left.pop(0)

    monkeypatch.setattr("scripts.cluster.watch.ask_queue", look)
    watch.start()
    watch.join(10)
    return told, ended.is_set()


def test_a_job_that_waits_in_two_looks_ends_the_run_with_a_line_each(monkeypatch):
    told, ended = watch_queue(monkeypatch, [QUEUE.splitlines()] * 2)
    assert ended and [line.partition(":")[0] for line in told] == ["train_model", "pack_examples"]


def test_a_reason_that_passes_ends_nothing(monkeypatch):
    looks = [QUEUE.splitlines(), [], QUEUE.splitlines(), ["x"]]
    assert watch_queue(monkeypatch, looks) == ([], False)


def test_a_controller_that_does_not_answer_ends_nothing(monkeypatch, tmp_path):
    (tmp_path / "squeue").write_text("#!/bin/sh\necho error >&2\nexit 1\n")
    (tmp_path / "squeue").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert ask_queue() == []


def test_jobs_that_slurm_delays_start_at_once(monkeypatch):
    started = []
    monkeypatch.setattr("scripts.cluster.watch.start_now", started.append)
    lines = [
        f"1|PENDING|BeginTime|gpu|rule_train_model|0:00|{HERE}",
        "2|PENDING|BeginTime|gpu|rule_train_model|0:00|/elsewhere",
        f"3|PENDING|Priority|gpu|rule_train_model|0:00|{HERE}",
    ]
    assert watch_queue(monkeypatch, [lines]) == ([], False)
    assert started == ["1"]


def test_a_run_that_ignores_ctrl_c_is_ended_too():
    # As a shell without job control lets what it starts in the background.
    code = (
        "import signal, time; from scripts.cluster.watch import interrupt;"
        "signal.signal(signal.SIGINT, signal.SIG_IGN); interrupt(); time.sleep(60)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=30)
    assert done.returncode == -signal.SIGTERM
