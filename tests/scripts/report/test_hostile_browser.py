"""Texts of others in the report and the page of answers, in a real browser: shown, never run."""

import html
import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.support.browser import BROWSER, CATCH, FLAGS, NEEDS_BROWSER
from tests.support.hostile import COMMANDS, FLAG
from tests.support.hostile_report import (
    ALL,
    WHOLE,
    write_hostile_answers,
    write_hostile_report,
)

pytestmark = NEEDS_BROWSER
WATCH = """<script>
window.refused = [];
addEventListener("securitypolicyviolation", (event) => { window.refused.push(event.blockedURI); });
</script>"""
PROBE = """<pre id="probe"></pre><script id="asks">
addEventListener("load", () => setTimeout(() => {
  const all = (selector) => [...document.querySelectorAll(selector)];
  const texts = new Set();
  const collect = () => all(".text").forEach((text) => texts.add(text.textContent));
  collect();
  const next = document.getElementById("next");
  while (next && !next.disabled) { next.click(); collect(); }
  let hovered = "";
  for (const chart of all(".chart.js-plotly-plot")) {
    try { Plotly.Fx.hover(chart, [{ curveNumber: 0, pointNumber: 0 }]); } catch (_) { continue; }
    hovered += [...chart.querySelectorAll(".hoverlayer text")].map((one) => one.textContent).join();
  }
  const seen = {
    ran: window.FLAG ?? 0,
    title: document.title,
    scripts: all("script").map((one) => one.id || one.type || "own"),
    made: all("img, iframe, object, embed, form form, textarea, .main-svg a, h1 + h1, b b").length,
    heads: all("h1").length,
    handlers: all("*").filter((one) => one.getAttributeNames().some(
      (name) => name.startsWith("on"))).length,
    addresses: all("[href], [src]").map((one) => one.getAttribute("href") ?? one.src),
    ticks: all(".ytick text, .yaxislayer-above text").map((one) => one.textContent),
    bold: all(".main-svg tspan[style*=bold]").length,
    hovered, texts: [...texts],
    shown: document.body.innerText,
    charts: all(".chart").length,
    drawn: all(".chart").filter((chart) => chart.querySelector(".main-svg .trace path")).length,
    resources: performance.getEntriesByType("resource").map((entry) => entry.name),
    refused: window.refused,
    errors: window.errors,
  };
  for (const one of all("body > :not(pre)")) one.remove();
  document.getElementById("probe").textContent = JSON.stringify(seen);
}, 1000));
</script>""".replace("FLAG", FLAG)
LOCAL = re.compile(r"(#[\w-]*|data:,|report\.html|https://[\w./-]+)\Z")


def look_at(page: Path) -> dict:
    """Return what a browser made of a page."""
    text = page.read_text(encoding="utf-8").replace("<head>", f"<head>{CATCH}{WATCH}", 1)
    page.write_text(f"{text}{PROBE}", encoding="utf-8")
    command = [BROWSER, *FLAGS, f"--user-data-dir={page.with_suffix('.profile')}", page.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True).stdout
    found = re.search(r"<pre[^>]*>(\{.*?\})</pre>", dom, re.DOTALL)
    assert found, f"the page's script did not answer:\n{dom[-2000:]}"
    return json.loads(html.unescape(found.group(1)))


def check(seen: dict) -> None:
    """Nothing ran, was asked for or was made that is not the page's own."""
    assert seen["ran"] == 0 and seen["errors"] == [] and seen["refused"] == []
    assert seen["resources"] == []
    assert seen["made"] == 0 and seen["heads"] == 1 and seen["handlers"] == 0


@pytest.fixture(scope="module")
def report(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("report")
    return look_at(write_hostile_report(folder, lambda text: f"{text} {ALL}"))


@pytest.fixture(scope="module")
def answers(tmp_path_factory) -> dict:
    return look_at(write_hostile_answers(tmp_path_factory.mktemp("answers"), WHOLE))


def test_a_report_with_every_text_in_every_field_runs_and_asks_for_nothing(report):
    check(report)
    assert report["scripts"] == ["own", "own", "figures", "own", "own", "asks"]
    # A source's home is followed where it is on the web; that is what its author wrote.
    assert all(LOCAL.match(one) or one.startswith("https://") for one in report["addresses"])
    assert report["charts"] == report["drawn"]
    assert FLAG in report["title"] and not COMMANDS.search(report["shown"].replace("\n", ""))


def test_names_in_charts_are_text_too(report):
    assert any("<script>" in tick for tick in report["ticks"])
    assert "<script>" in report["hovered"] and "%{x}" in report["hovered"]
    assert report["bold"] == 0


def test_a_page_of_answers_shows_every_text_as_it_is(answers):
    check(answers)
    assert answers["scripts"] == ["own", "own", "answers", "own", "asks"]
    assert all(LOCAL.match(one) for one in answers["addresses"])
    shown = set(answers["texts"])
    assert {text for text in WHOLE if text.strip()} <= shown
    assert {f"A. {text}\n{text}" for text in WHOLE} <= shown  # a choice and what was written of it
