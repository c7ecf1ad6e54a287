"""Test whether a system scores differently from its baseline, on the same records.

In: score files of the baseline and, in the same order, the system's of the same benchmarks and
metrics, with their records. Out: a comparison of each pair, JSON lines: both scores, their
difference (system minus baseline) and two two-sided p-values: `p_value` of a paired bootstrap test,
`p_randomisation` of approximate randomisation, or, where all records that differ do so by the same
amount, as right and wrong answers do, of the exact sign test (`exact`). Any metric will do: its
statistics are in the records. Of sacrebleu's metrics there is `p_sacrebleu` too, what its
``--paired-ar`` gives; no star depends on it.

Example::

    python -m scripts.score.compare_scores --output results/comparisons/x-llama-zh.jsonl \\
        --baseline results/base/flores_en-zh.bleu results/base/flores_en-zh.chrf \\
        --system results/x-llama-zh/flores_en-zh.bleu results/x-llama-zh/flores_en-zh.chrf
"""

import argparse
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from scripts.common.command import make_parser, positive, run
from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.common.progress import track
from scripts.score.paired_tests import bootstrap_p_value, randomise, sign_p_value
from scripts.score.resampling import SEED, TRIALS
from scripts.score.score_file import read_score
from scripts.score.scorers import scorer
from scripts.study.metrics import load_metrics

Rows = dict[str, list[float]]
DTYPE = re.compile(r"\|dtype:[^|]*")  # the part of a signature that may differ


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = make_parser("score.compare_scores", __doc__)
    options.add_argument("--baseline", type=Path, nargs="+", required=True, help="score files")
    options.add_argument("--system", type=Path, nargs="+", required=True, help="score files")
    options.add_argument(
        "--trials", type=positive, default=TRIALS, help=f"resamples of a test ({TRIALS})"
    )
    options.add_argument("--seed", type=int, default=SEED, help=f"of the tests ({SEED})")
    options.add_argument("--output", type=Path, required=True, help="comparisons, JSON lines")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Write the comparisons; see the module's docstring."""
    baselines, systems = arguments.baseline, arguments.system
    if len(baselines) != len(systems):
        raise InputError(
            f"--system: {len(systems)} score files, expected one for each of the "
            f"{len(baselines)} of --baseline"
        )
    pairs = track(zip(baselines, systems, strict=True), len(systems), "compare", "scores")
    trials, seed = arguments.trials, arguments.seed
    write_jsonl(arguments.output, (compare(*pair, trials, seed) for pair in pairs))


def compare(baseline: Path, system: Path, trials: int, seed: int) -> dict[str, Any]:
    """Return the comparison of two score files; `InputError` if they are not of the same."""
    before, old = read_score(baseline)
    after, new = read_score(system)
    check_alike(before, after, system)
    statistics = pair_records(old, new, baseline, system)
    found = test(statistics, after, before, trials, seed)
    return comparison_record(before, after, found, trials, seed)


def comparison_record(
    before: Mapping[str, Any],
    after: Mapping[str, Any],
    found: Mapping[str, float | bool | None],
    trials: int,
    seed: int,
) -> dict[str, Any]:
    """Return a line of the comparisons: two scores, and what `test` found of them."""
    return {
        "model": after["model"],
        "baseline": before["model"],
        "benchmark": after["benchmark"],
        "metric": after["metric"],
        "score": after["score"],
        "baseline_score": before["score"],
        **found,
        "n": after["n"],
        "test": describe_test(bool(found.get("exact")), trials, seed),
        "signature": after["signature"],
    }


def describe_test(exact: bool, trials: int, seed: int) -> str:
    """Return what the p-values are of; `exact` where the second is the sign test's."""
    drawn = f"{trials} trials, seed {seed}"
    if exact:
        return f"paired bootstrap, {drawn}, and exact sign test"
    return f"paired bootstrap and approximate randomisation, {drawn}"


def check_alike(before: dict[str, Any], after: dict[str, Any], system: Path) -> None:
    """Refuse scores of two benchmarks or metrics, or measured in two ways.

    Number types may differ, since ``auto`` depends on the device: tables show both signatures.
    `system` is the file that `after` was read from.
    """
    for key in ("benchmark", "metric", "signature"):
        # As text: a damaged score file may hold anything.
        if DTYPE.sub("", str(before[key])) != DTYPE.sub("", str(after[key])):
            raise InputError(
                f"{system}: {key} {after[key]!r}, the baseline's is {before[key]!r}; "
                "expected the same"
            )


def pair_records(
    old: Rows, new: Rows, baseline: Path, system: Path
) -> tuple[np.ndarray, np.ndarray]:
    """Return both systems' (n, k) statistics, records in one order; `InputError` if ids differ.

    `baseline` and `system` are the score files that the rows belong to.
    """
    odd = old.keys() ^ new.keys()
    if odd:
        raise InputError(
            f"{system}: {len(new)} records against {len(old)} in "
            f"{baseline}, {len(odd)} ids in one only, such as {min(odd)!r}; expected "
            "scores of the same records"
        )
    return np.array(list(old.values()), float), np.array([new[name] for name in old], float)


def test(
    statistics: tuple[np.ndarray, np.ndarray],
    after: dict[str, Any],
    before: dict[str, Any],
    trials: int,
    seed: int,
) -> dict[str, float | bool | None]:
    """Return the difference and the p-values; equal statistics differ in nothing.

    Without a score on either side (a perplexity that overflows) all are None.
    """
    if after["score"] is None or before["score"] is None:
        return {"difference": None, "p_value": None, "p_randomisation": None}
    if np.array_equal(*statistics):
        return {"difference": 0.0, "p_value": 1.0, "p_randomisation": 1.0}
    options = (*statistics, scorer(after["metric"]), trials, seed)
    found = {
        "difference": after["score"] - before["score"],
        "p_value": bootstrap_p_value(*options),
    }
    drawn, exact = randomise(*options), sign_p_value(*statistics)
    if is_sacrebleus(after["metric"]):
        found["p_sacrebleu"] = drawn.sacrebleu
    if exact is not None:
        return found | {"p_randomisation": exact, "exact": True}
    return found | {"p_randomisation": drawn.p_value}


def is_sacrebleus(metric: str) -> bool:
    """Tell whether sacrebleu computes a metric, and so tests it as well."""
    return load_metrics()[metric].tool == "sacrebleu"


if __name__ == "__main__":
    run(main, parser())
