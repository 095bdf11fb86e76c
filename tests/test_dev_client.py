"""The browser's side of the development server, in a real browser, under the strictest policy a site may have."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Error, Locator, Page, expect

from dev_server import RUNTIME, DevServer

pytestmark = [pytest.mark.slow, pytest.mark.browser]

FILLER = "".join(f"<p>Line {number}</p>" for number in range(200))


def document(body: str, head: str = "") -> str:
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>A page</title>'
        f'<link rel="icon" href="data:,">{head}</head>\n<body>\n{body}\n</body></html>\n'
    )


PLAIN = document("<main><h1>One</h1></main>")


def problem(message: str = 'no page "decide:produkt"', severity: str = "error", **more: Any) -> dict[str, Any]:
    return {
        "code": "unknown-page",
        "severity": severity,
        "file": "teams/checkout/pages/basket.md",
        "line": 12,
        "column": 9,
        "message": message,
        "hint": "did you mean “decide:product”?",
        "team": "checkout",
        "owner": "Team Checkout",
        "url": "/basket/",
        "frame": [
            {"line": 11, "text": ""},
            {"line": 12, "text": "🚜 Back [to](decide:produkt) the machine"},
            {"line": 13, "text": "Next"},
        ],
        "mark": [12, 8, 28],
        "editor": "vscode://file/site/teams/checkout/pages/basket.md:12:9",
        "related": [{"file": "teams/decide/team.toml", "line": 3, "team": "decide", "owner": "Team Decide"}],
        **more,
    }


WARNING = problem("no description", "warning")

FACTS: Mapping[str, Any] = {
    "url": "/",
    "team": "docs",
    "owner": "Team Docs",
    "source": "teams/docs/pages/index.md",
    "editor": "",
    "layout": "page",
    "title": "A page",
    "state": "rendered",
    "causes": ["its text changed"],
    "bytes": {"html": {"docs": 8000, "theme": 1000}, "css": {"docs": 1200, "theme": 4000}, "js": {"docs": 0}},
    "links": {"out": [{"to": "/x/", "team": "explore"}], "in": [{"from": "/y/", "team": "docs"}]},
    "regions": [
        {
            "id": "3",
            "fragment": "inspire:recommendations",
            "team": "inspire",
            "owner": "Team Inspire",
            "source": "teams/inspire/fragments/recommendations.html",
            "line": 1,
            "editor": "vscode://file/site/teams/inspire/fragments/recommendations.html:1:1",
            "params": {"skus": "AU-02"},
            "bytes": 812,
            "version": "4f2a9c",
        }
    ],
    "teams": [
        {"name": "docs", "owner": "Team Docs", "colour": 1},
        {"name": "inspire", "owner": "Team Inspire", "colour": 2},
    ],
    "problems": [WARNING],
}


def with_region(inside: str, around: str = "") -> str:
    return document(
        f"<main><!--mfe:0-->\n<h1>Shop</h1>\n<div>{around}<p>before</p>\n"
        f"<!--mfe:3-->\n{inside}\n<!--/mfe:3-->\n<p>after</p></div>\n<!--/mfe:0--></main>"
    )


REGION = with_region("<aside><b>Try</b> AU-01</aside>")
OTHER = with_region("<aside><b>Try</b> AU-02</aside><aside>and AU-03</aside>")


# -- tabs and servers


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    made = browser.new_context()
    made.set_default_timeout(60_000)
    yield made
    made.close()


@pytest.fixture
def serve() -> Iterator[Callable[..., DevServer]]:
    running: list[DevServer] = []

    def start(pages: Mapping[str, str] | str, **facts: Any) -> DevServer:
        running.append(DevServer({"/": pages} if isinstance(pages, str) else pages))
        running[-1].facts = facts.get("facts", {})
        return running[-1]

    yield start
    for server in running:
        server.stop()


Serve = Callable[..., DevServer]


@pytest.fixture
def visit(context: BrowserContext) -> Iterator[Callable[..., Page]]:
    """Open a tab that listens. What the console says against us is a failure."""
    messages: list[str] = []

    def note(text: str) -> None:
        if not re.search("Failed to load resource|autocomplete attributes|valid digest", text):
            messages.append(text)

    def open_tab(server: DevServer, path: str = "/", listening: bool = True) -> Page:
        page = context.new_page()
        page.on("console", lambda message: note(message.text))
        page.on("pageerror", lambda error: note(str(error)))
        streams = server.streams
        page.goto(server.url(path))
        page.evaluate("window.loaded = 1")
        if listening:
            until(page, lambda: server.streams > streams)
        return page

    yield open_tab
    assert messages == []


Visit = Callable[..., Page]


def until(page: Page, what: Callable[[], bool]) -> None:
    """Wait for the server's side of something; the browser goes on meanwhile."""
    for _ in range(6000):
        if what():
            return
        page.wait_for_timeout(10)
    raise AssertionError("it never came to be")


