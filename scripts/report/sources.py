"""Where the numbers come from: the study's settings, packages, commits and data sources."""

import json
from pathlib import Path
from typing import Any

import yaml

from scripts.common.errors import InputError
from scripts.common.files import read_json


def read_settings(path: Path) -> dict[str, Any]:
    """Read the study's settings from YAML or JSON; `InputError` if they are not a mapping."""
    text = path.read_text(encoding="utf-8")
    settings = json.loads(text) if path.suffix == ".json" else yaml.safe_load(text)
    if not isinstance(settings, dict):
        raise InputError(f"{path}: found {type(settings).__name__}, expected a mapping of settings")
    return settings


def show_settings(settings: dict[str, Any]) -> str:
    """Return settings as YAML, keys in their own order."""
    return yaml.safe_dump(settings, sort_keys=False, allow_unicode=True, width=88)


def read_parents(settings: dict[str, Any]) -> dict[str, str]:
    """Return each model's parent, as far as the settings tell."""
    models = settings.get("models")
    if not isinstance(models, dict):
        return {}
    named = {name: model for name, model in models.items() if isinstance(model, dict)}
    parents = {name: model.get("from") or model.get("parent") for name, model in named.items()}
    return {name: parent for name, parent in parents.items() if parent}


def collect_versions(paths: list[Path]) -> dict[str, str]:
    """Return what the `.meta.json` files name: packages, commits, machines; variants joined."""
    found: dict[str, dict[str, None]] = {}
    for path in paths:
        meta = read_json(path)
        facts = {"lingraft commit": meta.get("git_commit"), **meta.get("versions", {})}
        facts |= {"device": meta.get("device"), "machine": meta.get("machine")}
        for name, value in facts.items():
            if value:
                found.setdefault(name, {})[str(value)] = None
    return {name: ", ".join(values) for name, values in found.items()}


def read_sources(path: Path) -> list[dict[str, Any]]:
    """Read ``sources.json``: dataset, title, url, sha256, licence, home of each source."""
    sources = read_json(path)
    for number, source in enumerate(sources, start=1):
        if "dataset" not in source:
            raise InputError(f"{path}: source {number}: no key 'dataset'")
    return [source | {"home": web_address(source.get("home"))} for source in sources]


def web_address(address: Any) -> str | None:
    """Return an address that a browser may follow, or None for anything but http(s)."""
    text = str(address or "")
    return text if text.startswith(("https://", "http://")) else None
