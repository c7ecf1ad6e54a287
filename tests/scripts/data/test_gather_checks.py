"""What is found in the shards of a corpus sums up to what is found in all of it."""

import pytest

from scripts.common.command import parse
from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.data import check_overlap, gather_checks
from scripts.data.corpora import write_corpus

EMPTY = {"instruction": "", "input": "", "output": ""}
RECORDS = [
    {"id": "b1", "task": "translation", **EMPTY, "input": "Delete", "references": ["删除", "删掉"]},
    {"id": "b2", "task": "choice", **EMPTY, "input": "看见", "choices": ["see", "go"], "answer": 0},
]
LEAKS = ["删掉", "See!", "删除"]


def run(module, *words):
    module.main(parse(module.parser(), [*map(str, words)]))


@pytest.fixture
def check(tmp_path):
    """Check a corpus in so many shards, 0: as a whole; return what was written."""
    for place, name in enumerate(("b_zh", "a_zh")):
        write_jsonl(tmp_path / f"{name}.jsonl", RECORDS[place : place + 1])

    def check(texts, shards, *options):
        records = [{"id": f"{number}", "text": text} for number, text in enumerate(texts)]
        write_corpus(tmp_path / "c.parquet", "text", records)
        words = ["--corpus", tmp_path / "c.parquet", "--benchmarks", tmp_path / "b_zh.jsonl"]
        words += [tmp_path / "a_zh.jsonl", *options]
        output = tmp_path / "o.json"
        output.unlink(missing_ok=True)
        if not shards:
            run(check_overlap, *words, "--output", output)
            return output.read_bytes()
        parts = [tmp_path / f"{number}.json" for number in range(1, shards + 1)]
        for number, part in enumerate(parts, 1):
            run(check_overlap, *words, "--shard", f"{number}-of-{shards}", "--output", part)
        run(gather_checks, "--shards", *parts, "--output", output)
        return output.read_bytes()

    return check


@pytest.mark.parametrize("shards", [1, 2, 5, 80])
def test_any_number_of_shards_gives_the_same_report(check, shards):
    texts = [LEAKS[number % 7 % 3] if number % 7 < 3 else f"clean {number}" for number in range(50)]
    options = ["--decontaminate", "report"]
    whole = check(texts, 0, *options)
    assert b'"overlap": 22' in whole and b'"examined": 50' in whole
    assert check(texts, shards, *options) == whole


@pytest.mark.parametrize("shards", [1, 5])
def test_a_leak_in_any_shard_is_named_as_by_one_job(check, tmp_path, shards):
    texts = ["clean"] * 4 + LEAKS + ["clean"]
    with pytest.raises(InputError) as one:
        check(texts, 0)
    with pytest.raises(InputError) as several:
        check(texts, shards)
    assert str(several.value) == str(one.value) and "3 records have held-out text" in str(one.value)
    assert not (tmp_path / "o.json").exists()


def test_a_clean_corpus_passes(check):
    assert check(["clean"] * 9, 4) == check(["clean"] * 9, 0)