def loaded_anew(page: Page) -> None:
    """Wait for another document than the one that was opened. Polling in the page would need `eval`, and be refused."""

    def is_other() -> bool:
        try:
            return not stayed(page)
        except Error:  # just between two documents
            return False

    until(page, is_other)


def stayed(page: Page) -> bool:
    """Whether the document is the one that was opened."""
    return bool(page.evaluate("window.loaded === 1"))


def said(page: Page, server: DevServer) -> None:
    """Wait until all that the server told the tab so far has been acted on: what it is told next has come after it."""
    server.failed([problem("the last word")])
    expect(page.get_by_role("dialog")).to_contain_text("the last word")


# -- listening


def test_a_tab_listens_for_its_page_and_leaves_it_as_it_was_built(serve: Serve, visit: Visit) -> None:
    server = serve({"/docs/": PLAIN})
    page = visit(server, "/docs/")
    query = server.asked("/_mfe/dev/events")[0].query
    assert (query["page"], query["epoch"]) == ("/docs/", "17")
    assert page.evaluate("document.body.children.length") == 1, "something was drawn where there is nothing to say"
    assert not server.asked("/_mfe/dev/toolbar.js")


def test_a_build_that_does_not_concern_the_page_leaves_it_alone(serve: Serve, visit: Visit) -> None:
    server = serve({"/": PLAIN, "/x/": PLAIN})
    page = visit(server)
    server.built({"/x/": PLAIN + " "})
    said(page, server)
    assert stayed(page)
    assert len(server.asked("/")) == 1


def test_a_changed_page_is_loaded_when_it_is_ready(serve: Serve, visit: Visit) -> None:
    server = serve(PLAIN)
    page = visit(server)
    server.ready.clear()
    server.built({"/": PLAIN.replace("One", "Two")})
    until(page, lambda: len(server.asked("/")) == 2)
    assert stayed(page)
    assert page.locator("h1").inner_text() == "One"
    server.ready.set()
    expect(page.locator("h1")).to_have_text("Two")


def test_a_page_that_is_gone_gives_way_to_the_404(serve: Serve, visit: Visit) -> None:
    server = serve({"/": PLAIN, "/x/": PLAIN})
    page = visit(server, "/x/")
    server.built({"/x/": None})
    expect(page.locator("h1")).to_have_text("Not found")
    server.built({"/x/": PLAIN})
    expect(page.locator("h1")).to_have_text("One")


def test_what_cannot_be_read_does_no_harm(serve: Serve, visit: Visit) -> None:
    server = serve(PLAIN)
    page = visit(server)
    for text in (
        "data: {\n\n",
        "data: null\n\n",
        "data: 7\n\n",
        "data: {}\n\n",
        'data: {"kind": "whatever"}\n\n',
        "nonsense\n\n",
    ):
        server.send(text)
    server.built({"/": PLAIN.replace("One", "Two")})
    expect(page.locator("h1")).to_have_text("Two")


def test_after_a_restart_only_a_changed_page_is_loaded(serve: Serve, visit: Visit, context: BrowserContext) -> None:
    server = serve({"/": PLAIN, "/x/": PLAIN})
    same, other = visit(server), visit(server, "/x/", listening=False)
    server.stop()
    server.pages["/x/"] = PLAIN.replace("One", "Two")
    server.epoch = 3
    server.start("two")
    expect(other.locator("h1")).to_have_text("Two")
    said(same, server)
    assert stayed(same)
    assert server.asked("/_mfe/dev/since")[0].query["server"] == "one"


@pytest.mark.slow
def test_a_server_that_is_away_is_said_and_waited_for(serve: Serve, visit: Visit) -> None:
    server = serve(PLAIN)
    page = visit(server)
    server.stop()
    note = page.get_by_text("does not answer")
    expect(note).to_be_visible()
    server.start("two")
    expect(note).to_be_hidden()
    assert stayed(page)


def test_a_change_that_could_not_be_had_is_asked_for_again(serve: Serve, visit: Visit) -> None:
    server = serve(PLAIN)
    page = visit(server)
    page.route(server.url("/"), lambda route: route.fulfill(status=503))
    server.built({"/": PLAIN.replace("One", "Two")})
    said(page, server)
    assert stayed(page)
    page.unroute(server.url("/"))
    server.built({})
    expect(page.locator("h1")).to_have_text("Two")


