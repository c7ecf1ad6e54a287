"""sari is EASSE's, sari_paper that of Hugging Face's evaluate as x-LLM calls it."""

import numpy as np
import pytest

from scripts.score.metrics.settings import Settings
from scripts.score.metrics.simplification import signature, statistics
from scripts.score.scorers import corpus_sari
from tests.support.published_files import needs_mirror, read_mcts

# Scores of MCTS's first 100 test sentences: each reference against the other four, then the source
# and an empty answer against all five. EASSE's easse/sari.py (feralvam/easse at 2933cf0a), its
# corpus_sari of texts that were lower-cased and cut by sacrebleu's "zh".
EASSE = [
    52.50215607846624,
    51.063697228435785,
    52.632762790462614,
    54.55454038891849,
    55.989691475685646,
    26.44829700432989,
    16.413160266517377,
]
# The same by evaluate's metrics/sari/sari.py (as gem-metrics-fork 0.1.dev0 carries it in sari.py).
EVALUATE = [
    49.691551114026744,
    51.96449696661115,
    52.513859417666716,
    54.89602635876204,
    55.93510120367204,
    59.640389414658166,
    11.216226591505755,
]


def predict_mcts(part: str, count: int) -> list[list[dict]]:
    """Seven systems' predictions: five annotators, one that copies, one that says nothing."""
    sources, references = read_mcts(part)
    systems = [*references, sources, [""] * len(sources)]
    return [
        [
            {"input": source, "prediction": prediction, "references": others}
            for source, prediction, *others in zip(
                sources[:count], system, *(r for r in references if r is not system), strict=False
            )
        ]
        for system in systems
    ]


def score(records: list[dict], metric: str = "sari", tokenize: str = "zh") -> float:
    sums = statistics(metric, records, Settings(tokenize=tokenize)).sum(axis=0)
    return float(corpus_sari(sums) if metric == "sari" else 100 * sums[0] / sums[1])


@needs_mirror
def test_scores_are_easses_and_evaluates():
    systems = predict_mcts("test", 100)
    assert [score(system) for system in systems] == pytest.approx(EASSE, abs=1e-9)
    assert [score(system, "sari_paper") for system in systems] == pytest.approx(EVALUATE, abs=1e-9)
    print(f"sari, sari_paper: identical on {sum(map(len, systems))} predictions")


def test_the_example_of_evaluates_documentation():
    record = {
        "input": "About 95 species are currently accepted .",
        "prediction": "About 95 you now get in .",
        "references": [
            "About 95 species are currently known .",
            "About 95 species are now accepted .",
            "95 species are now accepted .",
        ],
    }
    assert score([record], "sari_paper", "13a") == pytest.approx(26.953601953601954)


def test_a_perfect_simplification_scores_100_and_sums_of_none_score_0():
    record = {"input": "a b c d e f g", "prediction": "a b c d x y z v", "references": []}
    record["references"] = [record["prediction"]] * 2
    assert score([record], tokenize="13a") == pytest.approx(100)
    assert corpus_sari(np.zeros((3, 36))).tolist() == [0, 0, 0]


def test_scores_of_resampled_sums_come_as_an_array():
    record = {"input": "a b c", "prediction": "a b", "references": ["a", "a b"]}
    rows = statistics("sari", [record, record], Settings())
    assert rows.shape == (2, 36)
    stack = np.stack([rows.sum(axis=0), rows[0]])
    assert corpus_sari(stack)[0] == pytest.approx(corpus_sari(stack)[1])


def test_the_signature_tells_tokenizer_and_references():
    records = [{"references": ["a"] * 5}]
    found = signature("sari", records, Settings(tokenize="zh"))
    assert found["tok"] == "zh" and found["references"] == "5"
