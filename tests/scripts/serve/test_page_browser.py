"""The page in a real browser, as a person uses it, at the width of a desktop and of a phone."""

import json

import pytest
from playwright.sync_api import expect

from tests.support.browser import NEEDS_BROWSER
from tests.support.page_browser import ask, choose, is_too_wide, open_page, wait
from tests.support.page_server import HOSTILE, NAMED, serve

pytestmark = NEEDS_BROWSER


def ratings(results) -> list[dict]:
    """Return the ratings that are on disk."""
    path = results / "preferences.jsonl"
    return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []


def test_a_question_is_answered_and_the_conversation_goes_on(tab):
    ask(tab, "床前明月光")
    wait(tab)
    ask(tab, "And in English?")
    wait(tab)
    expect(tab.locator(".turn.asked")).to_have_text(["床前明月光", "And in English?"])
    expect(tab.locator(".turn.told .who")).to_have_text(["tiny", "tiny"])
    expect(tab.locator("#talk-status")).to_have_text("tiny: format chatml, float32")
    tab.get_by_text("Token by token").click()
    expect(tab.locator("#tokens .token").first).to_have_text("<|im_start|>")
    assert tab.locator("#tokens .token").count() > 20
    tab.locator("#talk-undo").click()
    expect(tab.locator(".turn.asked")).to_have_text(["床前明月光"])
    expect(tab.locator("#talk-question textarea")).to_have_value("And in English?")
    tab.locator("#talk-reset").click()
    expect(tab.locator("#chat")).to_contain_text("Nothing has been asked yet.")


def test_an_answer_is_stopped_and_what_came_of_it_stays(tab):
    choose(tab, "talk-model", "slow")
    ask(tab, "Go on.")
    expect(tab.locator(".turn.coming")).to_contain_text("word3")
    tab.locator("#talk-stop").click()
    expect(tab.locator("#talk-ask")).to_be_visible()
    told = tab.locator(".turn.told")
    expect(told).to_contain_text("stopped")
    assert "word3" in told.inner_text() and "word300" not in told.inner_text()
    tab.locator("#talk-up").click()
    expect(tab.locator("#talk-status")).to_contain_text("Good: kept in")


def test_what_a_model_says_is_text(tab):
    choose(tab, "talk-model", "hostile")
    ask(tab, f"{HOSTILE} ?")
    wait(tab)
    assert tab.locator(".turn.told .text").inner_text() == HOSTILE
    assert tab.locator(".turn.asked .text").inner_text() == f"{HOSTILE} ?"
    tab.get_by_role("tab", name="Compare").click()
    choose(tab, "compare-right", "hostile")
    ask(tab, HOSTILE, "compare")
    wait(tab, "compare")
    assert tab.locator("#compare-panes .text").nth(1).inner_text() == HOSTILE
    assert tab.locator(":is(#chat, #compare-panes) :is(script, img, a, b, code)").count() == 0
    tab.get_by_role("tab", name="Talk").click()
    choose(tab, "talk-model", NAMED)
    ask(tab, "Sea?")
    wait(tab)
    expect(tab.locator(".turn.told .who").last).to_have_text(NAMED)
    assert tab.locator("#chat img").count() == 0
    assert tab.title() == "lingraft"
    assert "<b>toy</b>" in tab.locator("h1").inner_text()


def test_two_models_answer_side_by_side(tab):
    tab.get_by_role("tab", name="Compare").click()
    choose(tab, "compare-left", "hostile")
    ask(tab, "Sea?", "compare")
    wait(tab, "compare")
    expect(tab.locator("#compare-panes .who")).to_have_text(["hostile", "tiny"])
    assert tab.locator("#compare-panes mark").count() > 1


def test_names_are_hidden_until_the_vote(tab, results):
    before = len(ratings(results))
    tab.get_by_role("tab", name="Rate blind").click()
    for name in ("slow", "broken", NAMED):
        tab.get_by_label(name, exact=True).uncheck()
    ask(tab, "Which word is closest?", "blind")
    wait(tab, "blind")
    expect(tab.locator("#blind-panes .who")).to_have_text(["Left", "Right"])
    tab.locator("#vote-left").click()
    expect(tab.locator("#blind-status")).to_contain_text("The left one is better: kept in")
    shown = tab.locator("#blind-panes .who").all_inner_texts()
    kept = ratings(results)[before]
    assert [one["model"] for one in kept["answers"]] == shown
    assert kept["vote"] == "left" and kept["drawn_from"] == ["base", "tiny", "asks", "hostile"]
    expect(tab.locator("#vote-right")).to_be_disabled()


