"""CC-CEDICT: a line of a Chinese-English dictionary becomes a headword and its first two glosses.

A line is ``traditional simplified [pin1 yin1] /gloss/gloss; synonym/``. Cross-references,
measure words, surnames, remarks in brackets and Chinese inside the glosses are left out: they
explain the dictionary, not the word.
"""

import re
from collections.abc import Iterator

from scripts.common.errors import InputError
from scripts.data.corpora import stable_id
from scripts.data.request import Request

LINE = re.compile(r"(\S+) (\S+) \[[^\]]*\] /(.*)/")
HAN = "\u2e80-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
# A name with its Chinese, "Bengbu 蚌埠[Beng4 bu4]", is whole without it; "short for 五毛黨" is not.
ANNOTATED_NAME = re.compile(rf"(\b[A-Z][\w'’.-]*)\s*[{HAN}][{HAN}·|]*(?:\[[^\]]*\])?")
REMARK = re.compile(r"\([^()]*\)")
LABEL = re.compile(r"^(?:lit|fig|esp|i\.e|e\.g)\. ")
ELSEWHERE = re.compile(
    r"^(?:CL:|surname |(?:\w+ )*variants? of|(?:see|also|same as|equivalent to|cf|used in)\b|abbr\."
    r"|(?:also |formerly |sometimes )?(?:written|called|known as)\b|(?:\w+ )?pr\.)"
)
LONGEST_GLOSS = 60
GLOSSES = 2
HELD_OUT_ONE_IN = 50


def load(request: Request) -> Iterator[dict]:
    """Yield the entries of the option `part`: test (one headword in 50, by its hash) or train."""
    part = request.option("part")
    if part not in ("train", "test") or sorted(request.languages) != ["en", "zh"]:
        raise InputError(f"{request.place}: expected part train or test, languages zh and en")
    seen = set()
    for headword, definition in read_entries(request):
        if is_held_out(headword) != (part == "test"):
            request.dropped["other part"] += 1
            continue
        gloss = "; ".join(pick_glosses(definition))
        reason = fault(headword, gloss, request)
        if reason or (headword, gloss) in seen:
            request.dropped[reason or "duplicate"] += 1
            continue
        seen.add((headword, gloss))
        texts = {"zh": headword, "en": gloss}
        yield {
            "id": stable_id(headword, gloss),
            "source": texts[request.source],
            "target": texts[request.target],
        }


def read_entries(request: Request) -> Iterator[tuple[str, str]]:
    """Yield simplified headword and definition of each line."""
    for _, line in request.lines():
        if line.startswith("#") or not line.strip():
            continue
        match = LINE.fullmatch(line.strip())
        if match:
            yield match[2], match[3]
        else:
            request.refuse(f"{line[:60]!r} is no dictionary entry")


def is_held_out(headword: str) -> bool:
    """Tell whether a headword's entries, all of them, belong to the test part."""
    return int(stable_id("cedict", headword), 16) % HELD_OUT_ONE_IN == 0


def fault(headword: str, gloss: str, request: Request) -> str:
    """Return why an entry is of no use, '' if it is."""
    if not re.search(request.letters.get("zh", f"[{HAN}]"), headword):
        return "headword without zh letters"
    return "" if gloss else "no gloss"


def pick_glosses(definition: str) -> list[str]:
    """Return the first two distinct glosses that are short and say what the word means."""
    glosses: list[str] = []
    for part in re.split(r"/|; ", definition):
        gloss = clean_gloss(part)
        known = {other.lower() for other in glosses}
        if re.search("[A-Za-z]", gloss) and len(gloss) <= LONGEST_GLOSS:
            glosses += [gloss] if gloss.lower() not in known else []
    return glosses[:GLOSSES]


def clean_gloss(gloss: str) -> str:
    """Return a gloss without remarks, labels and Chinese; '' for one that points elsewhere."""
    while REMARK.search(gloss):
        gloss = REMARK.sub("", gloss)
    gloss = " ".join(gloss.split())
    gloss = ANNOTATED_NAME.sub(r"\1", LABEL.sub("", gloss))
    # What is left of a bracket that a semicolon cut in two is no gloss either.
    if ELSEWHERE.match(gloss) or re.search(rf"[()\[\]{HAN}]", gloss):
        return ""
    return " ".join(gloss.split()).replace(" ,", ",").strip(" ,:;")
