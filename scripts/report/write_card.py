"""Write a model's card: what the hub reads of a model, and the page that a person reads.

In: the study's facts of the model (JSON), the ``stage.json`` of its ancestors and its own, the base
first, and where the study has them the main table and the table of tokenizers. Out: Markdown with
the hub's metadata at its head.

    python -m scripts.report.write_card --model billa-zh --facts '{"study": "smollm2-zh", …}' \\
        --stages results/models/base/stage.json results/models/billa-zh/stage.json \\
        --scores-table results/tables/main.csv --output results/cards/billa-zh.md
"""

import argparse
from pathlib import Path
from typing import Any

from huggingface_hub import ModelCard
from jinja2 import Environment, StrictUndefined

from scripts.common.command import make_parser, run
from scripts.common.files import write_text
from scripts.report.card.facts import Facts, read_facts
from scripts.report.card.metadata import describe
from scripts.report.card.page import show
from scripts.tables.markdown import Marked, plain

TEMPLATE = Path(__file__).parent / "templates" / "card.md.j2"


def main(arguments: argparse.Namespace) -> None:
    """Write the card from the files that the command line names."""
    facts = read_facts(
        arguments.model,
        arguments.facts,
        arguments.stages,
        arguments.scores_table,
        arguments.tokenizer_table,
    )
    write_text(arguments.output, write_card(facts))


def write_card(facts: Facts) -> str:
    """Return the card, which the hub's own reader takes."""
    environment = Environment(
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        finalize=escape,
    )
    template = environment.from_string(TEMPLATE.read_text(encoding="utf-8"))
    text = template.render(card_data=Marked(describe(facts).to_yaml()), **show(facts))
    return str(ModelCard(text))


def escape(value: Any) -> Any:
    """Return a text as Markdown shows it, in a cell of a table too; numbers as they are."""
    if not isinstance(value, str) or isinstance(value, Marked):
        return value
    return plain(value).replace("|", r"\|")


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("report.write_card", __doc__)
    options.add_argument("--model", required=True)
    options.add_argument("--facts", required=True, help="what the study says of it, JSON")
    options.add_argument("--stages", type=Path, nargs="+", required=True, help="stage.json files")
    options.add_argument("--scores-table", type=Path, help="main.csv")
    options.add_argument("--tokenizer-table", type=Path, help="tokenizer.csv")
    options.add_argument("--output", type=Path, required=True)
    return options


if __name__ == "__main__":
    run(main, parser())
