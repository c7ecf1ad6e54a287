"""A base's tokenizer must not put its end-of-text token behind texts.

Some do (`add_eos_token`, or a template in tokenizer.json): behind a prompt it tells the model that
the text has ended before it answers, and behind a packed text it stands twice.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from scripts.common.files import read_json, write_json

Spec = dict[str, Any]


def drop_end(folder: Path) -> bool:
    """Let a saved tokenizer put no end-of-text token behind texts; tell if it did."""
    path, told = folder / "tokenizer.json", folder / "tokenizer_config.json"
    spec, config = read_json(path), read_json(told)
    end = config.get("eos_token")
    end = end.get("content") if isinstance(end, dict) else end
    found = [drop_behind(template, end) for template in templates(spec.get("post_processor"))]
    if config.get("add_eos_token"):
        write_json(told, config | {"add_eos_token": False})
    if any(found):
        write_json(path, spec)
    return any(found) or bool(config.get("add_eos_token"))


def templates(processor: Spec | None) -> Iterator[Spec]:
    """Yield the templates of a post-processor, which may be a sequence of several."""
    if processor and processor["type"] == "TemplateProcessing":
        yield processor
    for part in (processor or {}).get("processors", ()):
        yield from templates(part)


def drop_behind(template: Spec, end: str | None) -> bool:
    """Take `end` out of one template wherever it stands behind a text; tell if it was there."""
    found = False
    for form in ("single", "pair"):
        kept: list[Spec] = []
        for piece in template[form]:
            behind = any("Sequence" in before for before in kept)
            if behind and piece.get("SpecialToken", {}).get("id") == end:
                found = True
            else:
                kept.append(piece)
        template[form] = kept
    return found
