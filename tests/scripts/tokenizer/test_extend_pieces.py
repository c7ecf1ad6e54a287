"""An extended SentencePiece vocabulary: English as before, one tokenizer to all who read it."""

import random

import pytest
import regex
from transformers import AutoTokenizer

from scripts.common.errors import InputError
from scripts.common.files import read_json, sha256, write_json
from scripts.tokenizer.piece_model import list_pieces, read_model
from tests.support import extended_tokenizers
from tests.support.extended_tokenizers import (
    CLASSES,
    ENGLISH,
    arabic_lines,
    chinese_lines,
    encode,
    extend,
    load,
    write_texts,
)
from tests.support.pieces import load_pieces, train_model, write_base

SIZES = {"zh": 120, "ar": 60}
TRAPS = [
    "  two spaces, then  \n\n\tlines and a tab   ",
    " ",
    "   ",
    "文件   页面 ▁密码▁▁ 今天weather很好😀，“我们”",
    "\ufeff文件\u3000页面\r\n\t密码\x00\x01ﬁ的，。，。，，，，。𠀀",
    "كتاب  مدرسة 文件 <0x41> [INST] <pad>",
    *[" " * length + "x" for length in range(40)],
]


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return write_base(tmp_path_factory.mktemp("pieces") / "base")


@pytest.fixture(scope="module")
def extended(base, corpora, tmp_path_factory):
    return extend(base, tmp_path_factory.mktemp("extended") / "extended", SIZES, corpora)


@pytest.fixture(scope="module")
def donor(tmp_path_factory):
    """A ready model: unigram, as the one that Chinese-LLaMA merges is."""
    return train_model(
        tmp_path_factory.mktemp("donor") / "donor.model", "unigram", 600, chinese=100
    )


def lines() -> list[str]:
    """Return English, Chinese and Arabic lines, traps, and noise."""
    draw = random.Random(1)
    noise = ["".join(draw.choices("ab é中文\n▁ tehi😀م", k=30)) for _ in range(500)]
    return [*ENGLISH, *chinese_lines(50, seed=9), *arabic_lines(50), *TRAPS, *noise]


def test_ids_follow_the_base_without_a_gap_in_the_order_of_the_languages(base, extended):
    extension, size = read_json(extended / "extension.json"), load_pieces(base).get_piece_size()
    tokens = extension["tokens"]
    assert extension["kind"] == "SentencePiece BPE"
    assert (extension["base_size"], extension["size"]) == (size, size + 180)
    assert extension["languages"] == SIZES
    assert [token["id"] for token in tokens] == list(range(size, size + 180))
    assert [token["language"] for token in tokens] == ["zh"] * 120 + ["ar"] * 60
    assert load_pieces(extended).get_piece_size() == load(extended).get_vocab_size() == size + 180


def test_english_is_tokenized_as_before(base, extended):
    draw = random.Random(3)
    alphabet = [chr(code) for code in range(0x20, 0x600)] + list("“”—…€™≤😀⛵\u200b\u2028\ufeff")
    noise = ["".join(draw.choices(alphabet, k=40)) for _ in range(300)]
    texts = [*ENGLISH, *noise]
    assert load_pieces(extended).encode(texts) == load_pieces(base).encode(texts)


def test_every_new_piece_is_of_its_script_and_encoded_as_itself(base, extended):
    old, model = load(base).model, load(extended).model
    for token in read_json(extended / "extension.json")["tokens"]:
        assert regex.fullmatch(f" ?{CLASSES[token['language']]}+", token["text"])
        name = token["text"].replace(" ", "▁")
        assert [part.id for part in model.tokenize(name)] == [token["id"]]
        assert [part.id for part in old.tokenize(name)] == token["parts"]


