"""Flores-101 and XQuAD from a mirror of their addresses, without the network."""

import json
import os
import shutil

import pytest
import yaml

from scripts.common.files import read_json, read_jsonl
from tests.end_to_end.conftest import CACHE, STUDY, snakemake

HOST = "raw.githubusercontent.com"
MIRROR = os.environ.get("LINGRAFT_MIRROR", "")

pytestmark = pytest.mark.skipif(
    not os.path.isdir(os.path.join(MIRROR, HOST)),
    reason="LINGRAFT_MIRROR does not name a folder with the benchmarks",
)


@pytest.fixture
def study(tmp_path):
    """The tiny study on eight sentences of Flores; its raw files are fetched anew."""
    shutil.rmtree(CACHE / HOST, ignore_errors=True)
    settings = yaml.safe_load(STUDY.read_text())
    settings["benchmarks"] = {"flores_en-zh": {"limit": 8}}
    path = tmp_path / "flores.yaml"
    path.write_text(json.dumps(settings))
    return path


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
