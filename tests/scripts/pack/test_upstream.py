"""A recipe of the papers makes the rows that their code makes, compared one by one.

The rules are stated on their own, from tatsu-lab/stanford_alpaca, train.py (which NJUNLP/x-LLM
keeps): prompt, output and end-of-text token are tokenized as one text, cut at the greatest length;
as many tokens at the beginning as the prompt alone has carry no loss. A batch is of records.
"""

import json

import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from tokenizers import Tokenizer

from scripts.common.files import ROOT, read_json
from scripts.pack import pack_examples
from scripts.study.registry import Registry
from tests.support.mirror import build_corpus_of, has

LENGTH, COUNT = 400, 1000
ALONE = (
    "Below is an instruction that describes a task. Write a response that appropriately completes "
    "the request.\n\n### Instruction:\n{0}\n\n### Response:"
)
WITH_INPUT = (
    "Below is an instruction that describes a task, paired with an input that provides further "
    "context. Write a response that appropriately completes the request.\n\n### Instruction:\n{0}"
    "\n\n### Input:\n{1}\n\n### Response:"
)


def own_records() -> list[dict[str, str]]:
    """Return a thousand records of this repository's, some with an input, some of them long."""
    lines = (ROOT / "data" / "everyday.jsonl").read_text(encoding="utf-8").splitlines()
    texts = [json.loads(line)[code] for line in lines for code in ("en", "zh")]
    found = []
    for number in range(COUNT):
        text = texts[number % len(texts)]
        found.append(
            {
                "id": f"{number:06}",
                "instruction": text["instruction"],
                "input": text["input"] or ("" if number % 3 else f"Number {number}."),
                "output": " ".join([text["output"]] * (1 + 8 * (number % 17 == 0))),
            }
        )
    return found


def upstream(record: dict[str, str], tokenizer: Tokenizer, end: str) -> tuple[list[int], list[int]]:
    """Return ids and labels as the authors' code makes them."""
    wording = WITH_INPUT if record["input"] else ALONE
    prompt = wording.format(record["instruction"], record["input"])
    ids = tokenizer.encode(prompt + record["output"] + end).ids[:LENGTH]
    hidden = len(tokenizer.encode(prompt).ids[:LENGTH])
    return ids, [-100] * hidden + ids[hidden:]


def packed(corpus, tokenizer, folder):
    """Return ids and labels of the rows that the script makes, by record."""
    values = dict(Registry().recipes["x-llm-7b"]["values"]) | {"length": LENGTH, "epochs": 1}
    part = {
        "dataset": corpus.stem, "kind": "instruction", "languages": ["en"], "names": ["English"],
        "side": None, "start": 0, "stop": COUNT,
    }  # fmt: skip
    words = ["--tokenizer", str(tokenizer), "--corpora", str(corpus), "--seed", "1"]
    words += ["--mixture", json.dumps([{"name": "all", "weight": None, "parts": [part]}])]
    words += ["--objective", "response", "--format", values["format"], "--batch", "1"]
    words += ["--length", str(LENGTH), "--epochs", "1", "--too-long", values["too_long"]]
    words += ["--join" if values["join"] else "--no-join"]
    words += ["--pack" if values["pack"] else "--no-pack", "--output", str(folder)]
    pack_examples.main(pack_examples.parser().parse_args(words))
    rows = pa.ipc.open_stream(pa.memory_map(str(folder / "rows.arrow"))).read_all().to_pylist()
    return {
        row["records"][0]: (row["input_ids"][: row["tokens"]], row["labels"][: row["tokens"]])
        for row in rows
    }


def compare(records, corpus, folder, tmp_path):
    """Compare the rows of all records."""
    end = read_json(folder / "tokenizer_config.json")["eos_token"]
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    found = packed(corpus, folder, tmp_path / "packed")
    expected = {
        f"{corpus.stem}:{record['id']}": upstream(record, tokenizer, end) for record in records
    }
    # A prompt that fills the row teaches nothing: the authors' code keeps it in its batch.
    taught = {name: row for name, row in expected.items() if set(row[1]) != {-100}}
    assert found == taught
    return len(expected) - len(taught), sum(len(ids) == LENGTH for ids, _ in taught.values())


def test_own_records(tiny_model, tmp_path):
    records = own_records()
    corpus = tmp_path / "mine_en.parquet"
    pq.write_table(pa.Table.from_pylist(records), corpus)
    left_out, cut = compare(records, corpus, tiny_model, tmp_path)
    assert 20 < cut < 200 and left_out < 100


@pytest.mark.skipif(not has("alpaca_en"), reason="LINGRAFT_MIRROR has no Alpaca")
def test_alpaca(tiny_model, tmp_path):
    corpus = build_corpus_of("alpaca_en", tmp_path)
    records = pq.read_table(corpus).slice(0, COUNT).to_pylist()
    compare(records, corpus, tiny_model, tmp_path)
