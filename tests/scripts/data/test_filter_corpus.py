"""Nothing a benchmark asks or answers is left in training data, and little else goes with it."""

import pytest

from scripts.common.errors import InputError
from scripts.common.files import write_jsonl
from scripts.data import corpus_blocks, filter_corpus
from scripts.data.corpora import read_corpus, write_corpus
from scripts.data.corpus_blocks import open_corpus, read_facts
from tests.support.conversations import say
from tests.support.leaks import OTHERS, SENTENCES

EMPTY = {"instruction": "", "input": "", "output": ""}
BENCHMARKS = {
    "ui_en-zh": {
        "id": "u1",
        "task": "translation",
        "instruction": "Translate from English to Chinese.",
        "input": "Delete this page",
        "output": "删除此页面",
        "references": ["删除此页面", "删除这个页面"],
    },
    "gloss_zh": {
        "id": "g1",
        "task": "choice",
        "instruction": "Translate from Chinese to English.",
        "input": "看见",
        "output": "to see; to notice",
        "choices": ["to eat", "to see; to notice", "to go", "to rest"],
        "answer": 1,
    },
    "text_zh": {
        "id": "t1",
        "task": "text",
        **EMPTY,
        "text": "短。维与夏侯霸商议之后向取雍州！却说张飞",
    },
    "xquad_en": {
        "id": "q1",
        "task": "answer",
        "instruction": "Answer the question with words from the text.",
        "input": "The Panthers gave up 308 points.\nHow many points did the Panthers give up?",
        "output": "just 308 points",
        "context": "The Panthers gave up 308 points.",
        "references": ["just 308 points"],
    },
}


@pytest.fixture
def benchmarks(tmp_path):
    paths = [tmp_path / f"{name}.jsonl" for name in BENCHMARKS]
    for path, record in zip(paths, BENCHMARKS.values(), strict=True):
        write_jsonl(path, [record])
    return paths


def kept(tmp_path, benchmarks, kind, records, *options):
    write_corpus(tmp_path / "c.parquet", kind, records)
    command = ["--corpus", str(tmp_path / "c.parquet"), "--output", str(tmp_path / "f.parquet")]
    command += ["--benchmarks", *map(str, benchmarks)]
    filter_corpus.main(filter_corpus.parser().parse_args([*command, *options]))
    found, records = read_corpus(tmp_path / "f.parquet")
    assert found == kind
    return [record["id"] for record in records]


LEAKS = [
    "Delete this page",
    "DELETE  this page!",
    "Ｄｅｌｅｔｅ this page",
    "删除此页面",
    "删除这个页面。",
    "看见",
    "To see, to notice.",
    "短。维与夏侯霸商议之后向取雍州！却说张飞",
    "维与夏侯霸商议之后向取雍州",
    "人说：维也纳。\n维与夏侯霸，商议之后向取雍州。\n完。",
    "First this. The Panthers gave up 308 points. Then that.",
    "How many points did the Panthers give up?",
]
HARMLESS = [
    "Delete that page",
    "just 308 points",
    "看见了",
    "to eat",
    "短。",
    "却说张飞",
    "!!",
    "……",
    "Translate from English to Chinese.",
]


@pytest.mark.parametrize("field", ["source", "target"])
def test_parallel(tmp_path, benchmarks, field):
    other = {"source": "other", "target": "别的"}
    texts = LEAKS + HARMLESS
    records = [{"id": str(n), **other, field: text} for n, text in enumerate(texts)]
    expected = [str(number) for number in range(len(LEAKS), len(texts))]
    assert kept(tmp_path, benchmarks, "parallel", records) == expected


@pytest.mark.parametrize("field", ["instruction", "input", "output"])
def test_instruction(tmp_path, benchmarks, field):
    other = {"instruction": "Do it.", "input": "this", "output": "that"}
    texts = LEAKS + HARMLESS
    records = [{"id": str(n), **other, field: text} for n, text in enumerate(texts)]
    expected = [str(number) for number in range(len(LEAKS), len(texts))]
    assert kept(tmp_path, benchmarks, "instruction", records) == expected


def test_a_leak_in_the_third_turn_of_a_conversation(tmp_path, benchmarks):
    texts = LEAKS + HARMLESS
    records = [{"id": str(n), "messages": say("Hi?", "Hi.", text)} for n, text in enumerate(texts)]
    expected = [str(number) for number in range(len(LEAKS), len(texts))]
    assert kept(tmp_path, benchmarks, "chat", records) == expected


def test_instruction_and_input_together(tmp_path, benchmarks):
    split = {"instruction": "Delete this", "input": "page", "output": "x"}
    records = [{"id": "0", **split}, {"id": "1", **split, "input": "card"}]
    assert kept(tmp_path, benchmarks, "instruction", records) == ["1"]