def test_a_format_with_an_input_has_a_field_for_it(tab):
    expect(tab.locator("#talk-input")).to_be_hidden()
    choose(tab, "talk-model", "asks")
    expect(tab.locator("#talk-input")).to_be_visible()
    tab.locator("#talk-input textarea").fill("今天的天气很好")
    ask(tab, "Translate.")
    wait(tab)
    expect(tab.locator(".turn.asked .given")).to_have_text("今天的天气很好")


def test_a_long_question_is_cut_and_a_longer_one_refused(tab):
    ask(tab, "long " * 4000)
    wait(tab)
    expect(tab.locator(".turn.told .note")).to_contain_text("the question's beginning did not fit")
    ask(tab, "long " * 4000 + "!")
    expect(tab.locator("#talk-status")).to_have_text(
        "instruction: 20,001 characters, at most 20,000 are taken"
    )


def test_a_damaged_or_missing_model_is_one_line(tab, results):
    weights = results / "models/broken/model.safetensors"
    content = weights.read_bytes()
    weights.write_bytes(content[:1000])
    choose(tab, "talk-model", "broken")
    ask(tab, "Sea?")
    expect(tab.locator("#talk-status")).to_contain_text("model.safetensors")
    expect(tab.locator("#talk-question textarea")).to_have_value("Sea?")
    stage = results / "models/broken/stage.json"
    stage.rename(stage.with_suffix(".gone"))
    tab.locator("#talk-ask").click()
    expect(tab.locator("#talk-status")).to_contain_text("no such model is built any more")
    choose(tab, "talk-model", "tiny")
    ask(tab, "Sea?")
    wait(tab)
    assert tab.locator(".turn.told").count() == 1
    stage.with_suffix(".gone").rename(stage)
    weights.write_bytes(content)


def scroll(page) -> tuple[float, float]:
    """Return how far the conversation can be scrolled down yet, and what of it is not seen."""
    return tuple(
        page.locator("#chat").evaluate(
            "e => [e.scrollHeight - e.scrollTop - e.clientHeight, e.scrollHeight - e.clientHeight]"
        )
    )


def wait_for_end(page) -> None:
    """Wait until the conversation's end is seen; the page scrolls once what has come is drawn."""
    page.wait_for_function(
        "() => [document.querySelector('#chat')]"
        ".every(e => e.scrollHeight - e.scrollTop - e.clientHeight < 2)"
    )


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_long_conversation_stays_in_its_box_and_its_end_is_seen(browser, address, size):
    page, _ = open_page(browser, address, size)
    choose(page, "talk-model", "hostile")
    for number in range(4):
        ask(page, f"Question {number}")
        wait(page)
    expect(page.locator(".turn.told")).to_have_count(4)
    assert page.locator("#chat").evaluate("e => getComputedStyle(e).overflowY") == "auto"
    wait_for_end(page)
    assert scroll(page)[1] > 300
    # Who reads what is above is left there, until he asks.
    page.wait_for_timeout(1500)  # what the answer's end changes is shown
    page.locator("#chat").evaluate("e => e.scrollTop = 0")
    page.wait_for_timeout(200)
    page.locator("#talk-undo").click()
    expect(page.locator(".turn.told")).to_have_count(3)
    assert scroll(page)[0] > 100
    ask(page, "The last one")
    wait(page)
    expect(page.locator(".turn.told")).to_have_count(4)
    wait_for_end(page)
    page.context.close()


def test_a_phone_shows_all_of_it(browser, address):
    page, seen = open_page(browser, address, "phone")
    choose(page, "talk-model", "hostile")
    ask(page, "x" * 300)
    wait(page)
    assert not is_too_wide(page)
    for tab in ("Compare", "Rate blind"):
        page.get_by_role("tab", name=tab).click()
        assert not is_too_wide(page)
    page.get_by_text("Settings").click()
    assert not is_too_wide(page)
    page.reload()
    ask(page, "Again?")
    wait(page)
    expect(page.locator(".turn.asked")).to_have_text(["Again?"])
    assert seen.errors == []
    page.context.close()


def test_a_password_is_asked_for_and_opens_everything(browser, results):
    with serve(results, "söcret") as address:
        context = {"http_credentials": {"username": "me", "password": "söcret"}}
        page, seen = open_page(browser, address, **context)
        ask(page, "Sea?")
        wait(page)
        assert seen.errors == []
        page.context.close()
        refused = browser.new_context(http_credentials={"username": "me", "password": "no"})
        assert refused.new_page().goto(address).status == 401
        refused.close()
