"""docs/extending.md is carried out in a copy of the repository, and what it adds works.

Each test runs the commands that the page shows under a heading, and looks at what they made.
"""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml

from scripts.common.files import ROOT, read_json, read_jsonl, sha256, write_jsonl, write_text
from tests.support import report_study
from tests.support.pages import Block, blocks, commands

PAGE = ROOT / "docs/extending.md"
HEAD = re.compile(r"# (\+ )?(\S+)\n")
# The page by its headings, and a heading's block of commands.
PARTS = dict(part.split("\n", 1) for part in PAGE.read_text(encoding="utf-8").split("\n## ")[1:])
CONSOLE = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# Scripts of the copy in one process, for torch takes seconds to load.
SCRIPTS_RUN = """
import importlib, json, pathlib, sys
from tests.support.tiny_model import make_tiny_model

make_tiny_model(pathlib.Path(sys.argv[1]))
for name, *options in json.loads(sys.argv[2]):
    script = importlib.import_module(f"scripts.{name}")
    script.main(script.parser().parse_args(options))
"""
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


def run(folder: Path, *words: str | Path, status: int = 0) -> str:
    """Run a command in the copy with this Python and Snakemake; return what it printed."""
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    done = subprocess.run(
        [*map(str, words)], cwd=folder, capture_output=True, text=True,
        env=os.environ | {"PYTHONPATH": str(folder), "PATH": places, "OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    assert done.returncode == status, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout + done.stderr


def run_module(folder: Path, *words: str | Path, status: int = 0) -> str:
    """Run a module of the copy."""
    return run(folder, sys.executable, "-m", *words, status=status)


def show(folder: Path, heading: str) -> str:
    """Run the commands under a heading of the page; return what they printed."""
    (console,) = CONSOLE.findall(PARTS[heading])
    shown = commands(Block(f"{PAGE.name}: {heading}", console))
    return "".join(run(folder, *shlex.split(command)) for command in shown)


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
        data={"be": "django_en-be.be"},
        models={
            "more": {"from": "base", "extend": {"be": 100}},
            "x": {"from": "more", "recipe": "careful", "data": "everyday_en + be"},
        },
        main="x",
        compare=["base", "x"],
        benchmarks={"ui_en-zh": {"metrics": ["kept_digits"]}, "second-half_en": {}},
        run={"engine": "traced"},
    )  # fmt: skip
    targets = ["results/ui_en-zh.kept_digits", "results/base/second-half_en.chrf", "all"]
    found = run(extended, "snakemake", *targets, "-n", "-p", "--configfile", "study.yaml")
    assert r"be=[\u0400-\u04ff]" in found
    assert "--metric kept_digits" in found and "--epsilon 1e-06" in found
    assert "results/predictions/base/second-half_en.jsonl" in found


def test_the_language_has_benchmarks(extended):
    """Its letters come from the entry; what may be in a piece matches its words and no English."""
    found = show(extended, "A language")
    entry = yaml.safe_load((extended / "registry/languages.yaml").read_text("utf-8"))["be"]
    letters, pattern = entry["letters"], entry["graft"]
    assert f"--target-letters '{letters}'" in found and "--source-name English" in found
    assert re.fullmatch(f"{pattern}+", "мова") and not re.match(pattern, "word")


def test_the_loader_makes_a_corpus(extended):
    """Snakemake fetches the file and builds the corpus: a record a paragraph."""
    show(extended, "A data loader")
    records = pd.read_parquet(extended / "results/corpora/licence-text_en.parquet")
    paragraphs = (ROOT / "LICENSE").read_text(encoding="utf-8").split("\n\n")
    assert len(records) == sum(bool(text.strip()) for text in paragraphs)


def test_the_task_makes_a_benchmark(extended):
    """A record a paragraph, which `generate` puts to a model and chrF scores."""
    found = show(extended, "A task")
    asked = read_jsonl(extended / "results/benchmarks/second-half_en.jsonl")
    records = pd.read_parquet(extended / "results/corpora/licence-text_en.parquet")
    assert {record["task"] for record in asked} == {"continuation"}
    assert [record["input"] + record["output"] for record in asked] == list(records["text"])
    assert "scripts.infer.answer_benchmarks" in found and "--metric chrf" in found
    answers = [{**record, "prediction": record["output"]} for record in asked]
    assert score(extended, "chrf", answers)["score"] == 100.0


def test_the_metric_scores(extended):
    """The score, its interval and its signature of two predictions."""
    assert "--metric kept_digits" in show(extended, "A metric")
    shared = {"task": "translation", "instruction": "", "input": "", "output": ""}
    found = score(
        extended,
        "kept_digits",
        [
            {"id": "a", **shared, "references": ["12 of 34"], "prediction": "1 and 2"},
            {"id": "b", **shared, "references": ["2026"], "prediction": "2026"},
        ],
    )
    assert found["score"] == 75.0 and "reference" in json.dumps(found["signature"])


def score(folder: Path, metric: str, predictions: list[dict]) -> dict:
    """Score predictions by the script of the copy."""
    write_jsonl(folder / "p.jsonl", predictions)
    run_module(
        folder, "scripts.score.score_predictions", "--metric", metric, "--predictions",
        "p.jsonl", "--model", "x", "--benchmark", "ui_en-zh", "--output", "score.json",
        "--records", "records.jsonl",
    )  # fmt: skip
    return read_json(folder / "score.json")


def test_the_key_is_an_option_a_schema_and_a_line(extended):
    """One field is enough for all three."""
    assert "--epsilon" in show(extended, "A recipe's key")
    schema = yaml.safe_load((extended / "schemas/recipe.schema.yaml").read_text(encoding="utf-8"))
    assert schema["properties"]["epsilon"]["exclusiveMinimum"] == 0
    assert "| `epsilon` | number, more than 0 |" in (extended / "docs/study.md").read_text("utf-8")


def test_the_section_is_on_the_page(extended):
    """It has its place in the navigation and prints what it found."""
    assert "write_report" in show(extended, "A report section")
    study = report_study.write_study(extended / "report")
    table = extended / "main"
    run_module(
        extended, "scripts.tables.tabulate_scores", *report_study.tabulate_arguments(study, table)
    )
    write_text(extended / "settings.json", '{"models": {"x-zh": {"from": "base"}}}')
    run_module(
        extended, "scripts.report.write_report", "--title", "T",
        "--scores-table", table.with_suffix(".csv"),
        "--settings", "settings.json", "--output", "report.html",
    )  # fmt: skip
    page = (extended / "report.html").read_text(encoding="utf-8")
    assert '<a href="#descent">Descent</a>' in page and "<li>x-zh comes from base</li>" in page


def test_the_examples_keep_the_style(extended):
    """What is added passes the checks that everything passes."""
    run_module(extended, "ruff", "check", "scripts", "tests")
    run_module(extended, "ruff", "format", "--check", "scripts", "tests")


def test_every_thing_that_can_be_added_is_in_the_summary():
    """The table above has a line a heading."""
    assert all(f"](#{anchor(heading)})" in PAGE.read_text("utf-8") for heading in PARTS)


def anchor(heading: str) -> str:
    """Return the anchor that GitHub gives a heading."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_the_engine_passes_its_test(extended):
    """The page's own test runs, and the test of all engines."""
    assert show(extended, "An engine").startswith("......")  # one of the page, five engines


def test_the_engine_is_refused_on_several_devices(extended):
    """Each would train by itself: what does not say that it shares a stage gets one."""
    words = ("scripts.plan.plan_memory", "--engine", "traced", "--devices", "2")
    assert "found traced with 2 devices" in run_module(extended, *words, status=1)


def test_the_engine_trains_a_stage_to_the_same_weights(extended, tmp_path):
    """`train_model` takes it by its name, and the recipe's key too, which changes them."""
    corpus, base, packed = tmp_path / "toy_en.parquet", tmp_path / "base", tmp_path / "packed"
    texts = [{"id": str(n), "text": f"A paragraph of {n} words, more or less."} for n in range(40)]
    pd.DataFrame(texts).to_parquet(corpus)
    part = {"dataset": "toy_en", "kind": "text", "languages": ["en"], "names": ["English"],
            "side": None, "start": 0, "stop": None}  # fmt: skip
    packing = [
        "pack.pack_examples", "--tokenizer", base, "--corpora", corpus, "--output", packed,
        "--mixture", json.dumps([{"name": "all", "weight": None, "parts": [part]}]),
        "--objective", "text", "--length", "64", "--batch", "2", "--steps", "3", "--seed", "1",
    ]  # fmt: skip
    training = [
        "train.train_model", "--model", "x", "--parent", base, "--packed", packed, "--threads", "1",
        "--batch", "2", "--learning-rate", "1e-2", "--seed", "1",
    ]  # fmt: skip
    runs = {"single": [], "traced": ["--engine", "traced"], "epsilon": ["--epsilon", "0.1"]}
    scripts = [packing]
    for name, more in runs.items():
        saved = ["--checkpoints", tmp_path / f"{name}-saved", "--output", tmp_path / name]
        scripts.append([*training, *more, *saved])
    write_text(extended / "scripts_run.py", SCRIPTS_RUN)
    run_module(extended, "scripts_run", base, json.dumps(scripts, default=str))
    weights = {name: sha256(tmp_path / name / "model.safetensors") for name in runs}
    assert weights["traced"] == weights["single"] != weights["epsilon"]
    recipe = read_json(tmp_path / "single/stage.json")["recipe"]
    assert "epsilon" not in recipe  # so that a new key trains nothing again
