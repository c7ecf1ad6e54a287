"""What the neural metrics share: a published checkpoint as a folder, and one score a record.

They run in environments of their own, with nothing of the main one but NumPy, psutil, PyYAML and
jsonschema.
"""

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from scripts.common.command import positive
from scripts.common.errors import InputError
from scripts.common.files import sha256
from scripts.common.provenance import fingerprint
from scripts.score.score_file import score_options, write_score

Record = dict[str, Any]
# From (source, prediction, reference) to scores, in order.
Score = Callable[[list[tuple[str, str, str]]], list[float]]

# All that is read is in the checkpoint's folder; the libraries would ask a hub for more.
os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")


def checkpoint_options(prog: str, description: str) -> argparse.ArgumentParser:
    """Return a parser with the options of scoring, and those that name a checkpoint."""
    options = score_options(prog, description)
    options.add_argument("--checkpoint", required=True, help="its name in the registry")
    options.add_argument(
        "--file",
        action="append",
        type=named_file,
        required=True,
        metavar="NAME=PATH",
        help="a file of the checkpoint, by the name that the library reads it under",
    )
    options.add_argument("--batch-size", type=positive, default=16, help="at once (16)")
    return options


def named_file(text: str) -> tuple[str, Path]:
    """Parse ``NAME=PATH`` of the command line."""
    name, mark, path = text.partition("=")
    if not (name and mark and path):
        raise argparse.ArgumentTypeError(f"{text!r} is not of the form NAME=PATH")
    return name, Path(path)


def score_records(
    arguments: argparse.Namespace,
    records: list[Record],
    package: str,
    open_checkpoint: Callable[[Path], Score],
    **settings: object,
) -> None:
    """Score all records with the checkpoint, opened from its folder, and write the score file.

    `package` is the library's name, `settings` what the score depends on besides.
    """
    with checkpoint_folder(arguments.file) as folder:
        sums = best_scores(records, open_checkpoint(folder))
    signature, details = describe(arguments, package, records, **settings)
    write_score(arguments, [record["id"] for record in records], sums, signature, details)


@contextmanager
def checkpoint_folder(files: list[tuple[str, Path]]) -> Iterator[Path]:
    """Yield a folder of links to the files under their names, as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="lingraft-") as parent:
        folder = Path(parent, "checkpoint")
        for name, path in files:
            if not path.is_file():
                raise InputError(f"{path}: no such file, expected {name} of the checkpoint")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to(path.resolve())
        yield folder


def best_scores(records: list[Record], score: Score) -> np.ndarray:
    """Return (n, 2) sums: each record's best score over its references, and 1.

    That is what bert-score does with several references; the other libraries know only one.
    """
    pairs = [
        (record.get("input", ""), record["prediction"], reference)
        for record in records
        for reference in record["references"]
    ]
    scores = iter(score(pairs))
    best = [max(next(scores) for _ in record["references"]) for record in records]
    return np.array([(value, 1) for value in best], dtype=np.float64)


def describe(
    arguments: argparse.Namespace, package: str, records: list[Record], **settings: object
) -> tuple[dict[str, object], dict[str, Any]]:
    """Return what the score depends on: for its signature, and for the file in full."""
    digests = {name: sha256(path) for name, path in arguments.file}
    counts = {len(record["references"]) for record in records}
    signature = {
        "tool": package,
        "version": version(package),
        "checkpoint": arguments.checkpoint,
        "files": fingerprint(digests),
        **settings,
        "refs": counts.pop() if len(counts) == 1 else "var",
        "over_refs": "best",
    }
    return signature, {"checkpoint": {"name": arguments.checkpoint, "sha256": digests}}


def check_complete(missing: list[str], checkpoint: str) -> None:
    """Refuse a checkpoint that lacks weights: the libraries would go on with random ones."""
    if missing:
        raise InputError(
            f"checkpoint {checkpoint}: {len(missing)} weights are missing, such as {missing[0]!r}"
        )
