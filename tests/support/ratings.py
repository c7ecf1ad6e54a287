"""Ratings of made-up answers."""

from itertools import count

from scripts.study.ratings import Question, Rating, Spoken

NUMBERS = count()


def rate(vote: str, *models: str, question: str = "q", weights: str = "w") -> Rating:
    """Return a vote on two models' answers to a question, or a thumb for one's."""
    number = next(NUMBERS)
    return Rating(
        id=f"r{number}",
        time="2026-11-29T21:40:12+00:00",
        kind="thumb" if vote in ("up", "down") else "blind",
        vote=vote,
        seed=number,
        drawn_from=models if len(models) > 1 else (),
        study="toy",
        question=Question(question),
        answers=tuple(Spoken(model, weights, "chatml", f"{model} says") for model in models),
        settings={"temperature": 0.0},
    )
