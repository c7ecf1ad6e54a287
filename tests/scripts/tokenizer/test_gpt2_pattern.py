"""The arrays find the pre-tokens that the tokenizer's own library finds, of any character."""

import random

import numpy as np
import pytest
from tokenizers import pre_tokenizers

from scripts.tokenizer.gpt2_pattern import Gpt2Splitter, find_splitter

GPT2 = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
SURROGATES = range(0xD800, 0xE000)
DIGITS = {"type": "Digits", "individual_digits": True}


def find_lengths(splitter, text):
    codes = np.array(list(map(ord, text)))
    splitter.learn(codes)
    starts = np.flatnonzero(splitter.find_starts(codes, np.zeros(1, dtype=int)))
    return np.diff(starts, append=len(text)).tolist()


@pytest.mark.parametrize("digits", [False, True])
def test_any_characters_side_by_side(digits):
    draw = random.Random(3)
    steps = [pre_tokenizers.Digits(individual_digits=True)] * digits
    library = pre_tokenizers.Sequence([*steps, pre_tokenizers.ByteLevel(add_prefix_space=False)])
    splitter = Gpt2Splitter(digits)
    allowed = [code for code in range(0x30000) if code not in SURROGATES]
    for _ in range(300):
        drawn = map(chr, draw.choices(allowed, k=60))
        text = "".join(part for one in drawn for part in (one, draw.choice(["", " ", "a", "'s"])))
        expected = [end - start for _, (start, end) in library.pre_tokenize_str(text)]
        assert find_lengths(splitter, text) == expected


def test_only_its_own_pattern_is_read():
    assert find_splitter(GPT2).digits is None
    assert find_splitter({"type": "Sequence", "pretokenizers": [DIGITS, GPT2]}).digits is not None
    for other in (
        GPT2 | {"add_prefix_space": True},
        GPT2 | {"use_regex": False},
        DIGITS,
        {"type": "Sequence", "pretokenizers": [GPT2, GPT2]},
        {"type": "Sequence", "pretokenizers": [DIGITS | {"individual_digits": False}, GPT2]},
        {"type": "Sequence", "pretokenizers": []},
    ):
        assert find_splitter(other) is None
