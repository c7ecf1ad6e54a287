"""Bits per byte and perplexity are ratios of sums over the corpus, not means over records."""

import math

import numpy as np
import pytest

from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.score.intervals import interval
from scripts.score.metrics import text as text_metrics
from scripts.score.metrics.settings import Settings
from tests.support import scoring


def write_predictions(path, count=3, **changes):
    records = [
        {
            "id": str(number),
            "task": "text",
            "nats": 10.0 + 7 * number,
            "tokens": 4 + number,
            "bytes": 20 + number**2,
            "window": 512,
            **changes,
        }
        for number in range(count)
    ]
    write_jsonl(path, records)
    return path


def score(path, metric, *options):
    return scoring.score(path, metric, *options)


def test_bits_per_byte(tmp_path):
    found = score(write_predictions(tmp_path / "p.jsonl"), "bpb")
    assert found["score"] == pytest.approx((10 + 17 + 24) / math.log(2) / (20 + 21 + 24))
    assert found["signature"].startswith("metric:bpb|window:512|n:3|bootstrap:1000|seed:12345|")


def test_perplexity(tmp_path):
    found = score(write_predictions(tmp_path / "p.jsonl"), "ppl")
    assert found["score"] == pytest.approx(math.exp((10 + 17 + 24) / (4 + 5 + 6)))


def test_perplexity_of_a_suffix_counts_the_suffix_only(tmp_path):
    path = write_predictions(tmp_path / "p.jsonl", suffix_nats=6.0, suffix_tokens=3)
    found = score(path, "ppl_paper")
    assert found["score"] == pytest.approx(math.exp(2))
    assert found["signature"].startswith("metric:ppl_paper|window:512|suffix:0.2-0.7|")
    with pytest.raises(InputError, match="record 0: no suffix_nats"):
        score(write_predictions(tmp_path / "old.jsonl"), "ppl_paper")


def test_the_score_lies_in_its_interval_and_more_samples_keep_it(tmp_path):
    path = write_predictions(tmp_path / "p.jsonl", 30)
    few, many = (score(path, "bpb", "--samples", samples) for samples in ("500", "3000"))
    for found in (few, many):
        low, high = found["interval"]
        assert low < found["score"] < high
    assert few["interval"] == pytest.approx(many["interval"], rel=0.05)


def test_score_files_are_the_same_bytes(tmp_path):
    path = write_predictions(tmp_path / "p.jsonl", 20)
    score(path, "bpb")
    first = path.with_suffix(".bpb").read_bytes()
    score(path, "bpb")
    assert path.with_suffix(".bpb").read_bytes() == first


def test_the_interval_covers_the_truth_as_often_as_it_says():
    generator = np.random.default_rng(1)
    covered = 0
    for seed in range(200):
        values = generator.exponential(2.0, size=60)
        rows = np.stack([values, np.ones(60)], axis=1)
        low, high, _ = interval(rows, lambda sums: sums[..., 0] / sums[..., 1], 300, seed)
        covered += low <= 2.0 <= high
    assert 175 <= covered <= 199


def test_windows_of_all_records_are_in_the_signature():
    records = [{"window": 512}, {"window": 256}, {"window": 512}]
    assert text_metrics.signature("ppl", records, Settings()) == {"window": "256+512"}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"task": "choice"}, "task 'choice', expected 'text' for the metric bpb"),
        ({"nats": "many"}, "nats is 'many', expected a number"),
        ({"bytes": None}, "bytes is None, expected a whole number"),
    ],
)
def test_bad_predictions_get_one_line(tmp_path, change, message):
    with pytest.raises(InputError, match=message):
        score(write_predictions(tmp_path / "p.jsonl", **change), "bpb")
