"""Tiny SentencePiece models with the settings of LLaMA's, for the tests that extend them."""

import io
from pathlib import Path

import sentencepiece
from sentencepiece import SentencePieceProcessor

from scripts.tokenizer.llama_tokenizer import convert_tokenizer
from tests.support.extended_tokenizers import ENGLISH, arabic_lines, chinese_lines


def train_model(path: Path, kind: str = "bpe", size: int = 420, chinese: int = 1) -> Path:
    """Train a model on English, a line of Arabic and some of Chinese."""
    written = io.BytesIO()
    sentencepiece.SentencePieceTrainer.train(
        sentence_iterator=iter([*ENGLISH * 3, *chinese_lines(chinese), *arabic_lines(1)]),
        model_writer=written, model_type=kind, vocab_size=size, byte_fallback=True,
        normalization_rule_name="identity", remove_extra_whitespaces=False,
        character_coverage=1.0, hard_vocab_limit=False, minloglevel=2, num_threads=1,
    )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(written.getvalue())
    return path


def write_base(folder: Path) -> Path:
    """Write a tiny base's folder as import_model leaves it."""
    convert_tokenizer(train_model(folder / "tokenizer.model"), folder)
    return folder


def load_pieces(folder: Path) -> SentencePieceProcessor:
    """Load a folder's tokenizer as `sentencepiece` does."""
    return SentencePieceProcessor(model_file=str(folder / "tokenizer.model"))
