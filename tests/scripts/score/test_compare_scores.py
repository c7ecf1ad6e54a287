"""Comparisons: tests that hold their level, and no difference where there is none."""

import itertools

import numpy as np
import pytest
from sacrebleu.metrics import BLEU, CHRF
from sacrebleu.significance import PairedTest
from scipy.stats import binomtest

from scripts.common.errors import InputError
from scripts.common.files import read_jsonl, write_json, write_jsonl
from scripts.common.provenance import meta_path
from scripts.score import compare_scores
from scripts.score.paired_tests import (
    bootstrap_p_value,
    randomisation_p_value,
    randomise,
    sign_p_value,
)
from scripts.score.scorers import mean, scorer
from tests.support import scoring

REFERENCE = "the last boat came in from the sea at night"
WORDS = REFERENCE.split()


def translations(path, kept, first=0):
    records = [
        {
            "id": f"t{number}",
            "task": "translation",
            "prediction": " ".join(WORDS[: kept + number % 3]),
            "references": [REFERENCE],
        }
        for number in range(first, first + 20)
    ]
    write_jsonl(path, records)
    return path


def choices(path, right, count=60):
    generator = np.random.default_rng(3)
    order = generator.permutation(count)
    records = [
        {"id": str(n), "task": "choice", "answer": 1, "prediction": int(order[n] < right)}
        for n in range(count)
    ]
    write_jsonl(path, records)
    return path


def texts(path, factor, window=512):
    generator = np.random.default_rng(5)
    records = [
        {
            "id": str(n),
            "task": "text",
            "nats": float(generator.uniform(50, 90)) * factor,
            "tokens": 30,
            "bytes": 100 + n,
            "window": window,
        }
        for n in range(40)
    ]
    write_jsonl(path, records)
    return path


def compare(tmp_path, baseline, system, metric, *options):
    for path, model in ((baseline, "old"), (system, "new")):
        scoring.score(path, metric, model=model)
    scores = [scoring.score_path(path, metric) for path in (baseline, system)]
    (found,) = compare_files(tmp_path / "c.jsonl", [scores[0]], [scores[1]], *options)
    return found


def compare_files(output, baselines, systems, *options):
    paths = ["--baseline", *map(str, baselines), "--system", *map(str, systems)]
    command = [*paths, "--output", str(output), *options]
    compare_scores.main(compare_scores.parser().parse_args(command))
    return read_jsonl(output)


def test_number_types_may_differ_and_signatures_say_so(tmp_path):
    """`auto` depends on the device; models answered on two kinds are compared all the same."""
    baseline, system = texts(tmp_path / "a.jsonl", 1.0), texts(tmp_path / "b.jsonl", 0.9)
    write_json(meta_path(baseline), {"settings": {"dtype": "float32"}})
    write_json(meta_path(system), {"settings": {"dtype": "bfloat16"}})
    assert "|dtype:bfloat16|" in compare(tmp_path, baseline, system, "bpb")["signature"]
    assert "|dtype:float32|" in scoring.score_path(baseline, "bpb").read_text()


def test_each_pair_is_compared_as_if_alone(tmp_path):
    columns = (("bleu", translations), ("accuracy", choices), ("bpb", texts))
    alone = []
    for metric, write in columns:
        files = [
            write(tmp_path / f"{name}-{metric}.jsonl", kept)
            for name, kept in zip("ab", (5, 7), strict=True)
        ]
        alone.append(compare(tmp_path, *files, metric, "--trials", "50"))
    baselines, systems = (
        [scoring.score_path(tmp_path / f"{name}-{metric}.jsonl", metric) for metric, _ in columns]
        for name in "ab"
    )
    found = compare_files(tmp_path / "all.jsonl", baselines, systems, "--trials", "50")
    assert found == alone and [line["metric"] for line in found] == ["bleu", "accuracy", "bpb"]
    with pytest.raises(InputError, match=r"--system: 2 score files, expected .* 3 of --baseline"):
        compare_files(tmp_path / "all.jsonl", baselines, systems[1:])


