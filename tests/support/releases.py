"""Tiny extended models, as a study leaves them, and their releases."""

import random
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from transformers import LlamaConfig

from scripts.common.files import write_json, write_text
from scripts.convert import release_model
from tests.support import pieces
from tests.support.extended_models import make_model, run
from tests.support.extended_tokenizers import (
    ENGLISH,
    arabic_lines,
    chinese_lines,
    extend,
    write_base,
)

KINDS = ("bytes", "pieces")


@dataclass(frozen=True)
class Lineage:
    """The folders of a base and of the model that extends it."""

    base: Path
    model: Path


def make_lineage(folder: Path, kind: str, corpora: dict[str, list[str]]) -> Lineage:
    """Write a base with a byte-level vocabulary or SentencePiece's, and extend it by Chinese."""
    write = write_base if kind == "bytes" else pieces.write_base
    bare = write(folder / "bare")
    # Random weights this wide give answers of several tokens, and each prompt another one.
    base = make_model(bare, folder / "base", config=partial(LlamaConfig, initializer_range=0.3))
    write_json(base / "stage.json", {"model": "base", "parent": None, "source": {}})
    tokenizer = extend(base, folder / "tokenizer", {"zh": 120}, corpora)
    return Lineage(base, run(base, tokenizer, folder / "billa-zh"))


def mixed_lines(count: int = 2000) -> list[str]:
    """Return lines of several scripts, digits, spaces and emoji, each of them another."""
    draw = random.Random(5)
    words = [*" ".join([*ENGLISH, *arabic_lines(20), *chinese_lines(60)]).split(" "), "", "  ", "7"]
    marks = ["\n", " ", "  ", "\t", "，", ". ", "-", "1234", "５", "'s", "’s", "😀", "\n\n", "ﬁ"]
    lines = []
    for _ in range(count):
        parts = (draw.choice(words) + draw.choice(marks) for _ in range(draw.randint(1, 12)))
        lines.append("".join(parts))
    return lines


def release(lineage: Lineage, output: Path, form: str = "billa", *more: str) -> Path:
    """Run release_model, with a card of one line."""
    card = output.with_name(f"{output.name}.md")
    write_text(card, "# billa-zh\n")
    command = ["--model", lineage.model, "--ancestors", lineage.base, "--format", form]
    command += ["--card", card, "--output", output, *more]
    release_model.main(release_model.parser().parse_args([str(word) for word in command]))
    return output
