"""JSON that a person reads: what fits into a line is a line, so that a token is one."""

import json
from typing import Any

WIDTH = 160  # characters of a line


def format_json(value: Any, indent: int = 0) -> str:
    """Return JSON whose mappings and lists are broken into lines only where they must be."""
    line = json.dumps(value, ensure_ascii=False)
    if len(line) + indent <= WIDTH or not isinstance(value, dict | list) or not value:
        return line
    pad = " " * (indent + 2)
    if isinstance(value, list):
        parts = [f"{pad}{format_json(part, indent + 2)}" for part in value]
        return "[\n" + ",\n".join(parts) + "\n" + " " * indent + "]"
    parts = [
        f"{pad}{json.dumps(key, ensure_ascii=False)}: {format_json(part, indent + 2)}"
        for key, part in value.items()
    ]
    return "{\n" + ",\n".join(parts) + "\n" + " " * indent + "}"