@pytest.mark.slow
def test_eight_tabs_share_one_stream_and_all_hear_of_what_concerns_them(serve: Serve, visit: Visit) -> None:
    server = serve({f"/{number}/": PLAIN for number in range(8)})
    tabs = [visit(server, f"/{number}/", listening=number == 0) for number in range(8)]
    assert server.streams == 1
    server.built({f"/{number}/": PLAIN.replace("One", "Two") for number in range(1, 8)})
    for tab in tabs[1:]:
        expect(tab.locator("h1")).to_have_text("Two")
    said(tabs[0], server)
    assert stayed(tabs[0])
    # Whoever has it may close; another one goes on.
    tabs[0].close()
    until(tabs[1], lambda: server.streams == 1)
    server.built({f"/{number}/": PLAIN.replace("One", "Three") for number in range(1, 8)})
    for tab in tabs[1:]:
        expect(tab.locator("h1")).to_have_text("Three")


def test_a_page_in_the_cache_of_pages_wakes_up_and_catches_up(serve: Serve, visit: Visit) -> None:
    server = serve({"/": PLAIN, "/x/": PLAIN.replace("One", "Else")})
    page = visit(server)
    page.evaluate("addEventListener('pageshow', (event) => (window.woke = event.persisted))")
    page.goto(server.url("/x/"))
    page.evaluate("history.back()")
    expect(page.locator("h1")).to_have_text("One")
    assert page.evaluate("window.woke") is True, page.evaluate(
        "JSON.stringify(performance.getEntriesByType('navigation')[0].notRestoredReasons)"
    )
    page.goto(server.url("/x/"))
    server.built({"/": PLAIN.replace("One", "Two")})
    page.evaluate("history.back()")
    expect(page.locator("h1")).to_have_text("Two")


def test_a_tab_that_was_not_looked_at_asks_what_it_missed(serve: Serve, visit: Visit) -> None:
    server = serve(PLAIN)
    page = visit(server)
    before = len(server.asked("/_mfe/dev/since"))
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    until(page, lambda: len(server.asked("/_mfe/dev/since")) > before)


def test_nothing_happens_in_a_frame(serve: Serve, visit: Visit) -> None:
    server = serve({"/": document('<h1>Outer</h1><iframe src="/x/"></iframe>'), "/x/": PLAIN})
    server.frames = True
    page = visit(server)
    expect(page.frame_locator("iframe").locator("h1")).to_have_text("One")
    assert [request.query["page"] for request in server.asked("/_mfe/dev/events")] == ["/"]


def test_a_page_without_a_body_does_no_harm(serve: Serve, visit: Visit) -> None:
    server = serve("<!doctype html><html><head></head><frameset><frame></frameset></html>")
    page = visit(server)
    server.failed([problem()])
    expect(page.get_by_role("dialog")).to_have_count(1)


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("/a.svg", '<svg xmlns="http://www.w3.org/2000/svg"><script type="module" href="/_mfe/dev/client.js"/></svg>'),
        (
            "/a.xhtml",
            '<html xmlns="http://www.w3.org/1999/xhtml"><head><title>x</title>'
            '<script type="module" src="/_mfe/dev/client.js"></script></head></html>',
        ),
    ],
)
def test_documents_of_xml_are_left_alone(serve: Serve, context: BrowserContext, path: str, text: str) -> None:
    server = serve({path: text})
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(server.url(path))
    assert not server.asked("/_mfe/dev/events")
    assert errors == []


# -- what is kept

FORM = """<form><input name="q"><input name="c" type="checkbox"><input name="r" type="radio" value="a" checked>
<input name="r" type="radio" value="b"><input name="password" type="password"><input name="h" type="hidden" value="1">
<input name="card" autocomplete="cc-number"><select name="s"><option>a</option><option>b</option></select>
<select name="m" multiple><option>a</option><option>b</option><option>c</option></select>
<textarea name="t">old</textarea><input><input></form>
<details><summary>More</summary>more</details>
<div class="box" tabindex="0"><p>%s</p></div>"""
SMOOTH = {"/smooth.css": "html { scroll-behavior: smooth } .box { height: 50px; width: 200px; overflow: scroll }"}
VALUES = """() => [...document.querySelectorAll('input, textarea')].map((control) =>
    /checkbox|radio/.test(control.type) ? control.checked : control.value)
    .concat([...document.querySelectorAll('select')].map((select) =>
        [...select.selectedOptions].map((option) => option.text).join()))
    .join('|')"""


