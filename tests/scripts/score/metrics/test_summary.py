"""ROUGE is rouge-score's; Chinese is cut into characters."""

from itertools import pairwise

import pytest
from rouge_score.rouge_scorer import RougeScorer

from scripts.score.metrics.settings import Settings
from scripts.score.metrics.summary import signature, statistics
from tests.support.published_files import needs_mirror, read_json_lines, read_mcts

METRICS = ["rouge1", "rouge2", "rougeL"]


class SpaceTokenizer:
    """rouge-score's view of texts that were cut before."""

    def tokenize(self, text: str) -> list[str]:
        return text.split()


def score(metric: str, records: list[dict], language: str) -> list[float]:
    return statistics(metric, records, Settings(target=language))[:, 0].tolist()


def one(metric: str, language: str, prediction: str, *references: str) -> float:
    return score(metric, [{"prediction": prediction, "references": references}], language)[0]


def read_summaries(language: str) -> list[dict]:
    """BiLLa's samples: the summary, and the text's beginning as Lead-3 would give it."""
    rows = read_json_lines(
        f"Neutralzz/BiLLa/*/train_codes/pretraining_corpora/{language}-summary/10001.jsonl"
    )
    return [{"prediction": row["input"][:200], "references": [row["output"]]} for row in rows]


@needs_mirror
def test_english_scores_are_rouge_scores():
    rows = read_json_lines("openai/grade-school-math/*/grade_school_math/data/test.jsonl")
    records = read_summaries("en") + [
        {"prediction": row["question"], "references": [row["answer"], before["question"]]}
        for before, row in pairwise(rows[:199])
    ]
    scorer = RougeScorer(METRICS)
    found = [scorer.score_multi(r["references"], r["prediction"]) for r in records]
    for metric in METRICS:
        assert score(metric, records, "en") == [each[metric].fmeasure for each in found]
    print(f"rouge1, rouge2, rougeL (en): identical on {len(records)} predictions")


@needs_mirror
def test_chinese_scores_are_rouge_scores_of_spaced_characters():
    sources, references = read_mcts("test")
    records = read_summaries("zh") + [
        {"prediction": source, "references": list(others)}
        for source, *others in zip(sources[:100], *references, strict=False)
    ]
    scorer = RougeScorer(METRICS, tokenizer=SpaceTokenizer())
    found = [
        scorer.score_multi([spaced(text) for text in r["references"]], spaced(r["prediction"]))
        for r in records
    ]
    for metric in METRICS:
        assert score(metric, records, "zh") == [each[metric].fmeasure for each in found]
    print(f"rouge1, rouge2, rougeL (zh): identical on {len(records)} predictions")


def spaced(text: str) -> str:
    """Put spaces around Chinese characters and in the place of all but letters and digits."""
    marked = (f" {c} " if "\u3400" <= c <= "\u9fff" or c == "〇" else c for c in text.lower())
    return "".join(c if c.isalnum() else " " for c in "".join(marked))


def test_chinese_counts_by_characters_latin_by_words():
    assert one("rouge1", "zh", "北京奥运", "北京") == pytest.approx(2 * 0.5 * 1 / 1.5)
    assert one("rouge2", "zh", "iPhone手机", "iphone 手机。") == 1
    assert one("rouge1", "zh", "iPhone", "iPad") == 0


def test_the_best_reference_counts_and_an_empty_answer_scores_0():
    assert one("rougeL", "en", "the cat sat", "a dog", "the cat sat.") == 1
    assert one("rougeL", "en", "", "the cat") == 0


def test_the_signature_tells_the_tokens():
    found = {
        code: signature("rouge1", [], Settings(target=code))["tokens"] for code in ("en", "zh")
    }
    assert found == {"en": "rouge-score", "zh": "words+han-characters"}
