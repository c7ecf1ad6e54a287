"""The report holds every section it has numbers for, and loads nothing from anywhere."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.report import summary, write_report
from scripts.report.sections import NAMES, list_sections, tokenizers, training
from scripts.tables import tabulate_scores
from scripts.tables.main_table import format_column, read_table
from scripts.tables.table import Table
from tests.support.report_study import (
    MODELS,
    STAGES,
    report_arguments,
    tabulate_arguments,
    write_study,
)

LOADING = {"src", "srcset", "poster", "data", "background"}


class Page(HTMLParser):
    """Collects tags with their attributes, and the text outside scripts and styles."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict]] = []
        self.text, self.inside = "", ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.inside = tag if tag in ("script", "style") else self.inside

    def handle_endtag(self, tag):
        self.inside = "" if tag == self.inside else self.inside

    def handle_data(self, data):
        self.text += "" if self.inside else data

    def find(self, tag: str, **wanted: str) -> list[dict]:
        return [
            found for name, found in self.tags if name == tag and wanted.items() <= found.items()
        ]


def write(arguments: list[str]) -> None:
    write_report.main(write_report.parser().parse_args(arguments))


@pytest.fixture(scope="module")
def study(tmp_path_factory) -> dict:
    folder = tmp_path_factory.mktemp("study")
    files = write_study(folder)
    arguments = tabulate_arguments(files, folder / "main")
    tabulate_scores.main(tabulate_scores.parser().parse_args(arguments))
    return files | {"table": folder / "main.csv", "folder": folder}


@pytest.fixture(scope="module")
def html(study) -> str:
    output = study["folder"] / "report.html"
    write(report_arguments(study, study["table"], output))
    return output.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def page(html) -> Page:
    return Page(html)


def test_every_section_is_there(page):
    found = [section["id"] for section in page.find("section")]
    expected = [
        "scores",
        "cleaning",
        "training_data",
        "overlap",
        "training",
        "tokenizers",
        "tokens",
    ]
    expected += ["translations", "base_checks", "time", "sources", "settings"]
    missing = {"languages", "papers", "embedding_init"}  # the study has nothing for them
    added = set(NAMES) - {*expected, *missing}
    assert [name for name in found if name not in added] == expected


def test_a_section_is_a_module_and_a_template_of_one_name():
    templates = Path(write_report.__file__).parent / "templates/sections"
    assert sorted(NAMES) == sorted(path.name.partition(".")[0] for path in templates.iterdir())
    orders = [section.ORDER for section in list_sections().values()]
    assert orders == sorted(set(orders))


def test_the_navigation_names_the_sections_in_their_order(page):
    links = [link["href"] for link in page.find("a") if link["href"].startswith("#")]
    assert links == [f"#{section['id']}" for section in page.find("section")]


def test_the_page_of_answers_is_linked_beside_the_report(study, tmp_path):
    output = tmp_path / "report.html"
    arguments = report_arguments(study, study["table"], output)
    write([*arguments, "--answers", str(tmp_path / "answers.html")])
    assert Page(output.read_text(encoding="utf-8")).find("a", href="answers.html")


def test_nothing_is_loaded_from_outside(page, html):
    for tag, attributes in page.tags:
        loaded = {key: value for key, value in attributes.items() if key in LOADING}
        assert not loaded, (tag, loaded)
        if tag == "link":
            assert attributes["href"].startswith("data:")
    style = html[html.index("<style>") : html.index("</style>")]
    assert "url(" not in style and "@import" not in style


def test_every_figure_has_its_element(page, html):
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', html)
    figures = json.loads(found.group(1))
    assert sorted(figures) == sorted(
        chart["id"] for chart in page.find("div", **{"class": "chart"})
    )
    assert {
        f"{kind}-{model}" for model in STAGES for kind in ("loss", "held-out")
    } <= figures.keys()


def test_a_model_has_one_colour_everywhere(html):
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', html)
    figures = json.loads(found.group(1))
    dots = {
        figure["data"][2]["marker"]["color"] for key, figure in figures.items() if "score" in key
    }
    line = figures["loss-billa-zh"]["data"][0]["line"]["color"]
    bars = figures["fertility-tokens_per_character"]["data"][1]["marker"]["color"]
    assert dots == {line} == {bars}


def test_held_out_text_is_a_line_a_text_on_one_scale(html):
    found = re.search(r'<script type="application/json" id="figures">(.*?)</script>', html)
    figures = json.loads(found.group(1))
    drawn = [figures[f"held-out-{model}"] for model in STAGES]
    assert [line["name"] for line in drawn[0]["data"]] == ["text_zh", "text_en"]
    assert drawn[0]["data"][0]["x"] == [0, 30, 60, 90]
    assert drawn[0]["data"][0]["y"][0] == pytest.approx(2.5)
    assert len({tuple(figure["layout"]["yaxis"]["range"]) for figure in drawn}) == 1


