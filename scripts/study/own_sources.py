"""Data sets of a study's own, under `sources`: entries like the registry's, of two keys at least.

The name ends in the language, or in two of pairs: ``mine_en``, ``mine_en-zh``. Both directions of
pairs are data sets::

    sources:
      mine_en: {url: questions.csv, columns: {instruction: question, output: answer}}
"""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from scripts.common.errors import InputError, nearest
from scripts.study.entries import DatasetEntry, SourceEntry
from scripts.study.hub import is_hub
from scripts.study.hub_data import NO_DIGEST, hint_data, home_of
from scripts.study.kinds import KINDS, LISTS, NUMBERS, SIDES, TURNS
from scripts.study.loader_options import check_options
from scripts.study.registry import LOADERS, Registry
from scripts.study.sources import parse_source, resolve_source

NO_LICENCE = "not stated"
NO_HOME = "named by the study"
TABLE, LINES = "table", "lines"
TEXTS = (".txt", ".md")  # files of plain text, which has no columns
MAPPING = ("columns", "constants", "format")
# By what a record has, the kind that it is of; the first that fits.
TELLING = {
    "messages": "chat", "targets": "rewriting", "source": "parallel", "choices": "choice",
    "context": "qa", "answers": "question", "before": "worded", "behind": "worded",
    "instruction": "instruction", "output": "instruction", "text": "text",
}  # fmt: skip


def add_sources(settings: Mapping[str, Any], file: str, registry: Registry) -> Registry:
    """Return the registry with the study's own data sets among the others.

    Args:
        settings: the study's.
        file: the study's, beside which paths are.
        registry: without them.
    """
    found: dict[str, DatasetEntry] = {}
    for name, written in settings.get("sources", {}).items():
        try:
            key, entry = parse_own(name, written, Path(file).parent, registry)
            if key in registry.datasets:
                raise InputError("the registry has a data set of this name; choose another")
            found[key] = join(found[key], entry) if key in found else entry
        except InputError as error:
            raise InputError(f"sources.{name}: {error}") from None
    return registry.with_datasets(found)


def parse_own(
    name: str, written: Mapping[str, Any], folder: Path, registry: Registry
) -> tuple[str, DatasetEntry]:
    """Return the name without its languages, and the entry."""
    key, languages = split_name(name, registry)
    loader, kind = find_loader(written, languages), find_kind(written, languages, registry)
    if KINDS[kind].languages != len(languages):
        form = "mine_en-zh, two languages" if KINDS[kind].languages == 2 else "mine_en, a language"
        raise InputError(f"found {kind} data, whose name is expected as {form}")
    options = {option: written[option] for option in MAPPING if option in written}
    options = {**written.get("options", {}), **options}
    check_options(options, loader)
    check_columns(options, kind)
    files = parse_urls(written, languages, folder)
    homes = [home for file in files if (home := home_of(file["url"]))]
    entry: DatasetEntry = {
        "title": written.get("title", name),
        "kind": kind,
        "loader": loader,
        "languages": dict.fromkeys(languages, ""),
        "sources": files,
        "licence": written.get("licence", NO_LICENCE),
        "home": written.get("home", (homes or [NO_HOME])[0]),
    }
    if options:
        entry["options"] = options
    if "on_bad_record" in written:
        entry["on_bad_record"] = written["on_bad_record"]
    return key, entry


def split_name(name: str, registry: Registry) -> tuple[str, tuple[str, ...]]:
    """Return a data set's name without its languages, and these."""
    key, _, suffix = name.rpartition("_")
    languages = tuple(suffix.split("-"))
    unknown = next((code for code in languages if code not in registry.languages), None)
    if not key or unknown is not None or len(set(languages)) < len(languages):
        known = nearest(unknown, registry.languages) if key and unknown else ""
        raise InputError(f"expected a name that ends in its languages, as mine_en{known}")
    return key, languages


