"""Conversations as a corpus of chat has them."""

from itertools import cycle


def say(*contents: str, system: str = "") -> list[dict[str, str]]:
    """Return turns in which user and assistant say this, one after the other."""
    opening = [{"role": "system", "content": system}] if system else []
    told = zip(cycle(["user", "assistant"]), contents, strict=False)
    return [*opening, *({"role": role, "content": text} for role, text in told)]
