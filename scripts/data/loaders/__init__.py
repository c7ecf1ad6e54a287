"""One module for each form of published data; each has ``load(request) -> records``."""

from collections.abc import Callable, Iterator

from scripts.data.loaders import (
    alpaca,
    billa,
    cedict,
    chapters,
    everyday,
    gettext,
    lines,
    readme,
    squad,
    tsv,
)
from scripts.data.request import Request

LOADERS: dict[str, Callable[[Request], Iterator[dict]]] = {
    "alpaca": alpaca.load,
    "billa": billa.load,
    "cedict": cedict.load,
    "chapters": chapters.load,
    "everyday": everyday.load,
    "gettext": gettext.load,
    "lines": lines.load,
    "readme": readme.load,
    "squad": squad.load,
    "tsv": tsv.load,
}
