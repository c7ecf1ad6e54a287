"""LCSTS, Chinese microblog posts and their summaries (Hu et al. 2015).

Tagged text: ``<doc id=0>`` with ``<human_label>`` (1 to 5, how well the two fit; PART_II and
PART_III have it), ``<summary>`` and ``<short_text>``. The option `least_label` leaves out what fits
worse: the usual test set is PART_III from 3 on.
"""

import re
from collections.abc import Iterator

from scripts.common.errors import InputError
from scripts.data.request import Request

DOCUMENT = re.compile(r"<doc id=(\d+)>(.*?)</doc>", re.S)
FIELDS = ("human_label", "summary", "short_text")


def load(request: Request) -> Iterator[dict]:
    """Yield one record a post; `InputError` on a file with tags that are not closed."""
    least = request.options.get("least_label", 0)
    for name, text in request.texts():
        request.at.enter(name, "line")
        if text.count("<doc ") != len(DOCUMENT.findall(text)):
            raise InputError(f"{name}: not every <doc id=number> is closed by a </doc>")
        for match in DOCUMENT.finditer(text):
            fields = {field: read_field(match[2], field) for field in FIELDS}
            label = fields["human_label"] or "0"
            if not fields["summary"] or not fields["short_text"] or not label.isdecimal():
                request.at.number = text.count("\n", 0, match.start()) + 1
                request.refuse("expected a summary, a short_text and a number as human_label")
            elif int(label) < least:
                request.dropped[f"labelled below {least}"] += 1
            else:
                yield {
                    "id": f"{int(match[1]):07}",
                    "source": fields["short_text"],
                    "targets": [fields["summary"]],
                }


def read_field(document: str, name: str) -> str:
    """Return a tagged text with its lines joined, '' if there is none."""
    match = re.search(f"<{name}>(.*?)</{name}>", document, re.S)
    return "".join(line.strip() for line in match[1].splitlines()) if match else ""
