"""What a run on a cluster is going to ask for is told before anything is submitted."""

from types import SimpleNamespace

import pytest

from scripts.plan.cluster_plan import Asked, describe_plan, in_order, longest_chain, write_size
from tests.support.studies import default_study


class Job(SimpleNamespace):
    __hash__ = object.__hash__

    def __eq__(self, other):
        return self is other


def job(rule, minutes=10, gpus=0, output=(), local=False, norun=False):
    resources = {"runtime": minutes, "gpu": gpus}
    return Job(
        rule=SimpleNamespace(name=rule), resources=resources, threads=2, output=list(output),
        is_local=local, is_norun=norun,
    )  # fmt: skip


class Dag:
    def __init__(self, after, groups=()):
        self.after, self.groups = after, groups

    def needrun_jobs(self):
        return iter(self.after)

    def job_dependencies(self, one):
        return self.after[one]

    def get_job_group(self, one):
        return next((group for group in self.groups if one in group), None)


def test_the_plan_of_a_small_run():
    fetched, first, second = (
        job("download", local=True),
        job("build_corpus", 30),
        job("build_corpus", 60),
    )
    train = job("train_model", 1440, 4, ["results/models/x-smollm2-zh/stage.json"])
    done = job("all", norun=True)
    after = {
        fetched: [],
        first: [fetched],
        second: [fetched],
        train: [first, second],
        done: [train],
    }
    assert describe_plan(
        Dag(after, [(first, second)]), default_study(), lambda job: job.is_local
    ).splitlines() == [
        "plan of smollm2-zh: 4 jobs",
        "  here       1 job",
        "  cpu        2 jobs in 1 submission, at most 3 CPU hours",
        "  gpu        1 job in 1 submission, at most 96 GPU hours",
        "  in a row   at most 25 h 0 min: build_corpus, train_model",
        "  disk       about 0.5 GiB of models; checkpoints take three times a model's while it "
        "trains",
    ]


def test_the_longest_chain_is_that_of_the_most_time_not_of_the_most_jobs():
    times = {"a": 1, "b": 1, "c": 1, "d": 50, "e": 1}
    jobs = {name: Asked(name, "cpu", minutes, 1, 0) for name, minutes in times.items()}
    after = {"e": ["c", "d"], "c": ["b"], "b": ["a"], "a": [], "d": []}
    assert [one.rule for one in longest_chain(jobs, after)] == ["d", "e"]
    assert longest_chain({}, {}) == []


def test_jobs_are_ordered_whatever_comes_first():
    after = {n: [n - 1] if n else [] for n in reversed(range(3000))}
    assert in_order(after) == list(range(3000))


@pytest.mark.parametrize(
    ("count", "text"),
    [(1, "1 MiB"), (3 * 2**20, "3 MiB"), (2**29, "0.5 GiB"), (5 * 2**30, "5.0 GiB")],
)
def test_a_model_is_never_said_to_take_nothing(count, text):
    assert write_size(count) == text
