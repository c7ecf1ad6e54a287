"""A tokenizer's own chat template as a prompt format: what it writes around texts, read off.

A template is a program, which can count to any number and repeat any text. So it is run by a
process of its own, within a time and a memory (`chat_program`).
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from scripts.common import limits
from scripts.common.errors import InputError
from scripts.common.files import ROOT
from scripts.study.prompts import PromptFormat


def read_chat_format(folder: Path) -> PromptFormat:
    """Return the format of the chat template in a model's or tokenizer's folder.

    Raises:
        InputError: if there is none, it cannot be written as a format, or its end does not come.
    """
    command = [sys.executable, "-m", "scripts.study.chat_program", str(folder)]
    try:
        done = subprocess.run(
            command,
            env=os.environ | {"PYTHONPATH": str(ROOT)},
            timeout=limits.TEMPLATE_SECONDS,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
    except subprocess.TimeoutExpired:
        raise InputError(
            f"{folder}: its chat template has not ended after {limits.TEMPLATE_SECONDS:g} s"
        ) from None
    if done.returncode:
        told = done.stderr.strip().rpartition("\n")[2].removeprefix("error: ")
        raise InputError(told or f"{folder}: its chat template ended its process")
    return PromptFormat(**json.loads(done.stdout))


def name_token(token: Any) -> str:
    """Return a special token's text, whether it is written as text or as a mapping."""
    return str(token["content"] if isinstance(token, dict) else token or "")
