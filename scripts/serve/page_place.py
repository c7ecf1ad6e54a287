"""What the page's handlers share."""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from scripts.common.command import log
from scripts.common.errors import InputError
from scripts.serve.page_limits import Limits
from scripts.serve.page_sessions import Answered, Sessions
from scripts.serve.speakers import Speakers
from scripts.study.ratings import Rating, add_rating

FAILED = "the answer failed; the terminal in which the page was started says more"


@dataclass(frozen=True)
class Place:
    """The models, the tabs, the bounds, and the file of ratings."""

    speakers: Speakers
    sessions: Sessions
    limits: Limits
    ratings: Path

    def keep(self, answered: Answered, kind: str, vote: str) -> None:
        """Append a rating to the file; it is on disk when this returns.

        Raises:
            OSError: if it could not be written.
            InputError: if the study's file is damaged by now.
        """
        study = self.speakers.study
        settings = asdict(answered.settings.answer)
        used = {name: settings[name] for name in ("temperature", "top_p", "top_k", "beams")}
        length = {"tokens": answered.settings.tokens, "seed": answered.settings.seed}
        rating = Rating(
            id=answered.id,
            time=datetime.now(UTC).isoformat(timespec="seconds"),
            kind=kind,
            vote=vote,
            seed=answered.seed,
            drawn_from=answered.drawn_from,
            study=study.study if study else "",
            question=answered.question,
            answers=answered.answers,
            settings={**used, **length},
        )
        add_rating(rating, self.ratings)


def explain(error: BaseException) -> str:
    """Return what went wrong as one line; what nobody foresaw goes to the terminal too."""
    if isinstance(error, InputError):
        return str(error)
    log.error("%s", FAILED, exc_info=error)
    return FAILED
