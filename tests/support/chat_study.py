"""A finished study of tiny models that one can talk to, and the command that does."""

import json
import os
import shutil
import sys
from pathlib import Path

from scripts.common.files import ROOT, read_json
from scripts.study.chat_file import ChatFile, write_chat_file

FORMATS = {"base": "chatml", "tuned": "chatml", "alpaca": "alpaca", "brief": "brief"}
CHAT = [sys.executable, "-m", "scripts.infer.chat", "--dtype", "float32"]
LONG = ["--max-new-tokens", "20000"]  # an answer that takes a minute, if nobody stops it


def make_chat_study(tiny_model: Path, folder: Path) -> Path:
    """Write ``results`` with a tiny model for each of `FORMATS`, whose window is long."""
    results = folder / "results"
    for name in FORMATS:
        shutil.copytree(tiny_model, results / "models" / name)
        config = results / "models" / name / "config.json"
        longer = read_json(config) | {"max_position_embeddings": 32768}
        config.write_text(json.dumps(longer))
    write_chat_file(ChatFile("tiny", "tuned", "float32", ("zh",), FORMATS), results / "chat.json")
    return results


def chat_environment() -> dict[str, str]:
    """Return the environment in which the command finds its modules from any folder.

    It tells the size of another window, as a shell may that has exported it.
    """
    return os.environ | {
        "PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1", "LC_ALL": "C.UTF-8", "COLUMNS": "97",
        "LINES": "11",
    }  # fmt: skip
