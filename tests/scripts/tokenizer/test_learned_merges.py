"""The merges learned from mixed text are those learned on 22 November 2026, one for one.

The hashes were computed by the code of then, which counted with the tokenizer's own pre-tokenizer
and applied the base's merges to whole words. Another hash here means another vocabulary in every
study that extends a byte-level one, whose stages would all be trained again: fix the code, not the
hash.
"""

import hashlib
import random

import pytest

from scripts.tokenizer.byte_level import learn_tokens, write_piece
from scripts.tokenizer.script_class import compile_script_class

HAN = r"[\u3000-\u303f\u3400-\u4dbf\u4e00-\u9fff\uff00-\uffef]"
BASE = "th he in er the  t  th ll 's é é 中 文 中文 数据 ，我 \u3000\u3000 x中 。” 😀 क ¿中"
LATIN = "the it's we'll don't I'M café e\u0301te\u0301 naïve x中 page No.1 2026 3½ ² Ⅷ ① '' --"
SIGNS = "， 。 、 ： ” 😀 👩🏽‍🚀 🇨🇳 \u0301 中\u0301 が か\u3099 한 हिन्दी"
SPACES = ["", "", "", " ", "  ", "\n", "\t ", "\u3000", "\u3000\u3000", "\u00a0", "\r\n", " \u2003"]
GPT2 = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
PATTERN = r"[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
SPLIT = {"type": "Split", "pattern": {"Regex": PATTERN}, "behavior": "Isolated", "invert": False}
STEPS = {
    "gpt2": [GPT2],
    "digits": [{"type": "Digits", "individual_digits": True}, GPT2],
    "llama3": [SPLIT, GPT2 | {"use_regex": False}],
}


def make_spec(steps, normalizer):
    """Return a tokenizer of all bytes but a few, which merges each word of `BASE` from its left."""
    missing = {0x01, 0xAD, 0xF1}
    names = [write_piece(bytes([byte])) for byte in range(256) if byte not in missing]
    vocab = {name: token for token, name in enumerate(names)}
    merges = []
    for word in BASE.split(" "):
        written = write_piece(word.encode())
        for end in range(2, len(written) + 1):
            pair = [written[: end - 1], written[end - 1]]
            if pair not in merges and pair[0] in vocab and pair[1] in vocab:
                merges.append(pair)
                vocab.setdefault("".join(pair), len(vocab))
    return {
        "version": "1.0",
        "normalizer": {"type": normalizer} if normalizer else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": steps},
        "added_tokens": [],
        "model": {"type": "BPE", "vocab": vocab, "merges": merges},
    }


def mixed_texts():
    """Return lines of Chinese syllables of unequal frequency among everything else."""
    draw = random.Random(20)
    words = [
        "".join(
            chr(0x4E00 + int(draw.paretovariate(0.6)) % 3000) for _ in range(draw.randint(1, 4))
        )
        for _ in range(1500)
    ]
    latin, signs, lines = LATIN.split(), SIGNS.split(), []
    for _ in range(3000):
        line = ""
        for _ in range(draw.randint(0, 12)):
            space = draw.choice(SPACES)
            rank = min(int(draw.paretovariate(0.5)), len(words)) - 1
            word = words[rank]
            word = draw.choice([word, word, word * 2, draw.choice(latin), draw.choice(signs)])
            line += space + word
        lines.append(line + draw.choice(SPACES))
    return lines


def hash_merges(steps, normalizer=None, processes=1):
    script = compile_script_class("zh", HAN, 16)
    spec = make_spec(STEPS[steps], normalizer)
    merges = learn_tokens(spec, mixed_texts(), script, 1500, "zh", processes)
    assert sum(merge.new for merge in merges) > 800
    found = [(merge.left, merge.right, merge.token, merge.piece, merge.new) for merge in merges]
    return hashlib.sha256(repr(found).encode()).hexdigest()


@pytest.mark.parametrize(
    ("steps", "normalizer", "expected"),
    [
        ("gpt2", None, "c308fdde9b119f590bdacbe1276a8ced9f9703d0fa9149e8fb4024c959f99608"),
        ("gpt2", "NFKC", "a2d7a14e7295674e35c69ae981bf1b34bc825d58a264d28869e8eb8f3b6a0de8"),
        ("digits", None, "bef99e99ceb262d97d258d1b498bd2d58610b7c4fecd14e75d1d7c7aab09736f"),
        ("llama3", "NFC", "4f6112fb9ca31bf5217a8e53593a4df7d8f93691f9efa091bcee6210ea024c9d"),
    ],
)
def test_the_merges_are_those_of_then(steps, normalizer, expected):
    assert hash_merges(steps, normalizer) == expected


@pytest.mark.parametrize("steps", ["gpt2", "llama3"])
def test_two_processes_learn_the_same(steps):
    assert hash_merges(steps, processes=2) == hash_merges(steps)
