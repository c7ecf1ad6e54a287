"""sacrebleu's metrics on prediction records."""

import os
from typing import Any

import numpy as np
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.metrics.base import Metric

from scripts.common.errors import InputError, nearest
from scripts.score.bootstrap import Scorer

Record = dict[str, Any]


def make_metric(name: str, tokenize: str) -> Metric:
    """Return sacrebleu's metric with its default settings; chrF does not tokenize.

    `InputError` if sacrebleu has no such tokenizer, or lacks what that one needs.
    """
    if tokenize not in BLEU.TOKENIZERS:
        raise InputError(
            f"--tokenize: no tokenizer {tokenize!r}{nearest(tokenize, BLEU.TOKENIZERS)}"
        )
    if name == "chrf":
        return CHRF()
    try:
        return BLEU(tokenize=tokenize)
    except (ImportError, RuntimeError, OSError) as error:
        reason = " ".join(str(error).split())
        raise InputError(f"--tokenize: sacrebleu cannot load {tokenize!r}: {reason}") from None


def hypotheses(records: list[Record]) -> list[str]:
    """Return predictions, each as the one line that sacrebleu's command line would read."""
    return [one_line(record["prediction"]) for record in records]


def references(records: list[Record], path: object) -> list[list[str | None]]:
    """Return sacrebleu's streams: the first, second, … reference of every record.

    Records may have different numbers of them; sacrebleu skips a None.
    """
    for number, record in enumerate(records, 1):
        if not record["references"]:
            raise InputError(f"{path}:{number}: no references, expected at least one")
    most = max(len(record["references"]) for record in records)
    padded = (
        [one_line(text) for text in record["references"]] + [None] * most for record in records
    )
    return [list(stream) for stream in zip(*(row[:most] for row in padded), strict=True)]


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.splitlines())


def statistics(metric: Metric, records: list[Record], path: object) -> np.ndarray:
    """Return sacrebleu's statistics, a row a record, whose sums make the score.

    They are the metric's own: sacrebleu's bootstrap works on them too, but reports the half-width
    of the interval only. All are counts, so that float64 sums are exact.
    """
    return np.array(
        metric._extract_corpus_statistics(hypotheses(records), references(records, path)),
        dtype=np.float64,
    )


def scorer(metric: Metric) -> Scorer:
    """Return how summed statistics, shape (..., k), become sacrebleu's scores."""

    def score(sums: np.ndarray) -> np.ndarray:
        """Score each vector of sums."""
        rows = sums.reshape(-1, sums.shape[-1]).tolist()
        scores = [metric._compute_score_from_stats(row).score for row in rows]
        return np.array(scores).reshape(sums.shape[:-1])

    return score


def paired_test(
    metric: Metric,
    baseline: list[Record],
    system: list[Record],
    path: object,
    samples: int,
    seed: int,
) -> tuple[float, str]:
    """Return the p-value of sacrebleu's paired bootstrap test, and its signature.

    Systems of equal score need no test: sacrebleu would call them significantly different, for
    its resampled differences are never above a difference of zero.
    """
    from sacrebleu.significance import PairedTest

    os.environ["SACREBLEU_SEED"] = str(seed)
    systems = [("baseline", hypotheses(baseline)), ("system", hypotheses(system))]
    test = PairedTest(
        systems, {"metric": metric}, references(system, path), test_type="bs", n_samples=samples
    )
    signatures, results = test()
    ((name, signature),) = signatures.items()
    return float(results[name][1].p_value), signature.format()
