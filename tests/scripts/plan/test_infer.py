"""How benchmarks are put to a model: what the script of their task reads, and no more."""

from dataclasses import replace

from scripts.common.command import parse_each
from scripts.infer import answer_benchmarks
from scripts.plan import infer
from scripts.plan.machine import Machine
from tests.support.studies import default_study

STUDY = default_study()


def test_a_benchmark_is_asked_with_what_its_task_needs():
    generated = " ".join(infer.answering_options(STUDY, "billa-zh", "ui_en-zh"))
    assert generated.startswith("--limit 96 --seed 7 --format billa --batch-size 96 --max-new-tok")
    ranked = " ".join(infer.answering_options(STUDY, "base", "gloss_zh"))
    assert ranked == "--limit 120 --seed 7 --format chatml --batch-size 96"
    measured = " ".join(infer.answering_options(STUDY, "base", "text_zh"))
    assert measured == "--limit 16 --seed 7 --window 512"


def test_a_number_type_is_told_where_the_study_says_one():
    """Predictions made before there was the key stay as they are."""
    assert "--dtype" not in infer.answering_options(STUDY, "base", "text_zh")
    study = default_study(infer={"dtype": "float32"})
    for benchmark in ("ui_en-zh", "gloss_zh", "text_zh"):
        words = infer.answering_options(study, "base", benchmark)
        assert words[words.index("--dtype") + 1] == "float32"


def test_one_process_is_told_of_every_benchmark():
    words = ["--model", "m", *infer.answering_work(STUDY, "base")]
    found = parse_each(answer_benchmarks.parser(), words)
    names = [benchmark.name for benchmark in STUDY.benchmarks]
    assert [one.benchmark.stem for one in found] == [one.output.stem for one in found] == names
    assert {str(one.model) for one in found} == {"m"}


def test_an_answer_is_cut_where_the_study_says_else_the_benchmark():
    assert (
        infer.longest_answer(STUDY, "ui_en-zh")
        == (STUDY.registry.benchmark("ui_en-zh").entry["max_new_tokens"])
    )
    study = default_study(benchmarks={"ui_en-zh": {"max_new_tokens": 9}})
    assert infer.longest_answer(study, "ui_en-zh") == 9


def test_a_benchmark_that_the_study_does_not_name_is_asked_whole():
    assert infer.sample_options(STUDY, "ui_en-zh") == ["--limit", "96", "--seed", "7"]
    assert infer.sample_options(STUDY, "flores_en-zh") == []
    assert "--limit" not in infer.answering_options(STUDY, "base", "flores_en-zh")


def test_a_job_asks_for_a_gpu_and_memory_for_each_of_its_processes():
    machine = Machine(on_cluster=False, deploys=False, cores=8, gpus=4, memory_mib=24_000)
    several = default_study(run={"infer_devices": 3})
    assert [infer.gpus(study, machine) for study in (STUDY, several)] == [1, 3]
    assert infer.gpus(several, replace(machine, gpus=0)) == 0
    assert infer.gpus(several, replace(machine, gpus=0, on_cluster=True)) == 3
    assert infer.answering_mib(several, "base") == 3 * infer.answering_mib(STUDY, "base")
