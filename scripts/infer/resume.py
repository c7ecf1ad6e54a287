"""Predicting batch by batch so that a killed process loses at most one batch.

Each finished batch is appended as one line to a hidden journal beside the output. Its first line
holds the fingerprint of everything that decides the predictions: a process started again with
the same fingerprint skips the batches that are there, one with another starts over. Processes that
share the batches have a journal each, and skip what is in any of them.
"""

from collections.abc import Callable
from glob import escape
from pathlib import Path
from typing import Any, NamedTuple

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.common.files import read_json, sha256
from scripts.common.journal import Journal, look_at_lines
from scripts.common.progress import Progress
from scripts.common.provenance import Stopwatch, fingerprint
from scripts.infer.share import WHOLE, Share, ShareDone

Result = dict[str, Any]
# Returns a result for each of some rows; may tell each row as it is done.
Predict = Callable[[list[int], Callable[[int], None]], list[Result]]


class Predictions(NamedTuple):
    """One result a row; which rows were computed now, not resumed, and in how many seconds."""

    results: list[Result]
    fresh: list[int]
    seconds: float


def partial_path(output: Path, process: int = 0) -> Path:
    """Return where a process keeps its finished batches of `output` until all are there."""
    number = f".{process}" if process else ""
    return output.with_name(f".{output.stem}.partial{number}.jsonl")


def partial_paths(output: Path) -> list[Path]:
    """Return the journals of `output` that are there, of whatever process."""
    return sorted(output.parent.glob(f".{escape(output.stem)}.partial*.jsonl"))


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
    share: Share = WHOLE,
) -> Predictions:
    """Call `predict` on each batch of row numbers that no earlier process finished.

    `mark` is the fingerprint. `predict` returns one JSON object a row, in the batch's order, and
    may tell each row that is done before the batch is.

    Raises:
        ShareDone: in a process that answers a `share` and is not the first.
        InputError: if another process with a share failed.
    """
    watch = Stopwatch()
    with Journal(partial_path(output, share.number)) as journal:
        done = finished_batches(journal, mark) | others_batches(output, mark, share)
        resumed = {row for number in done for row in batches[number]}
        if done:
            log.info("%s: resuming, %d of %d batches are there", label, len(done), len(batches))
        own = [number for number in range(len(batches)) if share.has(number) and number not in done]
        total = len(resumed) + sum(len(batches[number]) for number in own)
        progress = Progress(total, label, unit, done=len(resumed))
        for number in own:
            share.check()
            told = progress.done
            found = predict(batches[number], lambda _: progress.update())
            journal.add({"batch": number, "results": found})
            done[number] = found
            progress.update(told + len(batches[number]) - progress.done)
    progress.close()
    if share.number:
        raise ShareDone
    if share.count > 1:
        share.wait()
        done |= others_batches(output, mark, share)
    return join_batches(batches, done, resumed, watch.seconds)


def join_batches(
    batches: list[list[int]], done: dict[int, list[Result]], resumed: set[int], seconds: float
) -> Predictions:
    """Return the results of all batches in the order of their rows."""
    missing = len(batches) - len(done)
    if missing:
        raise InputError(
            f"{missing} of {len(batches)} batches were answered with other settings (number type, "
            "device or way): the processes that share a benchmark need GPUs of one kind"
        )
    results = {
        row: result
        for number in done
        for row, result in zip(batches[number], done[number], strict=True)
    }
    fresh = [row for row in sorted(results) if row not in resumed]
    return Predictions([results[row] for row in sorted(results)], fresh, seconds)


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


def others_batches(output: Path, mark: str, share: Share) -> dict[int, list[Result]]:
    """Return the finished batches that are in other processes' journals."""
    found: dict[int, list[Result]] = {}
    own = partial_path(output, share.number)
    for path in partial_paths(output):
        lines = look_at_lines(path) if path != own else []
        if lines[:1] == [{"fingerprint": mark}]:
            found |= {line["batch"]: line["results"] for line in lines[1:]}
    return found
