"""Registered data sets, read out of files that a test names."""

from pathlib import Path

from scripts.data.loaders import LOADERS
from scripts.data.request import Request
from scripts.study.registry import Registry
from scripts.study.sources import parse_source

REGISTRY = Registry()


def request_for(name: str, raw: list[Path], **options) -> Request:
    """Ask for a registered data set as build_corpus does, out of other raw files."""
    dataset = REGISTRY.dataset(name)
    members = dict.fromkeys(parse_source(url).member for url, _ in dataset.sources)
    return Request(
        raw=raw,
        languages=list(dataset.languages),
        members=[member for member in members if member],
        options=dataset.entry.get("options", {}) | options,
        kind=dataset.kind,
    )


def load(name: str, *raw: Path, **options) -> list[dict]:
    request = request_for(name, list(raw), **options)
    return list(LOADERS[REGISTRY.dataset(name).entry["loader"]](request))
