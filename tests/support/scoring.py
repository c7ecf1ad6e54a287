"""Score files: of a few predictions as the rule scores them, and of numbers that a test chooses."""

from contextlib import chdir
from pathlib import Path

from scripts.common.files import read_json, read_jsonl, write_json, write_jsonl
from scripts.score import score_predictions
from scripts.score.compare_scores import comparison_record
from scripts.score.intervals import BOOTSTRAP, Interval
from scripts.score.score_file import Scoring, score_record

SIGNATURE = {"nrefs": 1, "case": "mixed", "eff": "no", "tok": "zh", "version": "2.6.0"}


def made_score(
    folder: Path, model: str, column: str, score: float, half: float, n: int = 96
) -> Path:
    """Write the file of a chosen score as the phase writes it; `half` is half its interval."""
    benchmark, metric = column.split(".")
    scoring = Scoring(
        predictions=Path("results/predictions", model, f"{benchmark}.jsonl"),
        records=Path("results", model, f"{column}.jsonl"),
        metric=metric,
        model=model,
        benchmark=benchmark,
        samples=1000,
        seed=1,
        output=folder / model / column,
    )
    for path in (scoring.predictions, scoring.records):
        if not (folder / path).exists():
            write_jsonl(folder / path, [])
    bounds = Interval(round(max(0, score - half), 4), round(score + half, 4), BOOTSTRAP)
    with chdir(folder):  # the score file names its files as they are called from there
        record = score_record(scoring, score, bounds, (n, n), SIGNATURE)
    write_json(scoring.output, record)
    return scoring.output


def made_comparison(
    folder: Path, baseline: str, model: str, column: str, p_value: float, **found: float
) -> Path:
    """Write the comparison of two of `made_score`, as the phase writes it; both tests agree.

    `found` replaces what was found: difference, p_value, p_randomisation.
    """
    before, after = (read_json(folder / name / column) for name in (baseline, model))
    tested = {"difference": after["score"] - before["score"], "p_value": p_value}
    tested |= {"p_randomisation": p_value, **found}
    path = folder / "comparisons" / f"{model}.jsonl"
    lines = read_jsonl(path) if path.exists() else []
    write_jsonl(path, [*lines, comparison_record(before, after, tested, trials=1000, seed=1)])
    return path


def score(records_or_path, metric, *options, folder=None, model="m"):
    """Score records (written to `folder`) or a file of them; return the score file."""
    path = records_or_path
    if not hasattr(path, "with_suffix"):
        path = folder / f"{model}.jsonl"
        write_jsonl(path, records_or_path)
    names = ["--metric", metric, "--model", model, "--benchmark", "b"]
    files = ["--predictions", path, "--output", score_path(path, metric)]
    files += ["--records", path.with_suffix(f".{metric}.jsonl")]
    arguments = [*names, *map(str, files), *options]
    score_predictions.main([score_predictions.parser().parse_args(arguments)])
    return read_json(score_path(path, metric))


def score_path(path, metric):
    """Return where `score` writes the score of a predictions file."""
    return path.with_suffix(f".{metric}")


def record_scores(found):
    """Return each record's own score, from the file that a score names."""
    return [record["score"] for record in read_jsonl(found["records"]["path"])]
