"""Turn published files into a corpus.

In: raw files as `download` left them; a wheel is read in place. Out: a Parquet file with the
columns of its kind (scripts/study/kinds.py). The log has the counts.

Example::

    python -m scripts.data.build_corpus --loader gettext --kind parallel \\
        --raw results/raw/pypi/wagtail-8.0.1.whl --members '**/locale/zh_Hans/LC_MESSAGES/*.po' \\
        --source-language en --target-language zh --target-letters '[\\u4e00-\\u9fff]' \\
        --output results/corpora/wagtail_en-zh.parquet
"""

import argparse
import re
from pathlib import Path

from scripts.common.command import json_mapping, log, make_parser, run
from scripts.common.errors import InputError, nearest
from scripts.data.corpora import write_corpus
from scripts.data.loaders import LOADERS
from scripts.data.request import Request
from scripts.study.kinds import KINDS


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.build_corpus", __doc__)
    parser.add_argument("--loader", required=True, help=", ".join(sorted(LOADERS)))
    parser.add_argument("--kind", required=True, choices=KINDS)
    parser.add_argument("--raw", required=True, nargs="+", type=Path, help="downloaded files")
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
    parser.add_argument("--output", required=True, type=Path, help="Parquet file to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Load, check that something came, write."""
    if arguments.loader not in LOADERS:
        raise InputError(f"no loader {arguments.loader!r}{nearest(arguments.loader, LOADERS)}")
    request = make_request(arguments)
    records = list(LOADERS[arguments.loader](request))
    report(arguments, request, len(records))
    if not records:
        raise InputError(f"{request.place}: no {'-'.join(request.languages)} record found")
    check_columns(records[0], arguments)
    write_corpus(arguments.output, arguments.kind, records)


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
        options=arguments.options,
    )


def check_columns(record: dict, arguments: argparse.Namespace) -> None:
    """Refuse to write one kind of data as another."""
    if tuple(record) != KINDS[arguments.kind].fields:
        raise InputError(f"loader {arguments.loader!r} does not give {arguments.kind} records")


def report(arguments: argparse.Namespace, request: Request, kept: int) -> None:
    """Log how many records were read, kept and dropped, and why."""
    read = kept + request.dropped.total()
    log.info("%s: read %d, kept %d", arguments.output.stem, read, kept)
    for reason, count in request.dropped.most_common():
        log.info("%s: dropped %d: %s", arguments.output.stem, count, reason)


if __name__ == "__main__":
    run(main, parser())
