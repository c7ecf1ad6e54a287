"""The section on settings: the resolved study, and versions of packages, commits, machines."""

from pathlib import Path
from typing import Any

import yaml

from scripts.common.files import read_json
from scripts.report.inputs import Inputs

TITLE, ORDER = "Settings", 110


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return settings and versions, or None without either."""
    versions = collect_versions(inputs.meta)
    settings = show_settings(inputs.study) if inputs.study else None
    return {"settings": settings, "versions": versions} if settings or versions else None


def show_settings(settings: dict[str, Any]) -> str:
    """Return settings as YAML, keys in their own order."""
    text: str = yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=88)
    return text


def collect_versions(paths: list[Path]) -> dict[str, str]:
    """Return what the `.meta.json` files name: packages, commits, machines; variants joined."""
    found: dict[str, dict[str, None]] = {}
    for path in paths:
        meta = read_json(path, "the description of a model", {"versions": dict})
        facts = {"lingraft commit": meta.get("git_commit"), **meta["versions"]}
        facts |= {"device": meta.get("device"), "machine": meta.get("machine")}
        for name, value in facts.items():
            if value:
                found.setdefault(name, {})[str(value)] = None
    return {name: ", ".join(values) for name, values in found.items()}
