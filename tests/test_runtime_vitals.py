"""What readers have of a site, told per team: with a real browser and a server that writes down what it is told."""

import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from runtime_site import Answer, RuntimeSite, becomes, document, running, until

pytestmark = [pytest.mark.slow, pytest.mark.browser]

SCRIPTS = ["islands.js", "navigate.js", "vitals.js"]
HEAD = '<meta name="mfe-vitals" content="/told"><link rel="stylesheet" href="/site.css">'
MAIN = """<a href="/t/b/">Two</a>
<mfe-island src="/m/slow.js" when="load" team="decide" fragment="picker" id="i"><button>Pick</button></mfe-island>
<mfe-island src="/m/throws.js" when="load" team="inspire" fragment="hints" id="x"><p>Hints</p></mfe-island>"""
SLOW = """export function mount({ host }) {
  host.dataset.mounted = 1;
  host.querySelector("button").addEventListener("click", () => {
    for (const end = performance.now() + 120; performance.now() < end; );
  });
}"""
HIDE = """Object.defineProperty(document, "visibilityState", { get: () => "hidden" });
document.dispatchEvent(new Event("visibilitychange"));"""


@pytest.fixture
def site() -> Iterator[RuntimeSite]:
    pages: dict[str, str | Answer] = {
        "/t/": document("One", MAIN, head=HEAD, scripts=SCRIPTS),
        "/t/b/": document("Two", '<a href="/u/">Away</a>', head=HEAD, scripts=SCRIPTS),
        "/u/": document("Away", scripts=[]),
        "/m/slow.js": SLOW,
        "/m/throws.js": Answer("export const mount = () => { throw new Error('broken'); };", gate=threading.Event()),
        "/early/": document("Early", MAIN, head=HEAD, scripts=["islands.js"]),
        "/site.css": ".down { margin-top: 400px } a, button { min-width: 24px; min-height: 24px }",
        "/told": Answer("", 204, type="text/plain"),
    }
    with running(pages) as made:
        yield made


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


def release(site: RuntimeSite) -> None:
    """Let the module come that fails."""
    gate = site.answers["/m/throws.js"].gate
    assert gate
    gate.set()


def told(page: Page, site: RuntimeSite, count: int) -> list[Any]:
    until(page, lambda: len(site.asked("/told")) >= count)
    return [json.loads(request.body) for request in site.asked("/told")]


def by_name(visit: Any) -> dict[str, Any]:
    return {row["name"]: row for row in visit["rows"]}


def test_a_page_tells_how_it_came_and_answered_and_whose_that_was(page: Page, site: RuntimeSite) -> None:
    page.goto(site.origin + "/t/")
    release(site)
    expect(page.locator("#i")).to_have_attribute("data-mounted", "1")
    expect(page.locator("#x")).to_have_attribute("data-mfe-failed", "")
    page.get_by_role("button").click()
    becomes(page, "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
    page.evaluate(HIDE)
    (visit,) = told(page, site, 1)
    rows = by_name(visit)
    assert (visit["kind"], visit["path"], visit["build"]) == ("hard", "/t/", "one")
    assert set(rows) >= {"TTFB", "FCP", "LCP", "INP", "error"}
    assert rows["INP"]["value"] >= 120
    assert (rows["INP"]["team"], rows["INP"]["fragment"]) == ("decide", "picker")
    assert (rows["error"]["team"], rows["error"]["fragment"], rows["error"]["text"]) == ("inspire", "hints", "broken")
    assert rows["LCP"]["team"] == "t"
    assert 0 <= rows["TTFB"]["value"] <= rows["FCP"]["value"] <= rows["LCP"]["value"]


def test_what_failed_before_somebody_listened_is_told_too(page: Page, site: RuntimeSite) -> None:
    page.goto(site.origin + "/early/")
    release(site)
    expect(page.locator("#x")).to_have_attribute("data-mfe-failed", "")
    page.evaluate("import('/_mfe/runtime/vitals.js')")
    page.evaluate(HIDE)
    (visit,) = told(page, site, 1)
    assert (by_name(visit)["error"]["team"], by_name(visit)["error"]["text"]) == ("inspire", "")


def test_what_moves_by_itself_is_told(page: Page, site: RuntimeSite) -> None:
    page.goto(site.origin + "/t/b/")
    becomes(page, "performance.getEntriesByName('first-contentful-paint').length > 0")
    page.evaluate("""new Promise((done) => {
      new PerformanceObserver(done).observe({ type: "layout-shift", buffered: true });
      document.querySelector("h1").className = "down";
    }).then(() => 1)""")
    page.evaluate(HIDE)
    (visit,) = told(page, site, 1)
    assert by_name(visit)["CLS"]["value"] > 0
    assert by_name(visit)["CLS"]["team"] == "t"


def test_each_visit_is_told_apart_and_the_cache_of_pages_is_kept(page: Page, site: RuntimeSite) -> None:
    page.goto(site.origin + "/t/")
    becomes(page, "performance.getEntriesByName('first-contentful-paint').length > 0")
    page.get_by_role("link", name="Two").click()
    expect(page.locator("h1")).to_have_text("Two")
    becomes(page, "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done(true))))")
    page.evaluate("addEventListener('pageshow', (event) => (window.woke = event.persisted))")
    page.get_by_role("link", name="Away").click()
    expect(page.locator("h1")).to_have_text("Away")
    first, second = told(page, site, 2)
    assert [(visit["kind"], visit["path"]) for visit in (first, second)] == [("hard", "/t/"), ("soft", "/t/b/")]
    assert first["visit"] != second["visit"]
    assert by_name(second)["NAV"]["value"] > 0
    assert "LCP" not in by_name(second)
    page.evaluate("history.back()")
    becomes(page, "window.woke")
    page.evaluate(
        """document.querySelector("main").dispatchEvent(
          new CustomEvent("mfe:error", { bubbles: true, detail: { error: "x" } }))"""
    )
    page.evaluate(HIDE)
    assert [(visit["kind"], visit["path"]) for visit in told(page, site, 3)][2] == ("restore", "/t/b/")
