"""Tokens of any language for metrics that have no tokenizer of their own."""

import regex

# Scripts that write no spaces between words are cut into characters.
TOKEN = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}]"
    r"|(?:(?![\p{Han}\p{Hiragana}\p{Katakana}])[\p{L}\p{M}\p{N}])+"
)


def split_tokens(text: str) -> list[str]:
    """Return lower-cased words and numbers, and each Chinese or Japanese character by itself.

    Punctuation, symbols and space separate tokens and are none.
    """
    return TOKEN.findall(text.lower())
