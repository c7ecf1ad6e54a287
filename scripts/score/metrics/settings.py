"""What a metric must know beyond the predictions."""

import argparse
from dataclasses import dataclass
from pathlib import Path

from scripts.common.errors import InputError


@dataclass(frozen=True)
class Settings:
    """`source` and `target` are languages' codes; answers should be in `target`.

    `tokenize` is sacrebleu's tokenizer for BLEU; `sentencepiece` a model that replaces it, and
    `pieces` that model's name in signatures.
    """

    source: str | None = None
    target: str | None = None
    tokenize: str = "13a"
    sentencepiece: Path | None = None
    pieces: str | None = None


def add_settings(options: argparse.ArgumentParser) -> None:
    """Add the settings to a command line."""
    options.add_argument("--source-language", help="code of the source's language")
    options.add_argument("--target-language", help="code of the language answers should be in")
    options.add_argument("--tokenize", default="13a", help="sacrebleu's tokenizer, for BLEU (13a)")
    options.add_argument("--sentencepiece", type=Path, help="the model that spBLEU's pieces are of")
    options.add_argument("--pieces", help="that model's name in the signature, as flores101")


def read_settings(arguments: argparse.Namespace) -> Settings:
    """Return the settings of a command line; `InputError` if the model's file is not there."""
    model = arguments.sentencepiece
    if model and not model.is_file():
        raise InputError(f"--sentencepiece {model}: no such file")
    return Settings(
        source=arguments.source_language,
        target=arguments.target_language,
        tokenize=arguments.tokenize,
        sentencepiece=model,
        pieces=arguments.pieces,
    )