@pytest.mark.parametrize("folder", ["base", "extended"])
def test_everyone_reads_the_same_ids(folder, request, tmp_path):
    folder = request.getfixturevalue(folder)
    pieces, fast = load_pieces(folder), AutoTokenizer.from_pretrained(folder)
    fast.save_pretrained(tmp_path)
    again = AutoTokenizer.from_pretrained(tmp_path)
    expected, whole = pieces.encode(lines()), pieces.encode(lines(), add_bos=True)
    for tokenizer in (fast, again):
        assert tokenizer(lines(), add_special_tokens=False).input_ids == expected
        assert tokenizer(lines()).input_ids == whole
        assert tokenizer.batch_decode(expected) == pieces.decode(expected)


def test_a_special_token_in_a_text_is_one_unless_asked_for_its_letters(extended):
    pieces, fast = load_pieces(extended), AutoTokenizer.from_pretrained(extended)
    text = "a 文件</s> b<s>"
    expected = [*pieces.encode("a 文件"), 2, *pieces.encode(" b"), 1]
    assert fast.encode(text, add_special_tokens=False) == expected
    plain = AutoTokenizer.from_pretrained(extended, split_special_tokens=True)
    assert plain.encode(text, add_special_tokens=False) == pieces.encode(text)


def test_same_input_same_bytes_whatever_the_order_of_lines(base, corpora, extended, tmp_path):
    shuffled = chinese_lines()
    random.Random(4).shuffle(shuffled)
    texts = corpora | {"zh": [write_texts(tmp_path / "shuffled.parquet", shuffled)]}
    assert sha256(extend(base, tmp_path / "extended", SIZES, texts)) == sha256(extended)


def test_an_extended_tokenizer_can_be_extended_again(base, corpora, extended, tmp_path):
    first = extend(base, tmp_path / "zh", {"zh": 120}, corpora)
    both = extend(first, tmp_path / "both", {"ar": 60}, corpora)
    for name in ("tokenizer.json", "tokenizer.model"):
        assert sha256(both / name) == sha256(extended / name)


def test_languages_that_share_a_script_share_their_pieces(base, corpora, tmp_path):
    output = extend(base, tmp_path / "extended", {"ar": 40, "fa": 20}, corpora)
    extension = read_json(output / "extension.json")
    texts = [token["text"] for token in extension["tokens"]]
    assert extension["languages"] == {"ar": 40, "fa": 20}
    assert len(set(texts)) == len(texts) == 60


def test_tokens_that_only_the_json_has_keep_their_ids(base, corpora, tmp_path):
    own = tmp_path / "own"
    own.mkdir()
    size = load_pieces(base).get_piece_size()
    for file in base.iterdir():
        (own / file.name).write_bytes(file.read_bytes())
    fast = AutoTokenizer.from_pretrained(own)
    fast.add_special_tokens({"pad_token": "<pad>"})
    fast.save_pretrained(own)
    output = extend(own, tmp_path / "extended", {"zh": 50}, corpora)
    pieces, fast = load_pieces(output), AutoTokenizer.from_pretrained(output)
    assert pieces.piece_to_id("<pad>") == fast.pad_token_id == size
    assert pieces.is_control(size)
    assert len(fast) == pieces.get_piece_size() == size + 51
    texts = [text for text in lines() if "<pad>" not in text]
    assert fast(texts, add_special_tokens=False).input_ids == pieces.encode(texts)


def ready(donor, count="all", policy="script"):
    return {"zh": count}, ["--model", f"zh={donor}", "--policy", f"zh={policy}"]


def test_a_ready_models_pieces_are_all_taken_or_those_of_the_script(base, corpora, donor, tmp_path):
    sizes, options = ready(donor, policy="all")
    everything = extend(base, tmp_path / "all", sizes, corpora, *options)
    sizes, options = ready(donor)
    script = extend(base, tmp_path / "script", sizes, corpora, *options)
    sizes, options = ready(donor, 30)
    some = extend(base, tmp_path / "some", sizes, corpora, *options)
    names = {folder: set(vocabulary(folder)) for folder in (base, everything, script, some)}
    assert names[everything] == names[base] | model_names(donor)
    assert names[base] < names[some] < names[script] < names[everything]
    assert len(names[some]) == len(names[base]) + 30
    assert load_pieces(script).encode(ENGLISH) == load_pieces(base).encode(ENGLISH)
    assert load_pieces(everything).encode(ENGLISH) != load_pieces(base).encode(ENGLISH)
    for folder in (everything, script, some):
        expected = load_pieces(folder).encode(lines())
        assert [encode(load(folder), line) for line in lines()] == expected


