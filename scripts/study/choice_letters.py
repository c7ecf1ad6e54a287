"""The letters that options of published questions begin with themselves, as LogiQA's: "A.旅行".

A prompt that lists options writes letters of its own, and would say "A. A.旅行"; the likelihood of
an option would be that of its letter too.
"""

import re
import unicodedata
from string import ascii_uppercase

LETTER = re.compile(r"\s*[(（]?([A-ZＡ-Ｚ])\s*([.．·:：)）、,，]?)\s*")
LISTING = ("、", ",", "，", "")  # between the letters of "A, B" too
# What is left of an option that names others, "A, B" or "A和C".
OTHERS = re.compile(r"[A-Z\s,，、.．和与或&]*")


def drop_letters(choices: list[str]) -> list[str]:
    """Return the options without their letters, or as they are where these are none.

    They are letters where every option begins with one of the list's; all but one (a slip of the
    pen) with a mark behind it; and all but one with its own, or each letter is there once. Options
    that are lists of letters stay, "A, B" and "B, C".
    """
    letters = ascii_uppercase[: len(choices)]
    found = [match for choice in choices if (match := LETTER.match(choice))]
    rest = [choice[match.end() :] for choice, match in zip(choices, found, strict=False)]
    if len(found) < len(choices) or not all(rest):
        return choices
    begins = [unicodedata.normalize("NFKC", match[1]) for match in found]
    own = sum(one == letter for one, letter in zip(begins, letters, strict=False))
    enough = len(choices) - 1 if len(choices) > 2 else len(choices)
    named = {*begins} <= {*letters} and (own >= enough or sorted(begins) == [*letters])
    marked = sum(bool(match[2]) for match in found) >= enough
    listing = any(match[2] in LISTING for match in found) and all(map(OTHERS.fullmatch, rest))
    return rest if named and marked and not listing else choices
