"""A row of several seeds shows mean ± deviation over them beside its interval over records."""

import csv
import io
import shutil
import subprocess

import pytest
from rich.console import Console

from scripts.report.score_table import build_table, show_table
from scripts.tables import tabulate_scores
from scripts.tables.main_table import by_metric, list_columns, read_table
from scripts.tables.paper_view import read_view
from scripts.tables.print_table import explain_marks
from scripts.tables.terminal import draw_table
from tests.support.paper_table import tabulate, write_score
from tests.support.report_study import MODELS, tabulate_arguments, write_study
from tests.support.scoring import made_score

COLUMNS = ["ui_en-zh.bleu", "text_zh.bpb"]
NOTE = (
    "± is the mean and the standard deviation (n - 1) over models trained with several seeds "
    "(x-smollm2-zh: 1, 2, 3)"
)


@pytest.fixture(scope="module")
def stem(tmp_path_factory):
    """A table whose first trained model has two siblings: BLEU 12.71, 14.71 and 10.21."""
    folder = tmp_path_factory.mktemp("seeds")
    arguments = tabulate_arguments(write_study(folder), folder / "tables/main")
    columns = arguments[arguments.index("--columns") + 1 : arguments.index("--output-stem")]
    paths = [
        made_score(folder, f"x-smollm2-zh-s{seed}", column, score, 1.0)
        for column in columns
        for seed, score in ((2, 14.71), (3, 10.21))
    ]
    place = arguments.index("--scores") + 1
    arguments[place:place] = map(str, paths)
    seeds = ["x-smollm2-zh", "1=x-smollm2-zh", "2=x-smollm2-zh-s2", "3=x-smollm2-zh-s3"]
    tabulate_scores.main(tabulate_scores.parser().parse_args([*arguments, "--seeds", *seeds]))
    return folder / "tables/main"


def read_rows(stem):
    with stem.with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {
        row["model"]: row for row in rows if f"{row['benchmark']}.{row['metric']}" == COLUMNS[0]
    }


def test_the_long_form_has_mean_and_deviation_and_no_row_more(stem):
    rows = read_rows(stem)
    assert list(rows) == MODELS
    found = rows["x-smollm2-zh"]
    assert found["seeds"] == "1 2 3"
    assert float(found["seed_mean"]) == pytest.approx((12.71 + 14.71 + 10.21) / 3)
    # By hand: deviations 0.1667, 2.1667, -2.3333; their squares 10.1667, halved 5.0833.
    assert float(found["seed_deviation"]) == pytest.approx(5.08333**0.5, abs=1e-4)
    assert float(found["score"]) == 12.71 and float(found["low"]) == pytest.approx(10.11)
    assert (rows["base"]["seeds"], rows["billa-zh"]["seed_mean"]) == ("", "")


def test_every_form_shows_it_beside_the_interval_and_says_which_is_which(stem):
    markdown = stem.with_suffix(".md").read_text(encoding="utf-8")
    assert r"**12.7** [10.1, 15.3] (+12.7)\* 12.5 ± 2.3" in markdown
    assert NOTE in markdown and "the interval is over records." in markdown
    latex = stem.with_suffix(".tex").read_text(encoding="utf-8")
    assert r"{\scriptsize {[10.1, 15.3]}}" in latex and r"{\scriptsize {12.5 $\pm$ 2.3}}" in latex
    table = read_table(stem.with_suffix(".csv"))
    console = Console(width=100, file=io.StringIO())
    console.print(draw_table(by_metric(table), 100))
    assert "12.5 ± 2.3" in console.file.getvalue()
    cells = {row.labels[0]: row.cells[0] for row in build_table(table, "model").rows}
    assert (cells["x-smollm2-zh"].seeds, cells["base"].seeds) == ("12.5 ± 2.3", "")
    assert explain_marks(table).endswith("± mean and standard deviation over seeds")
    (found,) = show_table(table, {}, "score", charted=list_columns(table))["seeds"]
    assert found.startswith(NOTE)


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="no LaTeX is installed")
def test_latex_compiles(stem, tmp_path):
    text = stem.with_suffix(".tex").read_text(encoding="utf-8")
    page = (
        rf"\documentclass{{article}}\usepackage{{booktabs}}\begin{{document}}{text}\end{{document}}"
    )
    (tmp_path / "page.tex").write_text(page, encoding="utf-8")
    subprocess.run(["pdflatex", "-interaction=batchmode", "page.tex"], cwd=tmp_path, check=True)


def test_a_seed_that_has_no_score_leaves_no_mean(stem, tmp_path):
    study = write_study(tmp_path)
    arguments = tabulate_arguments(study, tmp_path / "main")
    seeds = ["x-smollm2-zh", "1=x-smollm2-zh", "2=x-smollm2-zh-s2"]
    tabulate_scores.main(tabulate_scores.parser().parse_args([*arguments, "--seeds", *seeds]))
    found = read_rows(tmp_path / "main")["x-smollm2-zh"]
    assert (found["seeds"], found["seed_mean"], found["score"]) == ("1 2", "", "12.71")
    assert " ± " not in (tmp_path / "main.md").read_text(encoding="utf-8").partition("\n\n")[0]


def test_a_papers_table_has_them_too(tmp_path):
    column = "c3-m_zh.accuracy"
    found = {"base": 26.0, "billa-sft": 70.0, "billa-sft-s2": 74.0}
    scores = [write_score(tmp_path, model, column, score) for model, score in found.items()]
    stem = tabulate(
        "billa-understanding", tmp_path,
        *("--systems", "BiLLa-7B-SFT=billa-sft", "BELLE-LLaMA-Ext-7B=base"),
        *("--models", *found, "--columns", column, "--scores", *scores),
        *("--seeds", "billa-sft", "1=billa-sft", "2=billa-sft-s2"),
    )  # fmt: skip
    markdown = stem.with_suffix(".md").read_text(encoding="utf-8")
    assert "[67.0, 73.0] 72.0 ± 2.8" in markdown and "(billa-sft: 1, 2)" in markdown
    assert r"72.0 $\pm$ 2.8" in stem.with_suffix(".tex").read_text(encoding="utf-8")
    cells = [
        cell for row in read_view(stem.with_suffix(".csv")).panels[0].rows for cell in row.cells
    ]
    assert [cell.seeds for cell in cells if cell.seeds] == ["72.0 ± 2.8"]
