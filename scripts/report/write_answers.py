"""Write the page of answers: what every model answered to the same records, side by side.

In: folders of predictions and of each record's scores, as rules lay them out
(``<model>/<benchmark>.jsonl``, ``<model>/<benchmark>.<metric>.jsonl``). Out: one HTML file that
opens offline: its records are JSON inside it, and texts of models are inserted as text.

    python -m scripts.report.write_answers --title "First light" --baseline base \\
        --models base x-smollm2-zh --columns ui_en-zh.bleu ui_en-zh.chrf \\
        --predictions results/predictions --scores results/records \\
        --output results/answers.html
"""

import argparse
import json
from pathlib import Path
from typing import Any

from markupsafe import Markup

from scripts.common.command import make_parser, positive, run
from scripts.common.escapes import clean_json
from scripts.common.files import write_text
from scripts.report.answer_data import Answers, gather
from scripts.report.charts import Colours
from scripts.report.page import make_environment

# Of eight models 34 MB, which a browser opens in two seconds and searches in half of one.
LIMIT = 20_000


def parser() -> argparse.ArgumentParser:
    """Return the command line."""
    options = make_parser("report.write_answers", __doc__)
    options.add_argument("--title", required=True)
    options.add_argument("--baseline", required=True, help="the model that has the grey mark")
    options.add_argument("--models", nargs="+", required=True, help="in order")
    options.add_argument("--columns", nargs="+", required=True, help="<benchmark>.<metric> …")
    options.add_argument("--predictions", type=Path, required=True, help="folder")
    options.add_argument("--scores", type=Path, required=True, help="folder of records' scores")
    options.add_argument("--report", help="address of the report, as seen from the page")
    options.add_argument(
        "--limit", type=positive, default=LIMIT, help=f"records that are shown ({LIMIT})"
    )
    options.add_argument("--output", type=Path, required=True)
    return options


def main(arguments: argparse.Namespace) -> None:
    """Write the page from the files that the command line names."""
    data = gather(
        Answers(
            models=arguments.models,
            columns=arguments.columns,
            predictions=arguments.predictions,
            scores=arguments.scores,
            limit=arguments.limit,
        )
    )
    colours = Colours(arguments.models, arguments.baseline)
    data["colours"] = [colours[model] for model in arguments.models]
    page = make_environment().get_template("answers.html.j2")
    html = page.render(title=arguments.title, report=arguments.report, data=embed(data))
    write_text(arguments.output, html)


def embed(value: Any) -> Markup:
    """Return JSON that may stand in a script element: none of its characters can end that."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    text = clean_json(text)
    return Markup(text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026"))


if __name__ == "__main__":
    run(main, parser())
