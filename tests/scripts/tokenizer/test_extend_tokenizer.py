"""An extended tokenizer: English as before, every new token in use, nothing lost."""

import random

import pytest

from scripts.common.errors import InputError
from scripts.common.files import read_json, sha256, write_json
from scripts.tokenizer.script_class import begins_only, compile_script_class, may_become_token
from tests.support.extended_tokenizers import (
    ENGLISH,
    chinese_lines,
    encode,
    extend,
    load,
    write_texts,
)

MIXED = [
    *chinese_lines(50, seed=9),
    "今天weather很好😀，“我们”去café公园吧。",
    "  三个   空格 和 <|im_start|> 与<|late|>，<s>",
    "\ufeff文件\u3000页面\r\n\t密码\x00\x01ﬁ的，。，。，，，，。",
    "文文文文文件件件 文 件，ًالملف الصفحة、かな한국어𠀀",
    *ENGLISH,
]


@pytest.fixture(scope="module")
def base(bare_base):
    return bare_base


@pytest.fixture(scope="module")
def extended(base, corpora, tmp_path_factory):
    output = tmp_path_factory.mktemp("extended") / "extended"
    return extend(base, output, {"zh": 120, "ar": 40}, corpora)


def test_english_is_tokenized_as_before(base, extended):
    old, new = load(base), load(extended)
    draw = random.Random(3)
    alphabet = [chr(code) for code in range(0x20, 0x600)] + list(
        "“”‘’—…€™→≤✓ﬁ😀⛵\u200b\u2028\ufeff"
    )
    noise = ["".join(draw.choices(alphabet, k=40)) for _ in range(300)]
    for line in [*ENGLISH, *noise]:
        assert encode(new, line) == encode(old, line)


def test_nothing_is_lost(extended):
    tokenizer = load(extended)
    for line in MIXED:
        assert tokenizer.decode(encode(tokenizer, line), skip_special_tokens=False) == line


def test_every_new_token_is_encoded_as_itself(base, extended):
    tokenizer, extension = load(extended), read_json(extended / "extension.json")
    texts = [token for token in extension["tokens"] if "text" in token]
    assert len(texts) > 100
    for token in texts:
        assert encode(tokenizer, token["text"]) == [token["id"]]
        assert encode(load(base), token["text"]) == token["parts"]


def test_ids_follow_the_base_without_a_gap(base, extended):
    extension = read_json(extended / "extension.json")
    size = load(base).get_vocab_size()
    assert extension["base_size"] == size
    assert extension["size"] == size + 160 == load(extended).get_vocab_size()
    assert [token["id"] for token in extension["tokens"]] == list(range(size, size + 160))
    assert extension["languages"] == {"zh": 120, "ar": 40}
    assert max(part for token in extension["tokens"] for part in token["parts"]) < size


def test_the_base_keeps_its_ids_and_settings(base, extended):
    old, new = load(base), load(extended)
    assert old.get_vocab().items() <= new.get_vocab().items()
    assert new.token_to_id("<|late|>") == old.token_to_id("<|late|>")
    spec, new_spec = read_json(base / "tokenizer.json"), read_json(extended / "tokenizer.json")
    assert new_spec["model"]["merges"][: len(spec["model"]["merges"])] == spec["model"]["merges"]
    for key in spec.keys() - {"model"}:
        assert new_spec[key] == spec[key]
    for name in ("tokenizer_config.json", "chat_template.jinja"):
        assert sha256(extended / name) == sha256(base / name)


def test_chinese_takes_half_the_tokens(base, extended):
    lines = chinese_lines(100, seed=5)
    old, new = (
        sum(len(encode(load(folder), line)) for line in lines) for folder in (base, extended)
    )
    assert new <= 0.5 * old


def test_same_input_same_bytes_whatever_the_order_of_lines(base, corpora, extended, tmp_path):
    lines = chinese_lines()
    random.Random(4).shuffle(lines)
    texts = corpora | {"zh": [write_texts(tmp_path / "shuffled.parquet", lines)]}
    again = extend(base, tmp_path / "extended", {"zh": 120, "ar": 40}, texts)
    assert sha256(again) == sha256(extended)


def test_transformers_reads_the_same_ids(extended):
    from transformers import AutoTokenizer

    loaded, tokenizer = AutoTokenizer.from_pretrained(extended), load(extended)
    assert len(loaded) == tokenizer.get_vocab_size()
    assert loaded.eos_token == "<|im_end|>"
    for line in MIXED:
        assert loaded.encode(line, add_special_tokens=False) == encode(tokenizer, line)