def test_speeds_come_from_their_own_log_and_any_log_may_be_absent(study, tmp_path):
    log = next(path for path in study["logs"] if path.parent.name == "billa-zh")
    there, absent = {"m": log}, {"m": tmp_path / "none.jsonl"}
    speeds = {"m": log.with_name("speed_log.jsonl")}
    note = training.show_losses(there, speeds, {}, {"m": "#000"})["notes"]["m"]
    assert note.startswith("90 steps; loss ") and note.endswith("; 62 useful tokens/s")
    assert "useful" not in training.show_losses(there, absent, {}, {"m": "#000"})["notes"]["m"]
    assert training.show_losses(absent, absent, {}, {"m": "#000"}) is None
    assert training.show_held_out(absent, {}, {"m": "#000"}) is None


def test_outside_text_is_escaped(page, html):
    assert "<script>alert('x')</script>" in page.text
    assert "<script>alert(" not in html
    assert not [link for link in page.find("a") if link["href"].startswith("javascript:")]


def test_twenty_translations_chosen_without_looking(page, html, study, tmp_path):
    assert len(page.find("td", **{"data-label": "billa-zh"})) == 20
    write(report_arguments(study, study["table"], tmp_path / "again.html"))
    again = (tmp_path / "again.html").read_text(encoding="utf-8")
    cut = slice(html.index('<section id="translations">'), html.index('<section id="time">'))
    assert html[cut] == again[cut]


def test_absent_inputs_leave_their_sections_out(study, tmp_path):
    output = tmp_path / "report.html"
    write(["--title", "T", "--scores-table", str(study["table"]), "--output", str(output)])
    page = Page(output.read_text(encoding="utf-8"))
    assert [section["id"] for section in page.find("section")] == ["scores", "time"]
    assert "was not measured" in page.text
    assert {link["href"] for link in page.find("a")} <= {"#scores", "#time"}


def test_settings_versions_sources_and_time_are_named(page):
    for fact in ("recipe: instruct", "2.13.0", "CC BY-SA 4.0", "pypi:wagtail==8.0.1", "1,025.8"):
        assert fact in page.text
    assert "hf:org/talk" in page.text and "0123456789" * 4 in page.text  # what the hub's data was


def show_last(table: Table) -> list[str]:
    """Return the last row's values behind tokenizer and language."""
    assert table.rows[-1].labels == ("billa-zh", "zh")
    return [cell.value for cell in table.rows[-1].cells]


def test_tokenizer_tables_read_in_words(study):
    table = tokenizers.read_tokenizers(study["tokenizers"])
    shown = tokenizers.show_tokenizers(table, dict.fromkeys(table["tokenizer"], "#000"))
    costs, brings = shown["tables"]
    assert costs.head[2] == "tokens / character"
    # What nobody measured is a dash, a share a percentage.
    assert show_last(costs) == [
        "0.698",
        "0.235",
        "letter",
        "–",
        "–",
        "3.6",
        "0.403",
        "–",
    ]
    assert show_last(brings) == [
        "8,000",
        "2,628",
        "2,500",
        "1.16",
        "41",
        "96",
        "no",
    ]
    assert "ui_en-zh (1,326) for zh" in brings.notes[0]
    assert "billa-zh 57,152 (8,000 new)" in brings.notes[0]


def test_costs_are_charted_beside_the_base_and_parity_for_every_tokenizer(study):
    table = tokenizers.read_tokenizers(study["tokenizers"])
    shown = tokenizers.show_tokenizers(table, dict.fromkeys(table["tokenizer"], "#000"))
    figures = shown["figures"]
    cost, parity = figures["fertility-cost_ratio"], figures["fertility-parity"]
    assert [bar["name"] for bar in cost["data"]] == ["billa-zh"]
    assert cost["data"][0]["x"] == [1, 0.4032]
    assert [bar["name"] for bar in parity["data"]] == ["base", "billa-zh"]
    for figure in (cost, parity):
        assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [1]
    alone = table[table["tokenizer"] == "base"]
    shown = tokenizers.show_tokenizers(alone, {"base": "#000"})
    assert "fertility-cost_ratio" not in shown["figures"]


def test_summary_claims_what_the_test_allows(study):
    table = read_table(study["table"])
    assert summary.summarise(table) == (
        "On ui_en-zh, x-smollm2-zh reaches 12.7 [10.1, 15.3] BLEU against 0.1 for base, "
        "significantly better (p < 0.001)."
    )
    chance = table.assign(p_holm=table["p_holm"].where(table["p_holm"].isna(), 0.2))
    assert "may be chance (p = 0.200" in summary.summarise(chance)
    untested = table.assign(p_holm=float("nan"))
    assert "no significance test was made" in summary.summarise(untested)


