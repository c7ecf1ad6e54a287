"""What differs is marked, and what comes from outside is text."""

import re
from html.parser import HTMLParser

import pytest

from scripts.common.files import ROOT
from scripts.common.pieces import Piece
from scripts.infer.chat.conversation import Conversation
from scripts.serve import page_html
from scripts.serve.page_html import Pane, mark_differences, show_conversation, show_panes
from tests.support.hostile import HOSTILE
from tests.support.page_server import HOSTILE as SPOKEN


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
    for page in show_everywhere(SPOKEN):
        assert not re.search(r"<(script|img|b|a)\b", page)
        assert "&lt;script&gt;" in page


def show_everywhere(text: str) -> list[str]:
    """Return the parts of the page with a text wherever one may stand."""
    conversation = Conversation().ask(text, text).answered(text)
    return [
        show_conversation(conversation, [text], [text]),
        show_conversation(Conversation().ask(text), [text], [], text),
        show_panes([Pane(text, [(text, True), (text, False)], text)]),
        page_html.show_status(text, "error"),
        page_html.show_tokens([Piece(text, text, [0, 1], True)], [], (1, 1)),
        page_html.render("header", study=text),
    ]


class Tags(HTMLParser):
    """The tags of a page with the names of their attributes."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.found: list[tuple[str, list[str]]] = []
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.found.append((tag, [name for name, _ in attributes]))


@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_text_makes_no_element_and_no_attribute(name):
    pages = zip(show_everywhere(HOSTILE[name]), show_everywhere("a"), strict=True)
    for page, usual in pages:
        assert Tags(page).found == Tags(usual).found


def test_token_colours_are_the_reports():
    page, report = (
        (ROOT / path).read_text(encoding="utf-8")
        for path in ("scripts/serve/templates/page.css", "scripts/report/templates/report.css")
    )
    colours = re.findall(r"--token-\d: #\w+;", report)
    assert len(colours) == 10 and re.findall(r"--token-\d: #\w+;", page) == colours
