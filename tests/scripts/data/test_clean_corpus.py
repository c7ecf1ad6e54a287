"""What is asked to be dropped is, and told; shards give what one job gives, to the byte."""

import json

import pytest

from scripts.common.command import parse
from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.data import clean_corpus, corpus_blocks, filter_corpus, gather_corpus
from scripts.data.corpora import read_corpus, write_corpus
from scripts.data.corpus_blocks import open_corpus, read_facts

ENGLISH = "Bread needs flour, water, salt and a lot of patience."
CHINESE = "面包需要面粉、水、盐，还需要很多很多的耐心才行。"
PAIRS = [
    {"id": "1", "source": ENGLISH, "target": CHINESE},
    {"id": "2", "source": ENGLISH, "target": ENGLISH.replace("Bread", "Cake")},
    {"id": "3", "source": CHINESE, "target": CHINESE},
    {"id": "4", "source": ENGLISH, "target": "面包。"},
    {"id": "5", "source": "3.14", "target": "3.14"},
]
PROSE = (
    "The old harbour was quiet when the last boat came home. Nobody had expected it to return "
    "before the storm, and so only two people stood on the pier that evening. One of them held a "
    "lamp, which the wind blew out again and again; the other counted the men on board and said "
    "their names under her breath. When she had come to the last of them she began to laugh."
)


def clean(tmp_path, kind, records, *options, languages=("en",)):
    """Return the ids that are left and what the file notes."""
    write_corpus(tmp_path / "c.parquet", kind, records)
    command = ["--corpus", tmp_path / "c.parquet", "--languages", *languages, *options]
    clean_corpus.main(parse(clean_corpus.parser(), words(command, tmp_path / "o.parquet")))
    _, left = read_corpus(tmp_path / "o.parquet")
    return [record["id"] for record in left], read_facts(open_corpus(tmp_path / "o.parquet")[1])


def words(command, output):
    return [*map(str, command), "--output", str(output)]


def test_nothing_is_dropped_unasked(tmp_path):
    left, facts = clean(tmp_path, "parallel", PAIRS, languages=("en", "zh"))
    assert left == ["1", "2", "3", "4", "5"]
    assert facts == {"read": 5, "dropped": {}, "examples": []}


def test_pairs_lose_sides_of_another_language_and_of_another_length(tmp_path):
    options = ["--language", "0.5", "--length-ratio", "4"]
    left, facts = clean(tmp_path, "parallel", PAIRS, *options, languages=("en", "zh"))
    assert left == ["1", "5"]
    assert facts["dropped"] == {"not zh": 1, "not en": 1, "length ratio": 1}
    assert {"reason": "length ratio", "record": "4", "text": f"{ENGLISH} | 面包。"} in facts[
        "examples"
    ]


def test_instructions_are_judged_as_one_text(tmp_path):
    records = [
        {"id": "1", "instruction": "Say how bread is made.", "input": "", "output": ENGLISH},
        {"id": "2", "instruction": "面包是怎么做的？", "input": "", "output": CHINESE},
        {"id": "3", "instruction": "Write pi to two digits.", "input": "", "output": "3,14"},
    ]
    left, facts = clean(tmp_path, "instruction", records, "--language", "0.5")
    assert left == ["1", "3"] and facts["dropped"] == {"not en": 1}


def test_texts_of_low_quality_are_dropped_with_the_reason(tmp_path):
    texts = [PROSE, "Home. About. Contact.", "buy now " * 200, PROSE.replace(". ", "\n" * 12)]
    records = [{"id": str(number), "text": text} for number, text in enumerate(texts)]
    left, facts = clean(tmp_path, "text", records, "--quality", "gopher", "repetition", "fineweb")
    assert left == ["0"]
    assert facts["dropped"] == {
        "gopher: short_doc": 1, "gopher: enough_stop_words": 1, "fineweb: list_ratio": 1,
    }  # fmt: skip


def test_lines_of_chinese_may_be_short(tmp_path):
    records = [{"id": "1", "text": "\n".join([CHINESE, "水要温的。", "发一个小时。"])}]
    options = ["--quality", "fineweb"]
    assert clean(tmp_path, "text", records, *options, "--no-spaced", languages=["zh"])[0] == ["1"]
    assert clean(tmp_path, "text", records, *options, languages=["zh"])[0] == []


def many(count):
    """Return pairs a third of which is dropped by language."""
    for number in range(count):
        source = CHINESE if number % 3 == 2 else ENGLISH
        yield {"id": str(number), "source": f"{source} {number}", "target": f"{CHINESE}{number}"}


def in_shards(tmp_path, count, module, *options):
    """Run a script on every shard of a corpus and gather them; return the output's bytes."""
    shards = []
    for number in range(1, count + 1):
        shards.append(tmp_path / f"{number}-of-{count}.parquet")
        command = ["--corpus", tmp_path / "c.parquet", *options, "--shard", f"{number}-of-{count}"]
        module.main(parse(module.parser(), words(command, shards[-1])))
    output = tmp_path / f"{module.__name__}.{count}.parquet"
    command = ["--shards", *shards, "--report", tmp_path / "report.json"]
    gather_corpus.main(parse(gather_corpus.parser(), words(command, output)))
    return output.read_bytes()


