"""Learning SentencePiece pieces from a language's text.

What the trainer sees of a text are the runs of the language's own characters, each with the space
before it: so every piece it learns is one that `ScriptClass` lets in. Under policy `all` it sees
whole lines. A space is put before a text, as the base's models put one when they read it.
"""

import io
from collections.abc import Iterable, Iterator

import regex
from sentencepiece import SentencePieceTrainer

from scripts.tokenizer.piece_model import ModelProto
from scripts.tokenizer.script_class import ScriptClass

RESERVED = 3 + 256  # <unk>, <s>, </s> and the bytes


def find_runs(texts: Iterable[str], script: ScriptClass | None) -> Iterator[str]:
    """Yield the runs of the script, each with the space before it; without a script, the lines."""
    pattern = regex.compile(f" ?(?:{script.one.pattern})+" if script else r"[^\n]+")
    for text in texts:
        if text:
            yield from pattern.findall(" " + text)


def train_pieces(
    runs: Iterable[str], size: int, coverage: float, longest: int
) -> ModelProto | None:
    """Train a BPE model with `size` pieces besides the reserved ones, or as many as there are.

    `coverage` is the share of the text that is made of characters with a piece; the rarest go
    without and are written in bytes. A piece has at most `longest` characters. Returns None where
    the characters alone are more than `size`.
    """
    written = io.BytesIO()
    try:
        SentencePieceTrainer.train(
            sentence_iterator=iter(runs),
            model_writer=written,
            model_type="bpe",
            vocab_size=RESERVED + size,
            hard_vocab_limit=False,
            character_coverage=coverage,
            byte_fallback=True,
            split_digits=True,
            # The space before a run is already there, and nothing else may be changed.
            normalization_rule_name="identity",
            add_dummy_prefix=False,
            remove_extra_whitespaces=False,
            max_sentence_length=1 << 30,  # bytes; longer ones would be left out
            max_sentencepiece_length=longest,
            num_threads=1,
            minloglevel=2,
        )
    except RuntimeError as error:
        if "required_chars" not in str(error):
            raise
        return None
    return ModelProto.FromString(written.getvalue())
