"""One module for each form of published data; each has ``load(request) -> records``."""

from collections.abc import Callable, Iterator

from scripts.data.loaders import cedict, chapters, everyday, gettext, lines, readme, squad
from scripts.data.request import Request

LOADERS: dict[str, Callable[[Request], Iterator[dict]]] = {
    "cedict": cedict.load,
    "chapters": chapters.load,
    "everyday": everyday.load,
    "gettext": gettext.load,
    "lines": lines.load,
    "readme": readme.load,
    "squad": squad.load,
}
