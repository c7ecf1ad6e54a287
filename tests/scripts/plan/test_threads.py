"""Cores, GPUs and memory are shared among the stages that can train at the same time."""

from dataclasses import replace

import pytest

from scripts.plan import threads
from scripts.plan.machine import Machine
from tests.support.studies import default_study

STUDY = default_study()
LAPTOP = Machine(on_cluster=False, deploys=False, cores=2, gpus=0, memory_mib=24_000)
CLUSTER = replace(LAPTOP, on_cluster=True, cores=4)
UNKNOWN = {"from": "/nowhere", "format": "brief"}
BRANCH = {"from": "billa-pretrain", "recipe": "dialogue", "data": {"everyday_en": 1}}


def test_a_branch_is_a_stage_that_none_comes_after():
    assert threads.branches(STUDY) == ["x-smollm2-zh", "billa-zh"]
    three = default_study(models={"x2": BRANCH}, compare=[*STUDY.compare, "x2"])
    assert threads.branches(three) == ["x-smollm2-zh", "billa-zh", "x2"]
    # What is not shown is not trained by `all`.
    assert threads.branches(default_study(models={"x2": BRANCH})) == threads.branches(STUDY)


@pytest.mark.parametrize(
    ("cores", "memory", "expected"),
    [
        (1, 24_000, 1),
        (2, 24_000, 1),
        (4, 24_000, 2),
        (7, 24_000, 3),
        (64, 64_000, 8),
        # Two stages would not fit: one at a time has all cores.
        (2, 8_000, 2),
        (2, 2_000, 2),
    ],
)
def test_stages_that_fit_into_memory_share_the_cores(cores, memory, expected):
    machine = replace(LAPTOP, cores=cores, memory_mib=memory)
    assert threads.training_threads(STUDY, machine) == expected
    assert threads.answering_threads(STUDY, machine) == expected


def test_a_chain_has_all_cores():
    chain = default_study(
        models={"x-smollm2-zh": None}, main="billa-zh", compare=["base", "billa-zh"]
    )
    assert threads.training_threads(chain, LAPTOP) == 2


def test_the_study_decides_where_it_says_so():
    study = default_study(run={"threads": 5, "infer_threads": 3})
    assert threads.training_threads(study, LAPTOP) == 5
    assert threads.answering_threads(study, LAPTOP) == 3


def test_a_job_of_a_cluster_shares_with_none():
    assert threads.training_threads(STUDY, CLUSTER) == 8


def test_stages_share_cores_only_where_they_have_a_gpu_each():
    machine = replace(LAPTOP, cores=4)
    assert threads.training_threads(STUDY, replace(machine, gpus=1)) == 4
    assert threads.training_threads(STUDY, replace(machine, gpus=2)) == 2
    both = default_study(run={"devices": 2, "engine": "ddp"})
    assert threads.training_threads(both, replace(machine, gpus=2)) == 4


def test_the_longest_chain_goes_first():
    found = {name: threads.stages_from(STUDY, name) for name in STUDY.models}
    chain = ["base", "billa-extended", "billa-pretrain", "billa-task", "billa-zh"]
    assert [found[name] for name in chain] == [5, 4, 3, 2, 1]
    assert found["x-smollm2-zh"] == 1


def test_a_stage_asks_for_the_memory_it_holds():
    assert threads.stage_mib(STUDY, LAPTOP, "billa-zh") == 6000
    wide = default_study(run={"micro_batch": 64}, recipes={"dialogue": {"batch": 64}})
    on_cpu = threads.stage_mib(wide, LAPTOP, "billa-zh")
    assert on_cpu > 20_000
    # On a GPU the host holds the libraries alone, unless states are moved to it.
    assert threads.stage_mib(wide, replace(LAPTOP, gpus=1), "billa-zh") == 6000
    assert threads.stage_mib(wide, CLUSTER, "billa-zh") == 6000
    assert threads.stage_mib(replace(STUDY, base=UNKNOWN), LAPTOP, "billa-zh") == 6000


def test_jobs_share_the_machine_and_not_the_clusters():
    assert LAPTOP.shared == {"mem_mb": 24_000}
    assert replace(LAPTOP, gpus=2).shared == {"mem_mb": 24_000, "gpu": 2}
    assert replace(CLUSTER, gpus=2).shared == {}


def test_packing_has_more_threads_on_a_cluster_alone():
    assert threads.packing_threads(LAPTOP) == 1
    assert threads.packing_threads(CLUSTER) == 4
