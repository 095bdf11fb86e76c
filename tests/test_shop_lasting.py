"""The shop over a long visit, in a real browser: it forgets what was left, comes back as it was, and says nothing.

Its browser keeps pages that were left, as people's browsers do.
"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from runtime_site import becomes, browsing, somebody
from serving import serving
from sites import built, problems
from test_demo import copy_of_demo
from test_shop import with_another_catalogue
from test_shop_alive import ASH, INK, MILK, alive

pytestmark = [pytest.mark.slow, pytest.mark.browser, pytest.mark.xdist_group("shop lasting")]

LEFT = ("/", "/products/", MILK, "/checkout/cart/", "/checkout/checkout/", "/checkout/thanks/", "/docs/", "/search/")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = copy_of_demo(tmp_path_factory.mktemp("shop"))
    with_another_catalogue(made)
    assert problems(built(made, strict=True)) == []
    return made / "dist"


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    with serving(folder) as server:
        yield server.url


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as made:
        yield made


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with somebody(browser) as made:
        made.set_default_timeout(30_000)
        yield made


@pytest.fixture
def said(context: BrowserContext) -> list[str]:
    """What the console of any page says."""
    out: list[str] = []
    context.on("console", lambda message: out.append(f"{message.page.url if message.page else ''}: {message.text}"))
    context.on("weberror", lambda error: out.append(str(error.error)))
    return out


def test_no_page_of_the_demo_says_anything_on_its_console(
    context: BrowserContext, folder: Path, url: str, said: list[str]
) -> None:
    page = context.new_page()
    for path in sorted(file.relative_to(folder).as_posix() for file in folder.rglob("*.html")):
        if path != "404.html":  # the browser itself notes that it is not there
            page.goto(f"{url}/{path.removesuffix('index.html')}", wait_until="load")
            alive(page)
    assert said == []


@pytest.mark.parametrize("path", LEFT)
def test_a_page_that_was_left_comes_back_as_it_was(context: BrowserContext, url: str, path: str) -> None:
    page = context.new_page()
    page.goto(url + path)
    alive(page)
    page.evaluate("addEventListener('pageshow', ({ persisted }) => { window.woke = persisted })")
    page.goto(f"{url}/stores/")
    alive(page)
    page.evaluate("history.back()")
    becomes(page, "window.woke === true")
    assert page.url == url + path


def test_a_basket_that_comes_back_has_what_was_added_meanwhile(context: BrowserContext, url: str) -> None:
    page = context.new_page()
    page.goto(f"{url}/checkout/cart/")
    alive(page)
    page.goto(url + MILK)
    alive(page)
    page.get_by_role("button", name="Add to basket").click()
    expect(page.get_by_role("banner").get_by_role("link", name="Basket")).to_have_accessible_name("Basket 1")
    page.evaluate("history.back()")
    expect(page.get_by_text("Total: 3400 Ø")).to_be_visible()


def held(page: Page) -> dict[str, int]:
    """What the browser holds of the tab, when all that can go has gone."""
    session = page.context.new_cdp_session(page)
    session.send("HeapProfiler.collectGarbage")
    counters = session.send("Memory.getDOMCounters")
    heap = session.send("Runtime.getHeapUsage")["usedSize"]
    session.detach()
    return {name: int(counters[name]) for name in ("nodes", "jsEventListeners", "documents")} | {"heap": int(heap)}


def test_after_five_hundred_variants_no_more_is_held_than_after_a_hundred(
    context: BrowserContext, url: str, said: list[str]
) -> None:
    page = context.new_page()
    page.emulate_media(reduced_motion="reduce")
    page.goto(url + MILK)
    alive(page)
    page.evaluate("window.here = 1")

    def walk(times: int) -> None:
        page.evaluate(
            """async ([paths, times]) => {
              for (let step = 0; step < times; step++) await navigation.navigate(paths[step % paths.length]).finished;
            }""",
            [[ASH, INK, MILK], times],
        )
        alive(page)
        assert page.url == url + MILK
        assert page.evaluate("window.here === 1"), "a page was loaded"

    walk(102)
    before = held(page)
    walk(399)
    after = held(page)
    assert after["nodes"] - before["nodes"] < before["nodes"] / 10
    assert after["jsEventListeners"] - before["jsEventListeners"] < 5
    assert after["documents"] - before["documents"] < 2
    assert after["heap"] < before["heap"] * 1.25
    assert said == []
