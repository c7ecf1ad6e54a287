"""Rendering records as prompts: the wording comes from ``prompts/``, not from code."""

import json
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import yaml

from scripts.common.errors import InputError, nearest
from scripts.common.files import ROOT
from scripts.common.provenance import fingerprint

CHAT_FORMAT = "chat"  # the format of a tokenizer's own chat template
PLACE = re.compile(r"\{(?:query|instruction|input)\}")


@dataclass(frozen=True)
class PromptFormat:
    """How a turn looks to the model.

    `prompt` has a ``{query}``, the instruction and, on a line of its own, the input; or it has an
    ``{instruction}``, and `prompt_with_input`, for records that have one, an ``{input}`` too.
    `end` closes the response. Of a conversation, `opening` is the end of a prompt that opens the
    answer, `between` stands between an answer and the next prompt, and `system` has a ``{system}``
    (None: the format has no system message). `begin` stands before the first prompt, in the place
    of a system message.
    """

    prompt: str
    end: str
    prompt_with_input: str | None = None
    opening: str = ""
    between: str = ""
    system: str | None = None
    begin: str = ""

    @property
    def wording(self) -> str | list[str]:
        """Every form of the prompt, for the record of how a model was asked."""
        prompt = self.begin + self.prompt
        return [prompt, self.begin + self.prompt_with_input] if self.prompt_with_input else prompt

    def reworded(self, change: Callable[[str], str]) -> "PromptFormat":
        """Return the format with each of its own texts changed, its places for texts kept."""
        texts = vars(self).items()
        return replace(self, **{name: change(text) for name, text in texts if text is not None})

    def render(self, record: dict[str, Any], first: bool = True) -> str:
        """Return the prompt of an instruction record (`instruction`, `input`).

        Args:
            record: what is asked.
            first: nothing is before it, so that it has the format's `begin`.
        """
        instruction, given = record["instruction"], record["input"]
        query = "\n".join(part for part in (instruction, given) if part)
        texts = {"{query}": query, "{instruction}": instruction, "{input}": given}
        prompt = (self.prompt_with_input or self.prompt) if given else self.prompt
        # In one pass: a text that has braces of its own stays as it is.
        asked = PLACE.sub(lambda match: texts[match[0]], prompt)
        return self.begin + asked if first else asked


@cache
def load_prompts(name: str) -> dict[str, Any]:
    """Read ``prompts/<name>.yaml``."""
    text = (ROOT / "prompts" / f"{name}.yaml").read_text(encoding="utf-8")
    found: dict[str, Any] = yaml.safe_load(text)
    return found


def prompts_digest(name: str, words: Collection[str] | None = None) -> str:
    """Return a digest of what ``prompts/<name>.yaml`` says, whatever its comments and order.

    Args:
        words: those of a command; of the file's entries only the ones that it names count.
    """
    found = load_prompts(name)
    return fingerprint({key: found[key] for key in found if words is None or key in words})


def task_wording(task: str, language: str) -> str:
    """Return how a task is worded for benchmarks in a language: its own, or the English wording."""
    wording = load_prompts("tasks")[task]
    return wording if isinstance(wording, str) else wording.get(language, wording["en"])


def get_format(name: str, folder: Path | None = None) -> PromptFormat:
    """Return a prompt format.

    Args:
        name: one of prompts/formats.yaml, JSON of a study's own, or ``chat``, the tokenizer's own.
        folder: of the model or tokenizer, in which ``chat`` is found.

    Raises:
        InputError: if there is none of this name; it names the nearest one.
    """
    formats = load_prompts("formats")
    if name.startswith("{"):
        return PromptFormat(**json.loads(name))
    if name == CHAT_FORMAT and folder is not None:
        # Few studies ask so; Jinja need not be there for the others.
        found: PromptFormat = import_module("scripts.study.chat_format").read_chat_format(folder)
        return found
    if name not in formats:
        known = [*formats, CHAT_FORMAT]
        raise InputError(f"prompts/formats.yaml: no format {name!r}{nearest(name, known)}")
    return PromptFormat(**formats[name])
