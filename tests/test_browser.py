"""The demo in a real browser, served as a static host would, with the headers that the build wrote."""

import functools
import http.server
import re
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, ViewportSize

from mfe_static.run import Result

pytestmark = pytest.mark.browser

PAGES = (
    "/", "/products/", "/products/classic/", "/stores/", "/product/AU-02/", "/checkout/thanks/",
    "/docs/", "/docs/tutorial/", "/404.html",
)  # fmt: skip
BASKET = ("/checkout/cart/", "/checkout/checkout/")
"""Pages that say something else where no script keeps a basket."""


class _Host(http.server.SimpleHTTPRequestHandler):
    """A static host that honours `_headers` for every path."""

    extensions_map = {  # noqa: RUF012  as the base class has it
        **http.server.SimpleHTTPRequestHandler.extensions_map,
        ".speculationrules": "application/speculationrules+json",
    }

    headers_of_all: tuple[tuple[str, str], ...] = ()

    def end_headers(self) -> None:
        for name, value in self.headers_of_all:
            self.send_header(name, value)
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        pass


class _Server(http.server.ThreadingHTTPServer):
    """Says nothing when a browser closes a connection early."""

    def handle_error(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def base(demo: tuple[Path, Result]) -> Iterator[str]:
    site = demo[0] / "dist"
    rules = (site / "_headers").read_text().split("\n\n")[0].splitlines()[1:]
    pairs = tuple((name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in rules))
    handler = type("Host", (_Host,), {"headers_of_all": pairs})
    server = _Server(("127.0.0.1", 0), functools.partial(handler, directory=str(site)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    server.server_close()
    thread.join()


class Look(NamedTuple):
    """How a page is shown in a window of 320 pixels, and what it says there."""

    headings: int
    sheets: int
    width: int
    text: str
    messages: list[str]


SMALL: ViewportSize = {"width": 320, "height": 800}


@pytest.fixture(scope="module")
def looks(browser: Browser, base: str) -> Mapping[str, Look]:
    found: dict[str, Look] = {}
    page = browser.new_page(viewport=SMALL)
    messages: list[str] = []
    page.on("console", lambda message: messages.append(message.text))
    page.on("pageerror", lambda error: messages.append(str(error)))
    for path in (*PAGES, *BASKET):
        page.goto(base + path)
        headings, sheets = page.locator("h1").count(), page.evaluate("document.styleSheets.length")
        width, text = page.evaluate("document.documentElement.scrollWidth"), page.locator("body").inner_text()
        found[path] = Look(headings, sheets, width, text, [*messages])
        messages.clear()
    page.close()
    return found


def test_each_page_is_shown_under_the_strict_policy_without_a_message(looks: Mapping[str, Look]) -> None:
    for path, look in looks.items():
        assert look.headings == 1, path
        assert look.sheets > 0, f"a sheet of {path} was refused, its digest is wrong"
        assert look.messages == [], path


def test_nothing_sticks_out_at_the_side(looks: Mapping[str, Look]) -> None:
    assert {path: look.width for path, look in looks.items() if look.width > 320} == {}


@pytest.mark.slow
@pytest.mark.parametrize("width", [768, 1440])
def test_nothing_sticks_out_of_wider_windows(browser: Browser, base: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    for path in (*PAGES, *BASKET):
        page.goto(base + path)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    page.close()


def test_each_page_says_the_same_without_scripts(browser: Browser, base: str, looks: Mapping[str, Look]) -> None:
    page = browser.new_page(java_script_enabled=False, viewport=SMALL)
    for path in PAGES:
        page.goto(base + path)
        assert page.locator("body").inner_text() == looks[path].text
    page.close()


def test_the_colours_follow_the_reader(browser: Browser, base: str) -> None:
    shades = []
    for scheme in ("light", "dark"):
        context = browser.new_context(color_scheme=scheme)
        page = context.new_page()
        page.goto(base)
        shades.append(page.evaluate("getComputedStyle(document.documentElement).backgroundColor"))
        context.close()
    assert shades[0] != shades[1]


def test_the_keyboard_reaches_the_content_first(browser: Browser, base: str) -> None:
    page = browser.new_page()
    page.goto(f"{base}/docs/")
    page.keyboard.press("Tab")
    assert re.match("#", page.evaluate("document.activeElement.getAttribute('href')"))
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.tagName") == "MAIN"
    page.close()


def test_a_link_to_another_team_leads_there(browser: Browser, base: str) -> None:
    page = browser.new_page()
    page.goto(f"{base}/products/")
    page.locator("main a[href^='/product/']").first.click()
    assert page.url.startswith(f"{base}/product/")
    assert page.locator("h1").count() == 1
    page.close()
