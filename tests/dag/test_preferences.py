"""Ratings of the page become a table, and without any one line says how to make some."""

import subprocess

from scripts.common.files import ROOT
from scripts.study.ratings import RATINGS_FILE, add_rating
from tests.support.own_study import command, run
from tests.support.ratings import rate

TABLE = "results/tables/preferences.md"


def test_ratings_become_a_table(tmp_path):
    study = str(ROOT / "config.yaml")
    none = subprocess.run(
        [*command(TABLE, study=study), "--cores", "1"], cwd=tmp_path, capture_output=True, text=True
    )
    expected = f"error: {TABLE}: no {RATINGS_FILE}; `make page` makes it"
    assert none.returncode == 1 and expected in none.stderr.splitlines()
    add_rating(rate("left", "x-smollm2-zh", "base"), tmp_path / RATINGS_FILE)
    add_rating(rate("up", "base"), tmp_path / RATINGS_FILE)
    run(tmp_path, TABLE, study=study)
    assert "| base  | x-smollm2-zh | 0.0 " in (tmp_path / TABLE).read_text()
    add_rating(rate("tie", "base", "x-smollm2-zh", question="another"), tmp_path / RATINGS_FILE)
    run(tmp_path, TABLE, study=study)
    assert "| base  | x-smollm2-zh | 25.0 " in (tmp_path / TABLE).read_text()
