"""Fetch a part of a data set from the Hugging Face hub into its client's cache; record it.

In: `--source hf:org/name`, with `@revision`, `#split`, `#config/split` or `#<path or glob>`. Out: a
small JSON file: repository, revision, its commit, licence, the files of the part with size and
SHA-256, and what their reader must know. No code of a repository is run. Where the record is there
already, the commit that it names is fetched, whatever the branch has become since.

The client's variables hold: HF_HOME (the cache), HF_ENDPOINT, HF_HUB_OFFLINE, HF_TOKEN.

    python -m scripts.data.fetch_dataset --source hf:tatsu-lab/alpaca \\
        --output results/raw/hf/datasets/tatsu-lab/alpaca@main.hub.json
"""

import argparse
from dataclasses import asdict, replace
from pathlib import Path

from huggingface_hub import HfApi

from scripts.common.command import log, make_parser, run
from scripts.common.files import write_json
from scripts.data.hub_layout import find_layout
from scripts.data.hub_parts import (
    CONVERTED,
    Part,
    check_archives,
    choose_part,
    match_files,
    read_converted,
)
from scripts.data.hub_record import DataRecord, read_record
from scripts.hub.cache import cached_commit, snapshot_folder
from scripts.hub.card import CARD, read_licence
from scripts.hub.client import fetch_file, log_client, look_up, persist
from scripts.hub.errors import UnreachableError, one_line
from scripts.hub.record import describe_file, fetch_again
from scripts.study.hub_data import ENDING, FORM, HubData, parse_hub_data


def main(arguments: argparse.Namespace) -> None:
    """Fetch what is missing of the files; write the record."""
    log_client()
    data, output = parse_hub_data(arguments.source), arguments.output
    if output.is_file():
        fetch_again(read_record(output))
    else:
        write_json(output, asdict(fetch(data, pinned_commit(data, output))))


def pinned_commit(data: HubData, output: Path) -> str | None:
    """Return the commit at which another part of the same revision was fetched for this study."""
    if not output.as_posix().endswith(data.raw):
        return None
    whole = replace(data, part="").raw
    root = output.parents[len(Path(data.raw).parts) - 1]
    parts = (root / whole.removesuffix(ENDING)).rglob(f"*{ENDING}")
    others = [path for path in (root / whole, *sorted(parts)) if path.is_file()]
    return read_record(others[0]).commit if others else None


def fetch(asked: HubData, pinned: str | None = None) -> DataRecord:
    """Fetch a part of a data set, at a commit where one is pinned; return what came."""
    data, commit, part = find(asked, pinned)
    log.info("%s is commit %s of %s", asked, commit, data.repository)
    if part.split:
        log.info("%s: config %s, split %s", asked, part.config, part.split)
    files = {name: fetch_file(data, commit, name) for name in part.files}
    described = {name: describe_file(file) for name, file in files.items()}
    size = sum(one["size"] for one in described.values())
    log.info("%s: %d files, %d bytes", asked, len(files), size)
    card = snapshot_folder(data, commit) / CARD
    return DataRecord(
        repository=data.repository,
        revision=data.revision,
        commit=commit,
        licence=read_licence(card) if card.is_file() else None,
        files=described,
        part=data.part,
        config=part.config,
        split=part.split,
        options=part.options,
    )


def find(asked: HubData, pinned: str | None) -> tuple[HubData, str, Part]:
    """Return a data set under its name now, its commit, and which files are asked for.

    The commit is that of the revision, or the pinned one. Its card is in the cache afterwards, if
    it has one.

    Raises:
        UnreachableError: if the hub cannot be asked, and no single file of the cache is.
        InputError: if there is no such data set, revision, part or access to it.
    """
    try:
        facts = look_up(replace(asked, revision=pinned) if pinned else asked)
    except UnreachableError:
        commit = find_cached(asked)
        if commit is None:
            raise
        log.info("%s: the hub cannot be asked; taking the file of the cache", asked)
        return asked, commit, Part([asked.part])
    data, commit = replace(asked, repository=facts.id), str(facts.sha)
    part = check_archives(data, find_part(data, commit))
    if any(one.rfilename == CARD for one in facts.siblings or ()):
        fetch_file(data, commit, CARD)
    return data, commit, part


def find_cached(data: HubData) -> str | None:
    """Return the commit of which the cache has the file that is asked for, None if it has none.

    Of a glob or a split nobody knows without the hub whether the cache has all files.
    """
    commit = cached_commit(data)
    if commit is None or not data.names_one_file:
        return None
    return commit if (snapshot_folder(data, commit) / data.part).is_file() else None


def find_part(data: HubData, commit: str) -> Part:
    """Return which files are asked for, and how they are read."""
    with one_line(data, commit):
        if data.names_files:
            return match_files(data, list_files(data, commit))
        if data.revision == CONVERTED:
            return choose_part(data, read_converted(list_files(data, commit)))
        return choose_part(data, persist(lambda: find_layout(data, commit), str(data)))


def list_files(data: HubData, commit: str) -> list[str]:
    """Return the names of all files of a commit."""
    return persist(
        lambda: HfApi().list_repo_files(data.repository, revision=commit, repo_type=data.type),
        str(data),
    )


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("data.fetch_dataset", __doc__)
    options.add_argument("--source", required=True, help=FORM)
    options.add_argument("--output", required=True, type=Path, help="the record to write")
    return options


if __name__ == "__main__":
    run(main, parser())
