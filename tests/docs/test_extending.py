"""docs/extending.md is carried out in a copy of the repository, and what it adds works."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from scripts.common.files import ROOT, read_json, read_jsonl, write_jsonl, write_text
from tests.support import report_study
from tests.support.pages import blocks

PAGE = ROOT / "docs/extending.md"
HEAD = re.compile(r"# (\+ )?(\S+)\n")
SKIPPED = shutil.ignore_patterns(".*", "results", "manual", "__pycache__", "studies")


@pytest.fixture(scope="module")
def extended(tmp_path_factory) -> Path:
    """A copy of the repository with everything that the page adds."""
    folder = tmp_path_factory.mktemp("extended") / "lingraft"
    shutil.copytree(ROOT, folder, ignore=SKIPPED)
    for language in ("python", "yaml", "jinja"):
        for block in blocks(PAGE, language):
            head = HEAD.match(block.text)
            assert head, f"{block.place}: no file is named"
            path, text = folder / head[2], block.text[head.end() :]
            assert path.exists() == bool(head[1]), f"{block.place}: {head[2]}"
            before = path.read_text(encoding="utf-8") + "\n" if head[1] else ""
            write_text(path, before + text)
    for block in blocks(PAGE, "diff"):
        change(folder, block.place, block.text)
    return folder


def change(folder: Path, place: str, text: str) -> None:
    """Carry out a block that shows lines of a file, removed and added ones among them."""
    head = HEAD.match(text)
    assert head, f"{place}: no file is named"
    lines = text[head.end() :].splitlines(keepends=True)
    before = "".join(line[1:] for line in lines if line[0] in " -")
    after = "".join(line[1:] for line in lines if line[0] in " +")
    path = folder / head[2]
    content = path.read_text(encoding="utf-8")
    assert content.count(before) == 1, f"{place}: {head[2]} has not just one such place"
    write_text(path, content.replace(before, after))


def run(folder: Path, *words: str | Path) -> str:
    """Run a module of the copy; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", *map(str, words)], cwd=folder, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(folder)},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def write_study(folder: Path, **more: object) -> Path:
    """Write the default study with other keys; return its file."""
    study = yaml.safe_load((folder / "config.yaml").read_text(encoding="utf-8"))
    for key, value in more.items():
        study[key] = {**study[key], **value} if isinstance(value, dict) else value
    write_text(folder / "study.yaml", yaml.safe_dump(study))
    return folder / "study.yaml"


def test_a_study_with_everything_added_plans(extended):
    """A language to extend for, a task's benchmark, a metric and a recipe's key in one study."""
    write_study(
        extended,
        recipes={
            "careful": {"objective": "text", "length": 64, "batch": 2, "steps": 2,
                        "learning_rate": 1e-3, "epsilon": 1e-6},
        },
        models={"x": {"from": "base", "recipe": "careful", "data": "everyday_en"}},
        main="x",
        compare=["base", "x"],
        benchmarks={"ui_en-zh": {"metrics": ["kept_digits"]}, "second-half_en": {}},
        run={"engine": "traced"},
    )  # fmt: skip
    targets = ["results/ui_en-zh.kept_digits", "results/base/second-half_en.chrf", "all"]
    found = run(extended, "snakemake", *targets, "-n", "-p", "--configfile", "study.yaml")
    assert "--metric kept_digits" in found and "--epsilon 1e-06" in found
    assert "results/predictions/base/second-half_en.jsonl" in found


def test_the_language_has_pieces_of_its_script(extended):
    """The registry's checks pass, and what may be in a piece is what the entry says."""
    code = "from scripts.study.registry import Registry; print(Registry().languages['ru']['graft'])"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=extended, capture_output=True, text=True, check=True
    )
    pattern = found.stdout.strip()
    assert re.fullmatch(f"{pattern}+", "язык") and not re.match(pattern, "word")


def test_the_loader_and_the_task_make_data(extended):
    """Snakemake fetches the file, builds the corpus by the loader, and the benchmark of it."""
    write_study(extended, benchmarks={"second-half_en": {}})
    target = "results/benchmarks/second-half_en.jsonl"
    run(extended, "snakemake", target, "--cores", "1", "--configfile", "study.yaml")
    records = pd.read_parquet(extended / "results/corpora/licence-text_en.parquet")
    paragraphs = (ROOT / "LICENSE").read_text(encoding="utf-8").split("\n\n")
    assert len(records) == sum(bool(text.strip()) for text in paragraphs)
    asked = read_jsonl(extended / target)
    assert {record["task"] for record in asked} == {"continuation"}
    assert asked[0]["input"] + asked[0]["output"] == records["text"][0]


def test_the_metric_scores(extended):
    """The score, its interval and its signature of two predictions."""
    shared = {"task": "translation", "instruction": "", "input": "", "output": ""}
    write_jsonl(
        extended / "p.jsonl",
        [
            {"id": "a", **shared, "references": ["12 of 34"], "prediction": "1 and 2"},
            {"id": "b", **shared, "references": ["2026"], "prediction": "2026"},
        ],
    )
    run(
        extended, "scripts.score.score_predictions", "--metric", "kept_digits", "--predictions",
        "p.jsonl", "--model", "x", "--benchmark", "ui_en-zh", "--output", "score.json",
        "--records", "records.jsonl",
    )  # fmt: skip
    score = read_json(extended / "score.json")
    assert score["score"] == 75.0 and "reference" in json.dumps(score["signature"])


def test_the_key_is_an_option_a_schema_and_a_line(extended):
    """One field is enough for all three."""
    assert "--epsilon" in run(extended, "scripts.train.train_model", "--help")
    run(extended, "scripts.study.write_schemas")
    schema = yaml.safe_load((extended / "schemas/recipe.schema.yaml").read_text(encoding="utf-8"))
    assert schema["properties"]["epsilon"]["exclusiveMinimum"] == 0
    assert "| `epsilon` | number, more than 0 |" in (extended / "docs/study.md").read_text("utf-8")


def test_the_section_is_on_the_page(extended):
    """It has its place in the navigation and prints what it found."""
    study = report_study.write_study(extended / "report")
    table = extended / "main"
    run(
        extended,
        "scripts.tables.tabulate_scores",
        *report_study.tabulate_arguments(study, table),
    )
    write_text(extended / "settings.json", '{"models": {"x-zh": {"from": "base"}}}')
    run(
        extended, "scripts.report.write_report", "--title", "T",
        "--scores-table", table.with_suffix(".csv"),
        "--settings", "settings.json", "--output", "report.html",
    )  # fmt: skip
    page = (extended / "report.html").read_text(encoding="utf-8")
    assert '<a href="#descent">Descent</a>' in page and "<li>x-zh comes from base</li>" in page


def test_the_engine_passes_its_test(extended):
    """The page's own test runs, and the test of all engines."""
    tests = ["tests/scripts/train/test_traced.py", "tests/scripts/train/test_engines.py"]
    found = run(extended, "pytest", "-q", "-p", "no:cacheprovider", *tests)
    assert found.startswith("......")  # one of the page, five engines
