"""Test whether a system scores differently from its baseline, by a paired bootstrap.

In: the predictions of both on one benchmark. Out: a comparison: both scores, their difference
(system minus baseline) and a two-sided p-value. bleu and chrf are tested by sacrebleu's
``PairedTest``, the other metrics by `scripts.score.bootstrap.paired_p_value`.

Example::

    python -m scripts.score.compare_scores --metric bleu --tokenize zh \\
        --baseline results/predictions/base/flores_en-zh.jsonl --baseline-name base \\
        --system results/predictions/x-llama-zh/flores_en-zh.jsonl --model x-llama-zh \\
        --benchmark flores_en-zh \\
        --output results/comparisons/x-llama-zh/flores_en-zh.bleu.json
"""

import argparse
from pathlib import Path
from typing import Any

from scripts.common.command import run
from scripts.common.errors import InputError
from scripts.common.files import write_json
from scripts.score import metrics
from scripts.score.bootstrap import paired_p_value
from scripts.score.predictions import add_resampling, read_predictions

Record = dict[str, Any]


def parser() -> argparse.ArgumentParser:
    """Return the command line of this script."""
    options = argparse.ArgumentParser(
        prog="score.compare_scores", description=__doc__.splitlines()[0]
    )
    options.add_argument("--baseline", type=Path, required=True, help="its predictions")
    options.add_argument("--system", type=Path, required=True, help="its predictions")
    options.add_argument("--metric", choices=metrics.TASKS, required=True)
    options.add_argument("--tokenize", default="13a", help="sacrebleu's tokenizer, for BLEU (13a)")
    options.add_argument("--model", required=True, help="the system's name")
    options.add_argument("--baseline-name", required=True, help="the baseline's name")
    options.add_argument("--benchmark", required=True, help="the benchmark's name")
    add_resampling(options)
    options.add_argument("--output", type=Path, required=True, help="comparison, JSON")
    return options


def main(arguments: argparse.Namespace) -> None:
    """Write the comparison; see the module's docstring."""
    baseline = read_predictions(arguments.baseline, arguments.metric)
    system = read_predictions(arguments.system, arguments.metric)
    system = pair_records(baseline, system, arguments)
    compare = compare_translations if is_translation(arguments.metric) else compare_others
    found = compare(baseline, system, arguments)
    write_json(
        arguments.output,
        {
            "model": arguments.model,
            "baseline": arguments.baseline_name,
            "benchmark": arguments.benchmark,
            "metric": arguments.metric,
            "score": found["score"],
            "baseline_score": found["baseline_score"],
            "difference": found["score"] - found["baseline_score"],
            "p_value": found["p_value"],
            "n": len(system),
            "test": found["test"],
            "signature": found["signature"],
        },
    )


def is_translation(metric: str) -> bool:
    """Tell whether sacrebleu has the metric."""
    return metrics.TASKS[metric] == "translation"


def pair_records(
    baseline: list[Record], system: list[Record], arguments: argparse.Namespace
) -> list[Record]:
    """Return the system's records in the baseline's order; `InputError` if ids differ."""
    by_id = {record["id"]: record for record in system}
    odd = by_id.keys() ^ {record["id"] for record in baseline}
    if odd:
        raise InputError(
            f"{arguments.system}: {len(system)} records against {len(baseline)} in "
            f"{arguments.baseline}, {len(odd)} ids in one only, such as {min(odd)!r}; expected "
            "predictions of the same records"
        )
    return [by_id[record["id"]] for record in baseline]


def compare_translations(
    baseline: list[Record], system: list[Record], arguments: argparse.Namespace
) -> dict[str, Any]:
    """Compare by a metric of sacrebleu's."""
    # Only translations need sacrebleu.
    from scripts.score.sacrebleu_metric import make_metric, paired_test, scorer, statistics

    metric = make_metric(arguments.metric, arguments.tokenize)
    score = scorer(metric)
    before, after = (
        float(score(statistics(metric, records, path).sum(axis=0)))
        for records, path in ((baseline, arguments.baseline), (system, arguments.system))
    )
    p_value, signature = paired_test(
        metric, baseline, system, arguments.system, arguments.samples, arguments.seed
    )
    return {
        "score": after,
        "baseline_score": before,
        # Equal scores are no evidence, though sacrebleu gives them its smallest p-value.
        "p_value": p_value if after != before else 1.0,
        "test": "paired bootstrap (sacrebleu)",
        "signature": signature,
    }


def compare_others(
    baseline: list[Record], system: list[Record], arguments: argparse.Namespace
) -> dict[str, Any]:
    """Compare by accuracy, bits per byte or perplexity."""
    name, samples, seed = arguments.metric, arguments.samples, arguments.seed
    score = metrics.scorer(name)
    signatures = [metrics.signature(name, part, samples, seed) for part in (baseline, system)]
    if signatures[0] != signatures[1]:
        raise InputError(
            f"{arguments.system}: measured as {signatures[1]}, the baseline as {signatures[0]}; "
            "expected the same"
        )
    before, after = (metrics.statistics(name, records) for records in (baseline, system))
    return {
        "score": float(score(after.sum(axis=0))),
        "baseline_score": float(score(before.sum(axis=0))),
        "p_value": paired_p_value(before, after, score, samples, seed),
        "test": "paired bootstrap",
        "signature": signatures[1],
    }


if __name__ == "__main__":
    run(main, parser())
