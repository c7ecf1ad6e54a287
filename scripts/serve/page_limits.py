"""How much of it all the page takes on."""

from dataclasses import dataclass

from scripts.common import limits


@dataclass(frozen=True)
class Limits:
    """What a request may ask for; `scripts.common.limits` has what counts where nobody says.

    Attributes:
        characters: of a question, an input or a system message.
        tokens: of an answer.
        beams: of a beam search.
        seconds: that an answer takes, once its turn has come.
        waiting: tabs that wait for their turn.
        sessions: tabs that are remembered.
    """

    characters: int = limits.PAGE_CHARACTERS
    tokens: int = limits.PAGE_TOKENS
    beams: int = limits.PAGE_BEAMS
    seconds: float = limits.PAGE_SECONDS
    waiting: int = limits.PAGE_WAITING
    sessions: int = limits.PAGE_SESSIONS

    @property
    def body(self) -> int:
        """Return the bytes of a request: three texts, each character escaped as JSON may."""
        return 2**16 + 3 * 12 * self.characters
