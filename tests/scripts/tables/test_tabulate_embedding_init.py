"""The ablation's table: a row a method, columns for the texts before and after a stage."""

from pathlib import Path

import pandas as pd
import pytest

from scripts.common.errors import InputError
from scripts.common.files import write_json
from scripts.report.inputs import Inputs
from scripts.report.sections import embedding_init
from scripts.tables import tabulate_embedding_init
from scripts.tables.table import MISSING
from tests.support.scoring import made_comparison, made_score

TEXTS = ("text_zh", "text_en")
BITS = {  # of Chinese and English
    "base": (2.41, 0.94),
    "grown": (2.6, 0.95),
    "grown.mean": (3.1, 0.97),
    "trained": (1.7, 0.96),
    "trained.mean": (1.9, 0.98),
}


def write_scores(folder: Path) -> tuple[list[Path], list[Path]]:
    scores = [
        made_score(folder, model, f"{text}.bpb", score, half=0.1, n=16)
        for model, bits in BITS.items()
        for text, score in zip(TEXTS, bits, strict=True)
    ]
    found = {"difference": 0.2, "p_randomisation": 0.002}
    comparisons = [
        made_comparison(folder, model[:-5], model, f"{text}.bpb", 0.001, **found)
        for model in BITS
        if model.endswith(".mean")
        for text in TEXTS
    ]
    return scores, list(dict.fromkeys(comparisons))


def tabulate(folder: Path, *more: str) -> Path:
    scores, comparisons = write_scores(folder)
    command = ["--parent", "base", "--after", "trained", "--baseline", "subtokens"]
    command += ["--methods", "mean=grown.mean,trained.mean", "subtokens=grown,trained"]
    command += ["--scores", *map(str, scores), "--comparisons", *map(str, comparisons)]
    command += ["--output-stem", str(folder / "embedding_init"), *more]
    tabulate_embedding_init.main(tabulate_embedding_init.parser().parse_args(command))
    return folder / "embedding_init.csv"


@pytest.fixture(scope="module")
def path(tmp_path_factory) -> Path:
    return tabulate(tmp_path_factory.mktemp("ablation"))


def test_a_row_a_method_and_the_parent_at_the_start_only(path):
    table = pd.read_csv(path)
    assert list(dict.fromkeys(table["model"])) == ["base", "mean", "subtokens"]
    assert list(dict.fromkeys(table["benchmark"])) == [
        "step 0: text_zh", "step 0: text_en", "after trained: text_zh", "after trained: text_en",
    ]  # fmt: skip
    by_model = table.groupby("model")["benchmark"].count()
    assert by_model.to_dict() == {"base": 2, "mean": 4, "subtokens": 4}


def test_changes_are_from_the_studys_own_method_and_tested(path):
    table = pd.read_csv(path).set_index(["model", "benchmark"])
    changed = table.loc["mean", "after trained: text_zh"]
    assert (changed["score"], changed["change"], changed["significant"]) == (1.9, 0.2, "yes")
    assert changed["p_holm"] == pytest.approx(4 * 0.002)
    assert pd.isna(table.loc["subtokens", "after trained: text_zh"]["change"])
    assert pd.isna(table.loc["base", "step 0: text_zh"]["p_value"])


def test_markdown_and_latex_say_the_same(path):
    page = path.with_suffix(".md").read_text()
    assert (
        page.startswith("| method ")
        and "| mean " in page
        and "1.900 [1.800, 2.000] (+0.200)\\*" in page
    )
    latex = path.with_suffix(".tex").read_text()
    assert r"\label{tab:embedding_init}" in latex and "after trained" in latex


def test_the_report_draws_each_text_and_moment(path):
    section = embedding_init.show_ablation(path)
    rows = section["table"].rows
    assert [row.labels for row in rows] == [("base",), ("mean",), ("subtokens",)]
    assert rows[0].cells[2] is MISSING
    assert list(section["figures"]) == [f"embedding-init-{index}" for index in range(4)]
    assert embedding_init.build(Inputs("no ablation", path)) is None


def test_a_score_of_no_method_is_refused(tmp_path):
    record = {"model": "grwn", "benchmark": "text_zh", "metric": "bpb", "score": 1.0}
    write_json(tmp_path / "x.json", record)
    with pytest.raises(InputError, match=r"x\.json: model 'grwn' is of no method; did you mean"):
        tabulate(tmp_path, "--scores", str(tmp_path / "x.json"))
    with pytest.raises(InputError, match=r"--baseline 'sub' is not among --methods"):
        tabulate(tmp_path, "--baseline", "sub")
