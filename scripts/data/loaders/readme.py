"""The prose in a package's long description: Markdown in the METADATA of its wheel."""

import re
from collections.abc import Iterator

from scripts.data.corpora import stable_id
from scripts.data.request import Request

SHORTEST = 80  # characters
LETTERS = 0.7  # at least this part of a paragraph
FENCED = re.compile(r"^\s*(```|~~~).*?^\s*\1[^\n]*$", re.MULTILINE | re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
# Headings, tables, quotes, indented code and HTML are no prose.
SKIPPED = re.compile(r"^(?:#|\||>|<|={3,}|-{3,}| {4}|\t)")
ITEM = re.compile(r"^\s{0,3}(?:[-*+]|\d+\.)\s+")
IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)|<https?://[^>]*>|https?://\S+")


def load(request: Request) -> Iterator[dict]:
    """Yield paragraphs and list items of at least 80 characters, mostly letters."""
    for _, content in request.texts():
        # The headers of METADATA end at the first empty line.
        description = content.replace("\r\n", "\n").partition("\n\n")[2]
        for block in split_blocks(COMMENT.sub("", FENCED.sub("", description))):
            text = plain_text(block)
            reason = fault(block, text)
            if reason:
                request.dropped[reason] += 1
            else:
                yield {"id": stable_id(text), "text": text}


def split_blocks(description: str) -> Iterator[str]:
    """Yield paragraphs and list items, each on one line."""
    block: list[str] = []
    for line in [*description.split("\n"), ""]:
        is_item = bool(ITEM.match(line))
        starts_new = is_item or not line.strip() or (SKIPPED.match(line) and not block)
        if starts_new and block:
            yield " ".join(block)
            block = []
        if line.strip() and not SKIPPED.match(line):
            block.append(ITEM.sub("", line).strip())


def plain_text(block: str) -> str:
    """Return a block without the marks of Markdown; a link leaves its text."""
    text = LINK.sub(lambda match: match[1] or "", IMAGE.sub("", block))
    return " ".join(re.sub(r"\*\*|__|`", "", text).split())


def fault(block: str, text: str) -> str:
    """Return why a block is no prose, '' if it is."""
    if len(text) < SHORTEST:
        return "short"
    if sum(character.isalpha() for character in text) < LETTERS * len(text):
        return "few letters"
    linked = sum(len(match[0]) for match in LINK.finditer(block))
    return "mostly links" if linked > len(block) / 2 else ""
