"""A study with data of one's own: files beside it, as a person has them, to packed rows."""

import csv
import gzip
import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.common.files import ROOT, read_json
from tests.support.own_study import run
from tests.support.tiny_study import prepare_folder

STUDY = """\
name: own
base: {from: tiny-base, format: chatml}
sources:
  mine_en: {url: data/questions.csv, columns: {instruction: question, input: hint, output: answer}}
  more_zh: {url: data/zh.parquet, columns: {instruction: q, output: meta.a.0}}
  lines_en: {url: data/lines.jsonl.gz, columns: {text: body}, on_bad_record: skip}
  pairs_en-zh: {url: {en: a.en, zh: a.zh}}
recipes:
  instruct: {objective: response, length: 256, batch: 4, steps: 6, learning_rate: 1.0e-3, too_long: truncate}
  read: {objective: text, length: 64, batch: 4, epochs: 0.5, learning_rate: 1.0e-3}
models:
  reader: {from: base, recipe: read, data: lines_en}
  tuned: {from: base, recipe: instruct, data: {mine_en: 2, "more_zh[-100:]": 1, "pairs_zh-en": 1}}
main: tuned
benchmarks:
  gloss_zh: {limit: 4}
"""  # noqa: E501


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a space in its name, and files from several programs."""
    folder = prepare_folder(tmp_path_factory.mktemp("own") / "my study")
    text = (ROOT / "data" / "everyday.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]
    (folder / "data").mkdir()
    with (folder / "data/questions.csv").open("w", newline="", encoding="utf-8-sig") as stream:
        table = csv.writer(stream)
        table.writerow(["question", "hint", "answer"])
        keys = ("instruction", "input", "output")
        table.writerows([row["en"][key] for key in keys] for row in rows)
    nested = [{"q": row["zh"]["instruction"], "meta": {"a": [row["zh"]["output"]]}} for row in rows]
    pq.write_table(pa.Table.from_pylist(nested), folder / "data/zh.parquet")
    lines = [json.dumps({"body": row["en"]["output"]}) for row in rows] + ['{"body": null}']
    (folder / "data/lines.jsonl.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    for code in ("en", "zh"):
        sides = [row[code]["output"].replace("\n", " ") for row in rows]
        (folder / f"a.{code}").write_text("\n".join(sides), encoding="utf-8")
    (folder / "study.yaml").write_text(STUDY)
    return folder


def test_files_of_ones_own_are_packed_as_asked(folder):
    run(folder, "results/packed/tuned/manifest.json", "results/packed/reader/manifest.json")
    tuned = read_json(folder / "results/packed/tuned/manifest.json")
    shares = {name: found["tokens"] / tuned["tokens"] for name, found in tuned["sources"].items()}
    assert set(shares) == {"mine_en", "more_zh", "pairs_zh-en"}
    assert abs(shares["mine_en"] - 0.5) < 0.05 and abs(shares["more_zh"] - 0.25) < 0.05
    reader = read_json(folder / "results/packed/reader/manifest.json")["sources"]["lines_en"]
    assert 0.4 < reader["epochs"] < 0.6
    log = (folder / "results/logs/build_corpus/lines_en.log").read_text()
    assert "dropped 1: bad record, skipped" in log


def test_a_changed_file_is_read_again_and_nothing_else(folder):
    targets = ("results/packed/tuned/manifest.json", "results/packed/reader/manifest.json")
    assert "Nothing to be done" in run(folder, *targets)
    path = folder / "a.en"
    path.write_text(path.read_text(encoding="utf-8").replace("bread", "cake"), encoding="utf-8")
    told = run(folder, *targets, "--dry-run")
    assert "build corpus pairs_zh-en" in told and "pack the training data of tuned" in told
    assert "build corpus mine_en" not in told and "training data of reader" not in told
