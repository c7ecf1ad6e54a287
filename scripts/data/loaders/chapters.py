"""A book as a JSON list of chapters; the option `chapters` takes a slice of it, as ``0:108``."""

import re
from collections.abc import Iterator
from typing import Any

from scripts.common.errors import InputError
from scripts.data.json_records import read_json, show
from scripts.data.request import Request
from scripts.data.sentences import pack_sentences

LONGEST = 300  # characters: about as many tokens, a quarter of a training row
SHORTEST = 20  # lines of verse and cries are too little context to learn from


def load(request: Request) -> Iterator[dict]:
    """Yield paragraphs of 20 to 300 characters; longer ones are cut at sentence ends."""
    first, last = parse_slice(request)
    for name, content in request.texts():
        chapters = parse_chapters(request, content)
        if last > len(chapters):
            raise InputError(f"{name}: has {len(chapters)} chapters, expected {last}")
        request.at.enter(name, "chapter")
        for number in range(first, last):
            request.at.number = number + 1
            if isinstance(chapters[number], str):
                yield from load_chapter(number + 1, chapters[number], request)
            else:
                request.refuse(f"expected a chapter's text; found {show(chapters[number])}")


def load_chapter(number: int, chapter: str, request: Request) -> Iterator[dict]:
    """Yield a chapter's paragraphs; `number` counts from 1."""
    count = 0
    for line in chapter.splitlines():
        text = " ".join(line.split())
        for piece in pack_sentences(text, LONGEST) if text else ():
            if len(piece) < SHORTEST:
                request.dropped["short"] += 1
                continue
            count += 1
            yield {"id": f"{number:03}-{count:03}", "text": piece}


def parse_slice(request: Request) -> tuple[int, int]:
    """Return the first chapter and the one after the last, counted from 0."""
    value = str(request.option("chapters"))
    match = re.fullmatch(r"(\d+):(\d+)", value)
    if not match or int(match[1]) >= int(match[2]):
        raise InputError(f"{request.place}: chapters {value!r}, expected a slice such as '0:108'")
    return int(match[1]), int(match[2])


def parse_chapters(request: Request, content: str) -> list[Any]:
    """Parse the list of chapters."""
    chapters = read_json(content, request, "a list of chapters")
    if not isinstance(chapters, list):
        raise InputError(f"{request.at}: expected a list of chapters; found {show(chapters)}")
    return chapters