def test_text(tmp_path, benchmarks):
    records = [{"id": str(n), "text": text} for n, text in enumerate(LEAKS + HARMLESS)]
    expected = [str(number) for number in range(len(LEAKS), len(LEAKS + HARMLESS))]
    assert kept(tmp_path, benchmarks, "text", records) == expected


def test_answers_are_looked_at_one_by_one(tmp_path, benchmarks):
    other = {"context": "Some text.", "question": "What?"}
    records = [
        {"id": "0", **other, "answers": ["text", "Delete this page"]},
        {"id": "1", **other, "answers": ["text"]},
    ]
    assert kept(tmp_path, benchmarks, "qa", records) == ["1"]


def test_no_benchmarks_keep_everything(tmp_path):
    records = [{"id": "0", "text": "a"}, {"id": "1", "text": ""}]
    assert kept(tmp_path, [], "text", records) == ["0", "1"]


def test_nothing_left_is_an_error(tmp_path, benchmarks):
    with pytest.raises(InputError, match="all 1 records"):
        kept(tmp_path, benchmarks, "text", [{"id": "0", "text": "看见"}])


def test_broken_benchmark_is_named(tmp_path):
    (tmp_path / "x.jsonl").write_text('{"no": "id", "input": "x"}\n')
    with pytest.raises(InputError, match=r"x\.jsonl"):
        kept(tmp_path, [tmp_path / "x.jsonl"], "text", [{"id": "0", "text": "a"}])


@pytest.mark.parametrize("records", [[], [{"id": "1", "task": "text", **EMPTY, "text": "……!"}]])
def test_a_benchmark_that_holds_nothing_out_is_refused(tmp_path, records):
    write_jsonl(tmp_path / "x_en.jsonl", records)
    with pytest.raises(InputError, match=r"x_en\.jsonl: no string of it can be compared"):
        kept(tmp_path, [tmp_path / "x_en.jsonl"], "text", [{"id": "0", "text": "a"}])


SAME = {"id": "same", "text": "Delete this page"}
CUT = {"id": "cut", "text": f"Read on: {SENTENCES['en'][:70]}"}
CLEAN = {"id": "clean", "text": OTHERS["en"]}


@pytest.fixture
def harbour(tmp_path, benchmarks):
    record = {"id": "h1", "task": "text", **EMPTY, "text": SENTENCES["en"]}
    write_jsonl(tmp_path / "harbour_en.jsonl", [record])
    return [*benchmarks, tmp_path / "harbour_en.jsonl"]


def test_what_contains_a_held_out_string_is_dropped_or_only_reported(tmp_path, harbour):
    records = [SAME, CUT, CLEAN]
    assert kept(tmp_path, harbour, "text", records) == ["clean"]
    assert kept(tmp_path, harbour, "text", records, "--decontaminate=report") == ["cut", "clean"]


def test_counts_and_examples_are_noted_in_the_corpus(tmp_path, harbour):
    kept(tmp_path, harbour, "text", [SAME, CUT, CLEAN])
    facts = read_facts(open_corpus(tmp_path / "f.parquet")[1])
    assert facts["read"] == 3
    assert facts["dropped"] == {
        "ui_en-zh": {"equal": 1, "contained": 0},
        "harbour_en": {"equal": 0, "contained": 1},
    }
    same, cut = facts["examples"]
    assert (same["record"], same["way"], same["share"]) == ("same", "equal", 1.0)
    assert (cut["record"], cut["way"], cut["of"]) == ("cut", "contained", "h1")
    assert 0.7 < cut["share"] < 1


def test_fail_ends_at_the_first_record(tmp_path, harbour):
    with pytest.raises(InputError, match=r"record cut has 8\d% of .*harbour_en, h1"):
        kept(tmp_path, harbour, "text", [CLEAN, CUT, SAME], "--decontaminate=fail")
    assert not (tmp_path / "f.parquet").exists()
    assert kept(tmp_path, harbour, "text", [CLEAN], "--decontaminate=fail") == ["clean"]


def test_processes_change_no_byte(tmp_path, harbour, monkeypatch):
    monkeypatch.setattr(corpus_blocks, "ROWS", 7)
    monkeypatch.setattr(corpus_blocks, "GROUP", 40)
    records = [{"id": str(n), "text": (CUT, CLEAN, SAME)[n % 3]["text"]} for n in range(200)]
    found = []
    for processes in (1, 3):
        names = kept(tmp_path, harbour, "text", records, f"--processes={processes}")
        found.append((names, (tmp_path / "f.parquet").read_bytes()))
    assert found[0] == found[1]
    assert found[0][0] == [str(n) for n in range(200) if n % 3 == 1]
