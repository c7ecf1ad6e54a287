"""The report in a real browser, at the width of a desktop and of a phone.

Chromium's window is never narrower than 500 pixels, so a page holds the report in a frame of the
width wanted (media queries go by the frame), and a script at the report's end tells that page
what it sees; Chromium prints it.
"""

import html
import json
import re
import subprocess
from pathlib import Path

import pytest

from scripts.report import write_report
from scripts.tables import tabulate_scores
from tests.support.browser import BROWSER, CATCH, FLAGS, NEEDS_BROWSER
from tests.support.report_study import (
    COLUMNS,
    STAGES,
    report_arguments,
    tabulate_arguments,
    write_study,
)

pytestmark = NEEDS_BROWSER
PROBE = """<script>
addEventListener("load", () => setTimeout(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const root = document.documentElement;
  parent.postMessage(JSON.stringify({
    width: innerWidth,
    overflow: root.scrollWidth - root.clientWidth,
    tables: all("table").length,
    charts: all(".chart").length,
    drawn: all(".chart").filter((chart) => chart.querySelector(".main-svg .trace path")).length,
    widest: Math.max(...all(".chart .main-svg").map((svg) => svg.getBoundingClientRect().right)),
    translations: all(".translations tbody tr").filter((row) => row.offsetHeight > 0).length,
    cards: all(".translations tr").some((row) => getComputedStyle(row).display === "block"),
    tokens: all(".tokens").filter((sentence) => sentence.offsetHeight > 0).length,
    token_right: Math.max(...all(".token").map((token) => token.getBoundingClientRect().right)),
    coloured: all(".token").filter((token) => {
      const style = getComputedStyle(token);
      return style.backgroundImage !== "none" || style.backgroundColor !== "rgba(0, 0, 0, 0)";
    }).length,
    pieces: all(".token").length,
    under: all(".tokens").every((sentence) => {
      const lines = [...sentence.querySelectorAll("p")].map((line) => line.offsetTop);
      return lines.every((top, index) => !index || top > lines[index - 1]);
    }),
    right_to_left: all(".tokens p[dir=rtl]").map((line) => {
      const tokens = [...line.querySelectorAll(".token")].map((token) => token.offsetLeft);
      return tokens[0] > tokens[1];
    }),
    resources: performance.getEntriesByType("resource").map((entry) => entry.name),
    errors: window.errors,
  }), "*");
}, 1000));
</script>"""
FRAME = """<!doctype html><iframe src="report.html" style="width:{width}px;height:900px;border:0">
</iframe><pre></pre><script>
addEventListener("message", (event) => {{
  document.querySelector("pre").textContent = event.data;
}});
</script>"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("browser")
    study, report = write_study(folder), folder / "report.html"
    arguments = tabulate_arguments(study, folder / "main")
    tabulate_scores.main(tabulate_scores.parser().parse_args(arguments))
    arguments = report_arguments(study, folder / "main.csv", report)
    write_report.main(write_report.parser().parse_args(arguments))
    text = report.read_text(encoding="utf-8")
    text = text.replace("<head>", f"<head>{CATCH}", 1)
    report.write_text(f"{text}{PROBE}", encoding="utf-8")
    return folder


@pytest.fixture(scope="module", params=[1280, 390], ids=["desktop", "phone"])
def seen(folder, request) -> dict:
    frame = folder / f"frame-{request.param}.html"
    frame.write_text(FRAME.format(width=request.param), encoding="utf-8")
    profile = f"--user-data-dir={folder / f'profile-{request.param}'}"
    command = [BROWSER, *FLAGS, profile, frame.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True).stdout
    found = re.search(r"<pre>(\{.*?\})</pre>", dom, re.DOTALL)
    assert found, f"the report's script did not answer:\n{dom[-2000:]}"
    facts = json.loads(html.unescape(found.group(1)))
    assert facts["width"] == request.param
    return facts


def test_the_page_runs_without_errors_or_requests(seen):
    assert seen["errors"] == []
    assert seen["resources"] == []


def test_every_table_is_there(seen):
    # scores, models, training data, two of cleaned data, two of tokenizers, translations, two of
    # held-out text, base model, time per rule, critical path, cost per rule and cell, sources
    assert seen["tables"] == 17


def test_every_chart_is_drawn(seen):
    assert seen["charts"] == len(COLUMNS) + 2 * len(STAGES) + 4 + 1
    assert seen["drawn"] == seen["charts"]


def test_nothing_is_wider_than_the_screen(seen):
    assert seen["overflow"] <= 0
    assert seen["widest"] <= seen["width"]


def test_twenty_translations_are_shown_as_cards_on_a_phone(seen):
    assert seen["translations"] == 20
    assert seen["cards"] == (seen["width"] < 700)


def test_twenty_sentences_are_coloured_by_token(seen):
    assert seen["tokens"] == 20
    assert seen["coloured"] == seen["pieces"] > 200
    assert seen["under"]  # the base's line is above the extended one
    assert seen["token_right"] <= seen["width"]


def test_arabic_runs_from_the_right(seen):
    assert seen["right_to_left"] == [True] * 2 * 6
