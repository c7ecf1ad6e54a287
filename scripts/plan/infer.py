"""What the rules of infer.smk ask: how benchmarks are put to a model."""

from scripts.common.options import options_of
from scripts.environments.containers import MAIN
from scripts.plan.environments import image, python_command, ready_files
from scripts.plan.machine import Machine
from scripts.plan.model_sizes import loading_mib
from scripts.plan.options import flags, repeated
from scripts.plan.paths import benchmark_file, prediction_file
from scripts.study.answer import answered_by, write_answer
from scripts.study.study import Study

# Tokens in which a choice is written, where its benchmark says nothing: as in BiLLa's evaluation
# (dandelionsllm/pandallm, conf/llama/zh/*_eval_prompt_v1_0_test.yaml).
LETTER = 64


def asked_here(study: Study) -> list[str]:
    """Return the study's benchmarks that we ask, and lm-evaluation-harness does not."""
    return [one.name for one in study.benchmarks if one.name not in study.harness]


def environment_files(study: Study, machine: Machine) -> list[str]:
    """Return the file that tells that vLLM is installed, where the study wants it."""
    return ready_files("vllm", machine) if study.infer.engine == "vllm" else []


def python(study: Study, machine: Machine) -> str:
    """Return the Python that answers, as a shell command of its rule has it."""
    return python_command(machine) if study.infer.engine == "vllm" else "python"


def container(study: Study) -> str:
    """Return the container of the environment that answers."""
    return image("vllm" if study.infer.engine == "vllm" else MAIN)


def conda_file(study: Study) -> str:
    """Return conda's form of the environment that answers, from a rules file."""
    return f"../envs/{'vllm' if study.infer.engine == 'vllm' else 'lingraft'}.yaml"


def gpus(study: Study, machine: Machine) -> int:
    """Return how many GPUs a job that answers asks the scheduler for."""
    return study.run.infer_devices if machine.on_cluster or machine.gpus else 0


def answering_mib(study: Study, model: str) -> int:
    """Return the MiB of this host's memory that a job asks for: each process loads the model."""
    return study.run.infer_devices * loading_mib(study, model, least=3000)


def benchmark_inputs(study: Study) -> list[str]:
    """Return the files of the benchmarks that we ask, and of the examples they are asked with."""
    names = asked_here(study)
    examples = [path for name in names for path in exemplars_inputs(study, name)]
    return list(dict.fromkeys([*map(benchmark_file, names), *examples]))


def answering_work(study: Study, model: str) -> list[str]:
    """Return the options with which one process answers all of the study's benchmarks."""
    rows = []
    for name in asked_here(study):
        files = ["--benchmark", benchmark_file(name)]
        files += ["--output", prediction_file(model, name)]
        rows.append([*files, *answering_options(study, model, name)])
    return repeated("--each", rows)


def answering_options(study: Study, model: str, benchmark: str) -> list[str]:
    """Return how a benchmark is put to a model: what the script of its task reads, no more."""
    entry, answer = study.registry.benchmark(benchmark).entry, study.answer(benchmark)
    script = answered_by(entry["task"], answer)
    options = [
        *sample_options(study, benchmark),
        *options_of(study.infer, ("dtype", "deterministic")),
    ]
    if script == "generate":
        options += options_of(study.infer, ("engine",))
    if script == "measure_text":
        return [*options, "--window", str(study.infer.window)]
    options += ["--format", study.model(model).format, "--batch-size", str(study.infer.batch)]
    if script == "generate":
        options += ["--max-new-tokens", str(longest_answer(study, benchmark))]
    return [*options, *asking_options(study, benchmark)]


def asking_options(study: Study, benchmark: str) -> list[str]:
    """Return how a benchmark is answered where that is not the plain way, and what it needs."""
    answer, found = study.answer(benchmark), study.registry.benchmark(benchmark)
    options = flags("--answer", [write_answer(answer)])
    if answer.shots:
        options += ["--exemplars", benchmark_file(study.registry.exemplars(benchmark))]
    if answer.translate_then_answer:
        options += ["--language", study.registry.languages[found.languages[0]]["name"]]
    return options


def exemplars_inputs(study: Study, benchmark: str) -> list[str]:
    """Return the file of a benchmark's examples, if it is answered with any."""
    if not study.answer(benchmark).shots:
        return []
    return [benchmark_file(study.registry.exemplars(benchmark))]


def sample_options(study: Study, benchmark: str) -> list[str]:
    """Return which sample of a benchmark the study asks; one it does not name is asked whole."""
    limit = study.limits.get(benchmark)
    answer = study.answer(benchmark)
    drawn = limit or answer.temperature or answer.shots
    return [*flags("--limit", [limit]), "--seed", str(study.seed)] if drawn else []


def longest_answer(study: Study, benchmark: str) -> int:
    """Return after how many tokens an answer is cut: the study's number, or the benchmark's."""
    entry = study.registry.benchmark(benchmark).entry
    return study.max_new_tokens.get(benchmark) or entry.get("max_new_tokens", LETTER)
