"""Text in pieces that are coloured by token: where the colour changes, the next token begins."""

from dataclasses import dataclass

NOTHING = "·"  # for a token of no character: SentencePiece's space before a text without one
COLOURS = 5  # --token-0 … --token-4 of a style sheet


@dataclass(frozen=True)
class Piece:
    """Text that tokens share: of one token, or of all that write its characters byte by byte.

    `colours` are the tokens' colours in turn, none for text that no token has.
    """

    text: str
    title: str
    colours: list[int]
    is_new: bool

    @property
    def background(self) -> str:
        """Return CSS: one colour, or one stripe per token."""
        if len(self.colours) == 1:
            return f"var(--token-{self.colours[0]})"
        width = 100 / len(self.colours)
        stops = [
            f"var(--token-{colour}) {place * width:.0f}% {(place + 1) * width:.0f}%"
            for place, colour in enumerate(self.colours)
        ]
        return f"linear-gradient(var(--along), {', '.join(stops)})"
