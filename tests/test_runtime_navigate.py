"""Soft navigation in a real browser: what it does like a page load, what it leaves to the browser, what it loads."""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from runtime_site import (
    Answer,
    RuntimeSite,
    becomes,
    document,
    running,
    somebody,
    stop_the_clock,
    until,
    visiting,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser]

HEADER = """<a href="#main" class="skip">Skip</a><header><a href="/t/">Logo</a>
<nav aria-label="Main"><a href="/t/"%s>One</a>
<a href="/t/b/"%s>Two</a> <a href="/t/c/">Three</a> <a href="/u/">Other</a></nav></header>"""
CURRENT = ' aria-current="page"'
FILLER = '<div class="tall"></div>'
SITE = '<link rel="stylesheet" href="/site.css">'
SHEET = """html { min-height: 4000px } .tall { height: 3000px } .skip { display: block }
a, button, input, rect { min-width: 24px; min-height: 24px }"""
COUNTER = (
    "export function mount({ host }) { host.dataset.mounted = 1; return { unmount: () => (window.left = host.id) }; }"
)
LISTEN = """window.told = []; window.said = []; window.moves = 0; window.busy = 0;
for (const type of ["mfe:navigate", "mfe:before-swap", "mfe:load"])
  document.addEventListener(type, ({ detail }) => told.push([type, detail.type, detail.to.pathname]));
Document.prototype.ariaNotify = (text) => said.push(text);
const native = Document.prototype.startViewTransition;
Document.prototype.startViewTransition = function (change) { moves++; return native.call(this, change); };
new MutationObserver(() => busy++).observe(document, { attributeFilter: ["aria-busy"], subtree: true });
"""


def page_of(title: str, main: str = "", *, current: str = "", head: str = "", **how: Any) -> str:
    header = HEADER % (CURRENT if current == "One" else "", CURRENT if current == "Two" else "")
    return document(title, main, head=SITE + head, before=header, **how)


ONE = page_of("One", f'<a href="/t/b/">More</a>{FILLER}<a href="/t/b/">Below</a>', current="One")
TWO = page_of(
    "Two", f'<a href="/t/c/">Go on</a>{FILLER}<h2 id="deep">Deep</h2><a href="/t/c/">After</a>', current="Two"
)
THREE = page_of("Three", '<a href="/t/">Back to one</a>')
PAGES: Mapping[str, str | Answer] = {
    "/t/": ONE,
    "/t/b/": TWO,
    "/t/c/": THREE,
    "/u/": page_of("Other team", scope="/u/"),
    "/site.css": SHEET,
    "/m/counter.js": COUNTER,
}


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


def is_soft(page: Page) -> bool:
    """Whether it is still the document that was opened."""
    return bool(page.evaluate("window.here === 1"))


def arrived(page: Page, title: str, soft: bool = True) -> None:
    """Wait until the page of that title is shown, softly or not."""
    expect(page.locator("h1")).to_have_text(title)
    becomes(page, "document.readyState === 'complete' && !navigation.transition")
    assert is_soft(page) is soft


def go(page: Page, name: str, title: str, soft: bool = True) -> None:
    page.get_by_role("link", name=name, exact=True).first.click()
    arrived(page, title, soft)


def without_precommit(context: BrowserContext) -> None:
    """As in browsers that show the address before the page is there."""
    context.add_init_script("""const native = NavigateEvent.prototype.intercept;
      NavigateEvent.prototype.intercept = function ({ precommitHandler, ...rest }) { native.call(this, rest); };""")


# -- like a page load


def test_a_page_of_the_team_is_shown_without_loading(serve: Serve, visit: Visit) -> None:
    site = serve()
    page = visit(site)
    page.evaluate("window.header = document.querySelector('header'); scrollTo(0, 900)")
    page.get_by_role("link", name="Below").scroll_into_view_if_needed()
    page.get_by_role("link", name="Below").click()
    arrived(page, "Two")
    assert page.url == site.origin + "/t/b/"
    assert page.title() == "Two"
    assert page.evaluate("[scrollY, said, header.isConnected, document.querySelectorAll('main').length]") == [
        0,
        ["Two"],
        True,
        1,
    ]
    assert page.evaluate("told") == [[f"mfe:{name}", "push", "/t/b/"] for name in ("navigate", "before-swap", "load")]
    assert page.evaluate("[...document.querySelectorAll('[aria-current]')].map((a) => a.text)") == ["Two"]
    assert [request.destination for request in site.asked("/t/b/")] == ["empty"]


def test_the_keyboard_goes_on_where_the_page_begins(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    page.get_by_role("link", name="More").focus()
    page.keyboard.press("Enter")
    arrived(page, "Two")
    assert page.evaluate("document.activeElement.localName") == "body"
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip")).to_be_focused()


def test_an_anchor_on_another_page_is_scrolled_to_and_the_keyboard_goes_on_there(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    page.evaluate("document.querySelector('main a').href = '/t/b/#deep'")
    page.get_by_role("link", name="More").press("Enter")
    arrived(page, "Two")
    assert page.url.endswith("/t/b/#deep")
    assert page.evaluate("document.querySelector(':target').id") == "deep"
    assert page.evaluate("Math.round(document.querySelector('#deep').getBoundingClientRect().top)") == 0
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="After")).to_be_focused()


