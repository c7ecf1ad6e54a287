"""Several systems are ranked by a judge's comparisons of pairs, with intervals that hold."""

import numpy as np
import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.tables import tabulate_rankings
from scripts.tables.tabulate_rankings import Comparisons, rank
from tests.support.judgements import ASKED, judgement


def write(folder, model, baseline, points, other=None):
    """Write judgements in which a model won (1), tied (0.5) or lost (0) each question."""
    scores = {1: [9, 5], 0.5: [6, 6], 0: [4, 8]}
    records = [
        judgement(number, scores[one], scores[one])
        | {"asked": ASKED | {"model": model, "baseline": baseline} | (other or {})}
        for number, one in enumerate(points)
    ]
    path = folder / model / "open_en.jsonl"
    write_jsonl(path, records)
    return path


def tabulate(folder, *paths, first="base"):
    stem = folder / "ranking"
    options = ["--judgements", *paths, "--first", first, "--title", "Some", "--output-stem", stem]
    tabulate_rankings.main(tabulate_rankings.parser().parse_args(list(map(str, options))))
    return pd.read_csv(f"{stem}.csv").set_index("system")


def test_systems_stand_in_order_with_intervals_and_counts(tmp_path):
    paths = [
        write(tmp_path, "good", "base", [1] * 30 + [0.5] * 4 + [0] * 6),
        write(tmp_path, "bad", "base", [1] * 8 + [0] * 32),
    ]
    table = tabulate(tmp_path, *paths)
    assert list(table.index) == ["good", "base", "bad"]
    good = table.loc["good"]
    assert good["elo"] == pytest.approx(400 * np.log10(32.5 / 8.5))
    assert good["expected"] == pytest.approx(100 * 32.5 / 41)
    assert good["elo_low"] < good["elo"] < good["elo_high"]
    assert (good["win"], good["tie"], good["loss"], good["n"]) == (30, 4, 6, 40)
    base = table.loc["base"]
    assert base["elo"] == 0 and np.isnan(base["elo_low"])
    assert (base["win"], base["tie"], base["loss"]) == (38, 4, 38)
    text = (tmp_path / "ranking.md").read_text()
    assert "80 comparisons on 40 questions, by j, asked in both orders" in text
    assert "30/4/6" in text and r"\toprule" in (tmp_path / "ranking.tex").read_text()


def test_systems_are_compared_through_others(tmp_path):
    """The judge compared the third with the second only."""
    paths = [
        write(tmp_path, "second", "base", [1] * 30 + [0] * 10),
        write(tmp_path, "third", "second", [1] * 30 + [0] * 10),
    ]
    table = tabulate(tmp_path, *paths)
    assert table.loc["third", "elo"] == pytest.approx(2 * table.loc["second", "elo"])
    assert tabulate(tmp_path, *paths, first="third").loc["base", "elo"] == pytest.approx(
        -table.loc["third", "elo"]
    )


def test_intervals_contain_the_true_strength():
    """Of 100 rankings of systems of known strength by 25 questions; 95 is right."""
    generator, inside = np.random.default_rng(5), 0
    truth = 1 / (1 + 10 ** (-150 / 400))  # what 150 points are expected to win
    for seed in range(100):
        outcomes = {
            str(question): [
                ("a", "base", float(generator.random() < truth)),
                ("b", "base", float(generator.random() < 0.5)),
                ("b", "a", float(generator.random() < 1 - truth)),
            ]
            for question in range(25)
        }
        row = rank(Comparisons(outcomes, ASKED), ["base", "a", "b"], 200, seed)
        low, high = row.set_index("system").loc["a", ["elo_low", "elo_high"]]
        inside += low <= 150 <= high
    assert inside >= 90


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"judge": "k"}, "judge 'k', that of .* is 'j'"),
        ({"orders": "one"}, "orders 'one'"),
        ({"baseline": "x", "model": "y"}, "y, x and base were compared with no system in common"),
    ],
)
def test_what_was_not_judged_alike_is_refused(tmp_path, other, words):
    paths = [write(tmp_path, "good", "base", [1, 0, 1])]
    paths.append(write(tmp_path, "bad", "base", [0, 0, 1], other))
    with pytest.raises(InputError, match=words):
        tabulate(tmp_path, *paths)


def test_a_first_system_that_nobody_judged_is_one_line(tmp_path):
    with pytest.raises(InputError, match=r"--first 'bas': in no judgement; did you mean 'base'"):
        tabulate(tmp_path, write(tmp_path, "good", "base", [1, 0, 1]), first="bas")
