"""Rendering records as prompts: the wording comes from ``prompts/``, not from code."""

from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from scripts.common.errors import InputError, nearest
from scripts.common.files import ROOT


@dataclass(frozen=True)
class PromptFormat:
    """How a turn looks to the model: `prompt` has a ``{query}``, `end` closes the response."""

    prompt: str
    end: str

    def render(self, record: dict[str, Any]) -> str:
        """Return the prompt of an instruction record (`instruction`, `input`)."""
        query = "\n".join(part for part in (record["instruction"], record["input"]) if part)
        return self.prompt.replace("{query}", query)


@cache
def load_prompts(name: str) -> dict[str, Any]:
    """Read ``prompts/<name>.yaml``."""
    return yaml.safe_load((ROOT / "prompts" / f"{name}.yaml").read_text(encoding="utf-8"))


def get_format(name: str) -> PromptFormat:
    """Return a prompt format by name; `InputError` names the nearest one."""
    formats = load_prompts("formats")
    if name not in formats:
        raise InputError(f"prompts/formats.yaml: no format {name!r}{nearest(name, formats)}")
    return PromptFormat(formats[name]["prompt"], formats[name]["end"])


def translation_record(source: str, target: str, source_name: str, target_name: str) -> dict:
    """Return a sentence pair as an instruction record; names are languages in English."""
    wording = load_prompts("tasks")["translation"]
    instruction = wording.format(source=source_name, target=target_name)
    return {"instruction": instruction, "input": source, "output": target}
