"""Islands in a real browser: when they start, what they are told, and what stands when they fail."""

import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from runtime_site import Answer, RuntimeSite, becomes, document, running, somebody, stop_the_clock, visiting

pytestmark = pytest.mark.browser

COUNTER = """export function mount({ host, props, signal }) {
  const button = host.querySelector("button");
  let count = props.start ?? 0;
  button.hidden = false;
  button.addEventListener("click", () => (button.textContent = `Count ${++count}`), { signal });
  host.dataset.mounted = JSON.stringify(props);
  (window.seen ??= []).push({ host, signal });
  return { unmount: () => (window.left ??= []).push(signal.aborted) };
}
"""
"""Says in `data-mounted` what it was given."""
THROWS = """export async function mount({ host }) {
  host.querySelector("p").textContent = "half done";
  host.append("and more");
  throw new Error("broken");
}
"""
NEVER = "export const mount = () => new Promise(() => {});"
TALL = '<div class="tall"></div>'
SHEET = {"/site.css": ".tall { height: 3000px } .bare { display: contents } button { min-width: 2em; min-height: 2em }"}
NOTE = """window.told = [];
for (const type of ["mfe:mounted", "mfe:error"])
  addEventListener(type, ({ target, detail: { error, ...rest } }) =>
    told.push([type, rest.team, rest.fragment, String(error?.message ?? ""), target.id]));
"""


def island(inside: str = "<button hidden>Count 0</button><p>As rendered</p>", **attributes: str) -> str:
    given = {"src": "/m/counter.js", "when": "load", "team": "decide", "fragment": "counter", "id": "i", **attributes}
    text = " ".join(f"{name}='{value}'" for name, value in given.items())
    return f"<mfe-island {text}>{inside}</mfe-island>"


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    with somebody(browser, NOTE) as made:
        yield made


@pytest.fixture
def serve() -> Iterator[Callable[..., RuntimeSite]]:
    sites = []

    def start(main: str, more: Mapping[str, str | Answer] = {}, **how: Any) -> RuntimeSite:
        head = '<link rel="stylesheet" href="/site.css">'
        page = document("One", main, head=head, scripts=["islands.js"], **how)
        base: dict[str, str | Answer] = {"/t/": page, "/m/counter.js": COUNTER, "/m/throws.js": THROWS, **SHEET}
        made = running({**base, **more})
        sites.append(made)
        return made.__enter__()

    yield start
    for site in sites:
        site.__exit__(None, None, None)


Serve = Callable[..., RuntimeSite]


@pytest.fixture
def visit(context: BrowserContext) -> Iterator[Callable[..., Page]]:
    with visiting(context, certain=True) as opened:
        yield opened


Visit = Callable[..., Page]


def mounted(page: Page) -> str | None:
    return page.locator("#i").get_attribute("data-mounted")


def told(page: Page) -> list[Any]:
    return page.evaluate("told")  # type: ignore[no-any-return]


# -- mounting


def test_an_island_mounts_with_its_props_and_says_so(serve: Serve, visit: Visit) -> None:
    page = visit(serve(island(props='{"start": 3}')))
    expect(page.locator("#i")).to_have_attribute("data-mounted", '{"start":3}')
    page.get_by_role("button").click()
    expect(page.get_by_role("button")).to_have_text("Count 4")
    assert told(page) == [["mfe:mounted", "decide", "counter", "", "i"]]
    assert page.evaluate("performance.getEntriesByName('mfe:decide/counter', 'measure').length") == 1


def test_props_may_stand_in_a_data_block_and_be_absent(serve: Serve, visit: Visit) -> None:
    block = '<script type="application/json" id="p">{"start": 7}</script>'
    page = visit(serve(block + island(props="#p") + island(id="other")))
    expect(page.locator("#i")).to_have_attribute("data-mounted", '{"start":7}')
    expect(page.locator("#other")).to_have_attribute("data-mounted", "{}")