def test_verdicts_sort_columns_by_significance(study):
    billa = summary.judge_models(read_table(study["table"]))[1]
    assert {part.finding: part.columns for part in billa.parts} == {
        "significantly better": "ui_en-zh (BLEU, chrF)",
        "significantly worse": "ui_zh-en (chrF)",
        "no significant difference": "ui_zh-en (BLEU)",
        "untested, better": "gloss_zh (accuracy), text_zh (bits/byte)",
        "untested, worse": "text_zh (perplexity), text_en (bits/byte, perplexity)",
    }


def test_chains_follow_parents_past_models_without_training():
    parents = {"s3": "s2", "s2": "s1", "s1": "extended", "extended": "base", "x": "base"}
    assert training.group_chains(["s3", "x", "s1", "s2"], parents) == [["s1", "s2", "s3"], ["x"]]


def test_predictions_of_another_task_are_refused(study, tmp_path):
    path = tmp_path / "gloss_zh.jsonl"
    path.write_text(json.dumps({"id": "1", "input": "", "prediction": 2, "choices": []}) + "\n")
    arguments = ["--title", "T", "--scores-table", str(study["table"]), "--output", "never.html"]
    with pytest.raises(InputError, match=r"gloss_zh.jsonl:1: no key 'references'"):
        write([*arguments, "--translations", f"{MODELS[0]}={path}"])


def test_a_metric_without_a_better_direction_is_judged_neither_way(study):
    table = read_table(study["table"])
    other = table.replace({"metric": {"bleu": "length_ratio", "chrf": "length_ratio"}})
    cell = format_column(other[other["metric"] == "length_ratio"].iloc[:2])["base"]
    assert (cell.gain, cell.best) == ("", False)
    assert "length" not in summary.summarise(other)


def test_a_column_without_scores_is_a_dash_and_no_claim(study):
    table = read_table(study["table"])
    table.loc[table["metric"] == "bleu", ["score", "low", "high", "change", "p_holm"]] = None
    assert summary.summarise(table) == "No model has a score on ui_en-zh (BLEU)."
    cells = format_column(table[(table["benchmark"] == "ui_en-zh") & (table["metric"] == "bleu")])
    assert {cell.text for cell in cells.values()} == {"–"}


def test_a_column_of_equal_scores_has_no_best(study):
    table = read_table(study["table"]).assign(score=1.0)
    rows = table[(table["benchmark"] == "ui_en-zh") & (table["metric"] == "bleu")]
    assert not any(cell.best for cell in format_column(rows).values())


def test_the_checks_of_the_base_name_the_way_that_is_taken_and_what_is_refused(page):
    text = "".join(page.text.split())
    assert "thesumofsingleonessdpa,oneexamplearow2e-07sdpa:3e-04" in text
    assert "refusedwhereitisneeded" in text and "nogradientreacheslora_A" in text


def read_section(html: str, name: str) -> tuple[str, str]:
    """Return a section as HTML, and its text."""
    start = html.index(f'id="{name}"')
    section = html[start : html.index("</section>", start)]
    return section, " ".join(re.sub("<[^>]+>", " ", section).split())


def test_the_data_of_each_stage_is_told_by_source(html):
    _, text = read_section(html, "training_data")
    assert "x-smollm2-zh ui_en-zh 800 2.5 90,000 90.0 % 30,000 – –" in text
    assert "everyday_zh 40 0.4 10,000 10.0 % 9,000 7 (10.0 %) –" in text


def test_what_cleaning_dropped_is_counted_and_shown(html):
    section, text = read_section(html, "cleaning")
    assert "records number share horizon_en-zh read 4,000" in text
    assert "read 4,000 100.00 % not zh 900 22.50 % near-duplicate 55 1.38 % left 3,045" in text
    assert "near-duplicate c4 Delete! Delete it" in text
    assert "Delete | &lt;b&gt;Delete&lt;/b&gt;" in section


def test_what_was_dropped_of_the_benchmarks_is_counted_and_shown(html):
    section, text = read_section(html, "overlap")
    assert "horizon_en-zh 3,045 43 2 3,000 0 ui_en-zh 42, gloss_zh 3" in text
    assert "sanguo_zh – – – 2,534 0 –" in text
    assert "would have stopped the study" in text
    assert text.index("81 %") < text.rindex("equal")
    assert "Delete this &lt;b&gt;page&lt;/b&gt; | 删除" in section