def test_scroll_input_and_focus_outlive_a_reload_and_secrets_do_not(serve: Serve, visit: Visit) -> None:
    text = document(
        f"<h1>One</h1>{FILLER}{FORM % ('word ' * 300)}{FILLER}", '<link rel="stylesheet" href="/smooth.css">'
    )
    server = serve({"/": text, **SMOOTH})
    page = visit(server)
    page.fill("[name=q]", "tractor")
    page.check("[name=c]")
    page.check("[value=b]")
    page.fill("[name=password]", "secret")
    page.fill("[name=card]", "4111")
    page.select_option("[name=s]", "b")
    page.select_option("[name=m]", ["a", "c"])
    page.fill("textarea", "new\ntext")
    page.locator("input:not([name])").nth(1).fill("second")
    page.locator("summary").click()
    page.evaluate("document.querySelector('.box').scrollTo({top: 120, behavior: 'instant'})")
    page.locator("textarea").focus()
    page.evaluate("document.activeElement.setSelectionRange(1, 5, 'backward')")
    page.evaluate("scrollTo({top: 3000, behavior: 'instant'})")
    # Something new before it all changes nothing.
    server.built({"/": text.replace("<h1>One</h1>", "<h1>Two</h1><input name=new><p>new</p>")})
    expect(page.locator("h1")).to_have_text("Two")
    page.wait_for_load_state()
    assert page.evaluate(VALUES) == "|tractor|true|false|true||1||new\ntext||second|b|a,c"
    assert page.locator("details").get_attribute("open") == ""
    assert page.evaluate("document.querySelector('.box').scrollTop") == 120
    assert abs(page.evaluate("scrollY") - 3000) < 30, "a browser may follow the text by a line"
    assert page.evaluate("document.activeElement.name") == "t"
    field = "document.activeElement"
    assert page.evaluate(f"[{field}.selectionStart, {field}.selectionEnd, {field}.selectionDirection]") == [
        1,
        5,
        "backward",
    ]
    assert page.evaluate("sessionStorage.length") == 0
    # A page that is loaded by hand begins as it is.
    page.goto(server.url("/"))
    assert page.evaluate("[scrollY, document.querySelector('[name=q]').value]") == [0, ""]


# -- style sheets

SHEETS = {"/a.1.css": "h1 { color: rgb(1, 1, 1) }", "/a.2.css": "h1 { color: rgb(2, 2, 2) }"}


def styled(number: int, more: str = "") -> str:
    return document("<h1>One</h1>", f'<link rel="stylesheet" href="/a.{number}.css"{more}>')


def colour(page: Page) -> str:
    return str(page.evaluate("getComputedStyle(document.querySelector('h1')).color"))


def test_a_style_sheet_is_exchanged_without_a_flash(serve: Serve, visit: Visit) -> None:
    server = serve({"/": styled(1), **SHEETS})
    page = visit(server)
    page.evaluate(
        """() => { window.bare = 0; new MutationObserver(() => {
            if (![...document.styleSheets].some((sheet) => sheet.href)) window.bare += 1;
        }).observe(document.head, {childList: true}) }"""
    )
    digest = "sha256-" + "p" * 43 + "="
    server.built({"/": styled(2, ' media="all" data-new')}, css=[["/a.1.css", "/a.2.css"]])
    expect(page.locator("link[data-new]")).to_have_count(1)
    expect(page.locator("link[href='/a.1.css']")).to_have_count(0)
    assert colour(page) == "rgb(2, 2, 2)"
    assert page.evaluate("window.bare") == 0
    said(page, server)
    assert stayed(page)
    # One that does not hold its promise is not taken: the page is loaded, as anybody would see it.
    server.built({"/": styled(1, f' integrity="{digest}"')}, css=[["/a.2.css", "/a.1.css"]])
    expect(page.locator("link[integrity]")).to_have_count(1)
    loaded_anew(page)


def test_after_an_exchange_the_tab_knows_what_it_shows(serve: Serve, visit: Visit) -> None:
    server = serve({"/": styled(1), **SHEETS})
    page = visit(server)
    server.built({"/": styled(2)}, css=[["/a.1.css", "/a.2.css"]])
    expect(page.locator("link[href='/a.2.css']")).to_have_count(1)
    said(page, server)
    server.stop()
    server.start("two")
    until(page, lambda: server.streams == 1)
    said(page, server)
    assert stayed(page)


# -- regions


