"""From a benchmark to records in batches, and back to predictions."""

from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import Fields, check_fields, exclusive, read_records, write_jsonl
from scripts.common.kept import keep
from scripts.common.provenance import Stopwatch, write_meta
from scripts.common.sampling import take_sample
from scripts.infer.inference import Inference
from scripts.infer.resume import (
    Predict,
    Predictions,
    Result,
    fingerprint_inputs,
    partial_path,
    partial_paths,
    predict_batches,
)

Record = dict[str, Any]

# With this many tokens in a batch, matrix products run at full speed; more rows gain nothing.
BUSY = 1024
ASKED: Fields = {"id": str, "instruction": str, "input": str}  # what a prompt is made of


def read_benchmark(
    inference: Inference, tasks: tuple[str, ...], fields: Fields = ASKED
) -> list[Record]:
    """Read the benchmark, or the sample of it that is asked.

    `InputError` if it is missing, empty, of another task, or a record lacks one of `fields`.
    """
    path = inference.benchmark
    records = read_records(path, "a benchmark")
    for number, record in enumerate(records, 1):
        if record.get("task") not in tasks:
            expected = " or ".join(map(repr, tasks))
            raise InputError(f"{path}:{number}: task {record.get('task')!r}, expected {expected}")
        check_fields(record, fields, f"{path}:{number}", f"a record of {record['task']}")
    return take_sample(records, inference.limit, inference.seed)


def make_batches(lengths: list[int], size: int) -> list[list[int]]:
    """Return row numbers in batches of up to `size` rows of one length class.

    The longest come first: a batch too large for the device fails at once, not at the end. A
    batch that keeps the device busy is closed early where its padding would pass a quarter.
    """
    batches: list[list[int]] = []
    for row in sorted(range(len(lengths)), key=lambda row: -lengths[row]):
        batch = batches[-1] if batches else []
        longest = lengths[batch[0]] if batch else 0
        busy = len(batch) * longest >= BUSY
        if not batch or len(batch) == size or (busy and lengths[row] < 0.75 * longest):
            batches.append([])
        batches[-1].append(row)
    return batches


def predict_rows(
    inference: Inference,
    settings: dict[str, Any],
    batches: list[list[int]],
    predict: Predict,
    label: str,
    unit: str = "records",
) -> Predictions:
    """Predict rows in batches of their numbers; `settings` gains the fingerprint."""
    mark = fingerprint_inputs(inference.model, inference.benchmark, settings)
    settings["fingerprint"] = mark
    share = inference.share
    partial = partial_path(inference.output, share.number)
    # A job that outlived its killed workflow may still be appending: wait, then continue behind it.
    with exclusive(partial.with_suffix(".lock")):
        return predict_batches(inference.output, mark, batches, predict, label, unit, share)


def write_predictions(
    inference: Inference,
    records: list[Record],
    answers: list[Result],
    settings: dict[str, Any],
    watch: Stopwatch,
) -> None:
    """Write benchmark records with their answers and the `.meta.json`, and keep copies of both.

    Only then are the partial files dropped. The weights are known by `stage.json` and the
    fingerprint among the `settings`.
    """
    output = inference.output
    settings = {"engine": inference.engine, **settings}
    write_jsonl(output, ({**a, **b} for a, b in zip(records, answers, strict=True)))
    known = [inference.model / name for name in ("config.json", "stage.json")]
    inputs = [inference.benchmark, *(path for path in known if path.exists())]
    write_meta(output, settings, inputs, watch.seconds, settings["device"])
    keep(inference.outputs, inference.mark)
    for partial in partial_paths(output):
        partial.unlink()


def speed(predictions: Predictions, tokens: list[int]) -> dict[str, Any]:
    """Return tokens, seconds and tokens a second of what this process itself computed."""
    total = sum(tokens[row] for row in predictions.fresh)
    rate = round(total / predictions.seconds, 1) if predictions.seconds else None
    seconds = predictions.seconds
    return {"tokens": total, "prediction_seconds": seconds, "tokens_per_second": rate}