def test_different_predictions_of_equal_score_are_no_evidence(tmp_path):
    paths = []
    for name, word in (("a", "xx"), ("b", "yy")):
        path = translations(tmp_path / f"{name}.jsonl", 5)
        write_jsonl(path, [record | {"prediction": word} for record in read_jsonl(path)])
        paths.append(path)
    found = compare(tmp_path, *paths, "bleu", "--trials", "100")
    assert (found["difference"], found["p_value"]) == (0.0, 1.0)


@pytest.mark.parametrize("metric", ["bleu", "chrf"])
def test_sacrebleus_own_value_comes_out_under_its_name(tmp_path, metric, monkeypatch):
    baseline = translations(tmp_path / "a.jsonl", 5)
    system = translations(tmp_path / "b.jsonl", 6)
    found = compare(tmp_path, baseline, system, metric, "--trials", "200", "--seed", "11")
    monkeypatch.setenv("SACREBLEU_SEED", "11")
    systems = [
        (name, [" ".join(WORDS[: kept + n % 3]) for n in range(20)])
        for name, kept in (("old", 5), ("new", 6))
    ]
    theirs = {"bleu": BLEU, "chrf": CHRF}[metric]()
    test = PairedTest(systems, {metric: theirs}, [[REFERENCE] * 20], test_type="ar", n_samples=200)
    _, results = test()
    _, (old, new) = list(results.items())[1]
    assert (found["baseline_score"], found["score"]) == (old.score, new.score)
    assert found["p_sacrebleu"] == new.p_value
    assert found["p_randomisation"] >= new.p_value and "exact" not in found
    assert found["difference"] == new.score - old.score > 0
    assert found["n"] == 20


def test_one_discordant_record_is_no_evidence(tmp_path):
    """sacrebleu's count of trials that differ by more has p = 0.0001 here."""
    paths = [choices(tmp_path / f"{right}.jsonl", right, 120) for right in (60, 61)]
    found = compare(tmp_path, *paths, "accuracy")
    assert found["p_randomisation"] == 1.0 and found["exact"]
    assert found["test"].endswith("exact sign test") and "p_sacrebleu" not in found
    files = [path.with_suffix(".accuracy.jsonl") for path in paths]
    old, new = (np.array([row["statistics"] for row in read_jsonl(file)]) for file in files)
    drawn = randomise(old, new, scorer("accuracy"), 10000, 1)
    assert drawn.p_value == 1.0 and drawn.sacrebleu == pytest.approx(1e-4, rel=0.01)


@pytest.mark.parametrize(("better", "worse"), [(5, 0), (9, 2), (30, 14)])
def test_randomisation_estimates_the_exact_test(better, worse):
    one, other = np.ones((100, 2)), np.ones((100, 2))
    one[:better, 0] = other[better : better + worse, 0] = 0
    exact = sign_p_value(one, other)
    assert exact == pytest.approx(binomtest(worse, better + worse).pvalue)
    drawn = randomise(one, other, mean, 10000, 1)
    assert drawn.p_value == pytest.approx(exact, abs=0.015)
    assert drawn.sacrebleu < drawn.p_value


def test_sums_that_differ_in_their_last_digit_still_tie():
    """0.1 + 0.2 is not 0.3 in float64: swapped records that score as the real ones must count."""
    one = np.stack([np.array([0.1, 0.2, 0.3, 0.7, 0.0, 0.0]), np.ones(6)], axis=1)
    other = one[[2, 0, 1, 5, 4, 3]]
    exact = (
        sum(
            abs(np.dot(signs, (one - other)[:, 0])) >= abs((one - other)[:, 0].sum()) - 1e-12
            for signs in itertools.product((-1, 1), repeat=6)
        )
        / 64
    )
    assert randomise(one, other, mean, 4000, 1).p_value == pytest.approx(exact, abs=0.03)


def test_the_sign_test_is_for_records_that_differ_alike():
    even = np.stack([np.arange(5.0), np.ones(5)], axis=1)
    assert sign_p_value(even, even + np.array([1, 0])) is not None
    assert sign_p_value(even, even * [[2, 1]]) is None
    assert sign_p_value(even, even + np.array([1, 1])) is None
    assert sign_p_value(np.ones((5, 3)), np.zeros((5, 3))) is None