def test_without_script_what_was_rendered_is_there(serve: Serve, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(serve(island()).origin + "/t/")
    expect(page.get_by_text("As rendered")).to_be_visible()
    context.close()


def test_what_is_out_of_view_waits_until_it_comes_near(serve: Serve, visit: Visit) -> None:
    near = island(when="visible:4000px", id="near")
    page = visit(site := serve(TALL + island(when="visible") + near))
    expect(page.locator("#near")).to_have_attribute("data-mounted", "{}")
    assert mounted(page) is None
    page.locator("#i").scroll_into_view_if_needed()
    expect(page.locator("#i")).to_have_attribute("data-mounted", "{}")
    assert len(site.asked("/m/counter.js")) == 1


@pytest.mark.parametrize("when", ["", "idle", "visible", "media(min-width: 100px)", "whatever"])
def test_what_is_in_view_or_due_starts(serve: Serve, visit: Visit, when: str) -> None:
    page = visit(serve(island(when=when, **{"class": "bare"})))
    expect(page.locator("#i")).to_have_attribute("data-mounted", "{}")


def test_media_that_do_not_match_yet_are_waited_for(serve: Serve, visit: Visit) -> None:
    page = visit(serve(island(when="media((max-width: 500px) and (min-width: 10px))") + island(id="sentinel")))
    expect(page.locator("#sentinel")).to_have_attribute("data-mounted", "{}")
    assert mounted(page) is None
    page.set_viewport_size({"width": 400, "height": 600})
    expect(page.locator("#i")).to_have_attribute("data-mounted", "{}")


@pytest.mark.parametrize("how", ["pointer", "keyboard", "already"])
def test_interaction_starts_with_pointer_or_focus(serve: Serve, visit: Visit, how: str) -> None:
    inside = (
        '<button hidden>Count 0</button><input aria-label="Name" autofocus>'
        if how == "already"
        else "<button>Count 0</button>"
    )
    page = visit(serve(island(inside, when="interaction") + island(id="sentinel")))
    expect(page.locator("#sentinel")).to_have_attribute("data-mounted", "{}")
    if how != "already":
        assert mounted(page) is None
    if how == "pointer":
        page.locator("#i button").hover()
    elif how == "keyboard":
        page.keyboard.press("Tab")
    expect(page.locator("#i")).to_have_attribute("data-mounted", "{}")


# -- leaving


def test_an_island_that_leaves_is_unmounted_and_one_that_moves_is_not(serve: Serve, visit: Visit) -> None:
    page = visit(serve(island()))
    expect(page.locator("#i")).to_have_attribute("data-mounted", "{}")
    page.evaluate("document.querySelector('footer').append(document.querySelector('#i'))")
    assert page.evaluate("[seen.length, window.left ?? 0, seen[0].signal.aborted]") == [1, 0, False]
    page.evaluate("document.querySelector('#i').remove()")
    assert page.evaluate("[seen.length, left]") == [1, [True]]
    page.evaluate("document.body.append(seen[0].host)")
    becomes(page, "seen.length === 2")
    assert told(page)[1:] == [["mfe:mounted", "decide", "counter", "", "i"]]


def test_what_leaves_while_it_is_awaited_is_never_mounted_or_is_unmounted_when_it_is(
    serve: Serve, visit: Visit
) -> None:
    gate = threading.Event()
    late = "export async function mount() { await new Promise((done) => (window.go = done)); window.ran = true; }\n"
    leave = "export function unmount({ host }) { window.gone = host.id; }\n"
    site = serve(
        island(src="/m/slow.js", id="slow") + island(src="/m/late.js"),
        {"/m/slow.js": Answer(COUNTER, gate=gate), "/m/late.js": late + leave},
    )
    page = visit(site)
    becomes(page, "!!window.go")
    page.evaluate("document.querySelectorAll('mfe-island').forEach((one) => one.remove())")
    gate.set()
    assert page.evaluate("window.gone") is None
    page.evaluate("go()")
    becomes(page, "window.gone === 'i' && window.ran")
    page.evaluate("import('/m/slow.js')")
    assert page.evaluate("window.seen") is None
    assert told(page) == []


def test_an_exported_unmount_may_be_async_and_its_failure_is_only_reported(serve: Serve, visit: Visit) -> None:
    module = "export const mount = () => {};\nexport async function unmount() { throw new Error('at the end'); }\n"
    page = visit(serve(island(src="/m/x.js") + island(id="other"), {"/m/x.js": module}), expect="at the end")
    becomes(page, "told.length === 2")
    page.evaluate("document.querySelector('#i').remove()")
    expect(page.locator("#other")).to_have_attribute("data-mounted", "{}")


# -- new props


def test_new_props_go_to_update_or_mount_anew(serve: Serve, visit: Visit) -> None:
    module = """export const mount = async ({ host, props }) => {
      host.append(`m${props.n} `);
      await null;
      return { update: ({ n }) => host.append(`u${n} `) };
    };"""
    again = """export const mount = ({ host, props, signal }) => {
      host.append(`m${props.n} `);
      signal.addEventListener("abort", () => host.append("a "));
    };
    export const unmount = async ({ host }) => { await null; host.append("e "); };"""
    page = visit(
        serve(
            island("", src="/m/update.js", props='{"n":1}')
            + island("", src="/m/again.js", id="again", props='{"n":1}'),
            {"/m/update.js": module, "/m/again.js": again},
        )
    )
    becomes(page, "told.length === 2")
    page.evaluate("for (const n of [2, 3]) document.querySelectorAll('mfe-island').forEach((one) => "
                  "one.setAttribute('props', JSON.stringify({n})))")  # fmt: skip
    expect(page.locator("#i")).to_have_text("m1 u3 u3")
    expect(page.locator("#again")).to_have_text("m1 a e m3 a e m3")


# -- failing


def test_what_fails_stands_as_it_was_rendered_says_so_once_and_concerns_no_other(serve: Serve, visit: Visit) -> None:
    page = visit(serve(island(src="/m/throws.js") + island(id="other")), expect="broken")
    expect(page.locator("#i")).to_have_attribute("data-mfe-failed", "")
    expect(page.locator("#i p")).to_have_text("As rendered")
    assert "more" not in page.locator("#i").inner_text()
    expect(page.locator("#other")).to_have_attribute("data-mounted", "{}")
    page.evaluate("document.querySelector('#i').setAttribute('props', '{}')")
    page.evaluate("document.querySelector('#i').remove()")
    assert sorted(told(page)) == [
        ["mfe:error", "decide", "counter", "broken", "i"],
        ["mfe:mounted", "decide", "counter", "", "other"],
    ]


@pytest.mark.parametrize(
    ("attributes", "more", "console"),
    [
        ({"src": "/m/none.js"}, {}, "Failed to"),
        ({"src": "/m/syntax.js"}, {"/m/syntax.js": "export const = 1"}, "Unexpected token"),
        ({"src": "/m/cut.js"}, {"/m/cut.js": Answer("", cut=True)}, "Failed to"),
        ({"src": "/m/empty.js"}, {"/m/empty.js": "export const other = 1;"}, "not a function"),
        ({"props": "{not json"}, {}, "JSON"),
        ({"props": "#nowhere"}, {}, "null"),
        ({"timeout": "20", "src": "/m/never.js"}, {"/m/never.js": NEVER}, "timeout: mfe:decide/counter"),
    ],
)  # fmt: skip
def test_whatever_goes_wrong_input_outlives_it(
    serve: Serve, visit: Visit, attributes: Mapping[str, str], more: Mapping[str, str], console: str
) -> None:
    site = serve(island('<input aria-label="Name">', when="interaction", **attributes), more)
    page = visit(site, expect=console)
    page.on("console", lambda message: None)
    page.evaluate("window.input = document.querySelector('input')")
    page.get_by_label("Name").fill("Ada")
    expect(page.locator("#i")).to_have_attribute("data-mfe-failed", "")
    expect(page.get_by_label("Name")).to_have_value("Ada")
    assert page.evaluate("input.isConnected")
    assert [row[0] for row in told(page)] == ["mfe:error"]


def test_what_comes_after_its_time_is_ended_and_changes_nothing(serve: Serve, visit: Visit) -> None:
    module = """export async function mount({ host }) {
      await new Promise((done) => (window.go = done));
      host.textContent = "too late";
      return { unmount: () => (window.ended = true) };
    }"""
    page = visit(serve(island(src="/m/late.js", when="interaction"), {"/m/late.js": module}), expect="timeout")
    stop_the_clock(page)
    page.locator("#i p").hover()
    becomes(page, "!!window.go")
    page.clock.run_for(9_000)
    assert told(page) == []
    page.clock.run_for(1_500)
    expect(page.locator("#i")).to_have_attribute("data-mfe-failed", "")
    page.evaluate("go()")
    becomes(page, "window.ended")
    expect(page.locator("#i p")).to_have_text("As rendered")
    assert len(told(page)) == 1


def test_an_update_that_fails_brings_back_what_was_rendered(serve: Serve, visit: Visit) -> None:
    module = """export function mount({ host }) {
      host.textContent = "alive";
      return { update() { throw new Error("no update"); }, unmount: ({ host }) => (host.textContent = "") };
    }"""
    page = visit(serve(island(src="/m/x.js"), {"/m/x.js": module}), expect="no update")
    expect(page.locator("#i")).to_have_text("alive")
    page.evaluate("document.querySelector('#i').setAttribute('props', '{}')")
    expect(page.locator("#i p")).to_have_text("As rendered")
    assert [row[0] for row in told(page)] == ["mfe:mounted", "mfe:error"]


def test_nothing_starts_in_a_page_that_is_only_prepared(serve: Serve, visit: Visit, context: BrowserContext) -> None:
    # A browser that is driven prepares no pages, so the page is made to believe it.
    context.add_init_script("Object.defineProperty(document, 'prerendering', { get: () => !window.shown })")
    page = visit(serve(island()))
    becomes(page, "!!customElements.get('mfe-island')")
    assert page.evaluate("performance.getEntriesByName(location.origin + '/m/counter.js').length") == 0
    page.evaluate("window.shown = 1; document.dispatchEvent(new Event('prerenderingchange'))")
    expect(page.locator("#i")).to_have_attribute("data-mounted", "{}")


def test_a_page_in_the_cache_of_pages_comes_back_alive(serve: Serve, visit: Visit) -> None:
    site = serve(island(), {"/x/": document("Else", scripts=[])})
    page = visit(site)
    page.get_by_role("button").click()
    page.evaluate("addEventListener('pageshow', (event) => (window.woke = event.persisted))")
    page.goto(site.origin + "/x/")
    page.evaluate("history.back()")
    expect(page.get_by_role("button")).to_have_text("Count 1")
    assert page.evaluate("window.woke") is True
    page.get_by_role("button").click()
    expect(page.get_by_role("button")).to_have_text("Count 2")
    assert page.evaluate("seen.length") == 1
