"""The small client router, and the bridge to other tabs, in a real browser."""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from runtime_site import Answer, RuntimeSite, becomes, document, running, somebody, until, visiting

pytestmark = [pytest.mark.slow, pytest.mark.browser]

APP = """import { navigate, params, routes } from "mfe-static/router";
window.log = [];
window.router = { navigate, params };
const view = (name, more = {}) => ({ host, params, props, url, signal }) => {
  log.push(`${name} ${JSON.stringify(params)}${url.search}`);
  signal.addEventListener("abort", () => log.push(`abort ${name}`));
  const heading = document.createElement("h1");
  heading.textContent = [name, ...Object.values(params)].join(" ");
  const filler = document.createElement("div");
  filler.className = "tall";
  host.replaceChildren(heading, filler);
  return { title: `The ${name}`, unmount: ({ host }) => log.push(`leave ${name} ${host.id}`), ...more };
};
const slow = async (context) => {
  await fetch("/gate.txt");
  return view("slow")(context);
};
const loading = {
  load: async ({ params, url, signal }) => {
    log.push("load " + params.id + url.search);
    signal.addEventListener("abort", () => log.push("forget"));
    return (await fetch("/data.txt", { signal })).text();
  },
  mount: (context) => view(context.loaded)(context),
};
const broken = () => { throw new Error("no view"); };
export const mount = (island) => routes({ "./": view("start"), "order/:id/": view("order"), "slow/": slow,
  "broken/": broken, "data/:id/": loading, "/t/order/:id/:part/": view("part") }, island);
"""
SHEET = ".tall { height: 3000px } a, button, input { min-width: 24px; min-height: 24px }"
NAV = """<a class="skip" href="#main">Skip</a><nav><a href="/t/">Start</a> <a href="/t/order/7/">Order</a>
<a href="/t/slow/">Slow</a>
<a href="/t/data/5/">Data</a>
<a href="/t/broken/">Broken</a> <a href="/t/plain/">Plain</a> <a href="/u/">Other</a>
<a href="/t/order/8/" data-mfe-reload>Hard</a>
<a href="/t/order/a%20b/x%2Fy/">Coded</a></nav><form action="/t/"><input name="q" aria-label="Query"></form>
<form method="post" action="/t/order/9/"><button>Send</button></form>"""


def shell(title: str, scope: str = "/t/") -> str:
    """A page of an app: a skeleton in an island that starts at once."""
    app = '<mfe-island id="app" src="/m/app.js" when="load" team="t" fragment="app"><h1>Skeleton</h1></mfe-island>'
    text = document(
        title, app, head='<link rel="stylesheet" href="/site.css">', scripts=["islands.js"], before=NAV, scope=scope
    )
    return text.replace(f"<h1>{title}</h1>", "")


PAGES: Mapping[str, str | Answer] = {
    **{path: shell(path) for path in ("/t/", "/t/order/7/", "/t/order/8/", "/t/order/9/", "/t/slow/", "/t/broken/",
                                      "/t/data/5/", "/t/plain/", "/t/order/a%20b/x%2Fy/")},
    "/u/": document("Other team", scripts=[], scope="/u/"),
    "/m/app.js": APP,
    "/site.css": SHEET,
    "/gate.txt": Answer("", type="text/plain"),
    "/data.txt": Answer("five", type="text/plain"),
}  # fmt: skip
LISTEN = "window.said = []; Document.prototype.ariaNotify = (text) => said.push(text);"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with somebody(browser, LISTEN) as made:
        yield made


@pytest.fixture
def serve() -> Iterator[Callable[..., RuntimeSite]]:
    sites = []

    def start(more: Mapping[str, str | Answer] = {}) -> RuntimeSite:
        made = running({**PAGES, **more})
        sites.append(made)
        return made.__enter__()

    yield start
    for site in sites:
        site.__exit__(None, None, None)


Serve = Callable[..., RuntimeSite]


@pytest.fixture
def visit(context: BrowserContext) -> Iterator[Callable[..., Page]]:
    with visiting(context) as opened:
        yield opened


Visit = Callable[..., Page]


def shown(page: Page, heading: str, soft: bool = True) -> None:
    expect(page.locator("h1")).to_have_text(heading)
    becomes(page, "!navigation.transition")
    assert page.evaluate("window.here === 1") is soft


def log(page: Page) -> Any:
    return page.evaluate("log.splice(0)")


def test_the_view_of_the_address_is_mounted_into_the_skeleton(serve: Serve, visit: Visit) -> None:
    page = visit(serve(), "/t/order/7/")
    shown(page, "order 7")
    assert log(page) == ['order {"id":"7"}']
    assert page.title() == "The order"
    assert page.evaluate("router.params()") == {"id": "7"}


