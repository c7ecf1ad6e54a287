"""Several languages in one tokenizer: ids in order, nothing lost, English as before."""

import os
import random

import pytest
import regex

from scripts.common.files import read_json, sha256
from tests.support.extended_tokenizers import (
    CLASSES,
    ENGLISH,
    encode,
    extend,
    load,
    write_texts,
)
from tests.support.published_files import GITHUB, needs_mirror, read_lines

SIZES = {"zh": 120, "ar": 40, "fa": 20, "hi": 30}
ALPHABETS = [
    "".join(map(chr, range(0x20))) + "\x7f\x85\u2028",
    " \t\n\u00a0\u3000\u200b\u200d\ufeff",
    "abcXYZ'’“0189_<|>/.,!?",
    "中文件页面，。！？（）「」",
    "كتابمدرسةً،؟٣کگچ",
    "किताबहै।ँ्३",
    "😀👨‍👩‍👧🇬🇧⛵✓ﬁé\u0301Ωя가かナ𠀀\U0010ffff",
]
LITERALS = ["<s>", "</s>", "<unk>", "<pad>", "<0x0A>", "▁", "Ġ", "<|im_start|>", "<|late|>", "   "]


@pytest.fixture(scope="module")
def base(bare_base):
    return bare_base


@pytest.fixture(scope="module")
def extended(base, corpora, tmp_path_factory):
    return extend(base, tmp_path_factory.mktemp("extended") / "extended", SIZES, corpora)


def write_noise(seed, length=60):
    """Draw from all alphabets at once, one character, literal or repetition after another."""
    draw = random.Random(seed)
    parts = []
    while len(parts) < length:
        letters = draw.choice([*ALPHABETS, LITERALS])
        parts += [draw.choice(letters) * draw.choice([1, 1, 1, 2, 5]) for _ in range(4)]
    return "".join(parts)


def test_ids_stand_language_by_language_in_the_order_of_the_study(
    base, corpora, extended, tmp_path
):
    tokens = read_json(extended / "extension.json")["tokens"]
    size = load(base).get_vocab_size()
    assert [token["id"] for token in tokens] == list(range(size, size + sum(SIZES.values())))
    expected = [language for language, count in SIZES.items() for _ in range(count)]
    assert [token["language"] for token in tokens] == expected
    again = extend(base, tmp_path / "again", SIZES, corpora, "--processes", "2")
    assert sha256(again / "tokenizer.json") == sha256(extended / "tokenizer.json")


def test_languages_of_one_script_share_pieces(extended):
    tokens = read_json(extended / "extension.json")["tokens"]
    pieces = [token.get("text", token.get("hex")) for token in tokens]
    assert len(set(pieces)) == len(pieces)
    own = {token["text"] for token in tokens if token["language"] == "fa" and "text" in token}
    assert own and all(regex.fullmatch(f" ?{CLASSES['fa']}+", piece) for piece in own)


def test_every_new_token_is_reached(extended):
    tokenizer = load(extended)
    whole = [token for token in read_json(extended / "extension.json")["tokens"] if "text" in token]
    assert len(whole) > 150
    for token in whole:
        assert encode(tokenizer, token["text"]) == [token["id"]]


@pytest.mark.parametrize("seed", range(200))
def test_nothing_is_lost_of_noise(base, extended, seed):
    text, tokenizer = write_noise(seed), load(extended)
    ids = encode(tokenizer, text)
    assert tokenizer.decode(ids, skip_special_tokens=False) == text
    plain = regex.sub("|".join(CLASSES.values()), "", text)
    assert encode(tokenizer, plain) == encode(load(base), plain)


def read_mirror():
    """Return lines of the mirror's text files: 5,000, or each with LINGRAFT_WHOLE_MIRROR=1.

    All of them take minutes.
    """
    lines = dict.fromkeys(ENGLISH)
    for path in sorted(GITHUB.rglob("*")):
        if path.is_file() and path.suffix != ".model":
            lines |= dict.fromkeys(path.read_text(encoding="utf-8").split("\n"))
    if os.environ.get("LINGRAFT_WHOLE_MIRROR"):
        return list(lines)
    return random.Random(8).sample(list(lines), 5000)


@needs_mirror
def test_the_mirror_survives_and_its_english_is_as_before(base, tmp_path):
    """Nothing is lost of any line; those without a character of the scripts keep their ids."""
    texts = {
        language: [write_texts(tmp_path / language, read_lines(f"*/*/*/*/*/flores-dev.{language}"))]
        for language in ("zh", "ar", "hi")
    }
    sizes = {"zh": 2000, "ar": 1000, "hi": 1000}
    tokenizer = load(extend(base, tmp_path / "extended", sizes, texts))
    lines, one = read_mirror(), regex.compile("|".join(CLASSES.values()))
    encoded = tokenizer.encode_batch_fast(lines, add_special_tokens=False)
    ids = [found.ids for found in encoded]
    assert tokenizer.decode_batch(ids, skip_special_tokens=False) == lines
    old = load(base).encode_batch_fast(lines, add_special_tokens=False)
    english = [place for place, line in enumerate(lines) if not one.search(line)]
    assert all(ids[place] == old[place].ids for place in english)
    assert len(english) > 2000