@pytest.mark.parametrize("marks", [False, True])
def test_a_changed_fragment_is_exchanged_in_place(serve: Serve, visit: Visit, marks: bool) -> None:
    server = serve(REGION, facts={"/": FACTS})
    page = visit(server)
    if marks:
        page.keyboard.press("Alt+m")
        expect(page.get_by_label("Development toolbar")).to_be_visible()
        page.evaluate("window.loaded = 1")
    page.evaluate("window.before = document.querySelector('p')")
    server.built({"/": OTHER}, regions=["inspire:recommendations"])
    expect(page.locator("aside")).to_have_count(2)
    expect(page.locator("aside").nth(0)).to_have_text("Try AU-02")
    assert page.evaluate("window.before.isConnected")
    server.built({"/": REGION}, regions=["inspire:recommendations"])
    expect(page.locator("aside")).to_have_count(1)
    expect(page.locator("aside")).to_have_text("Try AU-01")
    said(page, server)
    assert stayed(page)
    assert ("<!--mfe:3-->" in page.content()) is marks


def test_text_alone_is_exchanged_where_marks_tell_it_apart(serve: Serve, visit: Visit) -> None:
    server = serve(with_region("7 in stock"), facts={"/": FACTS})
    page = visit(server)
    page.keyboard.press("Alt+m")
    expect(page.get_by_label("Development toolbar")).to_be_visible()
    page.evaluate("window.loaded = 1")
    server.built({"/": with_region("6 in stock")}, regions=["inspire:recommendations"])
    expect(page.get_by_text("6 in stock")).to_be_visible()
    assert stayed(page)


@pytest.mark.parametrize(
    ("live", "deed"),
    [
        (with_region("<aside><a href='/'>AU-01</a></aside>"), "document.querySelector('a').focus()"),
        (with_region("<aside>AU-01 <input></aside>"), "document.querySelector('input').value = 'mine'"),
        (with_region("<aside>AU-01 <mfe-island>x</mfe-island></aside>"), ""),
        (with_region("<aside>AU-01 <script src='/x.js'></script></aside>"), ""),
        (with_region("<aside>AU-01 <video></video></aside>"), ""),
        (with_region("words alone"), ""),
        (REGION, "document.querySelector('main').before(document.createElement('div'))"),
        (REGION, "document.querySelector('p').className = 'other'"),
        (REGION.replace("mfe:3", "mfe:4"), ""),
    ],
    ids=["focus", "input", "island", "script", "video", "words", "more-before", "otherwise", "no-marks"],
)
def test_where_it_is_not_safe_the_page_is_loaded_instead(serve: Serve, visit: Visit, live: str, deed: str) -> None:
    server = serve({"/": live, "/x.js": ""}, facts={"/": FACTS})
    page = visit(server)
    if deed:
        page.evaluate(f"() => {{ {deed} }}")
    new = re.sub("AU-01|words alone|Try", "AU-09", live)
    server.built({"/": new}, regions=["inspire:recommendations"])
    loaded_anew(page)
    expect(page.locator("body")).to_contain_text("AU-09")


@pytest.mark.slow
def test_many_builds_in_a_row_end_with_the_last(serve: Serve, visit: Visit) -> None:
    server = serve({"/": REGION, "/x/": REGION}, facts={"/": FACTS, "/x/": FACTS})
    tabs = [visit(server), visit(server, "/x/", listening=False)]
    for number in range(60):
        text = with_region(f"<aside>{number}</aside>" * (1 + number % 3))
        if number % 7 == 6:
            server.failed([problem(str(number))])
        else:
            regions = ["inspire:recommendations"] if number % 2 else []
            server.built({"/": text, "/x/": text} if number % 5 else {"/x/": text}, regions=regions)
        tabs[number % 2].wait_for_timeout(number % 4 * 10)
    for tab in tabs:
        expect(tab.locator("aside")).to_have_count(3)
        expect(tab.locator("aside").first).to_have_text("59")
        expect(tab.get_by_role("dialog")).to_be_hidden()


# -- problems


def test_problems_are_shown_over_a_page_that_stays_usable(serve: Serve, visit: Visit) -> None:
    server = serve({"/": document('<main><h1>One</h1><a href="/x/">on</a></main>'), "/x/": PLAIN})
    page = visit(server)
    server.failed([WARNING, problem(), problem("second")])
    panel = page.get_by_role("dialog", name="2 errors, 1 warning")
    expect(panel).to_be_visible()
    assert panel.locator(".message").all_inner_texts() == ['no page "decide:produkt"', "second", "no description"]
    first = panel.locator(".problem").nth(0)
    for text in (
        "error",
        "unknown-page",
        "teams/checkout/pages/basket.md:12:9",
        "Team Checkout",
        "did you mean",
        "also",
    ):
        expect(first).to_contain_text(text)
    expect(first.locator("mark")).to_have_text("[to](decide:produkt)")
    expect(first.get_by_role("link", name="VS Code")).to_have_attribute("href", re.compile("^vscode://file/"))
    assert page.evaluate("document.activeElement === document.body"), "the panel took the focus"
    page.get_by_role("link", name="on", exact=True).click()
    expect(page).to_have_url(server.url("/x/"))
    expect(panel).to_be_visible()