def find_kind(written: Mapping[str, Any], languages: tuple[str, ...], registry: Registry) -> str:
    """Return what the records are: as is written, or by the fields that are named."""
    if "kind" in written:
        return str(written["kind"])
    fields = {**written.get("columns", {}), **written.get("constants", {})}
    if found := next((kind for field, kind in TELLING.items() if field in fields), None):
        return found
    if len(languages) == len(SIDES):
        return "parallel"
    if "loader" not in written:
        if isinstance(written["url"], str) and bare_ending(written["url"]) in TEXTS:
            return "text"
        expected = "a text, an instruction and an output, messages, or a source and a target"
        raise InputError(f"expected a kind, a loader, or columns which name {expected}")
    entries = registry.datasets.values()
    kinds = {entry["kind"] for entry in entries if entry["loader"] == written["loader"]}
    if len(kinds) != 1 or written["loader"] == TABLE:
        raise InputError(f"expected a kind, one of {', '.join(KINDS)}")
    return kinds.pop()


def bare_ending(url: str) -> str:
    """Return the ending of a file, or of what is inside it where it is packed."""
    path = PurePosixPath(url.partition("#")[2] or url.partition("?")[0])
    packed = path.suffix in (".gz", ".bz2", ".xz", ".zst")
    return PurePosixPath(path.stem).suffix if packed else path.suffix


def find_loader(written: Mapping[str, Any], languages: tuple[str, ...]) -> str:
    """Return the loader: as is written, for two files of sentences `lines`, else `table`."""
    apart = isinstance(written["url"], Mapping) and len(languages) == 2
    loader = str(written.get("loader", LINES if apart and "columns" not in written else TABLE))
    if loader not in LOADERS:
        raise InputError(f"loader: no loader {loader!r}{nearest(loader, LOADERS)}")
    return loader


def check_columns(options: Mapping[str, Any], kind: str) -> None:
    """Refuse fields that a record of the kind does not have."""
    fields = (*KINDS[kind].fields, *KINDS[kind].beside)
    for option in ("columns", "constants"):
        for name in options.get(option, {}):
            if name not in fields:
                raise InputError(f"{option}: {kind} data has no {name!r}{nearest(name, fields)}")
            if isinstance(options[option][name], list) and name not in LISTS:
                raise InputError(f"{option}.{name}: found a list, expected a text")
    for name in options.get("constants", {}):
        if name in (*TURNS, *NUMBERS):
            raise InputError(f"constants.{name}: is no text; expected a column of it")


def parse_urls(
    written: Mapping[str, Any], languages: tuple[str, ...], folder: Path
) -> list[SourceEntry]:
    """Return the files: one for all languages, or one each."""
    urls, digest = written["url"], written.get("sha256")
    named = [urls] if isinstance(urls, str) else urls.values()
    if digest and any(map(is_hub, named)):
        raise InputError(f"sha256: {NO_DIGEST}")
    if isinstance(urls, str):
        return [{"url": locate(urls, folder), "sha256": digest}]
    if set(urls) != set(languages):
        raise InputError(f"url: expected one of each language, {' and '.join(languages)}")
    if len({*urls.values()}) < len(urls):
        raise InputError("url: one file for both languages, expected two")
    return [
        {
            "url": locate(url, folder),
            "sha256": digest.get(code) if isinstance(digest, Mapping) else None,
            "languages": [code],
        }
        for code, url in urls.items()
    ]


def locate(written: str, folder: Path) -> str:
    """Return an address, a path beside the study's file as one of this machine."""
    try:
        url = resolve_source(written, folder)
    except InputError as error:
        raise InputError(f"{error}{hint_data(written)}") from None
    parse_source(url)
    return url


def join(one: DatasetEntry, other: DatasetEntry) -> DatasetEntry:
    """Return two languages' entries of one name as one."""
    same = ("kind", "loader", "options", "on_bad_record")
    if differs := next((key for key in same if one.get(key) != other.get(key)), None):
        raise InputError(
            f"its {differs} is another one than in {'-'.join(one['languages'])}; choose a name of "
            "its own, as mine2_en"
        )
    if KINDS[one["kind"]].languages == 2 or set(one["languages"]) & set(other["languages"]):
        raise InputError("is there already; choose a name of its own, as mine2_en-zh")
    files: list[SourceEntry] = [
        {**source, "languages": [*entry["languages"]]}
        for entry in (one, other)
        for source in entry["sources"]
        if "languages" not in source
    ]
    kept = [source for source in one["sources"] if "languages" in source]
    return {**one, "languages": one["languages"] | other["languages"], "sources": kept + files}
