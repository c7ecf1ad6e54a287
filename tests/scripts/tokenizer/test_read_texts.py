"""Texts that vocabularies are learned from are read out of every kind of corpus."""

import pytest

from scripts.common.errors import InputError
from scripts.data.corpora import write_corpus
from scripts.plan.texts import text_columns
from scripts.study.registry import Dataset
from scripts.tokenizer.read_texts import read_texts
from tests.support.conversations import say


def test_every_turn_of_a_conversation_is_a_text(tmp_path):
    talks = [say("Who?", "I.", system="Be brief."), say("什么？", "无。")]
    records = [{"id": str(number), "messages": talk} for number, talk in enumerate(talks)]
    write_corpus(tmp_path / "talks_en.parquet", "chat", records)
    found = read_texts([f"{tmp_path}/talks_en.parquet:messages"])
    assert found == ["Be brief.", "Who?", "I.", "什么？", "无。"]
    with pytest.raises(InputError, match="no column 'text'"):
        read_texts([f"{tmp_path}/talks_en.parquet"])


def test_the_plan_names_the_column_of_conversations():
    dataset = Dataset("talks_en", {"kind": "chat", "languages": {"en": ""}}, ("en",))
    (column,) = text_columns([dataset], "en", "clean")
    assert column.endswith("clean/talks_en.parquet:messages")