def test_a_place_opens_the_editor(serve: Serve, visit: Visit) -> None:
    server = serve(PLAIN)
    page = visit(server)
    server.failed([problem()])
    page.get_by_role("button", name="teams/checkout/pages/basket.md:12:9").click()
    until(page, lambda: bool(server.asked("/_mfe/dev/open")))
    asked = server.asked("/_mfe/dev/open")[0]
    assert json.loads(asked.body) == {"file": "teams/checkout/pages/basket.md", "line": 12, "column": 9}
    assert asked.headers["x-mfe-dev"] == "1"
    server.refuse_editor = True
    page.get_by_role("button", name="teams/decide/team.toml:3").click()
    expect(page.get_by_text("The editor did not open.")).to_be_visible()


def test_problems_put_away_come_back_with_the_next_and_go_when_mended(serve: Serve, visit: Visit) -> None:
    server = serve(PLAIN)
    page = visit(server)
    panel, badge = page.get_by_role("dialog"), page.get_by_role("button", name="1 error", exact=True)
    server.failed([problem()])
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    expect(panel).to_be_hidden()
    server.failed([problem()])
    until(page, lambda: len(server.asked("/_mfe/dev/problems")) == 3)
    expect(badge).to_be_visible()
    expect(panel).to_be_hidden()
    badge.click()
    expect(panel).to_be_visible()
    page.keyboard.press("Escape")
    server.failed([problem("another")])
    expect(panel).to_contain_text("another")
    server.built({})
    expect(panel).to_be_hidden()
    expect(badge).to_be_hidden()
    assert stayed(page)


def test_problems_that_are_there_already_are_shown_and_survive_a_reload(serve: Serve, visit: Visit) -> None:
    server = serve(PLAIN)
    server.problems = [problem()]
    page = visit(server)
    expect(page.get_by_role("dialog")).to_be_visible()
    page.reload()
    expect(page.get_by_role("dialog")).to_be_visible()


def test_warnings_only_light_a_badge(serve: Serve, visit: Visit) -> None:
    server = serve(PLAIN)
    page = visit(server)
    server.built({}, problems=[WARNING])
    badge = page.get_by_role("button", name="1 warning", exact=True)
    expect(badge).to_be_visible()
    expect(page.get_by_role("dialog")).to_be_hidden()
    badge.press("Enter")
    expect(page.get_by_role("dialog")).to_contain_text("no description")
    page.get_by_role("button", name="Hide, Esc").click()
    expect(badge).to_be_focused()


def test_problems_fold_and_many_are_cut_short(serve: Serve, visit: Visit) -> None:
    server = serve(PLAIN)
    page = visit(server)
    server.failed([problem(f"problem {number}") for number in range(300)])
    panel = page.get_by_role("dialog", name="300 errors")
    expect(panel.locator("details")).to_have_count(100)
    expect(panel).to_contain_text("lists 200 more")
    panel.get_by_role("button", name="Fold all").click()
    expect(panel.locator("details[open]")).to_have_count(0)
    panel.locator("summary").nth(1).press("Enter")
    expect(panel.locator("details[open]")).to_have_count(1)


def test_what_problems_say_is_text(serve: Serve, visit: Visit) -> None:
    server = serve(PLAIN)
    page = visit(server)
    server.failed([problem("<img src=x onerror=alert(1)>", editor="javascript:alert(1)", owner="<b>x</b>")])
    panel = page.get_by_role("dialog")
    expect(panel).to_contain_text("<img src=x onerror=alert(1)>")
    assert panel.locator("img, b, a[href^=javascript]").count() == 0


def test_nothing_of_it_is_printed(serve: Serve, visit: Visit) -> None:
    server = serve(PLAIN)
    page = visit(server)
    server.failed([problem()])
    expect(page.get_by_role("dialog")).to_be_visible()
    page.emulate_media(media="print")
    expect(page.get_by_role("dialog")).to_be_hidden()


# -- the toolbar


