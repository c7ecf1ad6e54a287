"""Prompt formats that a study writes itself (`formats`), and what a format must have.

    formats:
      terse: {prompt: "Q: {query}\\nA:", end: "\\n", opening: "A:", between: "\\n"}

Scripts get one as JSON, in the place of a name of prompts/formats.yaml.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.study.prompts import CHAT_FORMAT, PromptFormat, load_prompts

BRACES = re.compile(r"\{(\w*)\}")
# What may stand in braces in each of a format's texts.
PLACES = {
    "prompt": ("query", "instruction", "input"),
    "prompt_with_input": ("instruction", "input"),
    "end": ("eos",),
    "opening": (),
    "between": (),
    "system": ("system",),
    "begin": (),
}


def check_format(written: Mapping[str, str], place: str) -> PromptFormat:
    """Return a format as it is written; `InputError` names a key by `place` and what is wrong."""
    for key, text in written.items():
        for name in BRACES.findall(text):
            if name not in PLACES[key]:
                known = [f"{{{one}}}" for one in PLACES[key]]
                raise InputError(
                    f"{place}.{key}: unknown field {{{name}}}, expected "
                    f"{' or '.join(known) if known else 'none'}"
                    f"{nearest(f'{{{name}}}', known) if len(known) > 1 else ''}"
                )
    form = PromptFormat(**written)
    asked = set(BRACES.findall(form.prompt))
    if not asked & {"query", "instruction"}:
        raise InputError(f"{place}.prompt: found no {{query}} and no {{instruction}}")
    if "query" not in asked and "input" not in asked and form.prompt_with_input is None:
        raise InputError(
            f"{place}.prompt: no place for an input; write prompt_with_input, or {{query}}"
        )
    longer = set(BRACES.findall(form.prompt_with_input or "{instruction}{input}"))
    if longer != {"instruction", "input"}:
        raise InputError(f"{place}.prompt_with_input: expected {{instruction}} and {{input}}")
    if form.system is not None and "{system}" not in form.system:
        raise InputError(f"{place}.system: found no {{system}}")
    if not form.end:
        raise InputError(f"{place}.end: found no text, expected what ends an answer, as {{eos}}")
    for key in ("prompt", "prompt_with_input"):
        if form.opening and not (written.get(key) or form.opening).endswith(form.opening):
            raise InputError(f"{place}.{key}: does not end with the opening {form.opening!r}")
    if form.between and not form.opening:
        raise InputError(f"{place}.between: a format without an opening has no turns")
    return form


def name_formats(settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a study's settings with each of its own formats written out where it is named."""
    own = settings.get("formats", {})
    texts = {}
    for name, written in own.items():
        if name in load_prompts("formats") or name == CHAT_FORMAT:
            raise InputError(f"formats.{name}: there is a format of this name; choose another")
        check_format(written, f"formats.{name}")
        texts[name] = json.dumps(written, ensure_ascii=False)
    if not texts:
        return settings

    def write_out(part: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return a base or a recipe."""
        return {**part, "format": texts[part["format"]]} if part.get("format") in texts else part

    base = settings["base"]
    recipes = {name: write_out(recipe) for name, recipe in settings.get("recipes", {}).items()}
    found = {**settings, "base": base if isinstance(base, str) else write_out(base)}
    return found | ({"recipes": recipes} if recipes else {})
