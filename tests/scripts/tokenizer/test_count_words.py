"""Pre-tokens are counted the same by one process and by two, chunk by chunk."""

from collections import Counter

import pytest
import regex
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers

from scripts.tokenizer import count_words as module
from scripts.tokenizer.byte_level import read_piece, write_piece
from scripts.tokenizer.count_words import count_words, split_chunks
from tests.support.extended_tokenizers import chinese_lines

HAN = regex.compile(r"[\u4e00-\u9fff]")


@pytest.fixture
def tokenizer():
    made = Tokenizer(models.BPE())
    made.normalizer = normalizers.NFC()
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    return made.to_str()


def test_only_words_of_the_script_count(tokenizer):
    texts = ["no such word", "中文 中文，page 3e\u0301 x中", "中文"]
    words = {"中文": 2, " 中文": 1, " x中": 1}
    assert count_words(tokenizer, texts, HAN) == {
        word.encode(): count for word, count in words.items()
    }


@pytest.mark.parametrize("processes", [1, 2])
def test_processes_and_chunks_change_nothing(tokenizer, monkeypatch, processes):
    lines = chinese_lines(90)
    whole = module.count_chunk(tokenizer, lines, HAN)
    monkeypatch.setattr(module, "CHUNK", 500)
    found = count_words(tokenizer, iter(lines), HAN, processes)
    assert isinstance(found, Counter)
    assert found == whole
    assert all(HAN.search(word.decode()) for word in found)


def test_chunks_hold_all_texts_in_order():
    texts = ["a" * length for length in (3, 0, 9, 1, 1)]
    chunks = list(split_chunks(texts, 4))
    assert [text for chunk in chunks for text in chunk] == texts
    assert [len(chunk) for chunk in chunks] == [3, 2]


def test_every_byte_has_a_character_and_back():
    piece = bytes(range(256))
    assert read_piece(write_piece(piece)) == piece
    assert write_piece(piece).translate(module.LATIN_1).encode("latin-1") == piece
