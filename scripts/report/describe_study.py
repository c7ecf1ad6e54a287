"""Write down what a study was: its settings and the sources of its data.

In: both as JSON; a source of the Hugging Face hub names the record of what was fetched. Out: the
files ``study.json`` and ``sources.json`` (dataset, title, url, sha256, licence, home, and of the
hub the commit), which the report prints.

    python -m scripts.report.describe_study --settings '{"name": "mine", …}' --sources '[…]' \\
        --output results/study.json --sources-output results/sources.json
"""

import argparse
from pathlib import Path
from typing import Any

from scripts.common.command import make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import parse_json, read_json, write_json
from scripts.study.own_sources import NO_LICENCE


def main(arguments: argparse.Namespace) -> None:
    """Write both files."""
    settings = parse_json(arguments.settings, "--settings", "a study", {})
    sources = parse_json(arguments.sources, "--sources", "a list of sources")
    if not isinstance(sources, list):
        raise InputError("--sources: found no list, expected a list of sources")
    write_json(arguments.output, settings)
    write_json(arguments.sources_output, [source | read_record(source) for source in sources])


def read_record(source: dict[str, Any]) -> dict[str, str]:
    """Return what the record of a source of the hub adds: the commit, and a licence if need be.

    Nothing for other sources.
    """
    if "record" not in source:
        return {}
    record = read_json(Path(source["record"]), "a record of the hub", {"commit": str})
    licence = source["licence"]
    stated = record.get("licence") if licence == NO_LICENCE else licence
    return {"commit": record["commit"], "licence": stated or NO_LICENCE}


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("report.describe_study", __doc__)
    options.add_argument("--settings", required=True, help="the study, JSON")
    options.add_argument("--sources", required=True, help="list of sources, JSON")
    options.add_argument("--output", type=Path, required=True, help="the study, JSON")
    options.add_argument("--sources-output", type=Path, required=True, help="JSON")
    return options


if __name__ == "__main__":
    run(main, parser())
