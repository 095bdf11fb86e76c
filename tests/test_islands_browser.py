"""Islands in a real browser, served with the headers that the build wrote: every moment, and every kind of module."""

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from developing import Dev
from runtime_site import becomes
from serving import serving
from sites import Files, built, problems, put, site, team_toml

pytestmark = pytest.mark.browser

COUNT = "---\nparams: {from: {type: int, default: 1}}\n---\n<p><button>{{ params.from }}</button></p>"
PLAIN = (
    "import { more } from './more.js'\n"
    "export function mount({ host, props, signal }) {\n"
    "  const button = host.querySelector('button')\n"
    "  let count = props.from\n"
    "  button.addEventListener('click', () => { button.textContent = count = more(count) }, { signal })\n"
    "  host.dataset.mounted = ''\n"
    "}\n"
)
ELEMENT = (
    "class Clock extends HTMLElement {\n"
    "  connectedCallback() { this.textContent = 'tick' }\n"
    "}\n"
    "export function mount() { if (!customElements.get('cart-clock')) customElements.define('cart-clock', Clock) }\n"
)
TALL = '<div class="tall"></div>\n'
TAGS = "".join(
    f'<section id="{name}"><mfe-fragment src="cart:count" from="1" hydrate="{when}"></mfe-fragment></section>\n'
    for name, when in (
        ("load", "load"), ("idle", "idle"), ("near", "visible"), ("touched", "interaction"),
        ("wide", "media((width >= 700px) and (min-height: 1px))"),
    )
)  # fmt: skip
FILES: Files = {
    "site.toml": 'title = "Shop"\n# more\n[teams]\nshop = "/"\ncart = {}\n[checks]\nmissing-description = "off"\n',
    "teams/shop/team.toml": team_toml("shop"),
    "teams/cart/team.toml": team_toml("cart", '[offers]\nfragments = ["count", "clock"]\n'),
    "teams/cart/fragments/count/fragment.html": COUNT,
    "teams/cart/fragments/count/fragment.js": PLAIN,
    "teams/cart/fragments/count/more.js": "export const more = (n) => n + 1\n",
    "teams/cart/fragments/clock/fragment.html": "<cart-clock>12:00</cart-clock>",
    "teams/cart/fragments/clock/fragment.js": ELEMENT,
    "teams/shop/assets/team.css": ".tall { block-size: 4000px }",
    "teams/shop/pages/index.html": (
        f"---\ntitle: Shop\n---\n{TAGS}{TALL}"
        '<section id="far"><mfe-fragment src="cart:count" from="7"></mfe-fragment></section>\n'
    ),
    "teams/shop/pages/clock.md": '# Clock\n\n<mfe-fragment src="cart:clock" hydrate="load"></mfe-fragment>\n',
}


