"""What a judge said of one question: the line of a file of judgements, and the verdict it gives."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from math import fsum
from typing import Any

from scripts.score.judging.asking import Request
from scripts.score.judging.cases import SYSTEMS, Case, is_right
from scripts.score.judging.parsing import Scores, parse_scores
from scripts.score.judging.replies import Reply

Record = dict[str, Any]
WIN, TIE, LOSS = 1.0, 0.5, 0.0


@dataclass(frozen=True)
class Verdict:
    """What comes out for one question.

    `scores` are the means of model and baseline, None where the judge was not asked or could not
    be read; `points` is `WIN`, `TIE` or `LOSS` of the model, None where nothing came out.
    """

    id: str
    category: str
    scores: Scores | None
    points: float | None


def judge_case(
    case: Case, asked: Record, requests: list[Request], replies: dict[str, Reply]
) -> Record:
    """Return the judgement of a case: what was asked, and every review."""
    return {
        "id": case.id,
        "category": case.category,
        "lengths": [len(case.model), len(case.baseline)],
        "languages": case.languages,
        "asked": asked,
        "reviews": [read_review(request, replies[request.key]) for request in requests],
    }


def read_review(request: Request, reply: Reply) -> Record:
    """Return one review; scores are the model's and the baseline's, whoever came first."""
    scores: Scores | None = None
    reason: str | None = "refused"
    if "refused" in reply:
        text = reply["refused"]
    else:
        text = reply["text"]
        scores, reason = parse_scores(text, request.wording.scores)
    if scores and request.first == "baseline":
        scores = scores[::-1]
    found = {"first": request.first, "sample": request.sample, "text": text}
    return {**found, "scores": scores, "reason": reason}


def give_verdict(record: Record, paper: bool) -> Verdict:
    """Return the verdict on one judgement.

    `paper` takes what the original scripts ask for: the first reply with the model's answer first.
    Else every order counts alike, however many of its samples could be read, and an order without
    any leaves the question open: one order alone would favour the place that the judge favours.
    """
    known = {"id": record["id"], "category": record["category"]}
    if not record["reviews"]:
        return Verdict(**known, scores=None, points=judge_languages(record, paper))
    means = [mean_scores(some) for some in group_orders(record["reviews"], paper).values()]
    found = [pair for pair in means if pair]
    if len(found) < len(means):
        return Verdict(**known, scores=None, points=None)
    scores = mean_pair(found)
    return Verdict(**known, scores=scores, points=compare(*scores))


def group_orders(reviews: list[Record], paper: bool) -> dict[str, list[Record]]:
    """Return reviews by whose answer came first; `paper` keeps one, with the model's first."""
    if paper:
        return {"model": [one for one in reviews if one["first"] == "model"][:1]}
    found: dict[str, list[Record]] = {}
    for review in reviews:
        found.setdefault(review["first"], []).append(review)
    return found


def mean_scores(reviews: Iterable[Record]) -> Scores | None:
    """Return the mean scores of the reviews that could be read, None if none could."""
    read: list[Scores] = [tuple(review["scores"]) for review in reviews if review["scores"]]
    return mean_pair(read) if read else None


def mean_pair(pairs: list[Scores]) -> Scores:
    """Return the mean of pairs, side by side."""
    # fsum: scores that are equal stay so in whichever order they came.
    first, second = (fsum(column) / len(pairs) for column in zip(*pairs, strict=True))
    return first, second


def compare(model: float, baseline: float) -> float:
    """Return the model's points for two scores."""
    return TIE if model == baseline else WIN if model > baseline else LOSS


def judge_languages(record: Record, paper: bool) -> float:
    """Return the points where the judge was not asked: who kept to the question's language wins.

    x-LLM's script gives the second system the point where both are wrong, and so does `paper`. A
    model that was to be compared with itself ties.
    """
    languages = record["languages"]
    if record["asked"]["model"] == record["asked"]["baseline"] or not languages:
        return TIE
    model, baseline = (is_right(languages, name) for name in SYSTEMS)
    return LOSS if paper and not model else compare(model, baseline)


def count_failures(records: Iterable[Record]) -> dict[str, int]:
    """Return how many reviews could not be read, by reason."""
    reasons = [review["reason"] for record in records for review in record["reviews"]]
    return dict(sorted(Counter(filter(None, reasons)).items()))