@pytest.mark.parametrize("test", [bootstrap_p_value, randomisation_p_value])
def test_a_true_null_is_rejected_as_often_as_the_level_says(test):
    """Of 400 pairs of systems that differ by chance alone, one in twenty is called different."""
    generator = np.random.default_rng(4)
    rejected = 0
    for seed in range(400):
        one, other = (np.stack([generator.normal(size=80), np.ones(80)], axis=1) for _ in range(2))
        rejected += test(one, other, mean, 200, seed) < 0.05
    assert 8 <= rejected <= 34


def test_the_order_of_records_does_not_matter(tmp_path):
    import random

    from scripts.common.files import read_jsonl

    baseline = translations(tmp_path / "a.jsonl", 5)
    system = translations(tmp_path / "b.jsonl", 7)
    first = compare(tmp_path, baseline, system, "bleu", "--trials", "100")
    records = read_jsonl(system)
    random.Random(2).shuffle(records)
    write_jsonl(system, records)
    assert compare(tmp_path, baseline, system, "bleu", "--trials", "100") == first


def test_a_system_does_not_differ_from_itself(tmp_path):
    for metric, write in (("bleu", translations), ("accuracy", choices), ("bpb", texts)):
        same = write(tmp_path / f"{metric}.jsonl", 5)
        found = compare(tmp_path, same, same, metric, "--trials", "100")
        assert found["difference"] == 0
        assert found["p_value"] == 1.0


def test_a_clear_difference_is_significant_and_a_slight_one_is_not(tmp_path):
    weak, alike, strong = (choices(tmp_path / f"{n}.jsonl", n) for n in (20, 21, 50))
    clear = compare(tmp_path, weak, strong, "accuracy")
    assert clear["difference"] == pytest.approx(50)
    assert clear["p_value"] < 0.01
    assert compare(tmp_path, weak, alike, "accuracy")["p_value"] > 0.05


def test_the_difference_is_system_minus_baseline(tmp_path):
    worse, better = texts(tmp_path / "a.jsonl", 1.0), texts(tmp_path / "b.jsonl", 0.8)
    for metric in ("bpb", "ppl"):
        found = compare(tmp_path, worse, better, metric)
        back = compare(tmp_path, better, worse, metric)
        assert found["difference"] < 0
        assert found["p_value"] < 0.01
        assert back["difference"] == -found["difference"]
        assert back["p_value"] == found["p_value"]


def test_other_records_are_refused(tmp_path):
    baseline = translations(tmp_path / "a.jsonl", 5)
    system = translations(tmp_path / "b.jsonl", 5, first=1)
    with pytest.raises(InputError, match=r"2 ids in one only, such as 't0'"):
        compare(tmp_path, baseline, system, "bleu")
    assert not (tmp_path / "c.jsonl").exists()


def test_records_that_are_not_those_scored_are_refused(tmp_path):
    paths = [translations(tmp_path / f"{name}.jsonl", 5) for name in "ab"]
    compare(tmp_path, *paths, "bleu", "--trials", "20")
    with open(tmp_path / "b.bleu.jsonl", "a") as stream:
        stream.write('{"id": "t99", "score": 1, "statistics": [1]}\n')
    with pytest.raises(InputError, match=r"b\.bleu\.jsonl: not the records that"):
        scores = [scoring.score_path(path, "bleu") for path in paths]
        compare_files(tmp_path / "d.jsonl", scores[:1], scores[1:])


def test_other_windows_are_refused(tmp_path):
    short, long = texts(tmp_path / "a.jsonl", 1, window=256), texts(tmp_path / "b.jsonl", 1)
    with pytest.raises(InputError, match="expected the same"):
        compare(tmp_path, short, long, "bpb")


def test_a_score_beyond_all_numbers_is_compared_with_nothing(tmp_path):
    steady, diverging = texts(tmp_path / "a.jsonl", 1.0), texts(tmp_path / "b.jsonl", 1000.0)
    found = compare(tmp_path, steady, diverging, "ppl")
    assert (found["score"], found["difference"], found["p_value"]) == (None, None, None)
