"""Decoding texts, the one way in which every reader does it.

A text is UTF-8, with or without a byte-order mark, or of the encoding that its own header or the
user names. What cannot be decoded ends in one line: file, line, byte.
"""

import json
import re

from scripts.common.errors import InputError

MARK = "\ufeff"  # the byte-order mark
# JSON writes what is beyond U+FFFF as two escapes; half of such a pair is no character.
HALF = re.compile(r"\\u[dD][89a-fA-F]")


def decode_text(content: bytes, place: str, expected: str, encoding: str = "utf-8") -> str:
    """Return a text without its byte-order mark.

    Args:
        place: the file, for messages.
        expected: what should be there, for messages.
        encoding: one of Python's encodings.

    Raises:
        InputError: names the first byte that is none of the encoding, counted from 0, and its line;
            or the encoding, if there is no such.
    """
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        number = content[: error.start].decode(encoding, "replace").count("\n") + 1
        found = f"byte {error.start} is 0x{content[error.start]:02x}"
        raise InputError(f"{place}, line {number}: {found}, expected {expected}") from None
    except LookupError:
        raise InputError(f"{place}: no encoding {encoding!r}, expected one as gb18030") from None
    return text.removeprefix(MARK)


def has_half_character(value: object) -> bool:
    """Tell whether a value of JSON holds a lone surrogate, which no file of text can hold."""
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        return True
    return False
