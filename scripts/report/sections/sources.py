"""The section on data: each source with its licence, address and digest."""

from pathlib import Path
from typing import Any

from scripts.common.errors import InputError
from scripts.common.files import check_fields, read_json
from scripts.report.inputs import Inputs

TITLE, ORDER = "Data", 100


def build(inputs: Inputs) -> dict[str, Any] | None:
    """Return the sources, or None without any."""
    sources = read_sources(inputs.sources) if inputs.sources else []
    return {"sources": sources} if sources else None


def read_sources(path: Path) -> list[dict[str, Any]]:
    """Read ``sources.json``: dataset, title, url, sha256 or commit, licence, home of each."""
    expected = "the sources that describe_study writes"
    sources = read_json(path, expected)
    if not isinstance(sources, list):
        raise InputError(f"{path}: found no list, expected {expected}")
    for number, source in enumerate(sources, start=1):
        check_fields(source, {"dataset": str}, f"{path}: source {number}", expected)
    return [source | {"home": web_address(source.get("home"))} for source in sources]


def web_address(address: object) -> str | None:
    """Return an address that a browser may follow, or None for anything but http(s)."""
    text = str(address or "")
    return text if text.startswith(("https://", "http://")) else None
