"""What the rules of infer.smk ask of the study: paths and command-line options."""


def benchmarks_of(*tasks):
    """Return a regular expression of the benchmarks with one of these tasks."""
    registry = study.registry
    return any_of(
        name for name in registry.benchmark_names() if registry.benchmark(name).task in tasks
    )


def sample_options(wildcards):
    """Return which sample of a benchmark the study asks; one it does not name is asked whole."""
    limit = study.limits.get(wildcards.benchmark)
    return [*flags("--limit", [limit]), "--seed", str(study.seed)] if limit else []


def longest_answer(wildcards):
    """Return after how many tokens an answer is cut: the study's number, or the benchmark's."""
    chosen = study.settings["benchmarks"].get(wildcards.benchmark) or {}
    entry = study.registry.benchmark(wildcards.benchmark).entry
    return chosen.get("max_new_tokens", entry["max_new_tokens"])


def model_format(wildcards):
    """Return the prompt format a model is asked in: the one it was last trained with."""
    return study.model(wildcards.model).format
