"""A study whose model learns conversations of one's own, in OpenAI's form and in ShareGPT's."""

import json
from itertools import pairwise

import pyarrow as pa
import pytest
from tokenizers import Tokenizer

from scripts.common.files import ROOT, read_json
from scripts.data.corpora import read_corpus
from scripts.pack.packing import IGNORED
from tests.support.conversations import say
from tests.support.own_study import run
from tests.support.tiny_study import prepare_folder

STUDY = """\
name: talks
base: {from: tiny-base, format: chatml}
sources:
  talks_en: {url: talks.jsonl, kind: chat}
  shared_zh: {url: shared.json, columns: {messages: conversations, system: told}, on_bad_record: skip}
data: {zh: shared_zh}
recipes:
  talk: {objective: response, length: 512, batch: 4, steps: 12, learning_rate: 1.0e-3, too_long: truncate}
  last: {objective: response, length: 512, batch: 4, steps: 2, learning_rate: 1.0e-3, turns: last}
models:
  extended: {from: base, extend: {zh: 20}}
  talker: {from: extended, recipe: talk, data: {talks_en: 1, shared_zh: 1, everyday_en: 1}}
  closer: {from: extended, recipe: last, data: talks_en}
main: talker
benchmarks:
  gloss_zh: {limit: 4}
"""  # noqa: E501
SPEAKERS = {"user": "human", "assistant": "gpt"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with two files, each conversation two questions of data/ one after the other."""
    folder = prepare_folder(tmp_path_factory.mktemp("talks"))
    text = (ROOT / "data" / "everyday.jsonl").read_text(encoding="utf-8")
    rows = [json.loads(line) for line in text.splitlines()]

    def talk(code, number):
        told = (rows[number + place][code] for place in (0, 1))
        return say(*(text for one in told for text in (one["instruction"], one["output"])))

    count = len(rows) - 1
    lines = [json.dumps({"messages": talk("en", number)}) for number in range(count)]
    (folder / "talks.jsonl").write_text("\n".join(lines))
    shared = [
        {"told": "请简短回答。" if number % 2 else None, "conversations": [
            {"from": SPEAKERS[turn["role"]], "value": turn["content"]}
            for turn in talk("zh", number)
        ]}
        for number in range(count)
    ]  # fmt: skip
    shared[0]["conversations"].append({"from": "human", "value": "还有吗？"})
    shared[1]["conversations"].append({"from": "tool", "value": "18"})
    (folder / "shared.json").write_text(json.dumps(shared, ensure_ascii=False))
    (folder / "study.yaml").write_text(STUDY)
    return folder


def test_a_model_is_trained_on_conversations(folder):
    run(folder, "results/models/talker/stage.json", "results/packed/closer/manifest.json")
    log = (folder / "results/logs/build_corpus/shared_zh.log").read_text()
    assert "shared_zh: 1 without the user's turns behind the last answer" in log
    assert "shared_zh: dropped 1: bad record, skipped" in log
    _, records = read_corpus(folder / "results/clean/shared_zh.parquet")
    assert {record["messages"][0]["role"] for record in records} == {"system", "user"}
    manifest = read_json(folder / "results/packed/talker/manifest.json")
    shares = [found["tokens"] / manifest["tokens"] for found in manifest["sources"].values()]
    assert set(manifest["sources"]) == {"talks_en", "shared_zh", "everyday_en"}
    assert shares == pytest.approx([1 / 3] * 3, abs=0.05)
    losses = (folder / "results/models/talker/train_log.jsonl").read_text().splitlines()
    first, *_, last = (json.loads(line)["loss"] for line in losses if '"loss"' in line)
    assert last < first


def test_a_row_has_the_questions_of_all_turns_and_the_loss_on_answers(folder):
    """By the text: what carries loss is answers and their ends, what does not is the rest."""
    tokenizer = Tokenizer.from_file(str(folder / "results/models/extended/tokenizer.json"))
    answers = {
        turn["content"]
        for name in ("talks_en", "shared_zh")
        for record in read_corpus(folder / f"results/clean/{name}.parquet")[1]
        for turn in record["messages"]
        if turn["role"] == "assistant"
    }
    for name, most in (("talker", 2), ("closer", 1)):
        with pa.OSFile(str(folder / f"results/packed/{name}/rows.arrow")) as file:
            rows = pa.ipc.open_stream(file).read_all().to_pylist()
        (row, *_) = (row for row in rows if row["records"][0].startswith("talks_en"))
        first, *others = (n for n, position in enumerate(row["position_ids"]) if not position)
        labels = row["labels"][first : others[0]]
        text = tokenizer.decode([max(label, 0) for label in labels], skip_special_tokens=True)
        learned = [n for n, label in enumerate(labels) if label != IGNORED]
        runs = sum(second - first > 1 for first, second in pairwise(learned))
        assert runs + 1 == most
        assert any(answer in text for answer in answers)
