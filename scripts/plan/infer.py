"""What the rules of infer.smk ask: how benchmarks are put to a model."""

from scripts.common.options import options_of
from scripts.plan.options import flags, repeated
from scripts.plan.paths import benchmark_file, prediction_file
from scripts.study.study import Study
from scripts.study.tasks import TASKS


def benchmark_inputs(study: Study) -> list[str]:
    """Return the files of the study's benchmarks."""
    return [benchmark_file(benchmark.name) for benchmark in study.benchmarks]


def answering_work(study: Study, model: str) -> list[str]:
    """Return the options with which one process answers all of the study's benchmarks."""
    rows = []
    for benchmark in study.benchmarks:
        files = ["--benchmark", benchmark_file(benchmark.name)]
        files += ["--output", prediction_file(model, benchmark.name)]
        rows.append([*files, *answering_options(study, model, benchmark.name)])
    return repeated("--each", rows)


def answering_options(study: Study, model: str, benchmark: str) -> list[str]:
    """Return how a benchmark is put to a model: what the script of its task reads, no more."""
    script = TASKS[study.registry.benchmark(benchmark).task].answered_by
    options = [*sample_options(study, benchmark), *options_of(study.infer, ("dtype",))]
    if script == "measure_text":
        return [*options, "--window", str(study.infer.window)]
    options += ["--format", study.model(model).format, "--batch-size", str(study.infer.batch)]
    if script == "generate":
        options += ["--max-new-tokens", str(longest_answer(study, benchmark))]
    return options


def sample_options(study: Study, benchmark: str) -> list[str]:
    """Return which sample of a benchmark the study asks; one it does not name is asked whole."""
    limit = study.limits.get(benchmark)
    return [*flags("--limit", [limit]), "--seed", str(study.seed)] if limit else []


def longest_answer(study: Study, benchmark: str) -> int:
    """Return after how many tokens an answer is cut: the study's number, or the benchmark's."""
    entry = study.registry.benchmark(benchmark).entry
    return study.max_new_tokens.get(benchmark) or entry["max_new_tokens"]
