"""Breaking a growing text into lines of a terminal's width, between words and wide characters."""

from collections.abc import Callable

from rich.cells import cell_len

JOINER = "\u200d"  # what follows is drawn with what precedes, as in families of emoji
# Chinese and Japanese lines neither begin with the first nor end with the second.
NO_START = frozenset("，。、；：！？）》」』】〉〕”’…—～·％")
NO_END = frozenset("（《「『【〈〔“‘")
TAB = "    "


class Wrapper:
    """Breaks a text that comes in pieces; its last word waits until it is known to have ended.

    Args:
        width: is asked for the columns of a line, whenever a word is written: windows change.
    """

    def __init__(self, width: Callable[[], int]) -> None:
        self.width = width
        self.column, self.space, self.word = 0, "", ""

    def feed(self, text: str) -> str:
        """Return what can be written now."""
        return "".join(map(self.take, text.replace("\t", TAB)))

    def take(self, character: str) -> str:
        """Take one character; return what can be written."""
        if character == "\n":
            written = self.flush() + "\n"
            self.column, self.space = 0, ""
            return written
        if character == " ":
            written = self.flush()
            self.space += " "
            return written
        written = "" if self.is_joined(character) else self.flush()
        if cell_len(self.word + character) > self.width():
            written += self.flush()
        self.word += character
        return written

    def is_joined(self, character: str) -> bool:
        """Tell whether a line may not break between the word and a character."""
        if not self.word:
            return True
        last = self.word[-1]
        if not cell_len(character) or last == JOINER or character in NO_START or last in NO_END:
            return True
        return cell_len(character) == 1 and cell_len(last) <= 1

    def flush(self) -> str:
        """Return the word that waits, on a line that has room for it."""
        word, space = self.word, self.space
        if not word:
            return ""
        self.word = self.space = ""
        size = cell_len(word)
        if self.column and self.column + len(space) + size > self.width():
            self.column = size
            return "\n" + word
        self.column += len(space) + size
        return space + word


def wrap_lines(text: str, width: int) -> list[str]:
    """Return the lines of a text of which no more comes."""
    wrapper = Wrapper(lambda: width)
    return (wrapper.feed(text) + wrapper.flush()).split("\n")
