"""What jobs ask of a cluster: partition, time, memory, CPUs and GPUs of every rule.

A rule says its threads and what it knows of its memory; here it gets the rest, as the study, the
site's file (`scripts.study.site`) and the cluster's limits say.
"""

from collections.abc import Mapping

from scripts.cluster.offers import Partition
from scripts.common.errors import InputError
from scripts.convert.model_shape import count_weights
from scripts.plan.cluster_groups import share_of
from scripts.plan.model_sizes import model_shape
from scripts.plan.run_file import stage_tokens
from scripts.study.site import Site
from scripts.study.study import Study

# What a rule's jobs are; all others compute on CPUs.
DOWNLOAD = {
    "download", "take_file", "take_folder", "fetch_dataset", "fetch_model", "create_environment",
    "build_harness_benchmark",
}  # fmt: skip
GPU = {
    "train_model", "answer_benchmarks", "answer_benchmark", "score_benchmarks_neural",
    "score_neural",
}  # fmt: skip
TINY = {
    "describe_study", "main_score", "write_card", "write_report", "write_answers", "colour_tokens",
    "tabulate_scores", "tabulate_published", "tabulate_embedding_init", "tabulate_tokenizers",
    "tabulate_reviews", "tabulate_judgements", "tabulate_published_answers", "tabulate_rankings",
    "tabulate_preferences",
}  # fmt: skip
# Minutes that jobs may take; of all others `USUAL`, of tiny ones `SHORT`.
USUAL, SHORT = 120, 30
MINUTES = {
    # Of a data set of a hundred gigabytes (docs/cleaning.md); shards of one take minutes.
    **dict.fromkeys(
        ("build_corpus", "gather_built", "gather_corpus", "match_signatures", "cluster_duplicates",
         "filter_corpus", "gather_clean", "check_overlap", "pack_examples"),
        720,
    ),
    "answer_benchmarks": 1440,
    "answer_benchmark": 240,
    "score_benchmarks": 240,
    "score_benchmarks_neural": 480,
    "score_neural": 480,
    "judge_answers": 1440,
    "judge_published": 1440,
    "judge_correctness": 1440,
}  # fmt: skip
LONGEST = 1440  # minutes of a stage whose length nothing tells yet
LEAST = 60  # minutes of any stage: loading, checkpoints, held-out text
# Floating-point operations a second that a device does at the least, and how much longer is asked.
SPEED, MARGIN = {"gpu": 5e13, "cpu": 5e10}, 3.0


def kind_of(rule: str, study: Study) -> str:
    """Return the kind of a rule's jobs (`scripts.study.site.KINDS`)."""
    if rule in DOWNLOAD:
        return "download"
    if rule in GPU:
        return "cpu" if study.run.device == "cpu" else "gpu"
    return "tiny" if rule in TINY else "cpu"


def partition_of(rule: str, study: Study, site: Site) -> str | None:
    """Return the partition that a rule's jobs go to; None is the cluster's default."""
    named: str | None = site.resources.get(rule, {}).get("partition")
    return named or site.partitions.get(kind_of(rule, study))


def is_local(rule: str, study: Study, site: Site) -> bool:
    """Tell whether a rule's jobs run where Snakemake does.

    Those that need a network, which nodes often have none of, and those that take seconds, unless
    the site has a partition for them; environments have been created there (`cluster_run`).
    """
    if rule == "create_environment":
        return True
    here = kind_of(rule, study) in ("download", "tiny")
    return here and partition_of(rule, study, site) is None


def wanted_minutes(study: Study, rule: str, model: str | None = None) -> int:
    """Return the minutes that a job may take; of a training stage by its size."""
    if rule != "train_model" or model is None:
        return MINUTES.get(rule, SHORT if rule in TINY else USUAL)
    tokens = stage_tokens(study, model)
    try:
        weights = count_weights(model_shape(study, model)).total
    except InputError:
        return LONGEST
    if tokens is None:
        return LONGEST
    run = study.run
    speed = SPEED["cpu" if run.device == "cpu" else "gpu"] * run.devices * run.nodes
    return LEAST + round(MARGIN * 6 * weights * tokens / speed / 60)


def largest_node(place: Partition | None) -> dict[str, int]:
    """Return the CPUs and MiB that jobs of one group share at most; nothing where none is known."""
    if place is None or not place.nodes:
        return {}
    return {
        "_cores": max(node.cpus for node in place.nodes),
        "mem_mb": max(node.memory_mib for node in place.nodes),
    }


def place_of(
    rule: str, study: Study, site: Site, partitions: Mapping[str, Partition]
) -> Partition | None:
    """Return the partition of a rule's jobs, where there is one of this name."""
    name = partition_of(rule, study, site)
    if name is not None:
        return partitions.get(name)
    return next((one for one in partitions.values() if one.is_default), None)


def limited_minutes(rule: str, minutes: int, place: Partition | None) -> int:
    """Return what is asked for: no more than the partition allows, of all in a group together."""
    return min(minutes, share_of(rule, place.minutes)) if place and place.minutes else minutes


def grown_memory(mebibytes: int, attempt: int, place: Partition | None) -> int:
    """Return the memory of an attempt: each has as much again, up to the largest node's."""
    largest = max((node.memory_mib for node in place.nodes), default=0) if place else 0
    asked = mebibytes * attempt
    return max(mebibytes, min(asked, largest)) if largest else asked


def limited_threads(threads: int, place: Partition | None) -> int:
    """Return a rule's threads, no more than a node has."""
    largest = max((node.cpus for node in place.nodes), default=0) if place else 0
    return min(threads, largest) if largest else threads
