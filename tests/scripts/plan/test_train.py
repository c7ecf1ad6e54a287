"""What decides the weights is a parameter of a stage's job; what does not is in run.json."""

import json

import pytest

from scripts.plan import train
from scripts.plan.machine import Machine
from scripts.plan.run_file import plan_run
from tests.support.studies import JUDGE, default_study

STUDY = default_study()
LAPTOP = Machine(on_cluster=False, deploys=False, cores=8, gpus=0, memory_mib=24_000)
SERVER = Machine(on_cluster=False, deploys=False, cores=8, gpus=2, memory_mib=24_000)
CLUSTER = Machine(on_cluster=True, deploys=False, cores=8, gpus=0, memory_mib=24_000)
WARM = {"billa-pretrain": {"recipe": "warm"}}


def test_a_recipes_values_are_options_as_they_are_written():
    options = " ".join(train.packing_options(STUDY, "billa-zh"))
    assert options == (
        "--objective response --format billa --length 256 --batch 2 --steps 36 --seed 7"
    )
    options = " ".join(train.optimization_options(STUDY, "billa-zh"))
    assert options == (
        "--batch 2 --learning-rate 0.0003 --schedule cosine --warmup 0.05 --floor 0.0"
        " --weight-decay 0.0 --betas 0.9 0.95 --clip 1.0 --precision auto --optimizer adamw"
        " --seed 7"
    )


def test_a_key_younger_than_trained_stages_is_said_only_where_it_matters():
    """Else a new key would train again what is trained already."""
    recipe = json.loads(STUDY.written)["recipes"]["pretrain"]
    said = default_study(recipes={"pretrain": {"trains": "all"}})
    assert train.optimization_options(said, "billa-pretrain") == train.optimization_options(
        STUDY, "billa-pretrain"
    )
    warm = default_study(recipes={"warm": {**recipe, "trains": "new_rows"}}, models=WARM)
    assert "--trains new_rows" in " ".join(train.optimization_options(warm, "billa-pretrain"))


def test_lora_is_one_word():
    study = default_study(recipes={"instruct": {"lora": {"rank": 8, "targets": ["q_proj"]}}})
    options = train.optimization_options(study, "x-smollm2-zh")
    assert json.loads(options[options.index("--lora") + 1]) == {"rank": 8, "targets": ["q_proj"]}


def test_nothing_of_run_is_among_the_options_of_a_recipe():
    other = default_study(run={"devices": 2, "engine": "ddp", "micro_batch": 1, "threads": 1})
    for model in STUDY.stages:
        for options in (train.packing_options, train.optimization_options, train.mixture):
            assert options(STUDY, model) == options(other, model)


def test_a_mixture_names_weights_and_where_each_part_begins():
    (group, *_) = json.loads(train.mixture(STUDY, "x-smollm2-zh"))
    assert (group["name"], group["weight"]) == ("everyday_en", 1.0)
    assert group["parts"][0]["kind"] == "instruction" and group["parts"][0]["start"] == 0
    corpora = train.clean_corpora(STUDY, "x-smollm2-zh")
    assert corpora[0] == "results/clean/everyday_en.parquet"
    assert [path.replace("clean", "checks") for path in corpora] == [
        path.replace(".json", ".parquet") for path in train.overlap_checks(STUDY, "x-smollm2-zh")
    ]


@pytest.mark.parametrize(
    ("machine", "run", "gpus"),
    [
        (LAPTOP, {}, 0),
        (LAPTOP, {"device": "cuda"}, 2),
        (SERVER, {}, 2),
        (SERVER, {"device": "cpu"}, 0),
        (CLUSTER, {}, 2),
        (CLUSTER, {"nodes": 2, "devices": 1}, 0),
    ],
)
def test_a_stage_asks_for_gpus_where_there_are_any(machine, run, gpus):
    study = default_study(run={"engine": "ddp", "devices": 2} | run)
    assert train.gpus(study, machine) == gpus


def test_several_nodes_are_slurms_to_start():
    one = default_study(run={"engine": "ddp", "devices": 2})
    assert (train.tasks(one), train.starter(one), train.slurm_options(one)) == (None, None, None)
    two = default_study(run={"engine": "ddp", "devices": 1, "nodes": 2})
    assert (train.tasks(two), train.starter(two)) == (2, "srun")
    assert train.slurm_options(two) == "--gpus-per-node=1"
    cpu = default_study(run={"engine": "ddp", "devices": 1, "nodes": 2, "device": "cpu"})
    assert train.slurm_options(cpu) is None


def test_all_cores_are_taken_and_a_clusters_profile_is_left_alone():
    assert (LAPTOP.limit_cores(None), LAPTOP.limit_cores(3), CLUSTER.limit_cores(None)) == (
        8,
        3,
        None,
    )


def test_run_json_says_all_that_changes_no_result():
    file = plan_run(STUDY)
    assert (file.run.devices, file.run.micro_batch) == (1, 2)
    assert file.held_out == tuple(f"results/benchmarks/text_{code}.jsonl" for code in ("zh", "en"))
    assert file.stages["x-smollm2-zh"] == 56 * 2 * 256 and file.judge is None
    judged = plan_run(default_study(score={"judge": JUDGE})).judge
    assert judged.base_url == JUDGE["base_url"] and not hasattr(judged, "model")
    epochs = default_study(
        recipes={"instruct": {"steps": None, "epochs": 2}},
        models={"x-smollm2-zh": {"data": "ui"}},
    )
    assert plan_run(epochs).stages["x-smollm2-zh"] is None


def test_progress_counts_a_studys_own_stages_or_an_ablations_variants():
    for model in STUDY.stages:
        varied = STUDY.model(model).origin is not None
        assert list(plan_run(STUDY).beside(model)) == [
            name for name in STUDY.stages if (STUDY.model(name).origin is not None) == varied
        ]