def with_toolbar(page: Page) -> Page:
    page.keyboard.press("Alt+m")
    expect(page.get_by_label("Development toolbar")).to_be_visible()
    expect(page.get_by_role("region", name="Regions of this page")).to_be_attached()
    return page


def test_the_toolbar_outlines_regions_and_is_remembered(serve: Serve, visit: Visit, context: BrowserContext) -> None:
    server = serve(REGION, facts={"/": FACTS})
    page = with_toolbar(visit(server))
    assert len(server.asked("/")) == 2, "once more, for the marks"
    label = page.get_by_role("button", name="inspire:recommendations Team Inspire 4f2a9c")
    expect(label).to_be_visible()
    assert around(page.locator(".box").nth(1), page.locator("aside"))
    page.reload()
    expect(page.get_by_label("Development toolbar")).to_be_visible()
    assert len(server.asked("/")) == 3
    page.get_by_role("button", name="Close, Alt+M").click()
    expect(page.get_by_label("Development toolbar")).to_have_count(0)
    expect(label).to_have_count(0)
    assert [cookie.get("name") for cookie in context.cookies()] == []
    page.reload()
    assert "<!--mfe" not in page.content()


def around(box: Locator, region: Locator) -> bool:
    """Whether the one is a little larger than the other, on all sides."""
    outer, inner = box.bounding_box(), region.bounding_box()
    if not outer or not inner:
        return False
    sides = (inner["x"] - outer["x"], inner["y"] - outer["y"], (outer["width"] - inner["width"]) / 2)
    return all(abs(side - 4) < 0.1 for side in sides)


def test_boxes_follow_what_they_outline(serve: Serve, visit: Visit) -> None:
    server = serve(with_region("<aside>x</aside>", FILLER), facts={"/": FACTS})
    page = with_toolbar(visit(server))
    box, aside = page.locator(".box").nth(1), page.locator("aside")
    for deed in (
        "scrollTo(0, 3000)",
        "document.querySelector('p').remove()",
        "document.querySelector('aside').hidden = true",
        "document.querySelector('aside').hidden = false",
    ):
        page.evaluate(deed)
        if "= true" in deed:
            expect(box).to_be_hidden()
        else:
            until(page, lambda: around(box, aside))
    page.set_viewport_size({"width": 400, "height": 600})
    until(page, lambda: around(box, aside))
    assert page.evaluate("document.documentElement.scrollWidth") == 400, "boxes make the page no wider"


def test_a_region_tells_whose_it_is_by_pointer_and_by_keyboard(serve: Serve, visit: Visit) -> None:
    server = serve(REGION, facts={"/": FACTS})
    page = with_toolbar(visit(server))
    panel = page.get_by_label("About this page")
    page.locator("aside").hover()
    for text in ("inspire:recommendations", "Team Inspire", "skus=AU-02", "812 B", "4f2a9c"):
        expect(panel).to_contain_text(text)
    panel.get_by_role("button", name="teams/inspire/fragments/recommendations.html:1").click()
    until(page, lambda: bool(server.asked("/_mfe/dev/open")))
    page.get_by_role("button", name="page Team Docs").focus()
    for text in (
        "its text changed",
        "rendered",
        "HTML",
        "docs 8.0 kB",
        "theme 1.0 kB",
        "docs 1.2 kB",
        "theme 4.0 kB",
        "none",
        "explore 1",
        "docs 1",
    ):
        expect(panel).to_contain_text(text)
    expect(panel).to_contain_text("no description")
    expect(page.get_by_label("Development toolbar")).to_contain_text("HTML 9.0 kB · CSS 5.2 kB · JS 0 B")
    page.keyboard.press("Enter")
    page.locator("aside").hover()
    expect(panel).to_contain_text("its text changed")
    # It stays through a build, and goes on when it is let go.
    server.facts = {"/": {**FACTS, "causes": ["something else changed"]}}
    server.built({})
    expect(panel).to_contain_text("something else changed")
    page.get_by_role("button", name="page Team Docs").click()
    page.mouse.move(5, 5)
    page.locator("aside").hover()
    expect(panel).to_contain_text("inspire:recommendations")


def test_every_team_has_a_colour_of_its_own_that_can_be_read(serve: Serve, visit: Visit) -> None:
    server = serve(REGION, facts={"/": FACTS})
    page = with_toolbar(visit(server))
    paint = "(element) => getComputedStyle(element).borderTopColor"
    colours = [page.locator(".box").nth(index).evaluate(paint) for index in range(2)]
    assert colours[0] != colours[1]


