"""Cutting text at the ends of sentences, in every script of the registry."""

import re

# Chinese and Devanagari full stops end a sentence wherever they are, closing quotation marks
# included; Western ones only where a space follows ("2.5", "e.g.this").
SENTENCE_END = re.compile(
    r"(?<=[。！？।])(?![。！？।”’」』）])|(?<=[。！？][”’」』）])(?![”’」』）])|(?<=[.!?؟])\s+|[\n\r\u2028\u2029]+"
)


def split_sentences(text: str) -> list[str]:
    """Return the sentences of `text`, stripped, without empty ones; line ends cut too."""
    return [piece.strip() for piece in SENTENCE_END.split(text) if piece and piece.strip()]


def pack_sentences(text: str, longest: int) -> list[str]:
    """Join neighbouring sentences to pieces of at most `longest` characters.

    A single sentence that is longer stays whole. Chinese takes no space between sentences; text
    that has spaces keeps one.
    """
    pieces: list[str] = []
    for sentence in split_sentences(text):
        space = " " if pieces and sentence[0].isascii() and pieces[-1][-1].isascii() else ""
        if pieces and len(pieces[-1]) + len(space) + len(sentence) <= longest:
            pieces[-1] += space + sentence
        else:
            pieces.append(sentence)
    return pieces
