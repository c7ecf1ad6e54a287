"""Which small jobs a cluster gets as one: each that it is given costs seconds, whatever it does.

Jobs of one group are of one phase, and phases come one after the other, so that no group waits for
itself. What is long, or is stopped and continues (training, answers), stays alone. How many jobs
that do not depend on each other go into one stands in slurm/profile.yaml too (`group-components`),
since Snakemake reads it there.
"""

from collections.abc import Mapping

SCORES = "scores-{model}"
GROUPS: Mapping[str, str] = {
    "build_corpus": "corpora",
    "clean_corpus": "corpora",
    "read_wordings": "corpora",
    "build_benchmark": "benchmarks",
    "filter_corpus": "checks",
    "check_overlap": "checks",
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
    "corpora": 8, "benchmarks": 16, "checks": 8, "rows": 4, SCORES: 1000, "answers-{model}": 1000,
}  # fmt: skip
DEPTH: Mapping[str, int] = {"corpora": 2, "checks": 2, SCORES: 3}
MODELS = 8  # a model's scores, of which few take long


def share_of(rule: str, minutes: int) -> int:
    """Return how many of a partition's minutes a job may ask for: its group asks for their sum."""
    group = GROUPS.get(rule)
    if group is None:
        return minutes
    return max(1, minutes // (min(TOGETHER[group], MODELS) * DEPTH.get(group, 1)))
