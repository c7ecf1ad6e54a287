"""A browser on the page, as a person uses it; what it asks for and complains of is noted."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.support.browser import BROWSER

SIZES = {"desktop": (1280, 900), "phone": (390, 844)}
ASK, STOP = "{}-ask", "{}-stop"


@dataclass
class Seen:
    """What a tab asked for, and what its console said that is no debugging."""

    requests: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@contextmanager
def start_browser() -> Iterator[Browser]:
    """Yield a browser that is installed."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield browser
        browser.close()


def open_page(
    browser: Browser, address: str, size: str = "desktop", **options
) -> tuple[Page, Seen]:
    """Open the page in a tab of its own; return it once it can be used."""
    width, height = SIZES[size]
    context = browser.new_context(viewport={"width": width, "height": height}, **options)
    page, seen = context.new_page(), Seen()
    page.on("request", lambda request: seen.requests.append(request.url))
    page.on("pageerror", lambda error: seen.errors.append(str(error)))
    page.on("console", lambda line: line.type == "error" and seen.errors.append(line.text))
    page.goto(address)
    expect(page.locator("#talk-question textarea")).to_be_visible(timeout=20_000)
    expect(page.locator("#talk-about .status")).not_to_be_empty()
    return page, seen


def choose(page: Page, field: str, name: str) -> None:
    """Choose an entry of a list."""
    page.locator(f"#{field} input").click()
    page.get_by_role("option", name=name, exact=True).click()
    expect(page.get_by_role("option")).to_have_count(0)  # the list has closed


def ask(page: Page, text: str, tab: str = "talk") -> None:
    """Write a question and ask it."""
    page.locator(f"#{tab}-question textarea").fill(text)
    page.locator(f"#{ASK.format(tab)}").click()


def wait(page: Page, tab: str = "talk") -> None:
    """Wait until an answer has come."""
    # Of a model that answers at once it may be gone before it is looked for.
    with suppress(AssertionError):
        expect(page.locator(f"#{STOP.format(tab)}")).to_be_visible(timeout=2_000)
    expect(page.locator(f"#{ASK.format(tab)}")).to_be_visible(timeout=30_000)


def is_too_wide(page: Page) -> bool:
    """Tell whether the page scrolls sideways."""
    return page.evaluate(
        "document.documentElement.scrollWidth > document.documentElement.clientWidth"
    )