def test_back_and_forward_show_the_page_where_it_was(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    page.evaluate("scrollTo(0, 1234)")
    page.evaluate("document.querySelector('nav a[href=\"/t/b/\"]').click()")
    arrived(page, "Two")
    page.evaluate("scrollTo(0, 777)")
    page.evaluate("document.querySelector('main > a').click()")
    arrived(page, "Three")
    for step, title, y in (
        ("back", "Two", 777),
        ("back", "One", 1234),
        ("forward", "Two", 777),
        ("forward", "Three", 0),
    ):
        page.evaluate(f"history.{step}()")
        arrived(page, title)
        assert (page.title(), page.evaluate("Math.round(scrollY)") if y else 0) == (title, y)
    assert page.evaluate("told.at(-1)") == ["mfe:load", "traverse", "/t/c/"]


def test_back_and_forward_bring_what_somebody_typed(serve: Serve, visit: Visit) -> None:
    def form(more: str = "") -> str:
        return (
            '<input aria-label="Name" name="name" value="Nobody"><textarea aria-label="Words"></textarea>'
            '<input type="checkbox" aria-label="Yes"><select aria-label="Size"><option>S<option>L</select>'
            '<input type="password" aria-label="Secret"><input type="file" aria-label="File">' + more
        )

    pages = {"/t/b/": page_of("Two", form()), "/t/c/": page_of("Three", form("<p>Other</p>"))}
    page = visit(serve(pages), expect="Password field")
    go(page, "Two", "Two")
    page.get_by_label("Name").fill("Ada")
    page.get_by_label("Words").fill("Of hers")
    page.get_by_label("Yes").check()
    page.get_by_label("Size").select_option("L")
    page.get_by_label("Secret").fill("…")
    page.get_by_label("File").set_input_files({"name": "x", "mimeType": "text/plain", "buffer": b""})
    go(page, "Three", "Three")
    values = (
        "[...document.querySelectorAll('main :is(input, textarea, select)')].map((one) => one.checked || one.value)"
    )
    fresh = ["Nobody", "", "on", "S", "", ""]
    assert page.evaluate(values) == fresh
    page.evaluate("history.back()")
    arrived(page, "Two")
    assert page.evaluate(values) == ["Ada", "Of hers", True, "L", "", ""]
    page.evaluate("history.forward()")
    arrived(page, "Three")
    assert page.evaluate(values) == fresh
    page.evaluate("document.querySelector('nav a[href=\"/t/b/\"]').click()")
    arrived(page, "Two")
    assert page.evaluate(values) == fresh, "a new visit is a new form"


@pytest.mark.parametrize("what", ["menu", "popover", "dialog"])
def test_what_somebody_opened_to_get_at_a_link_closes(serve: Serve, visit: Visit, what: str) -> None:
    opened = (
        '<details id="menu"><summary>Menu</summary><a href="/t/b/">menu</a></details>'
        '<details id="other" open><summary>Other</summary>Help</details>'
        '<div id="popover" popover><a href="/t/b/">popover</a></div>'
        '<dialog id="dialog"><a href="/t/b/">dialog</a></dialog></header>'
    )
    page = visit(serve({"/t/": ONE.replace("</header>", opened)}))
    page.evaluate(f"const it = document.getElementById('{what}'); it.open = '{what}' === 'menu'; "
                  "it.open || it.showModal?.(); it.popover && it.showPopover()")  # fmt: skip
    go(page, what, "Two")
    assert page.evaluate("[...document.querySelectorAll(':popover-open, :modal, [open]')].map((one) => one.id)") == [
        "other"
    ]
    go(page, "Three", "Three")


def test_back_closes_a_dialog(serve: Serve, visit: Visit) -> None:
    page = visit(serve({"/t/": ONE.replace("</header>", '<dialog id="dialog">Help</dialog></header>')}))
    go(page, "Two", "Two")
    page.evaluate("document.querySelector('dialog').showModal()")
    page.evaluate("history.back()")
    arrived(page, "One")
    assert page.evaluate("document.querySelector('dialog').open") is False


def test_smooth_scrolling_does_not_make_a_new_page_glide(serve: Serve, visit: Visit) -> None:
    page = visit(serve({"/site.css": SHEET + "html { scroll-behavior: smooth }"}))
    page.evaluate("scrollTo({ top: 2000, behavior: 'instant' })")
    page.evaluate("""document.addEventListener("mfe:load", () => (window.at = scrollY));
      document.querySelector('nav a[href="/t/b/"]').click()""")
    arrived(page, "Two")
    assert page.evaluate("at") == 0


def test_focus_goes_where_the_page_wants_it(serve: Serve, visit: Visit) -> None:
    chosen = page_of("Two", outlet='data-mfe-focus="h1"')
    auto = page_of("Three", '<input aria-label="Name" autofocus>')
    page = visit(serve({"/t/b/": chosen, "/t/c/": auto}), expect="Autofocus processing")
    go(page, "Two", "Two")
    expect(page.locator("h1")).to_be_focused()
    go(page, "Three", "Three")
    expect(page.get_by_label("Name")).to_be_focused()


def test_the_head_becomes_that_of_the_new_page(serve: Serve, visit: Visit) -> None:
    def head(text: str) -> str:
        return (
            f'<meta name="description" content="{text}"><link rel="canonical" href="https://x.example/{text}/">'
            f'<script type="application/ld+json">{{"name": "{text}"}}</script><meta name="author" content="Both">'
        )

    site = serve(
        {
            "/t/": page_of("One", head=head("one"), html='lang="en" class="a" data-mfe="t"'),
            "/t/b/": page_of("Two", head=head("two"), html='lang="ar" dir="rtl" data-mfe="t"'),
        }
    )
    page = visit(site)
    page.evaluate("document.documentElement.dataset.theme = 'dark'; document.querySelector('[name=author]').kept = 1")
    go(page, "Two", "Two")
    seen = page.evaluate("""() => [
      ...["[name=description]", "[rel=canonical]", "[type$=json]:not([type=importmap])"].map((selector) =>
        [...document.head.querySelectorAll(selector)].map((one) => one.content || one.href || one.text)),
      document.querySelectorAll("title").length, document.querySelector("[name=author]").kept,
      [...document.documentElement.attributes].map(({ name, value }) => `${name}=${value}`).sort().join(" ")]""")
    attributes = "data-mfe=t data-theme=dark dir=rtl lang=ar style="
    assert seen == [["two"], ["https://x.example/two/"], ['{"name": "two"}'], 1, 1, attributes]


def test_style_sheets_are_there_before_the_page_and_go_with_it(serve: Serve, visit: Visit) -> None:
    old = '<link rel="stylesheet" href="/one.css"><link rel="stylesheet" href="/kept.css" data-mfe-keep>'
    gate = threading.Event()
    site = serve(
        {
            "/t/": page_of("One", head=old),
            "/t/b/": page_of("Two", head='<link rel="stylesheet" href="/two.css" media="screen">'),
            "/one.css": "h1 { color: rgb(1, 1, 1) }",
            "/kept.css": "h1 { margin: 7px }",
            "/two.css": Answer("h1 { color: rgb(2, 2, 2) }", gate=gate),
        }
    )  # fmt: skip
    page = visit(site)
    page.get_by_role("link", name="Two").click()
    until(page, lambda: bool(site.asked("/two.css")))
    assert page.locator("h1").inner_text() == "One"
    page.evaluate(
        """document.addEventListener("mfe:load", () => {
          window.colour = getComputedStyle(document.querySelector("h1")).color;
        })"""
    )
    gate.set()
    arrived(page, "Two")
    assert page.evaluate("colour") == "rgb(2, 2, 2)"
    sheets = "[...document.querySelectorAll('link[rel=stylesheet]')].map((one) => one.getAttribute('href') + one.media)"
    assert page.evaluate(sheets) == ["/site.css", "/two.cssscreen", "/kept.css"]


def test_new_modules_run_once_and_noscript_is_left_out(serve: Serve, visit: Visit) -> None:
    tag = '<script type="module" src="/m/new.js"></script><noscript>Turn scripts on</noscript>'
    site = serve(
        {
            "/t/b/": page_of("Two", tag),
            "/t/c/": page_of("Three", tag),
            "/m/new.js": "window.ran = (window.ran ?? 0) + 1;",
        }
    )
    page = visit(site)
    go(page, "Two", "Two")
    becomes(page, "window.ran === 1")
    assert "Turn scripts on" not in page.locator("main").inner_text()
    go(page, "Three", "Three")
    assert page.evaluate("ran") == 1


def test_islands_of_the_old_page_leave_and_those_of_the_new_one_mount(serve: Serve, visit: Visit) -> None:
    def island(name: str) -> str:
        return f'<mfe-island src="/m/counter.js" when="load" team="t" fragment="x" id="{name}">{name}</mfe-island>'

    page = visit(serve({"/t/": page_of("One", island("first")), "/t/b/": page_of("Two", island("second"))}))
    expect(page.locator("#first")).to_have_attribute("data-mounted", "1")
    go(page, "Two", "Two")
    expect(page.locator("#second")).to_have_attribute("data-mounted", "1")
    becomes(page, "window.left === 'first'")


def test_shadow_roots_and_media_of_the_new_page_work(serve: Serve, visit: Visit) -> None:
    shadow = (
        '<p id="s"><template shadowrootmode="open" shadowrootdelegatesfocus>In the <slot></slot></template>shadow</p>'
    )
    main = shadow + '<video id="v" src="/none.webm"></video>'
    page = visit(serve({"/t/b/": page_of("Two", main)}), expect="404")
    go(page, "Two", "Two")
    root = "document.querySelector('#s').shadowRoot"
    assert page.evaluate(f"[{root}?.textContent, {root}?.delegatesFocus]") == ["In the ", True]
    becomes(page, "document.querySelector('#v').error !== null")  # it tried; one of another document would not


def test_what_is_marked_stays_with_its_state(serve: Serve, visit: Visit) -> None:
    def keep(before: str) -> str:
        return (
            f'{before}<section id="k" data-mfe-keep><input aria-label="Name"><iframe src="/frame/" title="f"></iframe>'
            '<mfe-island src="/m/counter.js" when="load" team="t" fragment="x" id="i">x</mfe-island></section>'
        )

    site = serve(
        {"/t/": page_of("One", keep("")), "/t/b/": page_of("Two", keep("<p>Other</p>")), "/frame/": "<p>Frame</p>"}
    )
    page = visit(site)
    page.get_by_label("Name").fill("Ada")
    expect(page.locator("#i")).to_have_attribute("data-mounted", "1")
    page.frame_locator("iframe").locator("p").evaluate("(p) => (p.textContent = 'Changed')")
    go(page, "Two", "Two")
    expect(page.get_by_label("Name")).to_have_value("Ada")
    expect(page.frame_locator("iframe").locator("p")).to_have_text("Changed")
    assert page.evaluate(
        "[window.left, document.querySelectorAll('#k').length, document.querySelector('main').lastElementChild.id]"
    ) == [None, 1, "k"]
    page.get_by_label("Name").fill("Grace")
    page.evaluate("history.back()")
    arrived(page, "One")
    expect(page.get_by_label("Name")).to_have_value("Grace")
    go(page, "Three", "Three")
    becomes(page, "window.left === 'i'")


def test_only_regions_that_differ_are_exchanged(serve: Serve, visit: Visit) -> None:
    aside = "<aside data-mfe-outlet><details><summary>Menu</summary>%s</details></aside>"
    rows = (("/t/", "One", "same"), ("/t/b/", "Two", "same"), ("/t/c/", "Three", "else"))
    pages = {path: page_of(title).replace("<footer>", aside % text + "<footer>") for path, title, text in rows}
    page = visit(serve(pages))
    page.evaluate("window.aside = document.querySelector('aside')")
    go(page, "Two", "Two")
    assert page.evaluate("aside.isConnected")
    go(page, "Three", "Three")
    assert not page.evaluate("aside.isConnected")
    expect(page.locator("aside")).to_contain_text("else")


# -- what is the browser's


@pytest.mark.parametrize("how", ["Control", "middle", "_blank"])
def test_other_tabs_are_other_tabs(serve: Serve, visit: Visit, context: BrowserContext, how: str) -> None:
    page = visit(serve())
    link = page.get_by_role("link", name="More")
    if how == "_blank":
        link.evaluate("(link) => (link.target = '_blank')")
    with context.expect_page() as opened:
        link.click(modifiers=["Control"] if how == "Control" else [], button="middle" if how == "middle" else "left")
    expect(opened.value.locator("h1")).to_have_text("Two")
    expect(page.locator("h1")).to_have_text("One")


def test_downloads_prevented_clicks_and_anchors_are_left_alone(serve: Serve, visit: Visit) -> None:
    site = serve()
    page = visit(site)
    more = page.get_by_role("link", name="More")
    more.evaluate("(link) => link.setAttribute('download', 'x.html')")
    with page.expect_download():
        more.click()
    more.evaluate("(link) => { link.removeAttribute('download'); link.onclick = (event) => event.preventDefault(); }")
    more.click()
    page.get_by_role("link", name="Skip").click()
    assert page.url.endswith("/t/#main")
    assert page.evaluate("told") == []
    assert is_soft(page)
    assert len(site.asked("/t/", "empty")) == 0


def test_a_pages_own_history_is_its_own(serve: Serve, visit: Visit) -> None:
    site = serve()
    page = visit(site)
    page.evaluate("""addEventListener("popstate", ({ state }) => (window.state = state));
      history.replaceState(1, ""); history.pushState(2, "", "/t/?tab=2"); history.pushState(3, "", "/t/?tab=3")""")
    page.evaluate("history.back()")
    becomes(page, "window.state === 2")
    assert page.evaluate("told") == []
    page.evaluate("document.querySelector('nav a[href=\"/t/b/\"]').click()")
    arrived(page, "Two")
    page.evaluate("history.back()")
    arrived(page, "One")
    assert page.url.endswith("?tab=2")


def test_a_posted_form_and_a_reload_are_the_browsers(serve: Serve, visit: Visit) -> None:
    form = '<form method="post" action="/t/b/"><button>Send</button></form>'
    site = serve({"/t/": page_of("One", form)})
    page = visit(site)
    page.get_by_role("button", name="Send").click()
    arrived(page, "Two", soft=False)
    assert site.asked("/t/b/")[-1].method == "POST"
    page.evaluate("window.here = 1")
    go(page, "One", "One")
    page.evaluate("scrollTo(0, 500)")
    page.reload()
    arrived(page, "One", soft=False)
    assert page.evaluate("[Math.round(scrollY), history.scrollRestoration]") == [500, "auto"]


def test_forms_that_get_links_in_pictures_and_in_shadows_are_soft(serve: Serve, visit: Visit) -> None:
    main = (
        '<form action="/t/c/"><input name="q" value="a b" aria-label="Query"><button>Search</button></form>'
        '<svg width="40" height="30"><a href="/t/c/"><rect width="40" height="30"/></a></svg>'
        '<p id="s"><template shadowrootmode="open"><a href="/t/c/">shadow</a></template></p>'
    )
    site = serve({"/t/": page_of("One", main)})
    page = visit(site)
    page.get_by_label("Query").press("Enter")
    arrived(page, "Three")
    assert page.url.endswith("/t/c/?q=a+b")
    for selector in ("rect", "#s a"):
        go(page, "One", "One")
        page.locator(selector).click()
        arrived(page, "Three")


def test_scripts_of_the_page_navigate_softly_too(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    page.evaluate("location.href = '/t/b/'")
    arrived(page, "Two")
    entries = page.evaluate("history.length")
    page.evaluate("location.replace('/t/c/')")
    arrived(page, "Three")
    assert page.evaluate("history.length") == entries


# -- what is loaded

ROADS = (True, pytest.param(False, id="address first", marks=pytest.mark.slow))
"""Whether the browser can wait with the address until the page is there."""
XHTML = "<html xmlns='http://www.w3.org/1999/xhtml'><body><h1>Two</h1></body></html>"
OLD = '<script src="/m/old.js"></script>'
META_POLICY = """<meta http-equiv="Content-Security-Policy" content="object-src 'none'">"""
ODD: Mapping[str, Mapping[str, str | Answer]] = {
    "an error": {"/t/b/": Answer(TWO, 500)},
    "a page that is gone": {"/t/b/": Answer(TWO, 404)},
    "another type": {"/t/b/": Answer(XHTML, type="application/xhtml+xml")},
    "another build": {"/t/b/": page_of("Two", build="two")},
    "another team's scope": {"/t/b/": page_of("Two", scope="/")},
    "another import map": {"/t/b/": TWO.replace("%MAP%", '{"imports": {}}')},
    "a page that wants it": {"/t/b/": page_of("Two", head='<meta name="mfe-nav" content="reload">')},
    "a script of the old kind": {"/t/b/": page_of("Two", OLD), "/m/old.js": "window.old = 1;"},
    "a policy of its own": {"/t/b/": page_of("Two", head=META_POLICY)},
    "a page without outlet": {"/t/b/": TWO.replace(" data-mfe-outlet", "")},
    "a redirect to another team": {"/t/b/": Answer(status=302, headers={"Location": "/u/"})},
}  # fmt: skip


@pytest.mark.parametrize("precommit", ROADS)
@pytest.mark.parametrize("what", ODD)
def test_what_is_odd_is_loaded(serve: Serve, visit: Visit, context: BrowserContext, what: str, precommit: bool) -> None:
    if not precommit:
        without_precommit(context)
    site = serve(ODD[what])
    page = visit(site, expect="Failed to load resource")
    page.evaluate(
        "document.querySelectorAll('[href=\"/t/b/\"]').forEach((link) => link.setAttribute('href', '/t/b/#main'))"
    )
    page.evaluate("scrollTo(0, 1000)")
    entries = page.evaluate("history.length")
    page.evaluate("document.querySelector('nav a[href^=\"/t/b/\"]').click()")
    title = "Other team" if "redirect" in what else "Two"
    arrived(page, title, soft=False)
    assert page.evaluate("[location.hash, history.length]") == ["#main", entries + 1]
    assert page.evaluate("document.documentElement.hasAttribute('aria-busy')") is False
    page.go_back(wait_until="commit")
    expect(page.locator("h1")).to_have_text("One")
    assert page.url == site.origin + "/t/"


def test_pages_of_others_and_files_are_loaded_without_asking(serve: Serve, visit: Visit) -> None:
    nested = page_of("Nested", scope="/t/n/")
    links = '<a href="/t/n/x/">Nested</a><a href="/t/feed.xml">Feed</a><a href="/t/b/" data-mfe-reload>Hard</a>'
    one = page_of("One", links + '<p data-mfe-reload><a href="/t/b/">Also hard</a></p>', scope="/t/ !/t/n/")
    site = serve({"/t/": one, "/t/n/x/": nested, "/t/feed.xml": "<feed/>"})
    for name, title in (("Nested", "Nested"), ("Other", "Other team"), ("Hard", "Two"), ("Also hard", "Two")):
        page = visit(site)
        go(page, name, title, soft=False)
    page = visit(site, expect="404")  # a feed says nothing of an icon
    page.get_by_role("link", name="Feed").click()
    page.wait_for_url("**/feed.xml")
    fetched = [request.path for request in site.log if request.destination == "empty"]
    assert fetched == []


def test_an_attachment_is_downloaded_and_an_empty_answer_changes_nothing(serve: Serve, visit: Visit) -> None:
    attached = {"Content-Disposition": 'attachment; filename="two.html"'}
    page = visit(serve({"/t/b/": Answer(TWO, headers=attached), "/t/c/": Answer(status=204)}), expect="ERR_ABORTED")
    with page.expect_download():
        page.get_by_role("link", name="More").click()
    page.get_by_role("link", name="Three").click()
    becomes(page, "!navigation.transition && said.length === 0")
    assert (page.locator("h1").inner_text(), page.evaluate("location.pathname")) == ("One", "/t/")
    assert is_soft(page)
    go(page, "Logo", "One", soft=False)


def test_a_page_that_cannot_be_had_is_the_browsers_error(serve: Serve, visit: Visit) -> None:
    site = serve({"/t/b/": Answer(cut=True)})
    page = visit(site, expect="ERR_")
    page.get_by_role("link", name="More").click()
    until(page, lambda: page.url.startswith("chrome-error"))
    page.go_back(wait_until="commit")
    expect(page.locator("h1")).to_have_text("One")


@pytest.mark.parametrize("precommit", ROADS)
def test_a_redirect_within_the_team_is_followed_and_keeps_the_anchor(
    serve: Serve, visit: Visit, context: BrowserContext, precommit: bool
) -> None:
    if not precommit:
        without_precommit(context)
    page = visit(serve({"/t/old/": Answer(status=308, headers={"Location": "/t/b/"})}))
    page.evaluate("document.querySelector('main a').setAttribute('href', '/t/old/#deep')")
    page.get_by_role("link", name="More").click()
    arrived(page, "Two", soft=precommit)
    assert page.evaluate("location.pathname + location.hash") == "/t/b/#deep"


def test_a_link_to_the_page_itself_loads_it_again_without_an_entry(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    entries = page.evaluate("history.length")
    go(page, "One", "One", soft=False)
    assert page.evaluate("history.length") == entries


def test_whoever_prevents_it_has_the_page_loaded(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    page.evaluate("document.addEventListener('mfe:navigate', (event) => event.preventDefault())")
    go(page, "Two", "Two", soft=False)


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_a_page_that_cannot_be_put_in_is_loaded(serve: Serve, visit: Visit, motion: Any) -> None:
    page = visit(serve())
    page.emulate_media(reduced_motion=motion)
    page.evaluate("document.addEventListener('mfe:before-swap', ({ detail }) => detail.doc.body.replaceChildren())")
    go(page, "Two", "Two", soft=False)


# -- slow and outdated


@pytest.mark.parametrize("precommit", ROADS)
def test_an_outdated_navigation_is_given_up(
    serve: Serve, visit: Visit, context: BrowserContext, precommit: bool
) -> None:
    if not precommit:
        without_precommit(context)
    gate = threading.Event()
    site = serve({"/t/b/": Answer(TWO, gate=gate)})
    page = visit(site)
    page.evaluate("document.querySelector('nav a[href=\"/t/b/\"]').click()")
    until(page, lambda: bool(site.asked("/t/b/")))
    becomes(page, "document.documentElement.ariaBusy === 'true'")
    page.evaluate("document.querySelector('nav a[href=\"/t/c/\"]').click()")
    arrived(page, "Three")
    gate.set()
    page.evaluate("fetch('/t/b/').then((answer) => answer.text())")
    assert page.evaluate("[document.title, location.pathname, said]") == ["Three", "/t/c/", ["Three"]]
    assert page.evaluate("document.documentElement.ariaBusy") is None
    becomes(page, "performance.getEntriesByName(location.origin + '/t/b/').length > 0")
    page.evaluate("history.back()")
    arrived(page, "One" if precommit else "Two")


@pytest.mark.parametrize("precommit", ROADS)
def test_going_back_while_a_page_is_awaited(
    serve: Serve, visit: Visit, context: BrowserContext, precommit: bool
) -> None:
    if not precommit:
        without_precommit(context)
    gate = threading.Event()
    site = serve({"/t/c/": Answer(THREE, gate=gate)})
    page = visit(site)
    go(page, "Two", "Two")
    page.evaluate("document.querySelector('nav a[href=\"/t/c/\"]').click()")
    until(page, lambda: bool(site.asked("/t/c/")))
    page.evaluate("history.back()")
    expected = "One" if precommit else "Two"
    expect(page.locator("h1")).to_have_text(expected)
    becomes(page, "!navigation.transition")
    assert page.title() == expected
    gate.set()
    page.evaluate("fetch('/t/c/').then((answer) => answer.text())")
    assert (page.locator("h1").inner_text(), page.url) == (expected, site.origin + ("/t/" if precommit else "/t/b/"))
    assert is_soft(page)


def test_only_what_is_slow_is_said_to_be_busy(serve: Serve, visit: Visit) -> None:
    gate = threading.Event()
    site = serve({"/t/c/": Answer(THREE, gate=gate)})
    page = visit(site)
    stop_the_clock(page)
    page.evaluate("document.querySelector('nav a[href=\"/t/b/\"]').click()")
    arrived(page, "Two")
    assert page.evaluate("busy") == 0
    page.evaluate("document.querySelector('nav a[href=\"/t/c/\"]').click()")
    until(page, lambda: bool(site.asked("/t/c/")))
    page.clock.run_for(300)
    assert page.locator("html").get_attribute("aria-busy") == "true"
    assert page.url == site.origin + "/t/b/", "the address went ahead of the page"
    gate.set()
    arrived(page, "Three")
    assert page.locator("html").get_attribute("aria-busy") is None


def test_a_style_sheet_that_does_not_come_is_not_waited_for_for_ever(serve: Serve, visit: Visit) -> None:
    gate = threading.Event()
    site = serve(
        {"/t/b/": page_of("Two", head='<link rel="stylesheet" href="/slow.css">'), "/slow.css": Answer("", gate=gate)}
    )
    page = visit(site)
    stop_the_clock(page)
    page.evaluate("document.querySelector('nav a[href=\"/t/b/\"]').click()")
    until(page, lambda: bool(site.asked("/slow.css")))
    page.clock.run_for(2_900)
    assert page.locator("h1").inner_text() == "One"
    page.clock.run_for(200)
    arrived(page, "Two")
    gate.set()


def test_a_style_sheet_of_a_page_that_was_given_up_does_not_stay(serve: Serve, visit: Visit) -> None:
    gate = threading.Event()
    head = '<link rel="stylesheet" href="/slow.css">'
    site = serve(
        {
            "/t/b/": page_of("Two", head=head),
            "/t/c/": page_of("Three", head=head),
            "/slow.css": Answer("h1 { color: rgb(2, 2, 2) }", gate=gate),
        }
    )
    page = visit(site)
    page.evaluate("document.querySelector('nav a[href=\"/t/b/\"]').click()")
    until(page, lambda: bool(site.asked("/slow.css")))
    page.evaluate("document.querySelector('nav a[href=\"/t/c/\"]').click()")
    until(page, lambda: bool(site.asked("/t/c/")))
    gate.set()
    arrived(page, "Three")
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).color") == "rgb(2, 2, 2)"
    assert page.locator("link[href='/slow.css']").count() == 1


# -- asking ahead


@pytest.mark.parametrize("how", ["pointer", "keyboard"])
def test_what_somebody_is_about_to_follow_is_asked_for_once(serve: Serve, visit: Visit, how: str) -> None:
    site = serve()
    page = visit(site)
    link = page.get_by_role("link", name="More")
    link.hover() if how == "pointer" else link.focus()
    until(page, lambda: bool(site.asked("/t/b/")))
    link.press("Enter") if how == "keyboard" else link.click()
    arrived(page, "Two")
    assert len(site.asked("/t/b/")) == 1


def test_what_was_asked_for_ahead_is_asked_for_again_when_it_is_old(serve: Serve, visit: Visit) -> None:
    site = serve()
    page = visit(site)
    stop_the_clock(page)
    for seconds, asked in ((14, 1), (16, 2)):
        site.log.clear()
        page.get_by_role("link", name="Logo").hover()
        page.get_by_role("link", name="Two").hover()
        page.clock.run_for(100)
        until(page, lambda: len(site.asked("/t/b/")) == 1)
        page.clock.run_for(seconds * 1_000)
        page.evaluate("document.querySelector('nav a[href=\"/t/b/\"]').click()")
        arrived(page, "Two")
        assert len(site.asked("/t/b/")) == asked
        go(page, "One", "One")


def test_a_page_that_has_changed_since_the_last_visit_is_shown_as_it_is_now(serve: Serve, visit: Visit) -> None:
    site = serve()
    page = visit(site)
    for text in ("Old", "New"):
        site.answers["/t/b/"] = Answer(page_of("Two", f"<p>{text}</p>"))
        page.evaluate("document.querySelector('nav a[href=\"/t/b/\"]').click()")
        arrived(page, "Two")
        expect(page.locator("main p")).to_have_text(text)
        page.evaluate("document.querySelector('nav a[href=\"/t/\"]').click()")
        arrived(page, "One")


def test_back_waits_for_no_server(serve: Serve, visit: Visit) -> None:
    site = serve()
    page = visit(site)
    go(page, "Two", "Two")
    go(page, "Three", "Three")
    site.log.clear()
    for title in ("Two", "One"):
        page.evaluate("history.back()")
        arrived(page, title)
    assert site.asked("/t/b/") == site.asked("/t/") == []


def test_nothing_is_asked_ahead_of_others_or_where_data_are_dear(
    serve: Serve, visit: Visit, context: BrowserContext
) -> None:
    context.add_init_script(
        "Object.defineProperty(navigator, 'connection', { value: { get saveData() { return window.dear } } })"
    )
    site = serve()
    page = visit(site)
    page.get_by_role("link", name="Other").hover()
    page.evaluate("window.dear = true")
    page.get_by_role("link", name="Three").hover()
    page.evaluate("window.dear = false")
    page.get_by_role("link", name="Two").hover()
    until(page, lambda: bool(site.asked("/t/b/")))
    assert [request.path for request in site.log if request.destination == "empty"] == ["/t/b/"]


# -- motion, other browsers, the cache of pages, leaks


@pytest.mark.parametrize("motion", ["no-preference", "reduce"])
def test_transitions_are_for_those_who_like_motion(serve: Serve, visit: Visit, motion: Any) -> None:
    page = visit(serve())
    page.emulate_media(reduced_motion=motion)
    go(page, "Two", "Two")
    assert page.evaluate("moves") == (0 if motion == "reduce" else 1)


def test_transitions_that_overtake_each_other_say_nothing(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    page.evaluate("""addEventListener("mfe:load", null); document.addEventListener("mfe:before-swap", () => {
      if (!window.second) setTimeout(() => document.querySelector("nav a[href='/t/c/']").click());
      window.second = true;
    })""")
    page.evaluate("document.querySelector('nav a[href=\"/t/b/\"]').click()")
    arrived(page, "Three")


def test_a_page_that_was_overtaken_before_it_was_shown_is_not_announced(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    page.evaluate("""const start = Document.prototype.startViewTransition;
      Document.prototype.startViewTransition = function (change) {
        Document.prototype.startViewTransition = start;
        return start.call(this, () => {
          document.querySelector("nav a[href='/t/c/']").click();
          return change();
        });
      };
      document.querySelector("nav a[href='/t/b/']").click()""")
    arrived(page, "Three")
    assert page.evaluate("[said, told.filter(([type]) => type === 'mfe:load').map(([, , path]) => path)]") == [
        ["Three"],
        ["/t/c/"],
    ]


def test_a_browser_that_has_too_little_loads_pages(serve: Serve, visit: Visit, context: BrowserContext) -> None:
    context.add_init_script("delete NavigateEvent.prototype.sourceElement")
    page = visit(serve())
    go(page, "Two", "Two", soft=False)


def test_without_script_links_are_links(serve: Serve, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(serve().origin + "/t/")
    page.get_by_role("link", name="More").click()
    expect(page.locator("h1")).to_have_text("Two")
    context.close()


def test_a_browser_without_a_voice_has_a_region_that_is_read(serve: Serve, visit: Visit) -> None:
    page = visit(serve())
    page.add_init_script("delete Document.prototype.ariaNotify")
    page.reload()
    page.evaluate("window.here = 1")
    go(page, "Two", "Two")
    expect(page.get_by_role("status")).to_have_text("Two")
    assert page.get_by_role("status").bounding_box()["width"] < 200  # type: ignore[index]


def test_the_team_is_left_through_the_cache_of_pages(serve: Serve, visit: Visit) -> None:
    site = serve()
    page = visit(site)
    page.evaluate("addEventListener('pageshow', (event) => (window.woke = event.persisted))")
    go(page, "Two", "Two")
    go(page, "Other", "Other team", soft=False)
    page.evaluate("history.back()")
    arrived(page, "Two")
    assert page.evaluate("woke") is True
    assert page.evaluate("told.at(-1)") == ["mfe:load", "restore", "/t/b/"]
    page.evaluate("history.back()")
    arrived(page, "One")


def test_a_site_that_is_not_at_the_root(serve: Serve, visit: Visit) -> None:
    def moved(text: str, scope: str) -> str:
        return text.replace('href="/t/', 'href="/shop/t/').replace('content="/t/"', f'content="{scope}"')

    pages = {f"/shop{path}": moved(text, "/shop/t/") for path, text in (("/t/", ONE), ("/t/b/", TWO))}
    page = visit(serve(pages), "/shop/t/")
    go(page, "Two", "Two")
    assert page.url.endswith("/shop/t/b/")


@pytest.mark.slow
def test_five_hundred_pages_leave_nothing_behind(serve: Serve, visit: Visit) -> None:
    main = '<mfe-island src="/m/counter.js" when="load" team="t" fragment="x" id="i">x</mfe-island>' + FILLER
    page = visit(serve({"/t/": page_of("One", main), "/t/b/": page_of("Two", main + "<p>Other</p>")}))
    page.emulate_media(reduced_motion="reduce")
    session = page.context.new_cdp_session(page)

    def walk(times: int) -> None:
        page.evaluate(
            """async (times) => {
              for (let step = 0; step < times; step++) {
                const path = location.pathname === "/t/" ? "/t/b/" : "/t/";
                await navigation.navigate(path).finished;
              }
            }""",
            times,
        )

    def held() -> dict[str, int]:
        session.send("HeapProfiler.collectGarbage")
        counters = session.send("Memory.getDOMCounters")
        return {name: int(counters[name]) for name in ("nodes", "jsEventListeners", "documents")}

    walk(20)
    before = held()
    walk(500)
    after = held()
    assert is_soft(page)
    assert after["nodes"] - before["nodes"] < 200
    assert after["jsEventListeners"] - before["jsEventListeners"] < 10
    assert after["documents"] - before["documents"] < 3
