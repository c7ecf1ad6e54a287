"""Filters of running text by datatrove: Gopher's (Rae et al. 2021) and FineWeb's (2024).

Thresholds are those that datatrove has from the papers. What was measured on English alone is left
out for other languages: Gopher's stop words and, where no spaces are between words, FineWeb's
length of lines.
"""

from collections.abc import Callable, Sequence

from datatrove.data import Document
from datatrove.pipeline.filters.base_filter import BaseFilter, get_filter_result
from datatrove.pipeline.filters.fineweb_quality_filter import FineWebQualityFilter
from datatrove.pipeline.filters.gopher_quality_filter import GopherQualityFilter
from datatrove.pipeline.filters.gopher_repetition_filter import GopherRepetitionFilter

from scripts.data.words import Words

UNLIMITED = 1.0  # share of lines that are short: all may be


def find_quality(filters: Sequence[str], language: str, spaced: bool) -> Callable[[str], str]:
    """Return what tells why a text is of low quality, '' where it is not.

    Args:
        filters: some of gopher, repetition, fineweb.
        spaced: whether the language has spaces between words.
    """
    judges = [(name, make_filter(name, language, spaced)) for name in filters]

    def judge(text: str) -> str:
        document = Document(text=text, id="")
        for name, filter in judges:
            kept, reason = get_filter_result(filter.filter(document))
            if not kept:
                return f"{name}: {str(reason).removeprefix('gopher_')}"
        return ""

    return judge


def make_filter(name: str, language: str, spaced: bool) -> BaseFilter:
    """Return one filter of datatrove with words of our own, which needs no network."""
    words = Words()
    if name == "gopher":
        stop_words = 2 if language == "en" else None
        return GopherQualityFilter(min_stop_words=stop_words, language=words)
    if name == "repetition":
        return GopherRepetitionFilter(language=words)
    short = {} if spaced else {"short_line_thr": UNLIMITED}
    return FineWebQualityFilter(language=words, **short)
