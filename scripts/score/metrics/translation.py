"""Metrics of translations: sacrebleu's BLEU, spBLEU, chrF, chrF++ and TER."""

from pathlib import Path
from typing import Any

import numpy as np
import sentencepiece
from sacrebleu.metrics import BLEU, CHRF, TER
from sacrebleu.metrics.base import Metric
from sacrebleu.tokenizers.tokenizer_spm import TokenizerSPM

from scripts.common.errors import InputError, nearest
from scripts.score.metrics.settings import Settings

Record = dict[str, Any]


class GivenPieces(TokenizerSPM):
    """sacrebleu's SentencePiece tokenizer with a model from a file, where it would download one."""

    def __init__(self, model: Path, name: str | None) -> None:
        self.name = name or model.stem
        self.sp = sentencepiece.SentencePieceProcessor()
        try:
            self.sp.Load(str(model))
        except (RuntimeError, OSError):
            raise InputError(f"{model}: not a SentencePiece model") from None


def make_metric(name: str, settings: Settings) -> Metric:
    """Return sacrebleu's metric with the settings of its command line, references per call.

    BLEU and TER depend on the language: BLEU by `settings.tokenize`; TER splits Chinese and
    Japanese into characters (``--ter-normalized --ter-asian-support``), which it takes for
    one word otherwise.
    """
    asian = settings.tokenize in ("zh", "ja-mecab")
    if name == "chrf":
        return CHRF()
    if name == "chrf2pp":
        return CHRF(word_order=2)
    if name == "ter":
        return TER(normalized=asian, asian_support=asian)
    return make_spbleu(name, settings) if name.startswith("spbleu") else make_bleu(settings)


def make_bleu(settings: Settings) -> BLEU:
    """Return BLEU; `InputError` if sacrebleu has no such tokenizer or cannot load it."""
    known = [name for name in BLEU.TOKENIZERS if not name.startswith(("spm", "flores", "spBLEU"))]
    if settings.tokenize not in known:
        raise InputError(
            f"--tokenize: no tokenizer {settings.tokenize!r}{nearest(settings.tokenize, known)}"
        )
    try:
        return BLEU(tokenize=settings.tokenize)
    except (ImportError, RuntimeError, OSError) as error:
        reason = " ".join(str(error).split())
        raise InputError(
            f"--tokenize: sacrebleu cannot load {settings.tokenize!r}: {reason}"
        ) from None


def make_spbleu(name: str, settings: Settings) -> BLEU:
    """Return BLEU over the pieces of `settings.sentencepiece`."""
    if not settings.sentencepiece:
        raise InputError(f"--sentencepiece: {name} needs the model whose pieces it counts")
    metric = BLEU(tokenize="none")
    metric.tokenizer = GivenPieces(settings.sentencepiece, settings.pieces)
    metric.tokenizer_signature = metric.tokenizer.signature()
    return metric


def hypotheses(records: list[Record]) -> list[str]:
    """Return predictions, each as the one line that sacrebleu's command line would read."""
    return [one_line(record["prediction"]) for record in records]


def references(records: list[Record]) -> list[list[str | None]]:
    """Return sacrebleu's streams: the first, second, … reference of every record.

    Records may have different numbers of them; sacrebleu skips a None.
    """
    most = max(len(record["references"]) for record in records)
    padded = (
        [one_line(text) for text in record["references"]] + [None] * most for record in records
    )
    return [list(stream) for stream in zip(*(row[:most] for row in padded), strict=True)]


def one_line(text: str) -> str:
    """Return a text without line breaks."""
    return " ".join(text.splitlines())


def statistics(metric: str, records: list[Record], settings: Settings) -> np.ndarray:
    """Return sacrebleu's statistics, one row per record, whose sums make the score.

    They are the metric's own: sacrebleu's bootstrap works on them too, but reports the half-width
    of the interval only. All but TER's mean lengths are counts: float64 sums are exact.
    """
    made: Any = make_metric(metric, settings)
    counted = made._extract_corpus_statistics(hypotheses(records), references(records))
    return np.array(counted, dtype=np.float64)


def signature(metric: str, records: list[Record], settings: Settings) -> dict[str, str]:
    """Return sacrebleu's own signature."""
    made = make_metric(metric, settings)
    counts = {len(record["references"]) for record in records}
    made.num_refs = counts.pop() if len(counts) == 1 else -1
    return dict(part.split(":", 1) for part in made.get_signature().format().split("|"))
