"""What the card of a repository of the hub says, in the metadata at its head."""

from pathlib import Path
from typing import Any

import yaml

from scripts.common import limits
from scripts.common.errors import shorten
from scripts.common.escapes import clean_line
from scripts.study.yaml_file import BoundedLoader, parse_yaml

CARD = "README.md"


def read_licence(card: Path) -> str | None:
    """Return the licence that a card's metadata names; None where it names none."""
    text = card.read_text(encoding="utf-8", errors="replace")
    head = text.split("---")[1] if text.startswith("---") else ""
    try:
        facts = parse_yaml(head, BoundedLoader)
    except (yaml.YAMLError, ValueError):
        return None
    if not isinstance(facts, dict):
        return None
    named = facts.get("license_name") if facts.get("license") == "other" else None
    return name_licence(named or facts.get("license"))


def name_licence(value: Any) -> str | None:
    """Return a card's licence, or its licences, as one line of text."""
    text = ", ".join(map(str, value)) if isinstance(value, list) else str(value or "")
    return shorten(clean_line(text), limits.LICENCE_CHARACTERS) or None