THEMED = """:root { color-scheme: light dark; background: light-dark(white, black) }
@media (prefers-color-scheme: dark) { h1 { color: red } }"""
LOOK = """() => [getComputedStyle(document.documentElement).backgroundColor,
    getComputedStyle(document.querySelector('h1')).color, document.documentElement.dataset.theme ?? '']"""


def test_the_theme_is_turned_for_this_tab(serve: Serve, visit: Visit) -> None:
    text = document("<h1>One</h1>", '<link rel="stylesheet" href="/a.css">')
    server = serve({"/": text, "/a.css": THEMED}, facts={"/": FACTS})
    page = with_toolbar(visit(server))
    light, dark = ["rgb(255, 255, 255)", "rgb(0, 0, 0)", ""], ["rgb(0, 0, 0)", "rgb(255, 0, 0)", "dark"]
    assert page.evaluate(LOOK) == light
    page.get_by_role("button", name="dark", exact=True).click()
    assert page.evaluate(LOOK) == dark
    page.reload()
    expect(page.get_by_role("button", name="dark", exact=True)).to_have_attribute("aria-pressed", "true")
    assert page.evaluate(LOOK) == dark
    page.get_by_role("button", name="320").click()
    framed = page.frame_locator("iframe").locator("html")
    until(page, lambda: framed.evaluate(LOOK) == dark)
    page.get_by_role("button", name="auto", exact=True).click()
    assert framed.evaluate(LOOK) == light
    assert page.evaluate(LOOK) == light


def test_scripts_are_turned_off_for_this_tab_only(serve: Serve, visit: Visit) -> None:
    text = document(
        "<h1>One</h1><noscript><p id=no>Without</p></noscript><p id=with></p>",
        '<script type="module" src="/site.js"></script>',
    )
    server = serve(
        {"/": text, "/x/": text, "/site.js": "document.querySelector('#with').append('With')"}, facts={"/": FACTS}
    )
    page = visit(server)
    expect(page.locator("#with")).to_have_text("With")
    with_toolbar(page)
    # The page's own script is refused, and the console says so; that is the point.
    quiet = page.context.new_page()
    quiet.goto(server.url("/"))
    off = quiet.get_by_role("group", name="Scripts").get_by_role("button", name="off")
    off.click()
    expect(quiet.locator("#no")).to_have_text("Without")
    expect(quiet.locator("#with")).to_be_empty()
    expect(off).to_have_attribute("aria-pressed", "true")
    quiet.goto(server.url("/x/"))
    expect(quiet.locator("#no")).to_be_visible()
    quiet.get_by_role("group", name="Scripts").get_by_role("button", name="on").click()
    expect(quiet.locator("#with")).to_have_text("With")
    expect(quiet.locator("#no")).to_have_count(0)


@pytest.mark.slow
def test_the_page_is_shown_in_another_width(serve: Serve, visit: Visit) -> None:
    server = serve({"/": document('<h1>One</h1><a href="/x/">on</a>'), "/x/": PLAIN}, facts={"/": FACTS, "/x/": FACTS})
    page = with_toolbar(visit(server))
    page.get_by_role("button", name="320").click()
    frame = page.frame_locator("iframe")
    expect(frame.locator("h1")).to_have_text("One")
    assert frame.locator("html").evaluate("() => innerWidth") == 320
    assert len(server.asked("/_mfe/dev/events")) == 2, "the one in the frame listens, too"
    server.built({"/": document('<h1>Two</h1><a href="/x/">on</a>')})
    expect(frame.locator("h1")).to_have_text("Two")
    frame.get_by_role("link", name="on").click()
    expect(frame.locator("h1")).to_have_text("One")
    page.get_by_role("button", name="full").click()
    expect(page).to_have_url(server.url("/x/"))
    expect(page.locator("iframe")).to_have_count(0)


@pytest.mark.slow
def test_a_huge_page_has_its_boxes(serve: Serve, visit: Visit) -> None:
    server = serve(with_region("<aside>x</aside>" * 2_000, FILLER * 10), facts={"/": FACTS})
    page = with_toolbar(visit(server))
    expect(page.locator(".box")).to_have_count(2)


# -- what is shipped


def test_its_rooms_name_each_other_and_nothing_else() -> None:
    files = {path.name: path.read_text("utf-8") for path in RUNTIME.glob("*.js")}
    assert "client.js" in files
    for text in files.values():
        for name in re.findall(r'(?:\} from |import\()"([^"]*)"', text):
            assert name.removeprefix("./") in files
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|https?://(?!localhost|www\.w3\.org)",
            text.replace("no `innerHTML`", ""),
        )
