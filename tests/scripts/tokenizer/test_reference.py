"""Which pairs an English text bars: those that the tokenizer itself leaves beside each other."""

from itertools import pairwise

import pytest

from scripts.common.errors import InputError
from scripts.tokenizer.extension_file import Changes
from scripts.tokenizer.reference import compare_texts, find_joints, find_pairs, report_changes
from scripts.tokenizer.tokenizer_kind import read_bpe
from tests.support import pieces
from tests.support.extended_tokenizers import ENGLISH, encode, load
from tests.support.tokenizer_kinds import KINDS

TEXTS = [*ENGLISH, "", "ʰ⁰ \n\n  x", "e\u0301tude 123456 don't they're"]


@pytest.mark.parametrize("kind", ["llama3", "qwen", "pythia", "starcoder", "falcon", "bloom"])
def test_pairs_are_those_of_each_pre_token(kind, tmp_path):
    base = KINDS[kind](tmp_path / "base")
    tokenizer, spec = load(base), read_bpe(base)
    found = find_pairs(spec, TEXTS)
    expected = set()
    for text in TEXTS:
        normalized = tokenizer.normalizer.normalize_str(text) if tokenizer.normalizer else text
        for word, _ in tokenizer.pre_tokenizer.pre_tokenize_str(normalized):
            expected |= set(pairwise(part.id for part in tokenizer.model.tokenize(word)))
    assert len(found) >= len(expected) > 100
    assert all(pair in found for pair in expected)
    if kind != "llama3":  # which looks whole words up, where merges may leave several tokens
        assert len(found) == len(expected)
    assert (0, 0) not in found


def test_what_neighbours_spell_with_one_space_for_a_run(tmp_path):
    base = load(pieces.write_base(tmp_path / "base"))
    names = {number: name for name, number in base.get_vocab().items()}
    text = "The harbour   was"
    found = find_joints(base, [text])
    ids = encode(base, text)
    assert {names[left] + names[right] for left, right in pairwise(ids)} <= found
    assert all(
        names[left][-1] != "▁" or "▁" + names[right] in found for left, right in pairwise(ids)
    )


def test_a_change_that_must_not_be_is_an_error_of_one_line(bare_base, extended_tokenizer):
    found = compare_texts(load(bare_base), load(extended_tokenizer), ["a", "文件", "b 页面"])
    assert (found.lines, found.changed, found.example) == (3, 2, "文件")
    report_changes(found, unchanged=False)
    with pytest.raises(InputError, match=r"2 of 3 lines of the reference text change.*文件"):
        report_changes(found, unchanged=True)
    report_changes(Changes(3, 0, 9, 9), unchanged=True)
