"""A paper's table of made-up scores, tabulated."""

from pathlib import Path

from scripts.common.files import write_json
from scripts.study.paper_tables import FOLDER, load_tables
from scripts.tables import tabulate_published

UNDERSTANDING = {"base": [20.0, 25.5, 26.0], "billa-sft": [30.0, 56.0, 70.0]}
BENCHMARKS = ["logiqa_zh", "c3-d-test_zh", "c3-m_zh"]


def write_score(folder: Path, model: str, column: str, score: float, **more) -> str:
    """Write a score file as the score phase leaves it."""
    benchmark, metric = column.split(".")
    path = folder / model / column
    record = {"model": model, "benchmark": benchmark, "metric": metric, "score": score}
    write_json(path, record | {"interval": [score - 3, score + 3], "n": 9, "signature": "x"} | more)
    return str(path)


def write_comparison(folder: Path, model: str, column: str, p_value: float) -> str:
    """Write a comparison with base."""
    benchmark, metric = column.split(".")
    path = folder / "comparisons" / model / f"{column}.json"
    record = {"model": model, "baseline": "base", "benchmark": benchmark, "metric": metric}
    write_json(path, record | {"difference": 10.0, "p_value": p_value})
    return str(path)


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
        *("--scores", *scores, "--comparisons", *comparisons),
    )  # fmt: skip
