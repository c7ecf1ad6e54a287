"""What an engine does not do, and where it is missing, is said before anything runs."""

from dataclasses import replace

import pytest

from scripts.common.errors import InputError
from scripts.plan.engines import check_engines
from scripts.plan.machine import Machine
from tests.support.studies import default_study

SERVER = Machine(on_cluster=False, deploys=False, cores=8, gpus=2, memory_mib=24_000)
VLLM = {"infer": {"engine": "vllm"}}


def answered(**answer):
    """Return a study of one benchmark that vLLM answers so."""
    return default_study(benchmarks={"ui_en-zh": {"answer": answer}}, **VLLM)


def test_transformers_needs_nothing():
    assert check_engines(default_study(), replace(SERVER, gpus=0)) == []


def test_a_missing_environment_and_what_transformers_answers_are_told(tmp_path, monkeypatch):
    monkeypatch.setenv("LINGRAFT_ENVIRONMENTS", str(tmp_path))
    missing, others = check_engines(default_study(**VLLM), SERVER)
    assert missing.startswith("infer.engine: vllm: not installed yet; create_environment does it")
    assert others.startswith("infer.engine: vllm: ranked or measured by transformers: ")
    assert "gloss_zh" in others and "ui_en-zh" not in others
    conda = replace(SERVER, deploys=True)
    assert check_engines(default_study(**VLLM), conda) == [others]
    assert check_engines(answered(temperature=0.7, stop=["."]), conda) == [others]


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        ({"beams": 4}, r"vllm: benchmarks.ui_en-zh.answer.beams: 4: it does not do this; write"),
        ({"temperature": 3}, r"answer.temperature: 3.*: it takes 0.01 to 2; write `engine: trans"),
    ],
)
def test_a_way_that_vllm_does_not_have_is_one_line(answer, message):
    with pytest.raises(InputError, match=message):
        check_engines(answered(**answer), SERVER)


def test_deterministic_and_a_machine_without_a_gpu_are_one_line():
    study = default_study(infer={"engine": "vllm", "deterministic": True})
    with pytest.raises(InputError, match=r"which deterministic forbids; write `engine: tra"):
        check_engines(study, SERVER)
    with pytest.raises(InputError, match=r"^study.yaml: infer.engine: vllm: found no GPU on this"):
        check_engines(default_study(**VLLM), replace(SERVER, gpus=0))
    head = replace(SERVER, gpus=0, on_cluster=True, deploys=True)
    assert len(check_engines(default_study(**VLLM), head)) == 1


def test_more_processes_than_gpus_are_one_line():
    study = default_study(run={"infer_devices": 3})
    with pytest.raises(InputError, match=r"^study.yaml: run.infer_devices: 3, found 2 GPUs$"):
        check_engines(study, SERVER)
    assert check_engines(study, replace(SERVER, gpus=0)) == []  # processes of the CPU
