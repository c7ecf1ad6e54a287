"""Bad input to extend_tokenizer: one line that names it, and nothing written."""

import random
import re

import pytest

from scripts.common.errors import InputError
from tests.support import extended_tokenizers, pieces
from tests.support.extended_tokenizers import ENGLISH, chinese_lines, extend, write_texts
from tests.support.pieces import train_model

BASES = {"byte-level": extended_tokenizers.write_base, "SentencePiece": pieces.write_base}


@pytest.fixture(scope="module", params=BASES)
def base(request, tmp_path_factory):
    return BASES[request.param](tmp_path_factory.mktemp("base") / "base")


@pytest.fixture(scope="module")
def sentencepiece_base(tmp_path_factory):
    return pieces.write_base(tmp_path_factory.mktemp("base") / "base")


def check_refusal(folder, message, base, lines, *more, size=50):
    """Extend by Chinese from `lines`: one line, which holds `message`, and no output."""
    texts = {"zh": [write_texts(folder / "text_zh.parquet", lines)]}
    with pytest.raises(InputError) as error:
        extend(base, folder / "extended", {"zh": size}, texts, *more)
    said = str(error.value)
    assert "\n" not in said and re.search(message, said), said
    assert [path.name for path in folder.iterdir() if path.suffix != ".model"] == [
        "text_zh.parquet"
    ]


@pytest.mark.parametrize(
    "lines",
    [[], [""] * 9, [None, None], [" \n\t"] * 9, ENGLISH],
    ids=["no rows", "empty texts", "nulls", "blanks", "another script"],
)
def test_a_corpus_without_the_script(base, tmp_path, lines):
    message = "language 'zh': .*text_zh.parquet hold no text of its script"
    check_refusal(tmp_path, message, base, lines)


def test_fewer_pieces_than_asked(base, tmp_path):
    message = r"language 'zh': .*text_zh.parquet hold only \d+ pieces to learn; .* 5000 asked for"
    check_refusal(tmp_path, message, base, chinese_lines(20), size=5000)


def test_a_folder_without_a_tokenizer(tmp_path):
    folder = tmp_path / "none.model"
    folder.mkdir()
    message = "none.model: no tokenizer.json and no tokenizer.model; expected a tokenizer"
    check_refusal(tmp_path, message, folder, chinese_lines(20))
    message = "missing.model: no tokenizer.json and no tokenizer.model"
    check_refusal(tmp_path, message, tmp_path / "missing.model", chinese_lines(20))


def damage(content, how):
    if how == "cut off":
        return content[: len(content) // 2]
    if how == "noise":
        return random.Random(1).randbytes(5000)
    return {"empty": b"", "a web page": b"<!DOCTYPE html><html></html>\n"}[how]


@pytest.mark.parametrize("how", ["empty", "a web page", "noise", "cut off"])
def test_a_damaged_model_to_take_from_or_to_extend(sentencepiece_base, tmp_path, how):
    content = (sentencepiece_base / "tokenizer.model").read_bytes()
    path = tmp_path / "damaged.model"
    path.write_bytes(damage(content, how))
    message = "damaged.model: no SentencePiece model"
    more = ["--model", f"zh={path}"]
    check_refusal(tmp_path, message, sentencepiece_base, chinese_lines(20), *more)
    base = tmp_path / "base.model"
    base.mkdir()
    (base / "tokenizer.model").write_bytes(damage(content, how))
    check_refusal(tmp_path, "tokenizer.model: no SentencePiece model", base, chinese_lines(20))


@pytest.mark.parametrize("kind", ["unigram", "word", "char"])
def test_a_base_that_is_not_bpe(tmp_path, kind):
    base = tmp_path / "base.model"
    train_model(base / "tokenizer.model", kind)
    message = f"tokenizer.model: a {kind} model; only BPE can be extended"
    check_refusal(tmp_path, message, base, chinese_lines(20))
