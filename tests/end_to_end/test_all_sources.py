"""A whole study of one's own CSV, chat, Parquet and a data set of the hub, to its report."""

import csv
import json
import os
import subprocess
import sys
from itertools import pairwise

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.common.files import ROOT, read_json
from tests.support.conversations import say
from tests.support.hub import hub_environment, serve_hub
from tests.support.hub_data import talk_files
from tests.support.tiny_study import prepare_folder

STUDY = """\
name: sources
base: {from: tiny-base, format: chatml}
prompts: rotating
sources:
  mine_en: {url: mine.csv, columns: {instruction: question, input: hint, output: answer}}
  talks_zh: {url: talks.jsonl, kind: chat}
  pairs_en-zh: {url: pairs.parquet, columns: {source: en, target: zh}, licence: Apache-2.0}
  hub_en: {url: "hf:org/talk#en/train", columns: {instruction: question, output: meta.answer}}
clean:
  pairs_en-zh: {length_ratio: 6, near_duplicates: 0.8, shards: 2}
recipes:
  talk: {objective: response, length: 256, batch: 4, steps: 4, learning_rate: 1.0e-3}
models:
  x: {from: base, recipe: talk, data: {mine_en: 1, talks_zh: 1, pairs_en-zh: 2, hub_en: 1}}
main: x
benchmarks: {ui_en-zh: {limit: 4}, text_zh-en: {limit: 4}}
score: {resamples: 100, trials: 100}
infer: {batch: 8, window: 128, dtype: float32}
run: {threads: 1, infer_threads: 1}
"""


@pytest.fixture
def folder(tmp_path):
    """A folder with the study and its files, made of data/."""
    folder = prepare_folder(tmp_path)
    text = (ROOT / "data" / "everyday.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    with (folder / "mine.csv").open("w", encoding="utf-8", newline="") as stream:
        keys = ("instruction", "input", "output")
        table = [[row["en"].get(key, "") for key in keys] for row in rows]
        csv.writer(stream).writerows([["question", "hint", "answer"], *table])
    talks = [
        say(*(one["zh"][key] for one in pair for key in ("instruction", "output")))
        for pair in pairwise(rows)
    ]
    lines = [json.dumps({"messages": talk}, ensure_ascii=False) for talk in talks]
    (folder / "talks.jsonl").write_text("\n".join(lines), encoding="utf-8")
    pairs = [{code: row[code]["output"] for code in ("en", "zh")} for row in rows]
    pq.write_table(pa.Table.from_pylist(pairs), folder / "pairs.parquet")
    (folder / "study.yaml").write_text(STUDY)
    return folder


def test_a_study_of_all_sources_runs_to_its_report(folder):
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile"), "all"]
    command += ["--configfile", "study.yaml", "--cores", "2"]
    with serve_hub() as hub:
        hub.add("datasets/org/talk", talk_files())
        environment = {**os.environ, **hub_environment(hub, folder / "hf")}
        told = []
        for _ in range(2):
            done = subprocess.run(
                command, cwd=folder, env=environment, capture_output=True, text=True
            )
            assert done.returncode == 0, (done.stdout + done.stderr)[-6000:]
            told.append(done.stdout + done.stderr)
    assert "Nothing to be done" in told[1]
    manifest = read_json(folder / "results/packed/x/manifest.json")
    assert set(manifest["sources"]) == {"mine_en", "talks_zh", "pairs_en-zh", "hub_en"}
    page = (folder / "results/report.html").read_text(encoding="utf-8")
    record = read_json(folder / "results/raw/hf/datasets/org/talk@main/en/train.hub.json")
    for fact in (record["commit"], "cc-by-4.0", "not stated", "prompts: rotating", "Cleaned data"):
        assert fact in page
    assert read_json(folder / "results/base/text_zh-en.bpb")["n"] == 4
