"""Which small jobs a cluster gets as one: each that it is given costs seconds, whatever it does.

Jobs of one group are of one phase, and phases come one after the other, so that no group waits for
itself. What is long, or is stopped and continues (training, answers), stays alone, and so do the
shards of a data set, of which one that fails is made again alone. How many jobs that do not depend
on each other go into one stands in slurm/profile.yaml too (`group-components`), since Snakemake
reads it there.
"""

from collections.abc import Mapping
from typing import Any

SCORES = "scores-{model}"
# Of one model: the vocabulary of another may be an extended one, and its rows those of a stage.
VOCABULARY = "vocabulary-{model}"
GROUPS: Mapping[str, str] = {
    "import_model": "base",
    "check_base": "base",
    "build_corpus": "corpora",
    "read_wordings": "corpora",
    "build_benchmark": "benchmarks",
    "filter_corpus": "checks",
    "check_overlap": "checks",
    "extend_tokenizer": VOCABULARY,
    "train_auxiliary": VOCABULARY,
    "extend_model": VOCABULARY,
    "pack_examples": "rows",
    # Of one model, once it has answered.
    "score_benchmarks": SCORES,
    "score_predictions": SCORES,
    "compare_scores": SCORES,
    "score_judgements": SCORES,
    "score_correctness": SCORES,
    "answer_benchmark": "answers-{model}",
}
# Jobs of a group that do not depend on each other, and how many come one after the other.
TOGETHER: Mapping[str, int] = {
    "base": 1, "corpora": 8, "benchmarks": 16, "checks": 8, VOCABULARY: 1, "rows": 4, SCORES: 1000,
    "answers-{model}": 1000,
}  # fmt: skip
DEPTH: Mapping[str, int] = {"base": 2, "checks": 2, VOCABULARY: 3, SCORES: 3}
MODELS = 8  # a model's scores, of which few take long


def share_of(rule: str, minutes: int) -> int:
    """Return how many of a partition's minutes a job may ask for: its group asks for their sum."""
    group = GROUPS.get(rule)
    if group is None:
        return minutes
    return max(1, minutes // (min(TOGETHER[group], MODELS) * DEPTH.get(group, 1)))


def group_of(rule: str, resources: Mapping[str, Mapping[str, Any]]) -> str | None:
    """Return the group of a rule's jobs; None where its rules do not all go to the same nodes.

    Args:
        resources: what a site says of single rules.
    """
    group = GROUPS.get(rule)
    named = (resources.get(other, {}) for other, one in GROUPS.items() if one == group)
    places = {(own.get("partition"), own.get("constraint")) for own in named}
    return group if len(places) == 1 else None
