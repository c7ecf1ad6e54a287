"""Predicting batch by batch so that a killed process loses at most one batch.

Each finished batch is appended as one line to a hidden journal beside the output. Its first line
holds the fingerprint of everything that decides the predictions: a process started again with
the same fingerprint skips the batches that are there, one with another starts over.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

from scripts.common.command import log
from scripts.common.files import read_json, sha256
from scripts.common.journal import Journal
from scripts.common.progress import Progress
from scripts.common.provenance import Stopwatch, fingerprint

Result = dict[str, Any]
# Returns a result for each of some rows; may tell each row as it is done.
Predict = Callable[[list[int], Callable[[int], None]], list[Result]]


class Predictions(NamedTuple):
    """One result a row; which rows this process computed itself, and in how many seconds."""

    results: list[Result]
    fresh: list[int]
    seconds: float


def partial_path(output: Path) -> Path:
    """Return where the finished batches of `output` are kept until all are there."""
    return output.with_name(f".{output.stem}.partial.jsonl")


def fingerprint_inputs(model: Path, benchmark: Path, settings: dict[str, Any]) -> str:
    """Return a SHA-256 over what decides the predictions.

    A model of the workflow counts by its `stage.json`, which holds the digest of its weights or of
    what they were imported from. Others' weights count by name, size and time of change: hashing
    them would take longer than the batch that resuming saves.
    """
    parts: dict[str, Any] = {"benchmark": sha256(benchmark), "settings": settings}
    for path in sorted(model.glob("*.json")):
        parts[path.name] = sha256(path)
    stage = model / "stage.json"
    known = stage.is_file() and not {"weights", "source"}.isdisjoint(read_json(stage))
    for path in [] if known else sorted(model.glob("*.safetensors")):
        stat = path.stat()
        parts[path.name] = [stat.st_size, stat.st_mtime_ns]
    return fingerprint(parts, digits=64)


def predict_batches(
    output: Path,
    mark: str,
    batches: list[list[int]],
    predict: Predict,
    label: str,
    unit: str = "records",
) -> Predictions:
    """Call `predict` on each batch of row numbers that no earlier process finished.

    `mark` is the fingerprint. `predict` returns one JSON object a row, in the batch's order, and
    may tell each row that is done before the batch is.
    """
    with Journal(partial_path(output)) as journal:
        done = finished_batches(journal, mark)
        results = {
            row: result
            for number in done
            for row, result in zip(batches[number], done[number], strict=True)
        }
        if done:
            log.info("%s: resuming, %d of %d batches are there", label, len(done), len(batches))
        progress = Progress(sum(map(len, batches)), label, unit, done=len(results))
        resumed, watch = set(results), Stopwatch()
        for number, rows in enumerate(batches):
            if number in done:
                continue
            told = progress.done
            found = predict(rows, lambda _: progress.update())
            journal.add({"batch": number, "results": found})
            results.update(zip(rows, found, strict=True))
            progress.update(told + len(rows) - progress.done)
    progress.close()
    fresh = [row for row in sorted(results) if row not in resumed]
    return Predictions([results[row] for row in sorted(results)], fresh, watch.seconds)


def finished_batches(journal: Journal, mark: str) -> dict[int, list[Result]]:
    """Return the finished batches by number; a journal of another fingerprint is started over."""
    head = {"fingerprint": mark}
    if journal.lines[:1] != [head]:
        if journal.lines:
            path = journal.path
            log.info("%s: made with other settings or another model, starting over", path)
            journal.clear()
        journal.add(head)
    return {line["batch"]: line["results"] for line in journal.lines[1:]}