class Seen:
    """A window, and all that it says."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.said: list[str] = []
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))
        page.set_default_timeout(30_000)

    def mounted(self, section: str) -> None:
        expect(self.page.locator(f"#{section} mfe-island[data-mounted]")).to_have_count(1, timeout=30_000)

    def quiet(self, section: str) -> None:
        expect(self.page.locator(f"#{section} mfe-island")).to_have_count(1)
        assert self.page.locator(f"#{section} mfe-island[data-mounted]").count() == 0


@pytest.fixture
def seen(browser: Browser) -> Iterator[Seen]:
    page = browser.new_page(viewport={"width": 600, "height": 500})
    yield Seen(page)
    page.close()


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = site(tmp_path_factory.mktemp("shop"), FILES)
    result = built(root)
    assert problems(result) == []
    with serving(root / "dist") as server:
        yield server.url


def test_each_island_comes_to_life_when_its_tag_says(shop: str, seen: Seen) -> None:
    seen.page.goto(shop + "/")
    for section in ("load", "idle", "near"):
        seen.mounted(section)
    for section in ("touched", "wide", "far"):
        seen.quiet(section)
    seen.page.locator("#touched button").focus()
    seen.mounted("touched")
    seen.page.set_viewport_size({"width": 900, "height": 500})
    seen.mounted("wide")
    seen.quiet("far")
    seen.page.locator("#far").scroll_into_view_if_needed()
    seen.mounted("far")
    button = seen.page.locator("#far button")
    button.click()
    button.click()
    expect(button).to_have_text("9")
    assert seen.said == []


def test_what_is_loaded_with_the_page_is_loaded_once_and_with_integrity(shop: str, seen: Seen) -> None:
    asked: list[str] = []
    seen.page.on("request", lambda request: asked.append(request.url))
    seen.page.goto(shop + "/")
    seen.mounted("near")
    modules = [url for url in asked if "/_mfe/modules/" in url]
    assert len(modules) == len(set(modules)) == 3
    assert seen.said == []


def test_marks_of_user_timing_name_team_and_fragment(shop: str, seen: Seen) -> None:
    seen.page.goto(shop + "/clock/")
    expect(seen.page.locator("cart-clock")).to_have_text("tick")
    names = "performance.getEntriesByType('measure').map(it => it.name)"
    becomes(seen.page, f"{names}.includes('mfe:cart/clock')")
    assert seen.said == []


def test_without_javascript_all_is_there(shop: str, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(shop + "/")
    assert page.locator("#far button").text_content() == "7"
    context.close()


def test_a_module_that_was_changed_on_the_way_is_refused_and_the_html_stays(tmp_path: Path, seen: Seen) -> None:
    root = site(tmp_path, FILES)
    built(root)
    with serving(root / "dist") as server:
        seen.page.route("**/more.*.js", lambda route: route.fulfill(
            body="export const more = () => 'changed'", content_type="text/javascript"))  # fmt: skip
        with seen.page.expect_event("pageerror"):
            seen.page.goto(server.url + "/")
        assert seen.page.locator("#load button").text_content() == "1"
        assert seen.page.locator("[data-mounted]").count() == 0


def test_a_document_of_another_tool_keeps_an_import_map_of_its_own(tmp_path: Path, seen: Seen) -> None:
    document = (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>App</title><link rel="icon" href="data:,">'
        '<meta name="description" content="d"><script type="importmap">{"imports": {"word": "/word.js"}}</script>'
        '<script type="module" src="app.js"></script></head><body><h1>App</h1>'
        '<main id="own"><mfe-fragment src="cart:mini" hydrate="load"></mfe-fragment></main></body></html>'
    )
    policy = "default-src 'self'; script-src 'self' 'unsafe-inline'; img-src 'self' data:"
    files = {
        "site.toml": f'title = "Site"\n[teams]\nshop = "/"\ncart = {{}}\n[security]\npolicy = "{policy}"\n',
        "teams/cart/team.toml": team_toml("cart", '[offers]\nfragments = ["mini"]\n'),
        "teams/cart/fragments/mini/fragment.html": "<b>mini</b>",
        "teams/cart/fragments/mini/fragment.js": (
            "import './more.js'\nexport const mount = ({ host }) => { host.dataset.mounted = 1 }\n"
        ),
        "teams/cart/fragments/mini/more.js": "export {}\n",
        "teams/shop/team.toml": team_toml("shop", '[build]\noutput = "out"\n'),
        "teams/shop/out/index.html": document,
        "teams/shop/out/app.js": "import word from 'word'\ndocument.title = word\n",
        "teams/shop/out/word.js": "export default 'found'\n",
    }
    root = site(tmp_path, files)
    assert problems(built(root)) == []
    with serving(root / "dist") as server:
        seen.page.goto(server.url + "/")
        seen.mounted("own")
        expect(seen.page).to_have_title("found")
    assert seen.said == []


def test_a_base_path_changes_nothing(tmp_path: Path, seen: Seen) -> None:
    toml = str(FILES["site.toml"]).replace("# more", 'base_url = "http://localhost/a%20b"')
    root = site(tmp_path, {**FILES, "site.toml": toml})
    assert problems(built(root)) == []
    with serving(root / "dist", base_path="/a%20b") as server:
        seen.page.goto(server.url + "/a%20b/")
        seen.mounted("load")
        assert seen.said == []


PREACT = (
    "import { h, hydrate } from 'preact'\nimport { useState } from 'preact/hooks'\n"
    "const Count = ({ from }) => { const [count, set] = useState(from)\n"
    "  return h('p', {}, h('button', { onClick: () => set(count + 1) }, count)) }\n"
    "export function mount({ host, props }) { hydrate(h(Count, props), host); host.dataset.mounted = ''\n"
    "  return { update: (props) => hydrate(h(Count, props), host), unmount: () => hydrate(null, host) } }\n"
)
LIT = (
    "import { LitElement, html } from 'lit'\n"
    "class Clock extends LitElement { render() { return html`<b>tick</b>` } }\n"
    "export const mount = () => customElements.get('cart-clock') || customElements.define('cart-clock', Clock)\n"
)


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """`node_modules` with Preact and lit, as npm installs them."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("there is no npm")
    folder = tmp_path_factory.mktemp("npm")
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(folder), "preact", "lit"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        pytest.skip("npm gets no answer from its registry")
    if done.returncode:
        pytest.skip(f"npm cannot install: {done.stderr[-200:]}")
    return folder / "node_modules"


