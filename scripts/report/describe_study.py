"""Write down what a study was: its settings and the sources of its data.

In: both as JSON. Out: ``study.json`` and ``sources.json`` (dataset, title, url, sha256, licence,
home), which the report prints.

    python -m scripts.report.describe_study --settings '{"name": "mine", …}' --sources '[…]' \\
        --output results/study.json --sources-output results/sources.json
"""

import argparse
from pathlib import Path

from scripts.common.command import make_parser, run
from scripts.common.errors import InputError
from scripts.common.files import parse_json, write_json


def main(arguments: argparse.Namespace) -> None:
    """Write both files."""
    settings = parse_json(arguments.settings, "--settings", "a study", {})
    sources = parse_json(arguments.sources, "--sources", "a list of sources")
    if not isinstance(sources, list):
        raise InputError("--sources: found no list, expected a list of sources")
    write_json(arguments.output, settings)
    write_json(arguments.sources_output, sources)


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
