"""Which choice a written answer names: a letter is read off the text, or a label mapped.

BiLLa's answers were read so (dandelionsllm/pandallm, post_processors/reclor.py: the first of A to E
anywhere in up to 64 tokens). Here a letter counts only if it stands by itself, so that "An apple"
names nothing, and what says that it is the answer comes before the rest:

1. a letter, or choice, that is all of the text: "B", "(b)", "**B**", "B. the moon", "the moon";
2. the last letter that is called the answer: "the answer is B", "Answer: (B)", "答案是B", "选B";
3. a letter that opens the text, its sign behind it: "B. Since …", "B，因为…";
4. the first letter that stands by itself; "A" before a word in small letters is an article, "I" a
   pronoun, and "not A" none;
5. the last choice that is a line by itself, or is called the answer in full.

A text that lists options, as the prompt does, names none but the one that it calls the answer (2).
Where nothing is found, the answer is `UNREAD`, which is no choice's index: it is counted, and never
right.
"""

import re
from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any
from unicodedata import normalize

UNREAD = -1
# What calls a letter the answer; between the two there may be signs.
ENGLISH = r"\banswer(?:\s+is|\s*[:=])|\boption|\bchoice|\bchoose"
CHINESE = r"答案(?:应该|应)?(?:是|为|[:,])?|选项?"
MARKS = r"[\s*_`\"'“”‘’(\[{【「《:=]*"
BEHIND = r"(?![A-Za-z0-9])"
DENIED = rf"(?:\bnot|n['’]t|不是|并非|不选){MARKS}$"  # before a letter that is not the answer


def read_choice(text: str, record: dict[str, Any], labels: Sequence[str] = ()) -> int:
    """Return the index of the choice that an answer names, or `UNREAD`.

    Args:
        text: what the model wrote.
        record: with its `choices`.
        labels: the texts one of which is the answer: as many as there are choices, or letters, the
            choices themselves, or words in the choices' order.
    """
    choices: list[str] = record["choices"]
    if labels:
        return read_label(text, choices, labels)
    letters = ascii_uppercase[: len(choices)]
    written = normalize("NFKC", text).strip()
    opened = re.findall(rf"^\s*([{letters}])[.):]", written, re.MULTILINE)
    if len(set(opened)) > 1:  # a list of options, copied: only what is called the answer counts
        return read_called(written, letters, choices)
    for read in (read_whole, read_called, read_opening, read_first, read_text):
        found = read(written, letters, choices)
        if found != UNREAD:
            return found
    return UNREAD


def read_label(text: str, choices: list[str], labels: Sequence[str]) -> int:
    """Return the choice that a label stands for: the one it equals, its letter, or its place."""
    label = text.strip()
    if label in choices:
        return choices.index(label)
    if len(label) == 1 and label in ascii_uppercase[: len(choices)]:
        return ascii_uppercase.index(label)
    stripped = [one.strip() for one in labels]
    place = stripped.index(label) if label in stripped else len(choices)
    return place if place < len(choices) else UNREAD


def meant_labels(record: dict[str, Any], labels: Sequence[str]) -> tuple[str, ...]:
    """Return those of the labels that stand for one of a record's choices.

    All of a record without choices, or where less than two stand for one.
    """
    choices = record.get("choices", [])
    found = tuple(label for label in labels if read_label(label, choices, labels) != UNREAD)
    return found if len(found) > 1 else tuple(labels)


def read_whole(text: str, letters: str, choices: list[str]) -> int:
    """Read a text that is a letter and signs, or a choice, or both."""
    bare = simplify(text)
    known = [simplify(choice) for choice in choices]
    if known.count(bare) == 1:
        return known.index(bare)
    for place, (letter, choice) in enumerate(zip(letters, known, strict=False)):
        if bare == letter.casefold() or (choice and bare == f"{letter.casefold()} {choice}"):
            return place
    return UNREAD


def read_called(text: str, letters: str, choices: list[str]) -> int:
    """Read the last letter that is called the answer, or a choice that begins with the word "a"."""
    known = [simplify(choice) for choice in choices]
    for line in text.splitlines():
        *before, called = re.split(f"{ENGLISH}|{CHINESE}", line, flags=re.IGNORECASE)
        bare = simplify(called)
        if before and bare.startswith("a ") and known.count(bare) == 1:
            return known.index(bare)
    found = re.findall(rf"(?:{ENGLISH}|{CHINESE}){MARKS}([{letters}]){BEHIND}", text, re.IGNORECASE)
    capitals = [letter for letter in found if letter in letters]
    return letters.index(capitals[-1]) if capitals else UNREAD


def read_opening(text: str, letters: str, choices: list[str]) -> int:
    """Read a letter that opens the text, with a sign behind it."""
    found = re.match(rf"{MARKS}([{letters}])[\s*_`\"'”’]*[.,:;)\]}}】」、。\n-]", text)
    return letters.index(found[1]) if found else UNREAD


def read_first(text: str, letters: str, choices: list[str]) -> int:
    """Read the first letter that stands by itself and is no word of a sentence."""
    alone = re.finditer(rf"(?<![A-Za-z0-9'’])([{letters}]){BEHIND}(?!['’])", text)
    for found in alone:
        article = found[1] == "A" and re.match(r"\s+[a-z]", text[found.end() :])
        denied = re.search(DENIED, text[: found.start()], re.IGNORECASE)
        if not (article or denied) and found[1] != "I":
            return letters.index(found[1])
    return UNREAD


def read_text(text: str, letters: str, choices: list[str]) -> int:
    """Read the last line that is a choice, or that ends in one that is called the answer."""
    known = [simplify(choice) for choice in choices]
    for line in reversed(text.splitlines()):
        *_, called = re.split(f"{ENGLISH}|{CHINESE}", line, flags=re.IGNORECASE)
        for bare in (simplify(line), simplify(called)):
            if bare and known.count(bare) == 1:
                return known.index(bare)
    return UNREAD


def simplify(text: str) -> str:
    """Return a text in small letters, without signs: words with one space between."""
    return " ".join(re.findall(r"\w+", normalize("NFKC", text).casefold()))
