"""Public benchmarks from a mirror of their addresses, without the network."""

import json
import os
import shutil

import pytest
import yaml

from scripts.common.files import read_json, read_jsonl
from tests.support.tiny_study import CACHE, STUDY, snakemake

HOST = "raw.githubusercontent.com"
MIRROR = os.environ.get("LINGRAFT_MIRROR", "")

pytestmark = pytest.mark.skipif(
    not os.path.isdir(os.path.join(MIRROR, HOST)),
    reason="LINGRAFT_MIRROR does not name a folder with the benchmarks",
)


# A benchmark of each task that asks a question, and the metrics of its default list.
QUESTIONS = {
    "c3-d_zh": ["accuracy"],
    "xcopa_tr": ["accuracy", "accuracy_macro"],
    "mgsm_zh": ["accuracy"],
    "cmrc_zh": ["em", "f1", "match"],
    "mcts_zh": ["sari"],
    "billa-eval_en": ["langid", "empty"],
}


def write_study(path, benchmarks):
    """Write the tiny study with other benchmarks."""
    settings = yaml.safe_load(STUDY.read_text()) | {"benchmarks": benchmarks}
    del settings["embedding_init"]  # it measures text, of which there is none here
    path.write_text(json.dumps(settings))
    return path


@pytest.fixture
def study(tmp_path):
    """The tiny study on eight sentences of Flores; its raw files are fetched again."""
    shutil.rmtree(CACHE / HOST, ignore_errors=True)
    return write_study(tmp_path / "flores.yaml", {"flores_en-zh": {"limit": 8}})


def test_flores_runs_to_a_number_offline(tiny_study, study):
    target = "results/base/flores_en-zh.bleu"
    snakemake(tiny_study, "--cores", "1", "--configfile", str(study), "--", target)
    score = read_json(tiny_study / target)
    assert score["n"] == 8 and "tok:zh" in score["signature"]
    corpus = read_jsonl(tiny_study / "results/benchmarks/flores_en-zh.jsonl")
    assert all(record["input"] and record["references"] for record in corpus)


def test_xquad_becomes_a_benchmark_in_every_language(tiny_study):
    names = [f"results/benchmarks/xquad_{code}.jsonl" for code in ("ar", "el", "en", "zh")]
    snakemake(tiny_study, "--cores", "2", *names)
    for name in names:
        records = read_jsonl(tiny_study / name)
        assert len(records) == 1190
        assert all(record["references"][0] in record["context"] for record in records)


def test_questions_run_to_numbers_offline(tiny_study, tmp_path):
    ranked = ("c3-d_zh", "xcopa_tr")  # nothing is generated
    limits = {
        name: {"limit": 4} | ({} if name in ranked else {"max_new_tokens": 8}) for name in QUESTIONS
    }
    study = write_study(tmp_path / "questions.yaml", limits)
    targets = [
        f"results/base/{name}.{metric}" for name, metrics in QUESTIONS.items() for metric in metrics
    ]
    snakemake(tiny_study, "--cores", "2", "--configfile", str(study), "--", *targets)
    for target in targets:
        score = read_json(tiny_study / target)
        assert (score["n"], score["metric"]) == (4, target.rpartition(".")[2])
    macro = read_json(tiny_study / "results/base/xcopa_tr.accuracy_macro")
    assert set(macro["categories"]) <= {"cause", "effect"}
    answers = read_jsonl(tiny_study / "results/predictions/base/billa-eval_en.jsonl")
    assert all(answer["category"] and answer["tokens"] <= 8 for answer in answers)
