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
from scripts.report import sections, training
from scripts.report.charts import assign_colours
from scripts.report.coloured import show_coloured
from scripts.report.languages import show_languages
from scripts.report.sources import collect_versions, read_parents, read_settings, read_sources
from scripts.report.sources import show_settings as show
from scripts.report.timings import measure_overhead, read_rule_times
from scripts.tables.main_table import get_baseline, list_models, read_table
from scripts.tables.paper_view import read_view

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
    began = time.time()
    context = gather_results(arguments) | gather_sources(arguments, began)
    write_text(arguments.output, render(context))


def gather_results(arguments: argparse.Namespace) -> dict[str, Any]:
    """Return what the study found: scores, losses, fertility, translations."""
    table = read_table(arguments.scores_table)
    logs, translations = dict(arguments.training_log), dict(arguments.translations)
    coloured = show_coloured(arguments.coloured_tokens)
    tokenizers = sections.read_tokenizers(arguments.tokenizer_table)
    trained = [*logs, *dict(arguments.held_out_log)]
    names = [*list_models(table), *trained, *translations, *sections.list_tokenizers(tokenizers)]
    names += coloured["names"] if coloured else []
    colours = assign_colours(names, get_baseline(table))
    settings = read_settings(arguments.settings) if arguments.settings else {}
    parents = read_parents(settings)
    return {
        "title": arguments.title,
        "colours": colours,
        "scores": sections.show_scores(table, colours),
        "languages": show_languages(table, colours),
        "papers": [read_view(path) for path in arguments.paper_tables],
        "losses": training.show_losses(logs, dict(arguments.speed_log), parents, colours),
        "held_out": training.show_held_out(dict(arguments.held_out_log), parents, colours),
        "embedding_init": sections.show_ablation(arguments.embedding_init),
        "tokenizers": sections.show_tokenizers(tokenizers, colours),
        "coloured": coloured,
        "translations": sections.show_translations(translations),
        "settings": show(settings) if settings else None,
    }


def gather_sources(arguments: argparse.Namespace, began: float) -> dict[str, Any]:
    """Return where the numbers come from and what they took."""
    times = read_rule_times(arguments.timings) if arguments.timings else []
    trace = arguments.trace if arguments.trace and arguments.trace.exists() else None
    return {
        "versions": collect_versions(arguments.meta),
        "sources": read_sources(arguments.sources) if arguments.sources else [],
        "times": sections.show_times(times),
        "overhead": measure_overhead(trace, time.time(), began) if trace else None,
        "written": time.strftime("%Y-%m-%d %H:%M %Z"),
    }


def make_environment() -> Environment:
    """Return what fills the templates in; everything from outside is escaped."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=select_autoescape(["html", "j2"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def render(context: dict[str, Any]) -> str:
    """Fill the templates in."""
    template = make_environment().get_template("report.html.j2")
    return template.render(plotly=get_plotlyjs(), figures=list_figures(context), **context)


def list_figures(context: dict[str, Any]) -> dict[str, Any]:
    """Return every section's figures by the id of the element that they are drawn in."""
    names = ("scores", "languages", "losses", "held_out", "embedding_init", "tokenizers", "times")
    shown = [context[name] for name in names]
    return {key: value for part in shown if part for key, value in part["figures"].items()}


if __name__ == "__main__":
    run(main, parser())
