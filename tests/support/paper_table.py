"""A paper's table of made-up scores, tabulated."""

from pathlib import Path

from scripts.common.files import read_json, write_json
from scripts.study.paper_tables import FOLDER, load_tables
from scripts.tables import tabulate_published
from tests.support.scoring import made_comparison, made_score

UNDERSTANDING = {"base": [20.0, 25.5, 26.0], "billa-sft": [30.0, 56.0, 70.0]}
BENCHMARKS = ["logiqa_zh", "c3-d-test_zh", "c3-m_zh"]


def write_score(folder: Path, model: str, column: str, score: float, **more) -> str:
    """Write a score file as the score phase leaves it; `more` joins it."""
    path = made_score(folder, model, column, score, half=3, n=9)
    write_json(path, read_json(path) | more)
    return str(path)


def write_comparison(folder: Path, model: str, column: str, p_value: float) -> str:
    """Write a comparison with base."""
    return str(made_comparison(folder, "base", model, column, p_value))


def tabulate(table: str, folder: Path, *options: str) -> Path:
    """Run the script on one table; return the files' stem."""
    stem = folder / load_tables()[table].name
    arguments = ["--table", table, *options, "--output-stem", str(stem)]
    if "--published" not in options:
        arguments += ["--published", str(FOLDER / f"{table}.csv")]
    tabulate_published.main(tabulate_published.parser().parse_args(arguments))
    return stem


def understanding(folder: Path) -> Path:
    """Tabulate BiLLa's second table for a base and a tuned model."""
    scores = [
        write_score(folder, model, f"{benchmark}.accuracy", score)
        for model, found in UNDERSTANDING.items()
        for benchmark, score in zip(BENCHMARKS, found, strict=True)
    ]
    comparisons = [
        write_comparison(folder, "billa-sft", f"{benchmark}.accuracy", p_value)
        for benchmark, p_value in zip(BENCHMARKS, [0.03, 0.001, 0.02], strict=True)
    ]
    return tabulate(
        "billa-understanding", folder,
        *("--systems", "BiLLa-7B-SFT=billa-sft", "BELLE-LLaMA-Ext-7B=base"),
        *("--models", *UNDERSTANDING, "--columns", *(f"{name}.accuracy" for name in BENCHMARKS)),
        *("--scores", *scores, "--comparisons", *dict.fromkeys(comparisons)),
    )  # fmt: skip
