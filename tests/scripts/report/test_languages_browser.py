"""Charts of languages and the papers' tables in a real browser: what a reader chooses is drawn."""

import html
import json
import re
import subprocess

import pytest

from scripts.common.files import write_json
from scripts.report import write_report
from scripts.tables import tabulate_scores
from tests.support.browser import BROWSER, CATCH, FLAGS, NEEDS_BROWSER
from tests.support.paper_table import understanding

pytestmark = NEEDS_BROWSER
MODELS = ["base", "x-zh"]
COLUMNS = [f"flores_en-{code}.{name}" for code in ("ar", "el", "zh") for name in ("bleu", "chrf")]
PROBE = """<pre></pre><script>
addEventListener("load", () => setTimeout(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const width = (chart) => chart.querySelector(".main-svg").getBoundingClientRect().width;
  const select = document.querySelector("select");
  select.selectedIndex = 1;
  select.dispatchEvent(new Event("change"));
  setTimeout(() => {
    document.querySelector("pre").textContent = JSON.stringify({
      errors: window.errors,
      shown: all("[data-choice]").map((group) => group.offsetHeight > 0),
      widths: all("[data-choice]:not([hidden]) .chart").map(width),
      place: all("[data-choice]:not([hidden]) figure").map((figure) => figure.clientWidth),
      dots: all("#languages-0 .trace path.point").length,
      dashes: all("#papers .gap").length,
      notes: all("#papers li sup").length,
    });
  }, 500);
}, 500));
</script>"""


@pytest.fixture(scope="module")
def seen(tmp_path_factory) -> dict:
    """What a browser tells of a report after the second metric was chosen."""
    folder = tmp_path_factory.mktemp("languages")
    scores = [write_score(folder, model, column) for model in MODELS for column in COLUMNS]
    arguments = ["--scores", *scores, "--baseline", "base", "--models", *MODELS]
    arguments += ["--columns", *COLUMNS, "--output-stem", str(folder / "main")]
    tabulate_scores.main(tabulate_scores.parser().parse_args(arguments))
    paper, report = understanding(folder).with_suffix(".csv"), folder / "report.html"
    arguments = ["--title", "Languages", "--scores-table", str(folder / "main.csv")]
    arguments += ["--paper-tables", str(paper), "--output", str(report)]
    write_report.main(write_report.parser().parse_args(arguments))
    text = report.read_text(encoding="utf-8").replace("<head>", f"<head>{CATCH}", 1)
    report.write_text(f"{text}{PROBE}", encoding="utf-8")
    command = [BROWSER, *FLAGS, f"--user-data-dir={folder / 'profile'}", report.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    return json.loads(html.unescape(re.findall(r"<pre>(\{.*?\})</pre>", dom, re.DOTALL)[-1]))


def write_score(folder, model: str, column: str) -> str:
    """Write a score file."""
    benchmark, metric = column.split(".")
    score = 5.0 + 3 * (model != "base") + 20 * (metric == "chrf")
    record = {"model": model, "benchmark": benchmark, "metric": metric, "score": score, "n": 4}
    path = folder / "results" / model / column
    write_json(path, record | {"interval": [score - 1, score + 1], "confidence": 0.95})
    return str(path)


def test_the_chosen_metrics_matrices_are_drawn_in_full_width(seen):
    assert seen["errors"] == []
    assert seen["shown"] == [False, True]
    assert seen["widths"] == pytest.approx(seen["place"], abs=1)
    assert len(seen["widths"]) == len(MODELS)


def test_every_language_has_a_dot_a_model(seen):
    assert seen["dots"] == 3 * len(MODELS)


def test_a_papers_table_is_shown(seen):
    # BiLLa published every cell of this table, and the study has a score for each of its models.
    assert (seen["dashes"], seen["notes"]) == (0, 0)
