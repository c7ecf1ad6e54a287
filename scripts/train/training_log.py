"""What is written while a model trains: losses, speeds and held-out text, a JSON line each.

``train_log.jsonl`` holds what a repeated run reproduces to the last bit: step, steps, tokens,
useful_tokens, loss (nats per loss-bearing token), lr, grad_norm. ``speed_log.jsonl`` holds what
differs between runs: step, seconds, tokens_per_second, useful_tokens_per_second, data_wait
(seconds), memory_gib, mfu. ``held_out_log.jsonl`` has bits per byte of each held-out text by step;
those of step 0 may be the parent's last (`scripts.train.last_measurement`).
"""

import json
import shutil
from pathlib import Path
from typing import Any

from scripts.common.files import read_jsonl

LOG, SPEED, HELD_OUT = "train_log.jsonl", "speed_log.jsonl", "held_out_log.jsonl"


class TrainingLog:
    """The three files in a folder; a checkpoint takes copies, a resumed run starts from them."""

    def __init__(self, folder: Path, checkpoint: Path | None, writes: bool) -> None:
        self.folder = folder
        for name in (LOG, SPEED, HELD_OUT) if writes else ():
            if checkpoint and (checkpoint / name).exists():
                shutil.copyfile(checkpoint / name, folder / name)
            else:
                (folder / name).unlink(missing_ok=True)

    def write(self, name: str, line: dict[str, Any]) -> None:
        """Append a line to one of the files."""
        with (self.folder / name).open("a") as stream:
            stream.write(json.dumps(line) + "\n")

    def copy(self, target: Path) -> None:
        """Copy the files that there are into another folder."""
        for name in (LOG, SPEED, HELD_OUT):
            if (self.folder / name).exists():
                shutil.copyfile(self.folder / name, target / name)


def logged_steps(checkpoint: Path | None) -> list[dict[str, Any]]:
    """Return the steps before a checkpoint, as its own `train_log.jsonl` has them.

    Every process reads them, and only the checkpoint's copy does not change meanwhile: the first
    process may be replacing the folder's.
    """
    return read_jsonl(checkpoint / LOG) if checkpoint else []
