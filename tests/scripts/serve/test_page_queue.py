"""One answer at a time: who waits sees his place, and can leave it."""

from playwright.sync_api import expect

from scripts.serve.page_limits import Limits
from tests.support.browser import NEEDS_BROWSER
from tests.support.page_browser import ask, choose, open_page, wait
from tests.support.page_server import serve

pytestmark = NEEDS_BROWSER


def test_a_second_tab_waits_its_turn_and_sees_its_place(tab, browser, address):
    choose(tab, "talk-model", "slow")
    ask(tab, "Go on.")
    expect(tab.locator(".turn.coming")).to_contain_text("word3")
    other, _ = open_page(browser, address)
    ask(other, "Me too.")
    expect(other.locator("#talk-status")).to_have_text("Waiting for the model …")
    expect(other.locator("#chat")).to_contain_text("queue: 1/1")
    third, _ = open_page(browser, address)
    ask(third, "And me.")
    expect(third.locator("#chat")).to_contain_text("queue: 2/2")
    third.context.close()
    tab.locator("#talk-stop").click()
    wait(other)
    expect(other.locator(".turn.asked")).to_have_text(["Me too."])
    other.context.close()


def test_waiting_can_be_ended_and_another_question_is_the_one_answered(tab, browser, address):
    first, _ = open_page(browser, address)
    choose(first, "talk-model", "slow")
    ask(first, "Go on.")
    expect(first.locator(".turn.coming")).to_contain_text("word3")
    ask(tab, "Never mind.")
    expect(tab.locator("#chat")).to_contain_text("queue: 1/1")
    tab.locator("#talk-stop").click()
    expect(tab.locator("#talk-status")).to_have_text("Stopped.")
    ask(tab, "This one.")
    expect(tab.locator("#talk-status")).to_have_text("Waiting for the model …")
    first.context.close()
    expect(tab.locator(".turn.told:not(.coming)")).to_be_visible(timeout=20_000)
    expect(tab.locator(".turn.asked")).to_have_text(["This one."])
    expect(tab.locator("#talk-ask")).to_have_text("Ask")


def test_too_many_do_not_wait(browser, results):
    with serve(results, limits=Limits(waiting=1)) as address:
        tabs = [open_page(browser, address)[0] for _ in range(3)]
        choose(tabs[0], "talk-model", "slow")
        ask(tabs[0], "Go on.")
        expect(tabs[0].locator(".turn.coming")).to_contain_text("word3")
        ask(tabs[1], "Me too.")
        expect(tabs[1].locator("#chat")).to_contain_text("queue: 1/1")
        ask(tabs[2], "And me.")
        refused = "1 others wait for an answer: ask again later."
        expect(tabs[2].locator("#talk-status")).to_have_text(refused)
        expect(tabs[2].locator("#talk-ask")).to_be_visible()
        tabs[0].locator("#talk-stop").click()
        wait(tabs[1])
        ask(tabs[2], "And now?")
        wait(tabs[2])
        expect(tabs[2].locator(".turn.asked")).to_have_text(["And now?"])
        for one in tabs:
            one.context.close()


def test_whoever_leaves_keeps_nobody_waiting(tab, browser, address):
    leaver, _ = open_page(browser, address)
    choose(leaver, "talk-model", "slow")
    ask(leaver, "Go on.")
    expect(leaver.locator(".turn.coming")).to_contain_text("word3")
    leaver.context.close()
    ask(tab, "My turn?")
    expect(tab.locator(".turn.told:not(.coming)")).to_be_visible(timeout=8_000)
