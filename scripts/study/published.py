"""The files that entries of the registry name: their addresses, and other addresses of their bytes.

Those (`mirrors`) are tried in turn where the first one fails.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from scripts.common.errors import InputError
from scripts.study.entries import ModelEntry
from scripts.study.hub import is_hub, parse_hub
from scripts.study.hub_data import NO_DIGEST
from scripts.study.sources import Source, expand, parse_published_file


def mirrors_of(
    facts: Mapping[str, Any], language: str = "", locale: str = ""
) -> tuple[Source, ...]:
    """Return the sources that an entry of the registry names beside its `url`."""
    return tuple(expand(url, language, locale) for url in facts.get("mirrors", ()))


def check_mirrors(
    facts: Mapping[str, Any], digest: str | None = None, language: str = "", locale: str = ""
) -> None:
    """Raise `InputError` where a mirror is no address of a file, or none could tell its bytes.

    Args:
        facts: the entry, with its `url`, `sha256` and perhaps `mirrors`.
        digest: its SHA-256 in the language, where it has one for each.
        language: what fills ``{lang}``, as `locale` fills ``{locale}``.
    """
    found = mirrors_of(facts, language, locale)
    if found and not (digest or facts["sha256"]):
        raise InputError(
            f"{facts['url']}: the key 'sha256' is needed beside 'mirrors': only a SHA-256 tells "
            "that they have the same bytes"
        )
    for source in (expand(facts["url"], language, locale), *found):
        if found and source.is_folder:
            raise InputError(f"{source.url}: a folder, expected a file beside 'mirrors'")
        if source.kind == "hf" and (found or digest):
            raise InputError(f"{source.url}: {NO_DIGEST}")


def check_model(entry: ModelEntry) -> None:
    """Raise `InputError` where the address of a published model is none, or not of its form."""
    if is_hub(entry["url"]):
        parse_hub(entry["url"])
        if entry.get("form", "hf") != "hf" or "tokenizer" in entry:
            raise InputError("a model of the hub has the form hf, and its tokenizer with it")
        return
    parse_published_file(entry["url"])
    parse_published_file(entry.get("tokenizer", entry["url"]))
    check_mirrors(entry)


def metric_files(metric: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the raw files that a metric needs: pieces to count in, and weights."""
    if "sentencepiece" in metric:
        yield metric["sentencepiece"]
    yield from metric.get("checkpoint", {}).get("files", {}).values()


def check_file(file: Mapping[str, Any], place: str) -> None:
    """Raise `InputError` where the address of a raw file, or another of its bytes, is none."""
    try:
        parse_published_file(file["url"])
        check_mirrors(file)
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
