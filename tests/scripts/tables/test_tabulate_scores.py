"""The main table says what the score files say, in three forms, the same bytes each time."""

import csv
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json, read_jsonl, write_json, write_jsonl
from scripts.tables import print_table, tabulate_scores
from scripts.tables.decimals import count_decimals
from tests.support.report_study import COLUMNS, MODELS, tabulate_arguments, write_study


def tabulate(arguments: list[str]) -> None:
    tabulate_scores.main(tabulate_scores.parser().parse_args(arguments))


@pytest.fixture(scope="module")
def stem(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    tabulate(tabulate_arguments(write_study(folder), folder / "tables/main"))
    return folder / "tables/main"


def change_lines(path: Path, **changes: object) -> None:
    write_jsonl(path, [line | changes for line in read_jsonl(path)])


def read_rows(stem: Path) -> dict[tuple[str, str], dict[str, str]]:
    with stem.with_suffix(".csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    return {(row["model"], f"{row['benchmark']}.{row['metric']}"): row for row in rows}


def markdown_cells(stem: Path) -> dict[tuple[str, str], str]:
    lines = stem.with_suffix(".md").read_text(encoding="utf-8").splitlines()
    table = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if line[:1] == "|"]
    columns = [head.split()[0] for head in table[0]]
    return {
        (row[0], column): cell
        for row in table[2:]
        for column, cell in zip(columns[1:], row[1:], strict=True)
    }


def test_csv_has_a_line_for_each_score_in_the_given_order(stem):
    assert list(read_rows(stem)) == [(model, column) for model in MODELS for column in COLUMNS]


def test_csv_keeps_score_interval_test_and_origin(stem):
    row = read_rows(stem)["x-smollm2-zh", "ui_en-zh.bleu"]
    assert (row["score"], row["low"], row["high"]) == ("12.71", "10.11", "15.31")
    assert (row["change"], row["p_value"], row["significant"]) == ("12.66", "0.0001", "yes")
    assert row["n"] == "96"
    assert row["signature"].startswith("metric:bleu|nrefs:1|")
    assert row["predictions"] == "results/predictions/x-smollm2-zh/ui_en-zh.jsonl"


def test_untested_change_is_given_without_a_verdict(stem):
    row = read_rows(stem)["billa-zh", "gloss_zh.accuracy"]
    assert (row["change"], row["p_value"], row["significant"]) == ("0.089", "", "")
    assert "*" not in markdown_cells(stem)["billa-zh", "gloss_zh.accuracy"].replace("**", "")


def test_baseline_has_no_change(stem):
    assert read_rows(stem)["base", "ui_en-zh.bleu"]["change"] == ""
    assert markdown_cells(stem)["base", "ui_zh-en.bleu"] == "3.1 [1.7, 4.5]"


def test_best_is_bold_in_the_metrics_own_direction(stem):
    cells = markdown_cells(stem)
    assert cells["x-smollm2-zh", "ui_en-zh.bleu"].startswith("**12.7** ")
    assert cells["billa-zh", "text_zh.bpb"].startswith("**1.644** ")
    assert cells["base", "text_en.ppl"].startswith("**14.3** ")
    for column in COLUMNS:
        assert sum("**" in cells[model, column] for model in MODELS) == 1


def test_star_marks_significant_changes_only(stem):
    cells = markdown_cells(stem)
    assert cells["x-smollm2-zh", "ui_en-zh.bleu"].endswith(r"(+12.7)\*")
    assert cells["billa-zh", "ui_zh-en.bleu"].endswith("(+0.3)")
    assert cells["billa-zh", "ui_zh-en.chrf"].endswith(r"(-1.2)\*")


def test_head_shows_the_better_direction_and_notes_name_the_test(stem):
    text = stem.with_suffix(".md").read_text(encoding="utf-8")
    assert "ui_en-zh.bleu ↑" in text and "text_zh.ppl ↓" in text
    for fact in (
        "95 %",
        "n = 96",
        "nrefs:1|",
        "paired bootstrap and approximate randomisation, 1000 trials",
    ):
        assert fact in text


def test_a_score_that_was_never_made_is_a_dash(tmp_path):
    study = write_study(tmp_path)
    study["scores"].remove(tmp_path / "billa-zh/ui_en-zh.chrf")
    tabulate(tabulate_arguments(study, tmp_path / "main"))
    assert markdown_cells(tmp_path / "main")["billa-zh", "ui_en-zh.chrf"] == "–"


def test_two_runs_give_equal_bytes(stem, tmp_path):
    tabulate(tabulate_arguments(write_study(tmp_path), tmp_path / "main"))
    for suffix in (".csv", ".md", ".tex"):
        again = (tmp_path / "main").with_suffix(suffix).read_bytes()
        assert again == stem.with_suffix(suffix).read_bytes()


def test_latex_escapes_names_and_marks_best_and_star(stem):
    text = stem.with_suffix(".tex").read_text(encoding="utf-8")
    printed, _, comments = text.partition(r"\end{table}")
    assert r"ui\_en-zh" in printed and "ui_en-zh" not in printed
    assert all(line.startswith("% ") for line in comments.split("\n")[1:] if line)
    assert "signature metric:bleu|nrefs:1|" in comments and "nrefs" not in printed
    assert r"\textbf{12.7}$^{*}$ ($+12.7$)" in text
    body = text[text.index(r"\toprule") : text.index(r"\bottomrule")]
    rows = [line for line in body.splitlines() if " & " in line]
    assert {line.count(" & ") for line in rows} == {len(MODELS) + 1}
    assert text.isascii()


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_latex_compiles(stem, tmp_path):
    document = (
        r"\documentclass{article}\usepackage{booktabs}\begin{document}"
        f"\n{stem.with_suffix('.tex').read_text(encoding='utf-8')}\n" + r"\end{document}"
    )
    (tmp_path / "page.tex").write_text(document, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Overfull" not in run.stdout


def test_unknown_model_names_file_and_nearest(tmp_path):
    study = write_study(tmp_path)
    arguments = tabulate_arguments(study, tmp_path / "main")
    arguments[arguments.index("billa-zh")] = "billa-hz"
    with pytest.raises(
        InputError, match=r"ui_en-zh\.bleu: 'billa-zh' is not among --models.*'billa-hz'\?"
    ):
        tabulate(arguments)
    assert not (tmp_path / "main.csv").exists()


def test_comparison_with_another_baseline_is_refused(tmp_path):
    study = write_study(tmp_path)
    path = study["comparisons"][0]
    change_lines(path, baseline="billa-zh")
    with pytest.raises(InputError, match="found baseline 'billa-zh', expected 'base'"):
        tabulate(tabulate_arguments(study, tmp_path / "main"))


def test_a_score_without_an_interval_stands_alone(tmp_path):
    study = write_study(tmp_path)
    path = study["scores"][0]
    write_json(path, read_json(path) | {"interval": [None, None]})
    tabulate(tabulate_arguments(study, tmp_path / "main"))
    assert markdown_cells(tmp_path / "main")["base", "ui_en-zh.bleu"] == "0.1"


def test_half_a_score_file_is_refused_by_name(tmp_path):
    study = write_study(tmp_path)
    study["scores"][3].write_text('{"model": "ba')
    with pytest.raises(InputError, match=r"base/ui_en-zh\.chrf: .*not JSON .*delete it"):
        tabulate(tabulate_arguments(study, tmp_path / "main"))


def test_terminal_table_fits_100_columns_and_ends_with_the_report(stem, capsys):
    arguments = ["--table", str(stem.with_suffix(".csv")), "--report", "results/report.html"]
    print_table.main(print_table.parser().parse_args(arguments))
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert lines[-1] == "report: results/report.html"
    row = next(line for line in lines if line.startswith("ui_en-zh BLEU ↑"))
    assert row.split()[3:] == ["0.1", "12.7", "+12.7*", "8.4", "+8.3*"]


def test_a_star_needs_both_tests(tmp_path):
    study = write_study(tmp_path)
    for path in study["comparisons"]:
        change_lines(path, p_randomisation=0.3)
    tabulate(tabulate_arguments(study, tmp_path / "main"))
    assert {row["significant"] for row in read_rows(tmp_path / "main").values()} == {"", "no"}


@pytest.mark.parametrize("test", ["p_value", "p_randomisation"])
def test_a_comparison_without_a_test_is_refused_and_one_that_found_nothing_has_no_star(
    tmp_path, test
):
    study = write_study(tmp_path)
    for path in study["comparisons"]:
        change_lines(path, **{test: None})
    tabulate(tabulate_arguments(study, tmp_path / "main"))
    assert {row["significant"] for row in read_rows(tmp_path / "main").values()} == {""}
    assert not any(cell.endswith(r"\*") for cell in markdown_cells(tmp_path / "main").values())
    path = study["comparisons"][0]
    lines = [{key: line[key] for key in line if key != test} for line in read_jsonl(path)]
    write_jsonl(path, lines)
    with pytest.raises(InputError, match=f"no key '{test}', expected comparisons"):
        tabulate(tabulate_arguments(study, tmp_path / "main"))


def test_accuracies_below_one_percent_have_the_decimals_of_all_others():
    assert count_decimals("accuracy", [0.0, 0.4]) == count_decimals("accuracy", [40.0]) == 1