@pytest.mark.slow
def test_preact_and_lit_from_the_registry_work_under_the_strict_policy(
    installed: Path, tmp_path: Path, seen: Seen
) -> None:
    root = site(tmp_path, FILES)
    shutil.copytree(installed, root / "node_modules", symlinks=True)
    put(root, "teams/cart/fragments/count/fragment.js", PREACT)
    put(root, "teams/cart/fragments/clock/fragment.js", LIT)
    put(root, "teams/cart/team.toml", team_toml("cart", (
        '[offers]\nfragments = ["count", "clock"]\n[dependencies]\npreact = ">=10"\nlit = ">=3"\n'
        '[security]\ntrusted_types = ["lit-html"]\n'
    )))  # fmt: skip
    assert problems(built(root)) == []
    with serving(root / "dist") as server:
        seen.page.goto(server.url + "/")
        seen.mounted("load")
        button = seen.page.locator("#load button")
        button.click()
        expect(button).to_have_text("2")
        seen.page.goto(server.url + "/clock/")
        expect(seen.page.locator("cart-clock b")).to_have_text("tick")
        assert seen.said == []


def test_the_development_server_shows_changed_modules_and_changed_html_of_islands(tmp_path: Path, seen: Seen) -> None:
    text = '---\ntitle: One\n---\n<section id="one"><mfe-fragment src="cart:count" hydrate="load" /></section>\n'
    root = site(tmp_path, {**FILES, "teams/shop/pages/one.html": text})
    with Dev(root) as dev:
        assert dev.next("built", "failed")["ok"]
        with seen.page.expect_response("**/_mfe/dev/events*"):
            seen.page.goto(dev.url + "one/")
        seen.mounted("one")
        assert set(dev.request("/_mfe/dev/page?url=/one/").json["bytes"]["js"]) == {"cart", "theme"}
        button = seen.page.locator("#one button")
        with seen.page.expect_event("load"):
            dev.changed("teams/cart/fragments/count/more.js", "export const more = (n) => n + 10\n")
        seen.mounted("one")
        button.click()
        expect(button).to_have_text("11")
        button.blur()  # nobody is at work in it, so it might be exchanged in place
        dev.changed("teams/cart/fragments/count/fragment.html", COUNT.replace("<p>", '<p class="new">'))
        expect(seen.page.locator("#one .new")).to_have_count(1)
        seen.mounted("one")
        button.click()
        expect(button).to_have_text("11")
        assert seen.said == []
