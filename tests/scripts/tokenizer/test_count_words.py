"""Pre-tokens are counted the same by arrays and one by one, by one process and by two."""

import random

import pytest
import regex
from tokenizers import Regex, Tokenizer, models, normalizers, pre_tokenizers

from scripts.tokenizer import count_words as module
from scripts.tokenizer.byte_level import read_piece, write_piece
from scripts.tokenizer.count_words import count_words, split_chunks
from tests.support.extended_tokenizers import chinese_lines

HAN = regex.compile(r"[\u4e00-\u9fff]")
GPT2 = pre_tokenizers.ByteLevel(add_prefix_space=False)
# Split at spaces alone, which is nobody's pattern: counted one by one.
SPLIT = pre_tokenizers.Sequence(
    [
        pre_tokenizers.Split(Regex(" "), "merged_with_next"),
        pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False),
    ]
)
MIXED = [
    *"'''sstdmrevl   \n\t\r中中文，。aZ09½²０.-!?é😀👩🏽🚀𠀀①Ⅷ",
    "'ll",
    "'re",
    "'s ",
    "  ",
    "\n中",
]
MIXED += [chr(code) for code in (0x3000, 0x301, 0x64B, 0x200D, 0xA0, 0xFEFF, 0x2028, 0x85, 0, 0x1C)]


def make(pre_tokenizer, normalizer=None):
    made = Tokenizer(models.BPE())
    made.normalizer = normalizer or normalizers.NFC()
    made.pre_tokenizer = pre_tokenizer
    return made.to_str()


def test_only_words_of_the_script_count():
    texts = ["no such word", "中文 中文，page 3e\u0301 x中", "中文"]
    words = {"中文": 2, " 中文": 1, " x中": 1}
    assert count_words(make(GPT2), texts, HAN).as_dict() == {
        word.encode(): count for word, count in words.items()
    }


@pytest.mark.parametrize("pre_tokenizer", [GPT2, SPLIT])
@pytest.mark.parametrize("processes", [1, 2])
def test_processes_and_chunks_change_nothing(pre_tokenizer, monkeypatch, processes):
    lines, tokenizer = chinese_lines(90), make(pre_tokenizer)
    whole = module.count_chunk(tokenizer, lines, HAN).as_dict()
    monkeypatch.setattr(module, "CHUNK", 500)
    found = count_words(tokenizer, iter(lines), HAN, processes).as_dict()
    assert found == whole
    assert all(HAN.search(word.decode()) for word in found)


@pytest.mark.parametrize("one", [r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]", "(?s:.)"])
@pytest.mark.parametrize("normalizer", [normalizers.NFC(), normalizers.NFKC()])
@pytest.mark.parametrize("digits", [False, True])
def test_arrays_count_what_the_tokenizer_splits(digits, normalizer, one, monkeypatch):
    steps = [pre_tokenizers.Digits(individual_digits=True)] * digits
    tokenizer = make(pre_tokenizers.Sequence([*steps, GPT2]), normalizer)
    draw = random.Random(1)
    pattern = regex.compile(one)
    monkeypatch.setattr(module, "CHUNK", 200)
    for _ in range(60):
        texts = ["".join(draw.choices(MIXED, k=draw.randint(0, 25))) for _ in range(30)]
        expected = module.count_chunk(tokenizer, texts, pattern).as_dict()
        assert count_words(tokenizer, texts, pattern).as_dict() == expected


def test_nothing_is_counted_in_text_of_other_scripts():
    assert count_words(make(GPT2), ["", "none"], HAN).as_dict() == {}
    assert count_words(make(GPT2), [], HAN).as_dict() == {}


def test_chunks_hold_all_texts_in_order():
    texts = ["a" * length for length in (3, 0, 9, 1, 1)]
    chunks = list(split_chunks(texts, 4))
    assert [text for chunk in chunks for text in chunk] == texts
    assert [len(chunk) for chunk in chunks] == [3, 2]


def test_every_byte_has_a_character_and_back():
    piece = bytes(range(256))
    assert read_piece(write_piece(piece)) == piece
    assert write_piece(piece).translate(module.LATIN_1).encode("latin-1") == piece
