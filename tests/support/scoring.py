"""Scoring a few predictions as the rule does, for the tests of single metrics."""

from scripts.common.files import read_json, read_jsonl, write_jsonl
from scripts.score import score_predictions


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
    score_predictions.main(score_predictions.parser().parse_args(arguments))
    return read_json(score_path(path, metric))


def score_path(path, metric):
    """Return where `score` writes the score of a predictions file."""
    return path.with_suffix(f".{metric}")


def record_scores(found):
    """Return each record's own score, from the file that a score names."""
    return [record["score"] for record in read_jsonl(found["records"]["path"])]
