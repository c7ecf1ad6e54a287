"""Words of any language for datatrove, whose own tokenizers would have to be downloaded."""

import regex
from datatrove.utils.word_tokenizers import WordTokenizer

# Characters of scripts without spaces, words with what is inside them, and other signs.
WORD = regex.compile(
    r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Khmer}\p{Myanmar}]\p{M}*"
    r"|[\p{L}\p{N}][\p{L}\p{M}\p{N}]*(?:['’.\-][\p{L}\p{N}][\p{L}\p{M}\p{N}]*)*"
    r"|[^\s\p{L}\p{N}]+"
)


class Words(WordTokenizer):
    """Words by their characters alone; of a script without spaces each character is one."""

    def word_tokenize(self, text: str) -> list[str]:
        """Return a text's words and signs, in order."""
        return WORD.findall(text)

    def sent_tokenize(self, text: str) -> list[str]:
        """Return a text's lines, for no filter in use asks for sentences."""
        return text.splitlines()

    def span_tokenize(self, text: str) -> list[tuple[int, int]]:
        """Refuse: no filter in use asks for the places of sentences."""
        raise NotImplementedError
