"""What differs is marked, and what comes from outside is text."""

import re

import pytest

from scripts.common.files import ROOT
from scripts.common.pieces import Piece
from scripts.infer.chat.conversation import Conversation
from scripts.serve import page_html
from scripts.serve.page_html import Pane, mark_differences, show_conversation, show_panes
from tests.support.page_server import HOSTILE


def marked(left, right):
    return tuple(
        "".join(f"[{t}]" if new else t for t, new in x) for x in mark_differences(left, right)
    )


@pytest.mark.parametrize(
    ("left", "right", "shown"),
    [
        ("the old boat", "the new boat", ("the [old] boat", "the [new] boat")),
        ("编辑页面", "修改页面", ("[编辑]页面", "[修改]页面")),
        ("same", "same", ("same", "same")),
        ("", "all", ("", "[all]")),
        ("a b", "a", ("a[ b]", "a")),
    ],
)
def test_differing_words_are_marked(left, right, shown):
    assert marked(left, right) == shown


def test_texts_too_long_to_compare_are_left_as_they_are(monkeypatch):
    monkeypatch.setattr(page_html, "COMPARED", 3)
    assert marked("a b", "c d") == ("a b", "c d")


def test_everything_from_outside_is_escaped():
    conversation = Conversation().ask(HOSTILE, HOSTILE).answered(HOSTILE)
    pages = [
        show_conversation(conversation, [HOSTILE], [HOSTILE]),
        show_conversation(Conversation().ask(HOSTILE), [HOSTILE], [], HOSTILE),
        show_panes([Pane(HOSTILE, [(HOSTILE, True), (HOSTILE, False)], HOSTILE)]),
        page_html.show_status(HOSTILE, "error"),
        page_html.show_tokens([Piece(HOSTILE, HOSTILE, [0, 1], True)], [], (1, 1)),
        page_html.render("header", study=HOSTILE),
    ]
    for page in pages:
        assert not re.search(r"<(script|img|b|a)\b", page)
        assert "&lt;script&gt;" in page


def test_token_colours_are_the_reports():
    page, report = (
        (ROOT / path).read_text(encoding="utf-8")
        for path in ("scripts/serve/templates/page.css", "scripts/report/templates/report.css")
    )
    colours = re.findall(r"--token-\d: #\w+;", report)
    assert len(colours) == 10 and re.findall(r"--token-\d: #\w+;", page) == colours
