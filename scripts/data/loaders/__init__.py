"""One module for each form of published data; each has ``load(request) -> records``."""

from collections.abc import Callable, Iterator

from scripts.data.loaders import (
    alpaca,
    billa,
    c3,
    cedict,
    chapters,
    everyday,
    gettext,
    lcsts,
    lines,
    logiqa,
    questions,
    readme,
    rewritings,
    squad,
    tsv,
    word_problems,
    xcopa,
)
from scripts.data.request import Request

LOADERS: dict[str, Callable[[Request], Iterator[dict]]] = {
    "alpaca": alpaca.load,
    "billa": billa.load,
    "c3": c3.load,
    "cedict": cedict.load,
    "chapters": chapters.load,
    "everyday": everyday.load,
    "gettext": gettext.load,
    "lcsts": lcsts.load,
    "lines": lines.load,
    "logiqa": logiqa.load,
    "questions": questions.load,
    "readme": readme.load,
    "rewritings": rewritings.load,
    "squad": squad.load,
    "tsv": tsv.load,
    "word_problems": word_problems.load,
    "xcopa": xcopa.load,
}
