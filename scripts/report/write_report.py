"""Write the study's report: one HTML file that opens offline, with its charts' library inside.

In: the tables (those of papers too), and whatever else the study has of training logs (one
that is not there draws nothing), translations, settings, sources, `.meta.json` files, Snakemake's
benchmark files and the trace of ``$LINGRAFT_TRACE``.
A part that is not given has no section.
Out: the report.

    python -m scripts.report.write_report --title "First light" \\
        --scores-table results/tables/main.csv --tokenizer-table results/tables/tokenizer.csv \\
        --coloured-tokens results/tokens.jsonl \\
        --training-log x-smollm2-zh=results/models/x-smollm2-zh/train_log.jsonl \\
        --speed-log x-smollm2-zh=results/models/x-smollm2-zh/speed_log.jsonl \\
        --held-out-log x-smollm2-zh=results/models/x-smollm2-zh/held_out_log.jsonl \\
        --translations base=results/predictions/base/ui_en-zh.jsonl \\
        --settings results/study.yaml --sources results/sources.json \\
        --meta results/models/x-smollm2-zh.meta.json --timings results/timings \\
        --trace results/trace.jsonl --output results/report.html
"""

import argparse
import time
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from plotly.offline import get_plotlyjs

from scripts.common.command import named_path, run
from scripts.common.files import write_text
from scripts.report.charts import assign_colours
from scripts.report.coloured import show_coloured
from scripts.report.page import Page, Section
from scripts.report.sections import SECTIONS
from scripts.report.sections.tokenizers import list_tokenizers, read_tokenizers
from scripts.report.sources import read_settings
from scripts.tables.main_table import get_baseline, list_models, read_table

TEMPLATES = Path(__file__).parent / "templates"


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = argparse.ArgumentParser(prog="report.write_report", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("--title", required=True)
    parser.add_argument("--scores-table", type=Path, required=True, help="main.csv")
    parser.add_argument("--paper-tables", type=Path, nargs="*", default=[], help="their CSV files")
    parser.add_argument("--embedding-init", type=Path, help="embedding_init.csv")
    parser.add_argument("--tokenizer-table", type=Path, help="tokenizer.csv")
    parser.add_argument("--coloured-tokens", type=Path, help="JSON lines of colour_tokens")
    parser.add_argument("--training-log", type=named_path, nargs="*", default=[], metavar="M=PATH")
    parser.add_argument("--speed-log", type=named_path, nargs="*", default=[], metavar="M=PATH")
    parser.add_argument("--held-out-log", type=named_path, nargs="*", default=[], metavar="M=PATH")
    parser.add_argument("--translations", type=named_path, nargs="*", default=[], metavar="M=PATH")
    parser.add_argument("--settings", type=Path, help="the resolved study, YAML or JSON")
    parser.add_argument("--sources", type=Path, help="JSON list of data sources")
    parser.add_argument("--meta", type=Path, nargs="*", default=[], help=".meta.json files")
    parser.add_argument("--timings", type=Path, help="folder of <rule>/*.tsv benchmark files")
    parser.add_argument("--trace", type=Path, help="JSON lines of $LINGRAFT_TRACE")
    parser.add_argument("--output", type=Path, required=True)
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Gather the sections and render the page."""
    page = read_page(arguments, time.time())
    found = {name: module.show(page) for name, module in SECTIONS.items()}
    shown = {name: values for name, values in found.items() if values}
    write_text(arguments.output, render(page, shown))


def read_page(arguments: argparse.Namespace, began: float) -> Page:
    """Return what the sections draw from; every model and tokenizer gets its colour."""
    table = read_table(arguments.scores_table)
    coloured = show_coloured(arguments.coloured_tokens)
    tokenizers = read_tokenizers(arguments.tokenizer_table)
    trained = [*dict(arguments.training_log), *dict(arguments.held_out_log)]
    names = [*list_models(table), *trained, *dict(arguments.translations)]
    names += [*list_tokenizers(tokenizers), *(coloured["names"] if coloured else [])]
    return Page(
        arguments=arguments,
        table=table,
        tokenizers=tokenizers,
        coloured=coloured,
        settings=read_settings(arguments.settings) if arguments.settings else {},
        colours=assign_colours(names, get_baseline(table)),
        began=began,
    )


def make_environment() -> Environment:
    """Return what fills the templates in; everything from outside is escaped."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(page: Page, shown: dict[str, Section]) -> str:
    """Fill the templates in; `shown` has the values of each section that there is."""
    values = {key: value for section in shown.values() for key, value in section.items()}
    return (
        make_environment()
        .get_template("report.html.j2")
        .render(
            title=page.arguments.title,
            colours=page.colours,
            sections={name: SECTIONS[name].TITLE for name in shown},
            figures=list_figures(values),
            plotly=get_plotlyjs(),
            written=time.strftime("%Y-%m-%d %H:%M %Z"),
            **values,
        )
    )


def list_figures(values: dict[str, Any]) -> dict[str, Any]:
    """Return every section's figures by the id of the element that they are drawn in."""
    parts = [value for value in values.values() if isinstance(value, dict)]
    return {key: figure for part in parts for key, figure in part.get("figures", {}).items()}


if __name__ == "__main__":
    run(main, parser())
