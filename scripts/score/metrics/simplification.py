"""Metrics of simplification: ``sari`` and ``sari_paper`` (Xu et al. 2016).

``sari`` is the corpus SARI of EASSE (Alva-Manchego et al. 2019), the tool of MCTS's authors: counts
of n-grams added, kept and deleted are summed over the corpus; precision and recall make an F for
each n up to 4; the mean over n and the three operations is the score.

``sari_paper`` is what x-LLM's script shows (NJUNLP/x-LLM, eval/mcts.sari.py): the mean of the
sentences' SARI as Hugging Face's ``evaluate`` computes it, where deletion counts by its precision,
shares are averaged over n-gram types, and 0/0 is 1.

Both lower-case and cut by sacrebleu's tokenizer, "zh" (characters) for Chinese. MCTS's paper cut
into words by a segmenter that it does not name.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
import sacrebleu
from sacrebleu.metrics import BLEU

from scripts.score.metrics.settings import Settings
from scripts.score.scorers import SARI_ORDER

Record = dict[str, Any]
Grams = Counter[tuple[str, ...]]


def statistics(metric: str, records: list[Record], settings: Settings) -> np.ndarray:
    """Return (n, 36) counts for `sari`, (n, 2) scores and ones for `sari_paper`: a row per record.

    Counts go by n, by operation (add, keep, delete), by what is counted: right, in the prediction,
    in the references.
    """
    tokenizer = BLEU(tokenize=settings.tokenize).tokenizer
    rows: list[Sequence[float]] = []
    for record in records:
        texts = (record["input"], record["prediction"], *record["references"])
        lines = [tokenizer(text.lower()) for text in texts]
        if metric == "sari":
            source, prediction, *references = (line.split() for line in lines)
            rows.append(count_operations(source, prediction, references))
        else:
            # As `evaluate` splits: an empty text is one empty token.
            source, prediction, *references = (line.split(" ") for line in lines)
            rows.append((sentence_sari(source, prediction, references), 1))
    return np.array(rows, dtype=np.float64)


def signature(metric: str, records: list[Record], settings: Settings) -> dict[str, object]:
    """Return what the score depends on."""
    counts = sorted({len(record["references"]) for record in records})
    return {
        "as": "easse-corpus" if metric == "sari" else "evaluate-sentence-mean",
        "case": "lower",
        "tok": settings.tokenize,
        "references": "+".join(map(str, counts)),
        "sacrebleu": sacrebleu.__version__,
    }


def count_grams(tokens: list[str], order: int) -> Grams:
    """Count the n-grams of one length."""
    return Counter(zip(*(tokens[start:] for start in range(order)), strict=False))


def multiply(grams: Grams, factor: int) -> Grams:
    """Return the counts times a factor."""
    return Counter({gram: count * factor for gram, count in grams.items()})


def grams_of(
    source: list[str], prediction: list[str], references: list[list[str]], order: int
) -> tuple[Grams, Grams, Grams]:
    """Return n-grams of the three; all weigh as if there were as many texts as references."""
    wanted: Grams = Counter()
    for reference in references:
        wanted.update(count_grams(reference, order))
    times = len(references)
    source_grams = multiply(count_grams(source, order), times)
    return source_grams, multiply(count_grams(prediction, order), times), wanted


def count_operations(
    source: list[str], prediction: list[str], references: list[list[str]]
) -> list[int]:
    """Return a sentence's 36 counts; see `statistics`."""
    row = []
    for order in range(1, SARI_ORDER + 1):
        old, new, wanted = grams_of(source, prediction, references, order)
        added, to_add = new.keys() - old.keys(), wanted.keys() - old.keys()
        row += [len(added & to_add), len(added), len(to_add)]
        for found, right in ((old & new, old & wanted), (old - new, old - wanted)):
            row += [(found & right).total(), found.total(), right.total()]
    return row


def sentence_sari(source: list[str], prediction: list[str], references: list[list[str]]) -> float:
    """Return a sentence's SARI between 0 and 1 as ``evaluate`` computes it."""
    parts = []
    for order in range(1, SARI_ORDER + 1):
        old, new, wanted = grams_of(source, prediction, references, order)
        parts += [keep_score(old, new, wanted), delete_score(old, new, wanted)]
        parts.append(add_score(old, new, wanted))
    return sum(parts) / len(parts)


def keep_score(old: Grams, new: Grams, wanted: Grams) -> float:
    """Return F of what was kept: precision a mean over types, recall of sums."""
    kept, to_keep = old & new, old & wanted
    right = kept & to_keep
    precision = sum(right[gram] / kept[gram] for gram in right) / len(kept) if kept else 1.0
    recall = right.total() / to_keep.total() if to_keep else 1.0
    return f_measure(precision, recall)


def delete_score(old: Grams, new: Grams, wanted: Grams) -> float:
    """Return the precision of what was deleted, a mean over types."""
    deleted = old - new
    right = deleted - wanted
    return sum(right[gram] / deleted[gram] for gram in right) / len(deleted) if deleted else 1.0


def add_score(old: Grams, new: Grams, wanted: Grams) -> float:
    """Return F of the types that were added."""
    added, to_add = new.keys() - old.keys(), wanted.keys() - old.keys()
    right = len(added & to_add)
    precision = right / len(added) if added else 1.0
    recall = right / len(to_add) if to_add else 1.0
    return f_measure(precision, recall)


def f_measure(precision: float, recall: float) -> float:
    """Return the harmonic mean, 0 where both are 0."""
    total = precision + recall
    return 2 * precision * recall / total if total else 0.0