def test_an_extended_tokenizer_can_be_extended_again(base, corpora, extended, tmp_path):
    first = extend(base, tmp_path / "zh", {"zh": 120}, corpora)
    both = extend(first, tmp_path / "both", {"ar": 40}, corpora)
    assert sha256(both / "tokenizer.json") == sha256(extended / "tokenizer.json")


def test_merges_written_as_strings_stay_strings(base, corpora, tmp_path):
    spec = read_json(base / "tokenizer.json")
    spec["model"]["merges"] = [" ".join(pair) for pair in spec["model"]["merges"]]
    old = tmp_path / "old"
    write_json(old / "tokenizer.json", spec)
    output = extend(old, tmp_path / "extended", {"zh": 20}, corpora)
    merges = read_json(output / "tokenizer.json")["model"]["merges"]
    assert all(isinstance(merge, str) for merge in merges)
    assert load(output).get_vocab_size() == load(base).get_vocab_size() + 20


@pytest.mark.parametrize(
    ("piece", "expected"),
    [
        ("中", True),
        ("中国", True),
        (" 中国", True),
        ("，", True),
        (b"\xe4\xb8", True),  # begins U+4E00 to U+4E3F only
        (b"\xe4\xb7", False),  # begins hexagrams, which are not Han
        (b"\xe2\x80", False),  # begins curly quotes
        (b"\xe4", False),
        (b"\xb8\xad", False),
        ("中".encode() + b"\xe5", False),
        (b"\xe4\xb8\xad\xe5\x9b", False),
        (b" ", False),
        ("中a", False),
        ("  中", False),
        ("”", False),
        ("中国人民银行", False),  # longer than allowed
    ],
)
def test_what_may_become_a_token(piece, expected):
    script = compile_script_class("zh", r"[\u4e00-\u9fff\uff0c]", longest=4)
    piece = piece.encode() if isinstance(piece, str) else piece
    assert may_become_token(piece, script) is expected


def test_first_bytes_are_judged_by_every_character_they_begin():
    one = compile_script_class("ar", r"[\u0600-\u06ff]", 4).one
    for lead in range(0x100):
        assert begins_only(bytes([lead]), one) is (0xD8 <= lead <= 0xDB)


@pytest.mark.parametrize(
    ("sizes", "more", "message"),
    [
        ({"zh": 90000}, [], r"hold only \d+ pieces to learn; expected at least the 90000"),
        ({"de": 10}, [], "language 'de' has no character class"),
        ({"de": 10}, ["--graft", "de=[a-zäöü]"], "takes in 'a'"),
        ({"de": 10}, ["--graft", "de=[ä"], "character class of 'de'"),
        ({"zh": 0}, [], "expected a number of new tokens"),
    ],
)
def test_refusals_leave_nothing_behind(base, corpora, tmp_path, sizes, more, message):
    with pytest.raises(InputError, match=message):
        extend(base, tmp_path / "extended", sizes, corpora, *more)
    assert not list(tmp_path.iterdir())


def test_a_column_must_be_named_where_there_is_no_text(base, corpora, tmp_path):
    path = corpora["zh"][0].removesuffix(":target")
    with pytest.raises(InputError, match=r"no column 'text'; name one, as in .*:target"):
        extend(base, tmp_path / "extended", {"zh": 10}, {"zh": [path]})
    with pytest.raises(InputError, match=r"no column 'tagret'; did you mean 'target'"):
        extend(base, tmp_path / "extended", {"zh": 10}, {"zh": [f"{path}:tagret"]})
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        extend(base, tmp_path / "extended", {"zh": 10}, {"zh": [tmp_path / "none.parquet"]})


@pytest.mark.parametrize("kind", ["Unigram", "BPE", "file", "none"])
def test_only_byte_level_bpe(corpora, tmp_path, kind):
    folder = tmp_path / "other"
    folder.mkdir()
    message = "only BPE of bytes, or of characters with byte fallback, can be extended"
    if kind == "file":
        message = "tokenizer.model: no SentencePiece model"
        (folder / "tokenizer.model").write_bytes(b"\n\x0e\n\x05<unk>")
    elif kind == "none":
        message = "no tokenizer.json and no tokenizer.model"
    else:
        spec = {"model": {"type": kind, "vocab": {}}, "pre_tokenizer": None, "added_tokens": []}
        write_json(folder / "tokenizer.json", spec)
    with pytest.raises(InputError, match=message):
        extend(folder, tmp_path / "extended", {"zh": 10}, corpora)
