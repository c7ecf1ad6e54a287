"""How much of it all the page takes on."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """What a request may ask for.

    Attributes:
        characters: of a question, an input or a system message.
        tokens: of an answer.
        beams: of a beam search.
        seconds: that an answer takes, once its turn has come.
        waiting: tabs that wait for their turn.
        sessions: tabs that are remembered.
    """

    characters: int = 20_000
    tokens: int = 1024
    beams: int = 8
    seconds: float = 120.0
    waiting: int = 16
    sessions: int = 100

    @property
    def body(self) -> int:
        """Return the bytes of a request: three texts, each character escaped as JSON may."""
        return 2**16 + 3 * 12 * self.characters
