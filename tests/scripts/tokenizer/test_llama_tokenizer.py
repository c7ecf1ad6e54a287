"""A converted SentencePiece tokenizer writes text in SentencePiece's own ids."""

import os
import random
from pathlib import Path

import pytest
import sentencepiece
from tokenizers import Tokenizer
from transformers import AutoTokenizer

from scripts.common.errors import InputError
from scripts.common.files import ROOT, read_json, write_json
from scripts.tokenizer.llama_tokenizer import convert_tokenizer, rebuild_tokenizer
from tests.support.meta_checkpoint import train_pieces

# LLaMA's own tokenizer.model, as karpathy/llama2.c keeps it.
COMMIT = "350e04fe35433e6d2941dce5a1f53308f87058eb"
ADDRESS = f"raw.githubusercontent.com/karpathy/llama2.c/{COMMIT}/tokenizer.model"


def real_texts() -> list[str]:
    """Return lines of prose and of instructions in English and Chinese, and made-up noise."""
    files = [ROOT / "README.md", ROOT / "docs" / "log.md", *sorted((ROOT / "data").iterdir())]
    lines = [line for file in files for line in file.read_text(encoding="utf-8").splitlines()]
    draw = random.Random(1)
    noise = ["".join(draw.choices("ab é中\n▁ tehi😀", k=draw.randint(1, 30))) for _ in range(2000)]
    assert len(lines) > 400
    return [line for line in lines if "<s>" not in line] + noise


@pytest.fixture(scope="module")
def llama() -> Path:
    """LLaMA's own tokenizer."""
    path = Path(os.environ.get("LINGRAFT_MIRROR", "/nowhere")) / ADDRESS
    if not path.is_file():
        pytest.skip("needs $LINGRAFT_MIRROR with LLaMA's tokenizer.model")
    return path


def test_llamas_own_pieces_are_sentencepieces_on_every_line(llama, tmp_path):
    assert convert_tokenizer(llama, tmp_path) == 32000
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(llama))
    texts = real_texts()
    found = [one.ids for one in tokenizer.encode_batch(texts, add_special_tokens=False)]
    assert found == pieces.encode(texts)
    assert [tokenizer.decode(ids) for ids in found] == [pieces.decode(ids) for ids in found]
    # The example of Hugging Face's documentation of LLaMA's tokenizer.
    assert tokenizer.encode("Hello this is a test").ids == [1, 15043, 445, 338, 263, 1243]


def test_the_end_of_a_turn_is_one_token(tmp_path):
    convert_tokenizer(train_pieces(tmp_path / "tokenizer.model"), tmp_path)
    tokenizer = Tokenizer.from_file(str(tmp_path / "tokenizer.json"))
    assert tokenizer.encode("a good</s>", add_special_tokens=False).ids[-1] == 2


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"IQ== 0\nIg== 1\n", "no SentencePiece model; LLaMA-3's"),
        (b"", "no SentencePiece model"),
    ],
)
def test_another_format_is_refused_in_a_line(tmp_path, content, words):
    (tmp_path / "tokenizer.model").write_bytes(content)
    with pytest.raises(InputError, match=words):
        convert_tokenizer(tmp_path / "tokenizer.model", tmp_path / "out")


def test_another_kind_of_sentencepiece_is_refused(tmp_path):
    text = iter(["the harbour was quiet when the boat came in", "a good loaf of bread"] * 5)
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=text, model_prefix=str(tmp_path / "unigram"), vocab_size=300,
        model_type="unigram", byte_fallback=True, minloglevel=2, num_threads=1,
        hard_vocab_limit=False,
    )  # fmt: skip
    with pytest.raises(InputError, match="no tokenizer of LLaMA's kind"):
        convert_tokenizer(tmp_path / "unigram.model", tmp_path / "out")


def test_a_tokenizer_that_transformers_saved_gets_sentencepieces_ids_back(tmp_path):
    """`transformers` rebuilds a LlamaTokenizer by rules of its own: no BOS, other spaces."""
    folder, output = tmp_path / "published", tmp_path / "base"
    folder.mkdir()
    model = train_pieces(folder / "tokenizer.model")
    config = {
        "tokenizer_class": "LlamaTokenizer", "bos_token": "<s>", "eos_token": "</s>",
        "unk_token": "<unk>", "pad_token": "<pad>", "chat_template": "{{ messages }}",
    }  # fmt: skip
    write_json(folder / "tokenizer_config.json", config)
    AutoTokenizer.from_pretrained(folder).save_pretrained(output)
    assert rebuild_tokenizer(folder, output)
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(model))
    loaded, size = AutoTokenizer.from_pretrained(output), pieces.get_piece_size()
    assert (loaded.pad_token_id, loaded.chat_template, len(loaded)) == (
        size,
        "{{ messages }}",
        size + 1,
    )
    for text in ("the  harbour", "  a good   loaf ", "中文\n\n x"):
        assert loaded.encode(text) == [1, *pieces.encode(text)]
    write_json(folder / "tokenizer_config.json", config | {"add_bos_token": False})
    assert rebuild_tokenizer(folder, output)
    assert AutoTokenizer.from_pretrained(output).encode("a loaf") == pieces.encode("a loaf")


def test_a_tokenizer_of_another_kind_is_left_as_it_is(tmp_path):
    assert not rebuild_tokenizer(tmp_path, tmp_path / "base")
    train_pieces(tmp_path / "tokenizer.model")
    other = {"model": {"vocab": {"a": 0}}, "added_tokens": []}
    write_json(tmp_path / "base" / "tokenizer.json", other)
    assert not rebuild_tokenizer(tmp_path, tmp_path / "base")
    assert read_json(tmp_path / "base" / "tokenizer.json") == other
