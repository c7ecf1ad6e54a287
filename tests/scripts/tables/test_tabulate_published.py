"""A paper's table shows ours beside the published number, and never a zero for what is missing."""

import csv
import shutil
import subprocess
from pathlib import Path

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json, write_json
from scripts.study.paper_tables import FOLDER, find_places, load_tables
from scripts.tables.paper_rows import build_rows
from scripts.tables.paper_view import read_view
from scripts.tables.published import read_published
from tests.support.paper_table import (
    tabulate,
    understanding,
    write_score,
)


@pytest.fixture(scope="module")
def stem(tmp_path_factory) -> Path:
    return understanding(tmp_path_factory.mktemp("tables"))


def read_rows(stem: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Return the CSV by system and heading."""
    with stem.with_suffix(".csv").open(encoding="utf-8") as stream:
        return {(row["system"], row["heading"]): row for row in csv.DictReader(stream)}


def test_ours_published_and_difference_stand_side_by_side(stem):
    row = read_rows(stem)["BiLLa-7B-SFT", "C3-d"]
    assert (row["ours"], row["published"], row["difference"]) == ("56.0", "56.08", "-0.08")
    text = stem.with_suffix(".md").read_text(encoding="utf-8")
    for part in ("56.08", "56.0", "[53.0, 59.0]", "−0.1", "ours: billa-sft"):
        assert part in text


def test_a_star_holds_for_the_whole_table(stem):
    # Holm: 0.001 · 3, 0.02 · 2, then 0.03 · 1, but no smaller than the one before.
    rows = read_rows(stem)
    p_values = [
        float(rows["BiLLa-7B-SFT", name]["p_holm"]) for name in ("C3-d", "C3-m", "LogiQA-v2")
    ]
    assert p_values == pytest.approx([0.003, 0.04, 0.04])
    assert rows["BELLE-LLaMA-Ext-7B", "C3-d"]["p_holm"] == ""


def test_a_published_number_outside_our_interval_is_marked(stem):
    rows = read_rows(stem)
    assert rows["BiLLa-7B-SFT", "C3-m"]["outside"] == "yes"
    assert rows["BiLLa-7B-SFT", "C3-d"]["outside"] == "no"
    assert "70.0\\*†" in stem.with_suffix(".md").read_text(encoding="utf-8")


def test_two_runs_give_equal_bytes(stem, tmp_path):
    again = understanding(tmp_path)
    for ending in (".csv", ".md", ".tex"):
        assert again.with_suffix(ending).read_bytes() == stem.with_suffix(ending).read_bytes()


def test_missing_cells_are_dashes_with_a_reason(tmp_path):
    score = write_score(tmp_path, "x-llama-zh", "flores_en-zh.spbleu", 7.25)
    stem = tabulate(
        "x-llm-flores", tmp_path,
        *("--systems", "x-LLaMA-7B=x-llama-{language}", "--models", "base", "x-llama-zh"),
        *("--columns", "flores_en-zh.spbleu", "--scores", score),
    )  # fmt: skip
    with stem.with_suffix(".csv").open(encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    for row in rows:
        assert bool(row["ours"]) != bool(row["ours_reason"]), row
        assert bool(row["published"]) != bool(row["published_reason"]), row
    text = stem.with_suffix(".md").read_text(encoding="utf-8")
    notes = ("no model for", "not among the study's benchmarks", "not verified", "metrics of")
    for note in notes:
        assert note in text
    ours = next(line for line in text.splitlines() if "ours: x-llama-" in line)
    assert ours.split("|")[-2].strip() == "7.2 [4.2, 10.2]" and "–²" in ours
    assert " 0.0 " not in text


def test_numbers_of_other_texts_are_not_subtracted(tmp_path):
    score = write_score(tmp_path, "base", "text_en.ppl_paper", 9.0)
    stem = tabulate(
        "billa-perplexity", tmp_path,
        *("--systems", "Meta LLaMA 7B=base", "--models", "base"),
        *("--columns", "text_en.ppl_paper", "--scores", score),
    )  # fmt: skip
    row = read_rows(stem)["Meta LLaMA 7B", "en"]
    assert (row["ours"], row["published"], row["difference"]) == ("9.0", "5.11", "")
    assert "were not published" in row["difference_reason"]


def test_improvement_is_averaged_in_both_readings(tmp_path):
    languages = ["ar", "el", "hi", "tr", "vi", "zh"]
    columns = [f"xquad_{code}.match" for code in languages]
    columns += [f"mlqa_{code}.match" for code in ("ar", "hi", "vi", "zh")]
    scores = [write_score(tmp_path, "alpaca", column, 10.0) for column in columns]
    for column in columns:
        code = column.partition(".")[0].rpartition("_")[2]
        # Arabic doubles on XQuAD and triples on MLQA, every other language gains a tenth.
        score = {"xquad_ar.match": 20.0, "mlqa_ar.match": 30.0}.get(column, 11.0)
        scores.append(write_score(tmp_path, f"x-llama-{code}", column, score))
    models = ["alpaca", *(f"x-llama-{code}" for code in languages)]
    stem = tabulate(
        "x-llm-improvement", tmp_path,
        *("--systems", "Alpaca-7B=alpaca", "x-LLaMA-7B=x-llama-{language}"),
        *("--models", *models, "--columns", *columns, "--scores", *scores),
    )  # fmt: skip
    with stem.with_suffix(".csv").open(encoding="utf-8") as stream:
        rows = {row["heading"]: row for row in csv.DictReader(stream) if row["panel"] == "0"}
    assert float(rows["ar"]["ours"]) == pytest.approx(150)
    assert float(rows["average"]["ours"]) == pytest.approx((150 + 5 * 10) / 6)
    assert float(rows["of means"]["ours"]) == pytest.approx(100 * (25 + 5 * 11 - 60) / 60)
    assert rows["average"]["published"] == "27.83"


def test_judgements_show_their_counts(tmp_path):
    score = write_score(tmp_path, "x-zh", "mieval_zh.judge", 1.0, win=5, tie=3, loss=2)
    stem = tabulate(
        "x-llm-mieval", tmp_path,
        *("--systems", "x-LLaMA-7B=x-{language}", "--models", "base", "x-zh"),
        *("--columns", "mieval_zh.judge", "--scores", score),
    )  # fmt: skip
    text = stem.with_suffix(".md").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if "ours: x-zh" in line]
    assert [line.split("|")[-2].strip() for line in lines] == ["5", "3", "2"]


def test_a_score_without_the_detail_is_refused(tmp_path):
    score = write_score(tmp_path, "x-zh", "mieval_zh.judge", 1.0)
    with pytest.raises(InputError, match=r"mieval_zh\.judge: no key 'win'"):
        tabulate(
            "x-llm-mieval", tmp_path,
            *("--systems", "x-LLaMA-7B=x-{language}", "--models", "base", "x-zh"),
            *("--columns", "mieval_zh.judge", "--scores", score),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("P,1,r,c,S,b,m,ab,s,", "line 2: value: found 'ab', expected a number or nothing"),
        ("P,1,r,c,S,b,m,nan,s,", "line 2: value: found 'nan'"),
        ("P,1,r,c,S,b,m,1.0,,", "line 2: source: found nothing"),
        ("P,1,r,c,S,b,m,1.0,s,\nP,1,r,c,S,b,m,2.0,s,", "line 3: S, b, m is duplicated"),
    ],
)
def test_a_wrong_published_number_costs_one_line(tmp_path, row, message):
    path = tmp_path / "paper.csv"
    path.write_text(f"paper,table,row,column,system,benchmark,metric,value,source,reason\n{row}\n")
    with pytest.raises(InputError) as error:
        read_published(path)
    assert message in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("name", load_tables())
def test_every_published_number_has_its_cell_and_source(name):
    table = load_tables()[name]
    cells = {
        (system, column.benchmarks[0], panel.metric)
        for panel in table.panels
        for system in table.systems
        for column in panel.columns
    }
    averages = {
        (table.systems[0], name, p.metric) for p in table.panels for name in ("average", "of means")
    }
    numbers = read_published(table.published)
    assert set(numbers) <= cells | averages
    for number in numbers.values():
        assert number.source and (number.value is None) == bool(number.reason)


@pytest.mark.skipif(not shutil.which("pdflatex"), reason="pdflatex is not installed")
def test_latex_compiles(stem, tmp_path):
    test_missing_cells_are_dashes_with_a_reason(tmp_path)
    tables = [
        path.read_text(encoding="utf-8")
        for path in (stem.with_suffix(".tex"), tmp_path / "x_llm_flores.tex")
    ]
    assert all(text.isascii() for text in tables)
    page = "\n".join(
        [
            r"\documentclass{article}\usepackage{booktabs,graphicx}\begin{document}",
            *tables,
            r"\end{document}",
        ]
    )
    (tmp_path / "page.tex").write_text(page, encoding="utf-8")
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "page.tex"]
    run = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout[-2000:]
    assert "Overfull" not in run.stdout


@pytest.mark.parametrize(("before", "reason"), [(0.0, "score nothing"), (None, "could be scored")])
def test_no_improvement_over_nothing(tmp_path, before, reason):
    scores = [write_score(tmp_path, "x-el", "xquad_el.match", 5.0)]
    scores.append(write_score(tmp_path, "alpaca", "xquad_el.match", 5.0))
    record = read_json(tmp_path / "alpaca/xquad_el.match") | {"score": before}
    write_json(tmp_path / "alpaca/xquad_el.match", record)
    stem = tabulate(
        "x-llm-improvement", tmp_path,
        *("--systems", "Alpaca-7B=alpaca", "x-LLaMA-7B=x-{language}"),
        *("--models", "alpaca", "x-el", "--columns", "xquad_el.match", "--scores", *scores),
    )  # fmt: skip
    with stem.with_suffix(".csv").open(encoding="utf-8") as stream:
        row = next(row for row in csv.DictReader(stream) if row["heading"] == "el")
    assert row["ours"] == "" and reason in row["ours_reason"]


def test_a_published_number_without_a_place_is_named(tmp_path):
    """One letter of a name would hide it; a no-break space joins all the same."""
    text = (FOLDER / "billa-understanding.csv").read_text(encoding="utf-8")
    text = text.replace(",BiLLa-7B-SFT,c3-d-", ",BiLLa-7B-SFT,c4-d-")
    text = text.replace(",BiLLa-7B-SFT,log", ",BiLLa-7B-SFT\xa0,log")
    (tmp_path / "odd.csv").write_text(text, encoding="utf-8")
    stem = tabulate(
        "billa-understanding", tmp_path, "--systems", "BiLLa-7B-SFT=base", "--models", "base",
        *("--published", str(tmp_path / "odd.csv")),
    )  # fmt: skip
    shown = stem.with_suffix(".md").read_text(encoding="utf-8")
    assert "in no panel here: BiLLa-7B-SFT c4-d-test_zh accuracy 56.08." in shown
    assert "| 32.74" in shown
    assert "56.08" in stem.with_suffix(".tex").read_text(encoding="utf-8")
    assert read_view(stem.with_suffix(".csv")).remarks[-1].endswith("56.08.")


def test_every_published_number_has_a_place():
    """In the repository; a table's CSV has a row without a panel for one that has none."""
    for table in load_tables().values():
        rows = build_rows(
            table, find_places(table, {}, [], []), {}, {}, read_published(table.published), {}
        )
        assert rows["panel"].notna().all(), table.id


def test_what_x_llm_calls_bleu_is_spbleu():
    """Its eval/translation.bleu.py has sacrebleu's tokenizer flores101."""
    for name in ("x-llm-flores", "x-llm-multilingual", "x-llm-improvement"):
        table = load_tables()[name]
        found = {key[2]: number for key, number in read_published(table.published).items()}
        assert "spbleu" in found and "x-LLM calls BLEU is spBLEU" in table.caption
        assert "bleu" not in found or "stands under spbleu" in found["bleu"].reason
