"""Text of models, servers and file names without what a terminal takes for commands.

Such text may colour, move the cursor, overwrite a line, set a window's title, or turn the order of
what stands behind it. What a terminal shows goes through `clean_text`; where it is still growing,
through `clean_start`, which keeps back what may yet become a command. What is told in one line, and
may quote any of these, goes through `clean_message`: a line of a log, and a mistake that ends a
process, which is printed as `error_line` says.
"""

import re
from collections.abc import Callable

from scripts.common import limits

# Colours, titles, moves of the cursor; and control characters. A title that is not closed ends with
# its line: the rest of a text does not disappear in it.
ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b[\]PX^_][^\x07\x1b\n]*(?:\x07|\x1b\\)?|\x1b[ -/]*[0-~]?"
    r"|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]"
)
# Embeddings, overrides and isolates: one that is not closed turns what stands behind it. The marks
# that Arabic and Hebrew need (LRM, RLM, ALM) turn nothing.
TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
# A lone carriage return would let a line overwrite itself.
BREAKS = re.compile("\r\n|[\r\u2028\u2029]")
# What JSON need not escape, and a terminal obeys: controls of eight bits, and what turns a line.
UNSAFE = re.compile("[\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
# The beginning of one of these at the end of a text.
BEGUN = re.compile(r"(?:\x1b(?:\[[0-?]*[ -/]*|[\]PX^_][^\x07\x1b\n]*\x1b?|[ -/]*)|\r)\Z")


def clean_text(text: str) -> str:
    """Return a text that a terminal shows as it is: tabs and line feeds are all that it obeys.

    A lone surrogate, which no file of text holds, is U+FFFD.
    """
    return replace_halves(TURNS.sub("", BREAKS.sub("\n", ESCAPES.sub("", text))))


def clean_start(text: str) -> str:
    """Return a text that still grows without what may become a command, cleaned.

    Whatever follows, it is the beginning of what `clean_text` returns of the whole.
    """
    return clean_text(BEGUN.sub("", text))


def clean_line(text: str) -> str:
    """Return a text on one line, cleaned."""
    return " ".join(clean_text(text).split())


def clean_message(text: str) -> str:
    """Return a message on one line, cleaned, its end left out where it is too long.

    A text of somebody else that is a part of it makes no line of its own.
    """
    # Spaces stay as they are: they may be of a path.
    return bounded(text, lambda seen: clean_text(seen).replace("\n", " ").strip())


def bounded(text: str, clean: Callable[[str], str]) -> str:
    """Return a text cleaned, its end left out where a message would be too long.

    What is far behind the end is not looked at.
    """
    most = limits.MESSAGE_CHARACTERS
    seen = text[: 4 * most]
    cleaned = clean(seen)
    whole = len(cleaned) <= most and len(seen) == len(text)
    return cleaned if whole else f"{cleaned[: most - 3]}..."


def error_line(error: object) -> str:
    """Return what is printed of a mistake that ends the process: one line, cleaned."""
    return f"error: {clean_message(str(error))}"


def replace_halves(text: str) -> str:
    """Return a text with U+FFFD for each lone surrogate, as decoders have it."""
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def clean_json(text: str) -> str:
    """Return JSON that says the same, and that a terminal shows as it is."""
    return UNSAFE.sub(lambda found: f"\\u{ord(found[0]):04x}", text)