def test_links_change_the_view_as_a_page_load_would(serve: Serve, visit: Visit) -> None:
    site = serve()
    page = visit(site)
    shown(page, "start")
    page.evaluate("scrollTo(0, 900)")
    page.get_by_role("link", name="Order").press("Enter")
    shown(page, "order 7")
    assert log(page) == ["start {}", "abort start", "leave start app", 'order {"id":"7"}']
    assert page.evaluate("[location.pathname, document.title, said, scrollY]") == [
        "/t/order/7/",
        "The order",
        ["The order"],
        0,
    ]
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip")).to_be_focused()
    assert len(site.asked("/t/order/7/")) == 0


def test_back_and_forward_restore_view_title_and_scroll(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    shown(page, "start")
    page.evaluate("scrollTo(0, 900)")
    page.evaluate("document.querySelector('[href=\"/t/order/7/\"]').click()")
    shown(page, "order 7")
    page.evaluate("history.back()")
    shown(page, "start")
    assert page.evaluate("[document.title, Math.round(scrollY)]") == ["The start", 900]
    page.evaluate("history.forward()")
    shown(page, "order 7")


def test_names_are_decoded_and_the_query_is_told(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    shown(page, "start")
    page.get_by_role("link", name="Coded").click()
    shown(page, "part a b x/y")
    page.get_by_label("Query").fill("red")
    page.get_by_label("Query").press("Enter")
    shown(page, "start")
    assert log(page)[-1] == "start {}?q=red"


def test_what_no_route_is_for_is_loaded_and_the_browsers_things_are_the_browsers(
    serve: Serve, visit: Visit, context: BrowserContext
) -> None:
    site = serve()
    page = visit(site)
    shown(page, "start")
    page.get_by_role("link", name="Skip").click()
    with context.expect_page() as opened:
        page.get_by_role("link", name="Order").click(modifiers=["Control"])
    expect(opened.value.locator("h1")).to_have_text("order 7")
    shown(page, "start")
    for name, heading in (("Plain", "Skeleton"), ("Hard", "order 8"), ("Other", "Other team")):
        page = visit(site)
        page.get_by_role("link", name=name).click()
        shown(page, heading, soft=False)
    page = visit(site)
    page.get_by_role("button", name="Send").click()
    shown(page, "order 9", soft=False)


def test_the_app_itself_can_navigate_and_has_a_history_of_its_own(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    shown(page, "start")
    entries = page.evaluate("history.length")
    page.evaluate("router.navigate('order/7/')")
    shown(page, "order 7")
    page.evaluate("router.navigate('./?x', { replace: true })")
    shown(page, "start")
    assert page.evaluate("history.length") == entries + 1
    log(page)
    page.evaluate("history.pushState(1, '', '/t/order/7/?own')")
    assert log(page) == []


def test_a_view_that_is_overtaken_ends_before_the_next_begins(serve: Serve, visit: Visit) -> None:
    gate = threading.Event()
    site = serve({"/gate.txt": Answer("", type="text/plain", gate=gate)})
    page = visit(site)
    shown(page, "start")
    page.get_by_role("link", name="Slow").click()
    becomes(page, "location.pathname === '/t/slow/'")
    page.get_by_role("link", name="Order").click()
    becomes(page, "location.pathname === '/t/order/7/'")
    gate.set()
    shown(page, "order 7")
    assert page.title() == "The order"
    assert log(page)[-3:] == ["slow {}", "leave slow app", 'order {"id":"7"}']


def test_a_view_stands_until_the_next_one_has_loaded_what_it_needs(serve: Serve, visit: Visit) -> None:
    gate = threading.Event()
    site = serve({"/data.txt": Answer("five", type="text/plain", gate=gate)})
    page = visit(site)
    shown(page, "start")
    log(page)
    page.get_by_role("link", name="Data").click()
    until(page, lambda: bool(site.asked("/data.txt")))
    expect(page.locator("h1")).to_have_text("start")
    assert page.evaluate("[location.pathname, document.title]") == ["/t/", "The start"]
    assert log(page) == ["load 5"]
    gate.set()
    shown(page, "five 5")
    assert log(page) == ["abort start", "leave start app", 'five {"id":"5"}']
    assert page.evaluate("[location.pathname, document.title, said]") == ["/t/data/5/", "The five", ["The five"]]
    page.get_by_role("link", name="Start").click()
    shown(page, "start")
    page.evaluate("history.back()")
    shown(page, "five 5")
    assert log(page)[-3:] == ["abort start", "leave start app", 'five {"id":"5"}']


def test_what_is_loaded_for_a_view_that_is_overtaken_is_forgotten(serve: Serve, visit: Visit) -> None:
    gate = threading.Event()
    site = serve({"/data.txt": Answer("five", type="text/plain", gate=gate)})
    page = visit(site)
    shown(page, "start")
    entries = page.evaluate("history.length")
    log(page)
    page.get_by_role("link", name="Data").click()
    until(page, lambda: bool(site.asked("/data.txt")))
    page.get_by_role("link", name="Order").click()
    shown(page, "order 7")
    gate.set()
    assert log(page) == ["load 5", "forget", "abort start", "leave start app", 'order {"id":"7"}']
    assert page.evaluate("history.length") == entries + 1


def test_the_first_view_loads_what_it_needs_and_what_fails_has_its_page_loaded(serve: Serve, visit: Visit) -> None:
    page = visit(serve(), "/t/data/5/?a")
    shown(page, "five 5")
    assert log(page) == ["load 5?a", 'five {"id":"5"}?a']
    page = visit(serve({"/data.txt": Answer("", cut=True)}), expect="Failed to")
    shown(page, "start")
    page.get_by_role("link", name="Data").click()
    shown(page, "Skeleton", soft=False)
    assert page.url.endswith("/t/data/5/")


def test_a_view_that_fails_has_its_page_loaded_and_there_the_skeleton_stands(serve: Serve, visit: Visit) -> None:
    page = visit(serve(), expect="no view")
    shown(page, "start")
    page.get_by_role("link", name="Broken").click()
    shown(page, "Skeleton", soft=False)
    assert page.url.endswith("/t/broken/")
    expect(page.locator("#app")).to_have_attribute("data-mfe-failed", "")


def test_when_the_app_leaves_so_does_its_view(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    shown(page, "start")
    page.evaluate("document.querySelector('#app').remove()")
    becomes(page, "log.includes('leave start app')")
    page.get_by_role("link", name="Order").click()
    shown(page, "order 7", soft=False)


def test_without_the_navigation_api_pages_are_loaded(serve: Serve, visit: Visit, context: BrowserContext) -> None:
    context.add_init_script("delete window.navigation")
    page = visit(serve())
    expect(page.locator("h1")).to_have_text("start")
    page.evaluate("router.navigate('order/7/')")
    expect(page.locator("h1")).to_have_text("order 7")
    assert page.evaluate("window.here") is None


# -- other tabs

BRIDGE = '<meta name="mfe-tabs" content="t:changed t:other">'
HEAR = """window.heard = [];
for (const name of ["t:changed", "t:other", "t:private"])
  addEventListener(name, ({ detail }) => heard.push([name, detail]));"""


def test_listed_events_come_out_in_other_tabs_once(serve: Serve, visit: Visit, context: BrowserContext) -> None:
    context.add_init_script(HEAR)
    site = serve({"/tab/": document("Tab", head=BRIDGE, scripts=["tabs.js"], scope="")})
    one, two, three = (visit(site, "/tab/") for _ in range(3))
    one.evaluate("""for (const name of ["t:private", "t:changed", "t:other"])
      document.querySelector("main").dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { name } }))""")
    for tab in (two, three):
        becomes(tab, "heard.length === 2")
        assert tab.evaluate("heard") == [["t:changed", {"name": "t:changed"}], ["t:other", {"name": "t:other"}]]
    two.evaluate("document.dispatchEvent(new CustomEvent('t:changed', { bubbles: true, detail: 2 }))")
    becomes(one, "heard.length === 4")
    becomes(three, "heard.length === 3")
    assert [one.evaluate("heard.at(-1)"), two.evaluate("heard.length")] == [["t:changed", 2], 3]


def test_a_tab_with_the_bridge_comes_back_from_the_cache_of_pages(
    serve: Serve, visit: Visit, context: BrowserContext
) -> None:
    context.add_init_script(HEAR)
    site = serve({"/tab/": document("Tab", head=BRIDGE, scripts=["tabs.js"], scope="")})
    one, two = visit(site, "/tab/"), visit(site, "/tab/")
    one.evaluate("addEventListener('pageshow', (event) => (window.woke = event.persisted))")
    one.goto(site.origin + "/u/")
    two.evaluate("document.dispatchEvent(new CustomEvent('t:changed', { bubbles: true, detail: 1 }))")
    one.evaluate("history.back()")
    becomes(one, "window.woke")
    two.evaluate("document.dispatchEvent(new CustomEvent('t:changed', { bubbles: true, detail: 2 }))")
    becomes(one, "heard.length")
    assert one.evaluate("heard") == [["t:changed", 2]]
