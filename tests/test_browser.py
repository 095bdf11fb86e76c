"""The demo in a real browser, served as a static host would, with the headers that the build wrote."""

import functools
import http.server
import re
import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from playwright.sync_api import Browser, ConsoleMessage, sync_playwright

from browser import FLAGS, chromium
from mfe_static.build import build
from mfe_static.run import Options

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

DEMO = Path(__file__).parents[1]
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
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("demo")
    for name in ("teams", "themes"):
        shutil.copytree(DEMO / name, root / name)
    shutil.copyfile(DEMO / "site.toml", root / "site.toml")
    result = build(root, Options(now=datetime(2026, 11, 20, tzinfo=UTC)))
    assert result.published, result.problems
    return root / "dist"


@pytest.fixture(scope="module")
def base(site: Path) -> Iterator[str]:
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


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=chromium(), args=FLAGS)
        yield running
        running.close()


@pytest.mark.parametrize("path", [*PAGES, *BASKET])
def test_a_page_is_shown_under_the_strict_policy_without_a_message(browser: Browser, base: str, path: str) -> None:
    page = browser.new_page()
    messages: list[str] = []

    def note(message: ConsoleMessage) -> None:
        messages.append(message.text)

    page.on("console", note)
    page.on("pageerror", lambda error: messages.append(str(error)))
    page.goto(base + path)
    assert messages == []
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.styleSheets.length") > 0, "a style sheet was refused, so its integrity does not hold"
    page.close()


@pytest.mark.parametrize("path", [*PAGES, *BASKET])
@pytest.mark.parametrize("width", [320, *(pytest.param(width, marks=pytest.mark.slow) for width in (768, 1440))])
def test_nothing_sticks_out_at_the_side(browser: Browser, base: str, path: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.goto(base + path)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.close()


@pytest.mark.parametrize("path", [*PAGES[:3], *(pytest.param(path, marks=pytest.mark.slow) for path in PAGES[3:])])
def test_a_page_says_the_same_without_scripts(browser: Browser, base: str, path: str) -> None:
    texts = []
    for scripts in (True, False):
        context = browser.new_context(java_script_enabled=scripts)
        page = context.new_page()
        page.goto(base + path)
        texts.append(page.locator("body").inner_text())
        context.close()
    assert texts[0] == texts[1]


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
