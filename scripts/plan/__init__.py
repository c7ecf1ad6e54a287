"""From a study to what its rules ask: paths, patterns of wildcards, options and resources.

Functions take the `Study`, plain names (a model's, a benchmark's …) and facts of the machine; they
know nothing of Snakemake and build no file. A module is a rules file of its name, which calls them
as ``plan.<module>.<function>(study, wildcards.model)``.
"""

from scripts.plan import (
    bundles,
    cases,
    clean,
    convert,
    data,
    environments,
    infer,
    job_graph,
    judge,
    machine,
    model_sizes,
    options,
    paths,
    patterns,
    release,
    report,
    run_file,
    score,
    start,
    tables,
    targets,
    texts,
    threads,
    tokenizer,
    train,
    wordings,
)

__all__ = [
    "bundles",
    "cases",
    "clean",
    "convert",
    "data",
    "environments",
    "infer",
    "job_graph",
    "judge",
    "machine",
    "model_sizes",
    "options",
    "paths",
    "patterns",
    "release",
    "report",
    "run_file",
    "score",
    "start",
    "tables",
    "targets",
    "texts",
    "threads",
    "tokenizer",
    "train",
    "wordings",
]
