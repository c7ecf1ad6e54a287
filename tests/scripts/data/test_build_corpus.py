"""The corpus file has its kind's columns, comes out the same twice, and is never empty."""

import json
import logging

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json
from scripts.common.provenance import meta_path
from scripts.data import build_corpus
from scripts.data.corpora import read_corpus, write_corpus
from scripts.data.record_check import find_fault
from scripts.study.kinds import KINDS
from tests.support.conversations import say


def build(output, *options):
    command = [*map(str, options), "--output", str(output)]
    build_corpus.main(build_corpus.parser().parse_args(command))
    return read_corpus(output)


@pytest.fixture
def everyday(tmp_path):
    path = tmp_path / "e.jsonl"
    record = {"instruction": "问", "input": "", "output": "答"}
    lines = [json.dumps({"id": f"e{number}", "zh": record}) for number in range(3)]
    path.write_text("\n".join(lines), encoding="utf-8")
    paths = {name: f"{{lang}}.{name}" for name in record}
    options = json.dumps({"columns": {"id": "id", **paths}})
    return ["--loader", "table", "--raw", path, "--source-language", "zh", "--options", options]


def test_columns_are_strings_of_the_kind(tmp_path, everyday):
    output = tmp_path / "corpora" / "everyday_zh.parquet"
    kind, records = build(output, *everyday, "--kind", "instruction")
    assert kind == "instruction"
    assert [record["id"] for record in records] == ["e0", "e1", "e2"]
    table = pq.read_table(output)
    assert tuple(table.column_names) == KINDS["instruction"].fields
    assert {str(column.type) for column in table.columns} == {"string"}


def test_same_bytes_twice(tmp_path, everyday):
    paths = [tmp_path / name for name in ("a.parquet", "b.parquet")]
    for path in paths:
        build(path, *everyday, "--kind", "instruction")
    assert paths[0].read_bytes() == paths[1].read_bytes()


def test_wrong_kind_is_refused(tmp_path, everyday):
    with pytest.raises(
        InputError, match=r"e\.jsonl: columns: 'instruction'; expected one of: id, t"
    ):
        build(tmp_path / "x.parquet", *everyday, "--kind", "text")
    (tmp_path / "a.jsonl").write_text(json.dumps({"question": "问", "answer": "#### 2"}))
    options = ["--loader", "word_problems", "--raw", tmp_path / "a.jsonl"]
    options += ["--source-language", "zh"]
    with pytest.raises(InputError, match=r"word_problems.*does not give text"):
        build(tmp_path / "x.parquet", *options, "--kind", "text")
    assert not (tmp_path / "x.parquet").exists()


def test_unknown_loader_suggests_the_nearest(tmp_path, everyday):
    everyday[1] = "tabel"
    with pytest.raises(InputError, match="did you mean 'table'"):
        build(tmp_path / "x.parquet", *everyday, "--kind", "instruction")


def test_empty_result_names_the_source(tmp_path):
    en, zh = tmp_path / "t.en", tmp_path / "t.zh"
    en.write_text("\n")
    zh.write_text("\n")
    options = ["--loader", "lines", "--kind", "parallel", "--raw", en, zh]
    options += ["--source-language", "en", "--target-language", "zh"]
    with pytest.raises(InputError, match=r"t\.en .*t\.zh: no en-zh record"):
        build(tmp_path / "x.parquet", *options)


def test_bad_letters_are_named(tmp_path, everyday):
    with pytest.raises(InputError, match=r"letters of zh: '\[a'"):
        build(tmp_path / "x.parquet", *everyday, "--kind", "text", "--source-letters", "[a")


def test_counts_are_logged(tmp_path, caplog):
    en, zh = tmp_path / "t.en", tmp_path / "t.zh"
    en.write_text("a\n\n")
    zh.write_text("一\n二\n", encoding="utf-8")
    options = ["--loader", "lines", "--kind", "parallel", "--raw", en, zh]
    with caplog.at_level(logging.INFO, "lingraft"):
        build(tmp_path / "t.parquet", *options, "--source-language=en", "--target-language=zh")
    assert "read 2, kept 1" in caplog.text
    assert "dropped 1: empty" in caplog.text


