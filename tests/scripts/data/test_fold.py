"""Folded text has the same characters where two texts say the same, and its bounds are kept."""

import numpy as np
import pytest

from scripts.data.fold import RECORD_END, fold_block, join_fields
from scripts.data.hashes import hash_stretches, prefix_sums


def fold(*fields):
    codes = fold_block([join_fields(fields)]).codes
    assert codes[-1] == RECORD_END
    return "".join(map(chr, codes[:-1]))


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("Ｈｅｌｌｏ, “World”！ ２", "helloworld2"),
        ("ﬁle Straße", "filestrasse"),
        ("FILE STRASSE", "filestrasse"),
        ("…，。!", ""),
        ("a &lt;b&gt; &amp;amp; c&#39;d", "abcd"),
        ("e\u0301te\u0301", "été"),
        ("頭髮後裡", "头发后里"),
        ("مُحَمَّد", "محمد"),
        ("line\nbreak\r\n", "linebreak"),
        ("zero\u200bwidth", "zerowidth"),
        ("ไม่", "ไม่"),
    ],
)
def test_folding(text, folded):
    assert fold(text) == folded


def test_vowel_signs_of_hindi_are_kept():
    assert fold("कि") != fold("का")


def test_bounds_of_records_fields_lines_and_sentences():
    folded = fold_block([join_fields(["One. Two\nthree", ""]), join_fields(["e.g.this", "四。五"])])
    assert folded.records.tolist() == [11, 20]
    assert folded.fields.tolist() == [11, 11, 19 - 1, 20]
    assert folded.lines.tolist() == [6, 11, 11, 18, 20]
    assert folded.sentences.tolist() == [3, 6, 11, 11, 18, 19, 20]


def test_separators_in_text_are_no_bounds():
    folded = fold_block([join_fields(["a\x00b\x01c"])])
    assert (len(folded.records), len(folded.fields)) == (1, 1)


def test_equal_stretches_have_equal_hashes_wherever_they_are():
    codes = np.array([7, 8, 9, 1, 7, 8, 9, 8], np.uint32)
    starts, ends = np.array([0, 4, 4, 5]), np.array([3, 7, 8, 8])
    hashes = hash_stretches(prefix_sums(codes), starts, ends)
    assert hashes[0] == hashes[1]
    assert len(set(hashes.tolist())) == 3
