"""Write the study's report: one HTML file that opens offline, with its charts' library inside.

In: the tables (those of papers too), and whatever else the study has of training logs (a missing
one is left out), translations, settings, sources, `.meta.json` files, Snakemake's benchmark files
and the folder of the jobs' logs. Out: the report. Its sections are the modules of
`scripts.report.sections`; one that has nothing to show is left out.

    python -m scripts.report.write_report --title "First light" \\
        --scores-table results/tables/main.csv --tokenizer-table results/tables/tokenizer.csv \\
        --coloured-tokens results/tokens.jsonl --base-checks results/checks/base.json \\
        --overlap-checks results/checks/horizon_en-zh.json \\
        --training-log x-smollm2-zh=results/models/x-smollm2-zh/train_log.jsonl \\
        --speed-log x-smollm2-zh=results/models/x-smollm2-zh/speed_log.jsonl \\
        --held-out-log x-smollm2-zh=results/models/x-smollm2-zh/held_out_log.jsonl \\
        --models base=results/models/base x-smollm2-zh=results/models/x-smollm2-zh \\
        --cards results/cards \\
        --translations base=results/predictions/base/ui_en-zh.jsonl \\
        --predictions results/predictions/base/ui_en-zh.jsonl \\
        --answers results/answers.html \\
        --settings results/study.yaml --sources results/sources.json \\
        --meta results/models/x-smollm2-zh.meta.json --timings results/timings \\
        --logs results/logs --output results/report.html
"""

import argparse
from collections.abc import Iterable
from os.path import relpath
from pathlib import Path

from scripts.common.command import make_parser, named_path, run
from scripts.common.files import write_text
from scripts.report.inputs import Inputs
from scripts.report.page import render_page


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    parser = make_parser("report.write_report", __doc__)
    parser.add_argument("--title", required=True)
    parser.add_argument("--scores-table", type=Path, required=True, help="main.csv")
    parser.add_argument("--paper-tables", type=Path, nargs="*", default=[], help="their CSV files")
    parser.add_argument("--embedding-init", type=Path, help="embedding_init.csv")
    parser.add_argument("--tokenizer-table", type=Path, help="tokenizer.csv")
    parser.add_argument("--coloured-tokens", type=Path, help="JSON lines of colour_tokens")
    parser.add_argument("--base-checks", type=Path, help="what check_base wrote")
    parser.add_argument(
        "--overlap-checks", type=Path, nargs="*", default=[], help="what check_overlap wrote"
    )
    parser.add_argument(
        "--cleaning", type=Path, nargs="*", default=[], help="what gather_corpus wrote"
    )
    parser.add_argument("--training-log", type=named_path, nargs="*", default=[], metavar="M=PATH")
    parser.add_argument("--speed-log", type=named_path, nargs="*", default=[], metavar="M=PATH")
    parser.add_argument("--held-out-log", type=named_path, nargs="*", default=[], metavar="M=PATH")
    parser.add_argument("--models", type=named_path, nargs="*", default=[], metavar="M=FOLDER")
    parser.add_argument("--cards", type=Path, help="folder of <model>.md, linked where it is there")
    parser.add_argument("--translations", type=named_path, nargs="*", default=[], metavar="M=PATH")
    parser.add_argument(
        "--predictions", type=Path, nargs="*", default=[], help="all, for their .meta.json"
    )
    parser.add_argument("--answers", type=Path, help="what write_answers wrote, to be linked")
    parser.add_argument("--settings", type=Path, help="the resolved study, YAML or JSON")
    parser.add_argument("--sources", type=Path, help="JSON list of data sources")
    parser.add_argument("--meta", type=Path, nargs="*", default=[], help=".meta.json files")
    parser.add_argument("--timings", type=Path, help="folder of <rule>/*.tsv benchmark files")
    parser.add_argument("--logs", type=Path, help="folder of <rule>/*.times.jsonl")
    parser.add_argument("--output", type=Path, required=True)
    return parser


def main(arguments: argparse.Namespace) -> None:
    """Write the page from the files that the command line names."""
    inputs = Inputs(
        title=arguments.title,
        scores_table=arguments.scores_table,
        paper_tables=arguments.paper_tables,
        embedding_init=arguments.embedding_init,
        tokenizer_table=arguments.tokenizer_table,
        coloured_tokens=arguments.coloured_tokens,
        base_checks=arguments.base_checks,
        overlap_checks=arguments.overlap_checks,
        cleaning=arguments.cleaning,
        training_logs=dict(arguments.training_log),
        speed_logs=dict(arguments.speed_log),
        held_out_logs=dict(arguments.held_out_log),
        models=dict(arguments.models),
        cards=find_cards(arguments.cards, dict(arguments.models), arguments.output.parent),
        translations=dict(arguments.translations),
        predictions=arguments.predictions,
        answers=arguments.answers and relpath(arguments.answers, arguments.output.parent),
        settings=arguments.settings,
        sources=arguments.sources,
        meta=arguments.meta,
        timings=arguments.timings,
        logs=arguments.logs,
    )
    write_text(arguments.output, render_page(inputs))


def find_cards(folder: Path | None, models: Iterable[str], page: Path) -> dict[str, str]:
    """Return links from the page's folder to the cards that are written, by model."""
    found = {name: folder / f"{name}.md" for name in models} if folder else {}
    return {name: relpath(path, page) for name, path in found.items() if path.is_file()}


if __name__ == "__main__":
    run(main, parser())
