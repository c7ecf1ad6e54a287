"""Sum up what `check_overlap` found in the shards of a corpus.

In: what it wrote of each shard, in their order. Out: what it would have written of the corpus, the
same bytes for any number of shards; nothing where it would have refused the corpus.

Example::

    python -m scripts.data.gather_checks \\
        --shards results/shards/horizon_en-zh/checked/{1,2}-of-2.json \\
        --output results/checks/horizon_en-zh.json
"""

import argparse
from collections import Counter
from collections.abc import Sequence
from itertools import chain
from pathlib import Path

from scripts.common.command import log, make_parser, run
from scripts.common.files import Fields, read_json, write_json
from scripts.data.check_overlap import SHOWN, Report, refuse

FIELDS: Fields = {
    "corpus": str, "decontaminate": str, "examined": int, "overlap": int, "found": dict,
    "examples": list,
}  # fmt: skip


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("data.gather_checks", __doc__)
    parser.add_argument(
        "--shards", required=True, nargs="+", type=Path, help="JSON files, in their order"
    )
    parser.add_argument("--output", required=True, type=Path, help="JSON file to write")
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the sum of all shards."""
    shards = [read_json(path, "a shard of check_overlap", FIELDS) for path in arguments.shards]
    report = sum_reports(shards)
    refuse(report)
    write_json(arguments.output, report)
    counts = report["examined"], report["overlap"]
    log.info("%s: %d records, %d with held-out text", arguments.output.stem, *counts)


def sum_reports(shards: Sequence[Report]) -> Report:
    """Return what was found in all shards, with the first examples."""
    found: Counter[str] = Counter()
    for shard in shards:
        found.update(shard["found"])
    examples = list(chain.from_iterable(shard["examples"] for shard in shards))
    return {
        **shards[0],
        "examined": sum(shard["examined"] for shard in shards),
        "overlap": found.total(),
        "found": dict(found),
        "examples": examples[:SHOWN],
    }


if __name__ == "__main__":
    run(main, parser())