@pytest.mark.parametrize(
    ("sizes", "more", "message"),
    [
        ({"zh": 90000}, [], r"hold only \d+ pieces to learn; expected at least the 90000"),
        ({"zh": 3}, [], "3 pieces leave no place beside the characters"),
        ({"en": 9}, ["--graft", r"en=[\u4e00-\u9fff]"], r"en.parquet hold no text of its script"),
        ({"en": 9}, [], "language 'en' has no character class"),
        ({"zh": 9}, ["--policy", "zh=most"], "--policy zh=most: unknown.*script"),
        ({"zh": 9}, ["--coverage", "zh=2"], "--coverage zh=2: expected 0.98 to 1"),
        ({"zh": "all"}, [], "--language zh=all: expected a number of new tokens"),
        ({"zh": 9}, ["--model", "ar=x.model"], "--model ar: no --language ar"),
        ({"zh": 9}, ["--model", "zh=none.model"], "none.model: cannot be read"),
    ],
)
def test_refusals_leave_nothing_behind(base, corpora, tmp_path, sizes, more, message):
    with pytest.raises(InputError, match=message) as error:
        extend(base, tmp_path / "extended", sizes, corpora, *more)
    assert "\n" not in str(error.value)
    assert not list(tmp_path.iterdir())


def test_a_ready_model_without_the_script_is_refused(base, corpora, donor, tmp_path):
    options = ["--model", f"ko={donor}", "--graft", r"ko=[\uac00-\ud7a3]"]
    with pytest.raises(InputError, match=r"language 'ko': .*donor.model hold only 0 pieces"):
        extend(
            base, tmp_path / "extended", {"ko": "all"}, corpora | {"ko": corpora["zh"]}, *options
        )


def test_a_byte_level_base_takes_no_ready_model(corpora, donor, tmp_path):
    folder = extended_tokenizers.write_base(tmp_path / "bytes")
    sizes, options = ready(donor)
    with pytest.raises(InputError, match="is for a SentencePiece base"):
        extend(folder, tmp_path / "extended", sizes, corpora, *options)
    with pytest.raises(InputError, match=r"en.parquet hold no text of its script"):
        extend(folder, tmp_path / "extended", {"zh": 9}, corpora | {"zh": corpora["en"]})


def test_another_kind_of_base_is_refused(base, corpora, tmp_path):
    folder = tmp_path / "other"
    train_model(folder / "tokenizer.model", "unigram")
    with pytest.raises(InputError, match="a unigram model; only BPE can be extended"):
        extend(folder, tmp_path / "extended", {"zh": 9}, corpora)
    train_model(folder / "tokenizer.model")
    with pytest.raises(InputError, match=r"no tokenizer.json beside tokenizer.model"):
        extend(folder, tmp_path / "extended", {"zh": 9}, corpora)
    spec = read_json(base / "tokenizer.json")
    spec["model"]["vocab"]["▁"] += 1
    write_json(folder / "tokenizer.json", spec)
    with pytest.raises(InputError, match=r"has '▁' as piece \d+, tokenizer.json as \d+"):
        extend(folder, tmp_path / "extended", {"zh": 9}, corpora)


def vocabulary(folder) -> list[str]:
    pieces = load_pieces(folder)
    return [pieces.id_to_piece(number) for number in range(pieces.get_piece_size())]


def model_names(path) -> set[str]:
    return set(list_pieces(read_model(path)))
