"""What the neural metrics share: a model's published weights as a folder, and one score per record.

They run in environments of their own, with nothing of the main one but NumPy, psutil, PyYAML and
jsonschema.
"""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from scripts.common.errors import InputError
from scripts.common.files import sha256
from scripts.common.provenance import fingerprint

Record = dict[str, Any]
# Source, prediction, reference.
Triple = tuple[str, str, str]
# From triples to scores, in order.
Score = Callable[[list[Triple]], list[float]]

# All that is read is in the weights' folder; the libraries would ask a hub for more.
os.environ |= {"HF_HUB_OFFLINE": "1", "TRANSFORMERS_OFFLINE": "1"}
os.environ.setdefault("TRANSFORMERS_VERBOSITY", "error")


@dataclass(frozen=True)
class PublishedWeights:
    """A published model by its name in the registry, and how it is run.

    `files` are by the name that the library reads them under; `layer` is the encoder's that
    BERTScore takes; `batch` is how many triples are scored at once.
    """

    name: str
    files: dict[str, Path]
    batch: int = 16
    layer: int | None = None


@contextmanager
def weights_folder(files: dict[str, Path]) -> Iterator[Path]:
    """Yield a folder of links to the files under their names, as long as the block runs."""
    with tempfile.TemporaryDirectory(prefix="lingraft-") as parent:
        folder = Path(parent, "checkpoint")
        for name, path in files.items():
            if not path.is_file():
                raise InputError(f"{path}: no such file, expected {name} of the checkpoint")
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).symlink_to(path.resolve())
        yield folder


def best_scores(records: list[Record], score: Score) -> np.ndarray:
    """Return (n, 2) sums: each record's best score over its references, and 1.

    That is what bert-score does with several references; the other libraries know only one.
    """
    triples = [
        (record.get("input", ""), record["prediction"], reference)
        for record in records
        for reference in record["references"]
    ]
    scores = iter(score(triples))
    best = [max(next(scores) for _ in record["references"]) for record in records]
    return np.array([(value, 1) for value in best], dtype=np.float64)


def describe(
    weights: PublishedWeights, package: str, records: list[Record], settings: dict[str, object]
) -> tuple[dict[str, object], dict[str, Any]]:
    """Return what the score depends on: for its signature, and for the file in full.

    `package` is the library's name, `settings` what the score depends on besides.
    """
    digests = {name: sha256(path) for name, path in weights.files.items()}
    counts = {len(record["references"]) for record in records}
    signature = {
        "tool": package,
        "version": version(package),
        "checkpoint": weights.name,
        "files": fingerprint(digests),
        **settings,
        "refs": counts.pop() if len(counts) == 1 else "var",
        "over_refs": "best",
    }
    return signature, {"checkpoint": {"name": weights.name, "sha256": digests}}


def check_complete(missing: list[str], name: str) -> None:
    """Refuse incomplete weights: the libraries would continue with random ones."""
    if missing:
        raise InputError(
            f"checkpoint {name}: {len(missing)} weights are missing, such as {missing[0]!r}"
        )
