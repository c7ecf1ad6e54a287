"""Which pairs an English text bars: those that the tokenizer itself leaves beside each other."""

from itertools import pairwise

import numpy as np
import pytest

from scripts.common.errors import InputError
from scripts.tokenizer import reference
from scripts.tokenizer.extension_file import Changes
from scripts.tokenizer.reference import (
    compare_texts,
    find_joints,
    find_pairs,
    find_partial,
    report_changes,
)
from tests.support import pieces
from tests.support.extended_tokenizers import ENGLISH, encode, load
from tests.support.tokenizer_kinds import KINDS

TEXTS = [*ENGLISH, "", "ʰ⁰ \n\n  x", "e\u0301tude 123456 don't they're"]


@pytest.mark.parametrize("kind", KINDS)
def test_pairs_are_those_of_each_text(kind, tmp_path, monkeypatch):
    tokenizer = load(KINDS[kind](tmp_path / "base"))
    partial = find_partial(tokenizer, in_bytes=kind not in ("gemma", "metaspace"))
    assert 100 < partial.sum() < 200
    every = {pair for text in TEXTS for pair in pairwise(encode(tokenizer, text))}
    expected = {pair for pair in every if not partial[list(pair)].any()}
    assert set(find_pairs(tokenizer, TEXTS, partial)) == expected
    assert 100 < len(expected) < len(every)
    monkeypatch.setattr(reference, "CHUNK", 9)
    monkeypatch.setattr(reference, "WAITING", 9)
    again = find_pairs(tokenizer, TEXTS, partial)
    assert set(again) == expected and len(again) == len(expected)
    assert all(pair in again for pair in expected) and (0, 0) not in again
    assert not find_pairs(tokenizer, [], partial)


def test_what_neighbours_spell_with_one_space_for_a_run(tmp_path):
    base = load(pieces.write_base(tmp_path / "base"))
    names = {number: name for name, number in base.get_vocab().items()}
    text = "The harbour   was"
    found = find_joints(base, [text], find_partial(base, in_bytes=False))
    ids = encode(base, text)
    assert {names[left] + names[right] for left, right in pairwise(ids)} <= found
    assert all(
        names[left][-1] != "▁" or "▁" + names[right] in found for left, right in pairwise(ids)
    )


def test_a_change_that_must_not_be_is_an_error_of_one_line(bare_base, extended_tokenizer):
    base, extended, texts = load(bare_base), load(extended_tokenizer), ["a", "文件", "b 页面"]
    partial = find_partial(base, in_bytes=True)
    found = compare_texts(base, extended, texts, partial)
    assert (found.lines, found.changed, found.quoted, found.example) == (3, 2, 2, "")
    report_changes(found, unchanged=True)
    found = compare_texts(base, extended, texts, np.zeros_like(partial))
    assert (found.lines, found.changed, found.quoted, found.example) == (3, 2, 0, "文件")
    report_changes(found, unchanged=False)
    with pytest.raises(InputError, match=r"2 of 3 lines of the reference text change.*文件"):
        report_changes(found, unchanged=True)
    report_changes(Changes(3, 1, 1, 9, 9), unchanged=True)
