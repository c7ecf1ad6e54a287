"""The suffix loss is BiLLa's; where it begins depends on seed, record and pass, on nothing else."""

import json
import subprocess
import sys

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.common.files import ROOT, read_json
from scripts.pack.records import Record
from scripts.pack.rendering import Vocabulary
from scripts.pack.suffix import encode_suffixes
from scripts.pack.too_long import Lengths
from scripts.pack.wording import Wording
from scripts.study.wordings import Wordings

TEXT = {"dataset": "prose_en", "kind": "text", "side": None, "languages": ["en"]}
PAIRS = {"dataset": "pairs_en-zh", "kind": "parallel", "side": None, "languages": ["en", "zh"]}
PAIRS |= {"names": ["English", "Chinese"]}
ASKS = {"dataset": "asks_en", "kind": "instruction", "side": None, "languages": ["en"]}
WORDED = {"dataset": "worded_en", "kind": "worded", "side": None, "languages": ["en"]}


@pytest.fixture(scope="module")
def vocabulary(tiny_model) -> Vocabulary:
    return Vocabulary.load(tiny_model)


def documents(count: int, turn: int = 0) -> list[Record]:
    words = "The harbour was quiet when the last boat came in. "
    return [
        Record(TEXT, {"id": str(n), "text": words * (n % 5 + 1)}, n, turn) for n in range(count)
    ]


def encode(records, vocabulary, length=64, seed=1, lengths=None, how="truncate"):
    lengths = lengths or Lengths(length)
    wording = Wording(Wordings.default(), seed)
    return list(encode_suffixes(iter(records), vocabulary, wording, how, lengths))


def test_the_loss_of_a_document_begins_between_a_fifth_and_seven_tenths(vocabulary):
    shares = []
    for example in encode(documents(400), vocabulary):
        size = len(example.ids)
        assert int(0.2 * size) + 1 <= example.first <= int(0.7 * size)
        shares.append(example.first / size)
    assert min(shares) < 0.26 and max(shares) > 0.64
    assert 0.42 < sum(shares) / len(shares) < 0.5


def test_a_long_document_loses_its_end(vocabulary):
    lengths = Lengths(20)
    (example,) = encode(documents(5)[4:], vocabulary, lengths=lengths)
    (whole,) = encode(documents(5)[4:], vocabulary, length=500)
    assert example.ids == whole.ids[:20]
    assert 5 <= example.first <= 14
    assert example.is_cut and lengths.cut["prose_en"] == 1
    assert encode(documents(5)[4:], vocabulary, length=20, how="drop") == []


def test_draws_depend_on_seed_record_and_pass_only(vocabulary):
    def firsts(records, seed=1):
        return {e.record: e.first for e in encode(records, vocabulary, seed=seed)}

    forwards = firsts(documents(60))
    assert firsts(documents(60)[::-1]) == forwards
    assert firsts(documents(60)[7:9]).items() <= forwards.items()
    assert firsts(documents(60), seed=2) != forwards
    assert firsts(documents(60, turn=1)) != forwards


def test_a_pair_is_translated_both_ways_on_request(vocabulary):
    pair = {"source": "The harbour was quiet.", "target": "床前明月光"}
    records = [Record(PAIRS, pair | {"id": str(n)}, n, 0) for n in range(60)]
    prompts, learned = set(), set()
    for example in encode(records, vocabulary):
        decode = vocabulary.tokenizer.decode
        prompt, target = (
            decode(example.ids[1 : example.first]),
            decode(example.ids[example.first :]),
        )
        source, request, end = prompt.split("\n")
        assert {source, target} == set(pair.values())
        assert ("Chinese" if target == pair["target"] else "English") in request and end == ""
        prompts.add(request)
        learned.add(target)
    assert learned == set(pair.values())
    assert len(prompts) > 6


def test_an_instruction_stands_before_or_behind_its_input(vocabulary):
    fields = {"instruction": "Answer", "input": "Which word ", "output": "bread"}
    records = [Record(ASKS, fields | {"id": str(n)}, n, 0) for n in range(30)]
    alone = Record(ASKS, fields | {"id": "alone", "input": ""}, 0, 0)
    decode = vocabulary.tokenizer.decode
    seen = {decode(e.ids[1 : e.first]) for e in encode([*records, alone], vocabulary)}
    assert seen == {"Answer\nWhich word\n\n", "Which word\nAnswer\n", "Answer "}


def test_a_worded_record_is_worded_again_in_each_pass_with_billas_separators(vocabulary):
    fields = {"input": "A page ", "output": "bread", "before": ["Sum it up", "In short"]}
    behind = fields | {"id": "1", "behind": ["What was said?"]}
    passes = [Record(WORDED, behind, 0, turn) for turn in range(40)]
    plain = Record(WORDED, fields | {"id": "2", "before": [], "behind": []}, 0, 0)
    decode = vocabulary.tokenizer.decode
    found = [decode(example.ids[1 : example.first]) for example in encode(passes, vocabulary)]
    assert set(found) == {
        "Sum it up\nA page\n\n", "In short\nA page\n\n", "A page\nWhat was said?\n",
    }  # fmt: skip
    assert 10 < found.count("A page\nWhat was said?\n") < 30
    assert found == [decode(e.ids[1 : e.first]) for e in encode(passes, vocabulary)]
    (example,) = encode([plain], vocabulary)
    assert decode(example.ids[1 : example.first]) == "A page  "


def test_a_prompt_that_fills_the_row_is_dropped(vocabulary):
    fields = {"id": "1", "instruction": "Answer " * 40, "input": "", "output": "bread"}
    lengths = Lengths(20)
    assert encode([Record(ASKS, fields, 0, 0)], vocabulary, lengths=lengths) == []
    assert lengths.describe("asks_en") == {"too_long": 1, "read": 1}


def test_the_script_packs_it(tiny_model, tmp_path):
    rows = [record.fields for record in documents(40)]
    pq.write_table(pa.Table.from_pylist(rows), tmp_path / "prose_en.parquet")
    part = TEXT | {"names": ["English"], "start": 0, "stop": None}
    options = {
        "tokenizer": tiny_model, "corpora": tmp_path / "prose_en.parquet",
        "mixture": json.dumps([{"name": "all", "weight": None, "parts": [part]}]),
        "objective": "suffix", "format": "chatml", "length": 64, "batch": 2, "epochs": 1,
        "seed": 1, "output": tmp_path / "rows",
    }  # fmt: skip
    words = [word for key, value in options.items() for word in (f"--{key}", str(value))]
    command = [sys.executable, "-m", "scripts.pack.pack_examples", *words]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True)
    found = read_json(tmp_path / "rows/manifest.json")
    assert 0.45 < found["useful_tokens"] / found["tokens"] < 0.62
    assert sorted(file.name for file in (tmp_path / "rows").iterdir()) == [
        "manifest.json",
        "rows.arrow",
    ]
