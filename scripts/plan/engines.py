"""Which engine answers a study, and what it cannot do: told before anything runs."""

from scripts.common.errors import InputError
from scripts.common.settings import to_mapping
from scripts.environments.locks import READY, environment_folder
from scripts.plan.infer import asked_here
from scripts.plan.machine import Machine
from scripts.study.answer import Answer, answered_by
from scripts.study.study import Study

# The keys of an answer that vLLM does as transformers does, and its limits of a temperature.
DONE = (
    "way", "temperature", "top_p", "top_k", "stop", "labels", "shots", "reasoning",
    "translate_then_answer",
)  # fmt: skip
COLDEST, HOTTEST = 0.01, 2.0
INSTEAD = "write `engine: transformers`"


def check_engines(study: Study, machine: Machine) -> list[str]:
    """Return lines for a dry run on what answers, where that is not transformers alone.

    Raises:
        InputError: where the study asks what vLLM does not do, or there are too few GPUs.
    """
    found, wanted = machine.gpus, study.run.infer_devices
    if not machine.on_cluster and 0 < found < wanted:
        raise InputError(f"{study.file}: run.infer_devices: {wanted}, found {found} GPUs")
    if study.infer.engine != "vllm":
        return []
    if study.infer.deterministic:
        refuse(study, "vLLM decides what it computes together, which deterministic forbids")
    for name in generated(study):
        check_answer_of(study, name, study.answer(name))
    if not (found or machine.on_cluster):
        refuse(study, "found no GPU on this machine")
    return [*tell_missing(machine), *tell_others(study)]


def refuse(study: Study, reason: str) -> None:
    """Raise `InputError` with what vLLM does not do."""
    raise InputError(f"{study.file}: infer.engine: vllm: {reason}; {INSTEAD}")


def check_answer_of(study: Study, name: str, answer: Answer) -> None:
    """Refuse a way of answering that vLLM does not have."""
    for key, value in to_mapping(answer).items():
        if key not in DONE:
            refuse(study, f"benchmarks.{name}.answer.{key}: {value}: it does not do this")
    heat = answer.temperature
    if heat and not COLDEST <= heat <= HOTTEST:
        refuse(study, f"benchmarks.{name}.answer.temperature: {heat}: it takes 0.01 to 2")


def generated(study: Study) -> list[str]:
    """Return the benchmarks whose answers are generated."""
    return [name for name in asked_here(study) if script_of(study, name) == "generate"]


def script_of(study: Study, name: str) -> str:
    """Return the script that puts a benchmark to a model."""
    return answered_by(study.registry.benchmark(name).entry["task"], study.answer(name))


def tell_missing(machine: Machine) -> list[str]:
    """Say that vLLM is not installed yet, where that is so and the workflow will do it."""
    if machine.deploys or (environment_folder("vllm") / READY).is_file():
        return []
    return ["infer.engine: vllm: not installed yet; create_environment does it (envs/vllm.txt)"]


def tell_others(study: Study) -> list[str]:
    """Say which benchmarks transformers answers, for they are ranked or measured."""
    ours = generated(study)
    others = [name for name in asked_here(study) if name not in ours]
    if not others:
        return []
    return [f"infer.engine: vllm: ranked or measured by transformers: {', '.join(others)}"]