def test_conversations_are_turns_and_what_is_left_out_of_them_is_counted(tmp_path, caplog):
    path = tmp_path / "talks.jsonl"
    talks = [say("Who?", "I."), say("Who?", "I.", "Why?"), say("Who?", "", "I?", "You.")]
    path.write_text("".join(json.dumps({"messages": talk}) + "\n" for talk in talks))
    options = ["--loader", "table", "--kind", "chat", "--raw", path, "--source-language", "en"]
    options += ["--on-bad-record", "skip"]
    with caplog.at_level(logging.INFO, "lingraft"):
        kind, records = build(tmp_path / "talks_en.parquet", *options)
    assert kind == "chat"
    assert [record["messages"] for record in records] == [talks[0], talks[0]]
    for line in ("dropped 1: with an empty turn", "1 without the user's turns behind the last"):
        assert line in caplog.text
    shortened = read_json(meta_path(tmp_path / "talks_en.parquet"))["settings"]["shortened"]
    assert shortened == {"the user's turns behind the last answer": 1}


@pytest.mark.parametrize(
    "messages",
    [
        [], say("Who?"), say("Who?", "I.")[::-1], say("Who?", "I.", "Why?"), [{"role": "user"}],
        [*say("Who?", "I."), *say("Who?", "I.", system="Be brief.")], "Who?",
        [turn | {"name": "a"} for turn in say("Who?", "I.")], say("Who?", None),
    ],
)  # fmt: skip
def test_what_is_no_conversation_is_no_record_of_chat(messages):
    fault = find_fault({"id": "1", "messages": messages}, "chat")
    assert fault.startswith("messages is ") and "expected turns" in fault
    for turns in (say("Who?", "I."), say("Who?", "I.", "Why?", "So.", system="Be brief.")):
        assert not find_fault({"id": "1", "messages": turns}, "chat")


def test_qa_keeps_lists(tmp_path):
    record = {"id": "1", "context": "c", "question": "q", "answers": ["a", "b"]}
    write_corpus(tmp_path / "q.parquet", "qa", [record])
    assert read_corpus(tmp_path / "q.parquet") == ("qa", [record])


def test_foreign_table_is_refused(tmp_path):
    pq.write_table(pa.table({"x": [1]}), tmp_path / "x.parquet")
    with pytest.raises(InputError, match="columns x"):
        read_corpus(tmp_path / "x.parquet")
    (tmp_path / "y.parquet").write_text("no")
    with pytest.raises(InputError, match=r"y\.parquet"):
        read_corpus(tmp_path / "y.parquet")


@pytest.mark.parametrize(
    ("kind", "column", "values", "message"),
    [
        ("text", "text", ["a", None], "1 nulls in column 'text', expected texts"),
        ("text", "text", [1, 2], "column 'text' holds int64, expected string"),
        ("text", "id", [None, None], "column 'id' holds null, expected string"),
        ("qa", "answers", [["a"], ["b", None]], "1 nulls in column 'answers', expected texts"),
        ("qa", "answers", ["a", "b"], "column 'answers' holds string, expected list"),
        ("chat", "messages", [say("a", "b"), say("a", None)], "1 nulls in column 'messages'"),
        ("chat", "messages", ["a", "b"], "column 'messages' holds string, expected list"),
    ],
)
def test_a_corpus_of_others_is_of_texts(tmp_path, kind, column, values, message):
    path = tmp_path / "x.parquet"
    columns = {name: ["a", "b"] for name in KINDS[kind].fields} | {column: values}
    if kind == "qa" and column != "answers":
        columns["answers"] = [["a"], ["b"]]
    pq.write_table(pa.table(columns), path)
    with pytest.raises(InputError, match=f"{path}: {message}"):
        read_corpus(path)


def test_a_corpus_of_others_may_have_long_texts_and_no_category(tmp_path):
    columns = {"id": ["1"], "question": ["a"], "answers": [["b"]], "category": [None]}
    types = [pa.large_string(), pa.large_string(), pa.list_(pa.string()), pa.string()]
    arrays = [pa.array(values, kind) for values, kind in zip(columns.values(), types, strict=True)]
    pq.write_table(pa.table(arrays, names=list(columns)), tmp_path / "x.parquet")
    kind, [record] = read_corpus(tmp_path / "x.parquet")
    assert kind == "question" and record == {name: values[0] for name, values in columns.items()}
