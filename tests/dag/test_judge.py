"""The rules of the judge, run by Snakemake on predictions that are there."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from scripts.common.files import ROOT, read_json, read_jsonl, write_jsonl
from tests.support import judge_server
from tests.support.judge_stub import serve_judge
from tests.support.published_files import needs_mirror
from tests.support.served_study import write_results
from tests.support.tiny_model import make_tiny_model

RULES = ["judge_answers", "score_judgements", "compare_scores", "tabulate_judgements"]
RANKING = "results/tables/rankings/xquad_zh.md"
RULES += ["tabulate_rankings"]
CORRECT = "results/x-tiny-zh/xquad_zh.judge_correct"
TARGETS = [
    "results/comparisons/x-tiny-zh.jsonl",
    "results/x-tiny-zh/xquad_zh.judge_paper",
    "results/tables/reviews/x-tiny-zh/xquad_zh.md",
    RANKING,
]


def write_study(folder: Path, **judge: object) -> Path:
    """Write the tiny study with a judged benchmark, and what its base model is made of."""
    study = yaml.safe_load((ROOT / "tests/support/tiny.yaml").read_text())
    study["compare"] = ["base", "x-tiny-zh"]
    study["benchmarks"] = {"xquad_zh": {"metrics": ["judge", "judge_paper"]}}
    del study["embedding_init"]  # it measures text, of which there is none here
    study["score"] |= {"judge": {"model": "j", **judge}} if judge else {}
    make_tiny_model(folder / "tiny-base")
    path = folder / "study.yaml"
    path.write_text(yaml.safe_dump(study))
    return path


def snakemake(folder: Path, *options: str) -> subprocess.CompletedProcess:
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--configfile", "study.yaml", "--cores", "2", *options]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


@pytest.fixture
def folder(tmp_path):
    """A folder with the predictions of two models."""
    for model, answer in (("base", "短"), ("x-tiny-zh", "一个长得多的回答，因为它值得。")):
        records = [
            {"id": str(n), "task": "answer", "instruction": f"问题 {n}？", "prediction": answer}
            for n in range(6)
        ]
        write_jsonl(tmp_path / f"results/predictions/{model}/xquad_zh.jsonl", records)
    return tmp_path


def test_judgements_become_a_score_a_comparison_and_a_table(folder):
    # The first answer is the better one to this judge, whichever it is.
    with serve_judge(lambda body: "8 6\nBecause.") as judge:
        write_study(folder, base_url=judge.url, language_check=False)
        allowed = ["--allowed-rules", *RULES]
        done = snakemake(folder, *TARGETS, *allowed)
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(judge.asked) == 12
        assert "12 of 12 reviews to ask j" in done.stderr
        assert read_json(folder / "results/run.json")["judge"]["base_url"] == judge.url
        score = read_json(folder / "results/x-tiny-zh/xquad_zh.judge")
        assert score["score"] == 50 and score["orders"]["agreement"] == 0
        assert read_json(folder / "results/x-tiny-zh/xquad_zh.judge_paper")["score"] == 100
        assert "| x-tiny-zh | +0" in (folder / RANKING).read_text()
        by_both, by_paper = read_jsonl(folder / TARGETS[0])
        assert by_both["p_value"] == 1 and by_paper["metric"] == "judge_paper"
        # How fast, at what price and where the judge is asked changes no judgement.
        write_study(
            folder, base_url="http://elsewhere/v1", language_check=False, concurrency=9, timeout=5
        )
        done = snakemake(folder, *TARGETS, *allowed)
        assert "Nothing to be done" in done.stderr + done.stdout
        assert len(judge.asked) == 12


@judge_server.needs_server
def test_a_model_of_another_study_judges(folder, tiny_model, tmp_path_factory):
    """Served by its API; so small and random a model gives no scores, but a reason for each."""
    other = tmp_path_factory.mktemp("other")
    results = write_results(tiny_model, other / "results", window=2048)
    with judge_server.serve(other, "--results", results, "--model", "billa") as url:
        write_study(folder, base_url=url, model="billa", language_check=False, max_tokens=8)
        judged = "results/judgements/x-tiny-zh/xquad_zh.jsonl"
        done = snakemake(folder, judged, "--allowed-rules", "judge_answers")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "12 of 12 reviews to ask billa" in done.stderr
    judge_server.check_reviews(read_jsonl(folder / judged))


def test_a_judge_says_which_answers_are_correct(folder):
    """It needs no baseline's answers; a wording that compares only is replaced by our own."""
    with serve_judge(lambda body: "YES") as judge:
        write_study(folder, base_url=judge.url)
        allowed = ["--allowed-rules", "judge_correctness", "score_correctness"]
        done = snakemake(folder, CORRECT, *allowed)
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(judge.asked) == 6 and read_json(folder / CORRECT)["score"] == 100
        assert "brief" in read_json(folder / CORRECT)["signature"]


@needs_mirror
def test_published_answers_are_judged(folder):
    """ChatGLM's beside BiLLa's: no model of ours wrote either."""
    with serve_judge(lambda body: "7 6\n(7, 6)") as judge:
        write_study(folder, base_url=judge.url, orders="one", language_check=False)
        rules = ["download", "judge_published", "tabulate_published_answers"]
        done = snakemake(folder, "results/tables/judged/billa_en.md", "--allowed-rules", *rules)
        assert done.returncode == 0, done.stdout + done.stderr
        assert len(judge.asked) == 80
    text = (folder / "results/tables/judged/billa_en.md").read_text()
    assert "BiLLa-7B-SFT against ChatGLM-6B, en" in text and "80/0/0" in text


def test_a_judged_benchmark_needs_a_judge(folder):
    write_study(folder)
    done = snakemake(folder, "--dry-run", "all")
    assert done.returncode == 1
    expected = "benchmarks.xquad_zh: its metric judge needs a judge, found no score.judge"
    assert f"error: study.yaml: {expected}" in done.stdout + done.stderr
