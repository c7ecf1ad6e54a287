"""``results/chat.json``: what one needs to know of a study's models to talk to them.

The workflow writes it when it starts its jobs. Its form::

    {
      "study": "smollm2-zh",
      "main": "x-smollm2-zh",
      "dtype": "auto",                                  # of `infer`
      "languages": ["zh", "en"],                        # of the benchmarks, the commonest first
      "models": {"base": "chatml", "billa-zh": "billa"}  # prompt formats: a name, or JSON
    }
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from scripts.common.files import read_json, write_changed
from scripts.study.validate import check_form

CHAT_FILE = "results/chat.json"
WHAT = "what the workflow writes when it starts its jobs"
TEXT = {"type": "string"}
FORM = {
    "type": "object",
    "required": ["study", "main", "dtype", "languages", "models"],
    "additionalProperties": False,
    "properties": {
        "study": TEXT,
        "main": TEXT,
        "dtype": TEXT,
        "languages": {"type": "array", "items": TEXT},
        "models": {"type": "object", "additionalProperties": TEXT},
    },
}


@dataclass(frozen=True)
class ChatFile:
    """A study's name, its main model, number type and languages, and its models' formats."""

    study: str
    main: str
    dtype: str
    languages: tuple[str, ...]
    models: Mapping[str, str]


def read_chat_file(path: Path) -> ChatFile | None:
    """Return what the file says; None where there is none.

    Raises:
        InputError: if it is not of its form.
    """
    if not path.is_file():
        return None
    facts = read_json(path, WHAT)
    check_form(facts, FORM, str(path))
    return ChatFile(**{**facts, "languages": tuple(facts["languages"])})


def write_chat_file(file: ChatFile, path: str | Path = CHAT_FILE) -> None:
    """Write the file, atomically and only where something changed."""
    write_changed(path, json.dumps(asdict(file), ensure_ascii=False, indent=2) + "\n")
