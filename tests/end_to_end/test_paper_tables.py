"""x-LLM's tables end to end: tiny models over the published files of Flores-101 and XQuAD."""

import csv
import os
import re

import pytest

from scripts.common.files import ROOT, read_json
from tests.support.tiny_study import prepare_folder, snakemake

HOST = "raw.githubusercontent.com"
MIRROR = os.environ.get("LINGRAFT_MIRROR", "")
STUDY = str(ROOT / "tests" / "support" / "papers.yaml")

pytestmark = pytest.mark.skipif(
    not os.path.isdir(os.path.join(MIRROR, HOST)),
    reason="LINGRAFT_MIRROR does not name a folder with the benchmarks",
)


@pytest.fixture(scope="module")
def study(tmp_path_factory):
    """The folder of the study, its tables and report made."""
    folder = prepare_folder(tmp_path_factory.mktemp("papers") / "study")
    snakemake(folder, "--cores", "2", "all", "--configfile", STUDY)
    return folder


def read_table(study, name):
    """Return a table's long form."""
    with (study / f"results/tables/{name}.csv").open(encoding="utf-8") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("name", ["x_llm_qa", "x_llm_flores"])
def test_every_cell_is_our_score_or_has_a_reason(study, name):
    rows = [row for row in read_table(study, name) if row["model"]]
    scored = [row for row in rows if row["ours"]]
    # Chinese and Greek by two systems, answers in two metrics.
    assert len(scored) == {"x_llm_qa": 8, "x_llm_flores": 4}[name]
    for row in scored:
        path = f"results/{row['model']}/{row['benchmark']}.{row['metric']}"
        score = read_json(study / path)
        assert float(row["ours"]) == pytest.approx(score["score"])
        assert [float(row["low"]), float(row["high"])] == pytest.approx(score["interval"])
        assert (row["p_value"] != "") == (row["model"] != "base")
    assert all(row["ours_reason"] for row in rows if not row["ours"])


def test_the_language_of_a_column_picks_the_model(study):
    rows = [row for row in read_table(study, "x_llm_flores") if row["system"] == "x-LLaMA-7B"]
    models = {row["heading"]: row["model"] for row in rows if row["ours"]}
    assert models == {"el": "x-llama-el", "zh": "x-llama-zh"}


def test_the_report_shows_the_tables_and_the_matrix(study):
    page = (study / "results/report.html").read_text(encoding="utf-8")
    assert 'id="table-x-llm-qa"' in page and 'id="table-x-llm-flores"' in page
    assert re.search(r'data-chooses="matrix-flores"', page)


def test_all_forms_of_the_tables_are_made_and_nothing_is_left_to_do(study):
    for name in ("x_llm_qa", "x_llm_flores"):
        for ending in ("md", "tex"):
            assert (study / f"results/tables/{name}.{ending}").stat().st_size > 1000
    again = snakemake(study, "--cores", "2", "--dry-run", "tables", "--configfile", STUDY)
    assert "Nothing to be done" in again.stdout
