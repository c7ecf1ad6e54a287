"""The texts of a record, each with its language: what cleaning judges a record by.

A kind whose records hold lists or mappings, as of messages, needs nothing here but fields that are
its `text_columns` (scripts/study/kinds.py)::

    texts_of("parallel", ("en", "zh"), record)     # [("en", "A page"), ("zh", "一页")]
    texts_of("instruction", ("en",), record)       # [("en", "Say hello.\\nHello!")]
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from scripts.study.kinds import KINDS, SIDES

CONTENT = "content"  # key of a message's text


def texts_of(
    kind: str, languages: Sequence[str], record: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Return a record's texts: of a pair both sides, of any other record all its text as one."""
    if KINDS[kind].languages == len(SIDES):
        return list(zip(languages, (record[side] for side in SIDES), strict=True))
    found = (text for column in KINDS[kind].text_columns for text in strings_in(record[column]))
    return [(languages[0], "\n".join(filter(None, found)))]


def strings_in(value: Any) -> Iterator[str]:
    """Yield the texts of a field: itself, those of a list, or a message's content."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for item in value:
            yield from strings_in(item)
    elif isinstance(value, Mapping):
        yield from strings_in(value.get(CONTENT))
