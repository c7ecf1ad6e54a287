"""What the rules of infer.smk ask: how a benchmark is put to a model."""

from scripts.plan.options import flags
from scripts.study.study import Study


def sample_options(study: Study, benchmark: str) -> list[str]:
    """Return which sample of a benchmark the study asks; one it does not name is asked whole."""
    limit = study.limits.get(benchmark)
    return [*flags("--limit", [limit]), "--seed", str(study.seed)] if limit else []


def longest_answer(study: Study, benchmark: str) -> int:
    """Return after how many tokens an answer is cut: the study's number, or the benchmark's."""
    entry = study.registry.benchmark(benchmark).entry
    return study.max_new_tokens.get(benchmark) or entry["max_new_tokens"]


def model_format(study: Study, model: str) -> str:
    """Return the prompt format a model is asked in: the one it was last trained with."""
    return study.model(model).format
