"""Judgements as judge_answers writes them."""

ASKED = {
    "model": "m",
    "baseline": "base",
    "judge": "j",
    "wording": "brief",
    "temperature": 0.2,
    "max_tokens": 9,
    "orders": "both",
    "samples": 1,
    "language_check": True,
}
ENGLISH = {"question": "en", "model": "en", "baseline": "en"}
FAILED = None


def judgement(number, first, second, category="generic", languages=ENGLISH, lengths=(10, 10)):
    """Return a judgement whose reviews gave these scores (model, baseline), or failed."""
    reviews = [
        {
            "first": place,
            "sample": 0,
            "text": "…",
            "scores": scores,
            "reason": None if scores else "empty reply",
        }
        for place, scores in (("model", first), ("baseline", second))
    ]
    return {
        "id": str(number),
        "category": category,
        "lengths": list(lengths),
        "languages": languages,
        "asked": ASKED,
        "reviews": reviews if languages == ENGLISH else [],
    }