@pytest.fixture
def small_groups(monkeypatch):
    """Records of a block and of a group few enough that a small corpus has many of both."""
    monkeypatch.setattr(corpus_blocks, "ROWS", 16)
    monkeypatch.setattr(corpus_blocks, "GROUP", 100)
    monkeypatch.setattr("scripts.data.corpora.GROUP", 100)
    monkeypatch.setattr("scripts.data.corpora.FEW", 10)


@pytest.mark.parametrize("count", [2, 3, 8, 700])
def test_any_number_of_shards_gives_the_same_bytes(tmp_path, small_groups, count):
    write_corpus(tmp_path / "c.parquet", "parallel", many(613))
    options = ["--languages", "en", "zh", "--language", "0.5"]
    one = in_shards(tmp_path, 1, clean_corpus, *options)
    report = read_json(tmp_path / "report.json")
    assert report["kept"] == 409 and report["dropped"] == {"not en": 204}
    assert [example["record"] for example in report["examples"]] == ["2", "5"]
    assert in_shards(tmp_path, count, clean_corpus, *options) == one
    assert read_json(tmp_path / "report.json") == report


@pytest.mark.parametrize("count", [2, 5, 29])
def test_groups_that_end_by_their_bytes_end_alike_too(tmp_path, small_groups, monkeypatch, count):
    monkeypatch.setattr(corpus_blocks, "LARGEST", 9_000)
    monkeypatch.setattr("scripts.data.corpora.LARGEST", 7_000)
    write_corpus(tmp_path / "c.parquet", "parallel", many(613))
    options = ["--languages", "en", "zh", "--language", "0.5"]
    one = in_shards(tmp_path, 1, clean_corpus, *options)
    gathered = open_corpus(tmp_path / "scripts.data.clean_corpus.1.parquet")[1]
    assert 5 < gathered.num_row_groups < 409 // 16
    assert in_shards(tmp_path, count, clean_corpus, *options) == one


def test_shards_of_the_filter_are_what_the_filter_leaves(tmp_path, small_groups):
    records = list(many(613))
    records[500]["source"] = "Whoever asks for thirty pages gets them by the evening."
    write_corpus(tmp_path / "c.parquet", "parallel", records)
    held_out = {
        "id": "1", "task": "translation", "instruction": "Translate.", "output": "否",
        "input": records[500]["source"], "references": ["否"],
    }  # fmt: skip
    (tmp_path / "ui_en-zh.jsonl").write_text(json.dumps(held_out) + "\n")
    options = ["--benchmarks", str(tmp_path / "ui_en-zh.jsonl")]
    shards = in_shards(tmp_path, 5, filter_corpus, *options)
    assert shards == in_shards(tmp_path, 1, filter_corpus, *options)
    command = ["--corpus", tmp_path / "c.parquet", *options]
    filter_corpus.main(parse(filter_corpus.parser(), words(command, tmp_path / "whole.parquet")))
    whole, gathered = tmp_path / "whole.parquet", tmp_path / "scripts.data.filter_corpus.5.parquet"
    assert read_corpus(whole) == read_corpus(gathered)
    assert read_facts(open_corpus(whole)[1]) == read_facts(open_corpus(gathered)[1])
    assert read_facts(open_corpus(whole)[1])["dropped"]


def test_a_corpus_of_which_nothing_is_left_is_refused(tmp_path):
    write_corpus(tmp_path / "c.parquet", "parallel", many(2))
    with pytest.raises(InputError, match="all 2 records are dropped: not el 2"):
        in_shards(tmp_path, 2, clean_corpus, "--languages", "el", "zh", "--language", "0.5")


@pytest.mark.parametrize("shard", ["3-of-2", "0-of-2", "1/2", "1-of-0"])
def test_a_shard_that_is_none_is_refused(shard, tmp_path, capsys):
    with pytest.raises(SystemExit):
        parse(
            clean_corpus.parser(),
            words(["--corpus", "c", "--languages", "en", "--shard", shard], "o"),
        )
    assert "--shard" in capsys.readouterr().err


def test_a_conversation_is_judged_by_all_that_is_said_in_it(tmp_path):
    records = [
        {"id": str(number), "messages": [{"role": "user", "content": asked},
                                         {"role": "assistant", "content": answer}]}
        for number, (asked, answer) in enumerate([(ENGLISH, PROSE), (CHINESE, CHINESE)])
    ]  # fmt: skip
    left, facts = clean(tmp_path, "chat", records, "--language", "0.5")
    assert left == ["0"] and facts["examples"][0]["text"] == f"{CHINESE} {CHINESE}"
