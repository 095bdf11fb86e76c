"""The questions: what readers, and the rest of a page, may expect of a click, as a sentence and how it is looked at.

Each gets a tab with the first page open, and raises `Broken` where the sentence does not hold. The measure is what a
browser does that loads the page.
"""

from collections.abc import Callable
from typing import NamedTuple

from benchmarks.navigation.visit import Broken, Visit

Question = Callable[[Visit], None]


class Case(NamedTuple):
    """A promise."""

    group: str
    sentence: str
    look: Question


def _tab(visit: Visit) -> None:
    visit.opens_tab(lambda: visit.page.locator("#go").click(modifiers=["Control"]))


def _middle(visit: Visit) -> None:
    visit.opens_tab(lambda: visit.page.locator("#go").click(button="middle"))


def _blank(visit: Visit) -> None:
    visit.opens_tab(lambda: visit.follow(target="_blank"))


def _frame(visit: Visit) -> None:
    visit.follow(target="frame")
    frame = visit.page.frame("frame")
    visit.need(visit.until(lambda: bool(frame and frame.url.endswith("/t/two/"))), f"the page went to {visit.at()}")
    visit.need(visit.at() == "/t/", f"the page went to {visit.at()}, too")


def _from_frame(visit: Visit) -> None:
    frame = visit.page.frame("frame")
    assert frame
    frame.evaluate('document.body.innerHTML = \'<a href="/t/two/" target="_top">Out</a>\'')
    frame.locator("a").click()
    visit.shows("Two")


def _download(visit: Visit) -> None:
    visit.downloads(lambda: visit.follow(download="two.html"))


def _prevented(visit: Visit) -> None:
    visit.js("document.querySelector('#go').addEventListener('click', (event) => event.preventDefault())")
    visit.follow()
    visit.wait(0.6)
    visit.need(visit.at() == "/t/" and visit.heading() == "One", f"shows {visit.heading()!r} at {visit.at()}")


def _marked(visit: Visit) -> None:
    name, _, value = visit.router.reload.partition("=")
    visit.follow(**{name: value})
    visit.shows("Two")
    visit.need(not visit.soft, "is exchanged")


def _svg(visit: Visit) -> None:
    visit.page.locator("rect").click()
    visit.shows("Two")


def _shadow(visit: Visit) -> None:
    visit.page.locator("#shady a").click()
    visit.shows("Two")


def _keyboard(visit: Visit) -> None:
    visit.page.locator("#go").focus()
    visit.page.keyboard.press("Enter")
    visit.shows("Two")


def _location(visit: Visit) -> None:
    visit.js("setTimeout(() => { location.href = '/t/two/' })")
    visit.shows("Two")
    visit.back()
    visit.shows("One")


def _push_state(visit: Visit) -> None:
    visit.js("document.querySelector('h1').mark = 1; history.pushState({ own: 1 }, '', '/t/?tab=2')")
    visit.js("addEventListener('popstate', () => (window.popped = 1))")
    visit.wait(0.2)
    visit.js("history.back()")
    visit.wait(0.6)
    visit.need(visit.at() == "/t/", f"stays at {visit.at()}")
    visit.need(visit.js("window.popped"), "the page is not told")
    visit.need(visit.js("document.querySelector('h1').mark === 1"), "the page is made anew")


def _same_anchor(visit: Visit) -> None:
    visit.js("document.querySelector('h1').mark = 1")
    visit.follow("#here")
    visit.wait(0.6)
    visit.need(visit.at() == "/t/#here" and visit.soft, f"is loaded, at {visit.at()}")
    visit.need(visit.js("document.querySelector('h1')?.mark === 1"), "the page is made anew")
    visit.need(visit.js("Math.abs(document.querySelector('#here').getBoundingClientRect().top) < 2"), "does not scroll")
    visit.js("history.back()")
    visit.wait(0.5)
    visit.need(visit.y() == 0 and visit.js("document.querySelector('h1').mark === 1"), "Back makes it anew")


def _other_anchor(visit: Visit) -> None:
    visit.follow("/t/two/#deep")
    visit.shows("Two")
    visit.need(visit.at() == "/t/two/#deep", f"goes to {visit.at()}")
    visit.need(visit.js("Math.abs(document.querySelector('#deep').getBoundingClientRect().top) < 2"), "does not scroll")
    visit.need(visit.js("document.querySelector(':target')?.id === 'deep'"), "`:target` matches nothing")
    visit.page.keyboard.press("Tab")
    visit.need(visit.js("document.activeElement.id === 'after'"), "the keyboard does not go on there")


def _moved_anchor(visit: Visit) -> None:
    visit.follow("/t/old/#deep")
    visit.shows("Two")
    visit.need(visit.at() == "/t/two/#deep", f"goes to {visit.at()}")
    visit.need(visit.js("Math.abs(document.querySelector('#deep').getBoundingClientRect().top) < 2"), "does not scroll")


def _same(visit: Visit) -> None:
    entries, asked = visit.js("history.length"), visit.server.asked("/t/")
    visit.js("document.querySelector('h1').mark = 1")
    visit.follow("/t/")
    visit.wait(0.8)
    visit.shows("One")
    visit.need(visit.js("history.length") == entries, "adds an entry to the history")
    visit.need(visit.server.asked("/t/") > asked, "asks for nothing")
    visit.need(visit.js("document.querySelector('h1').mark !== 1"), "shows the old one")


def _get(visit: Visit) -> None:
    visit.page.locator("#get button").click()
    visit.shows("Two")
    visit.need(visit.at() == "/t/two/?q=a+b&s=1", f"goes to {visit.at()}")


def _post(visit: Visit) -> None:
    visit.page.locator("#post button").click()
    visit.shows("Posted")
    visit.need(("POST", "/posted/", "q=a+b") in visit.server.log, "it is sent in another form")


# -- what the server says


def _refused(path: str, says: str) -> Callable[[Visit], None]:
    def ask(visit: Visit) -> None:
        visit.follow(path)
        visit.shows(says)
        visit.need(visit.at() == path, f"at {visit.at()}")
        visit.back()
        visit.shows("One")

    return ask


def _lost(visit: Visit) -> None:
    visit.server.lost.add("/t/three/")
    visit.follow("/t/three/")
    visit.need(
        visit.until(lambda: visit.page.url.startswith("chrome-error")), f"shows {visit.heading()!r} at {visit.page.url}"
    )
    visit.server.lost.clear()
    visit.back()
    visit.shows("One")


def _offline(visit: Visit) -> None:
    visit.context.set_offline(True)
    visit.follow("/t/three/")
    visit.need(
        visit.until(lambda: visit.page.url.startswith("chrome-error")), f"shows {visit.heading()!r} at {visit.page.url}"
    )
    visit.context.set_offline(False)


def _text(visit: Visit) -> None:
    visit.follow("/t/notes/")
    visit.need(visit.until(lambda: visit.js("document.contentType") == "text/plain"), f"shows {visit.heading()!r}")


def _feed(visit: Visit) -> None:
    visit.follow("/t/feed/")
    visit.need(visit.until(lambda: visit.js("document.contentType").endswith("xml")), f"shows {visit.heading()!r}")


def _attachment(visit: Visit) -> None:
    visit.downloads(lambda: visit.follow("/t/file/"))


def _nothing(visit: Visit) -> None:
    visit.follow("/t/nothing/")
    visit.wait(0.8)
    visit.need((visit.heading(), visit.at()) == ("One", "/t/"), f"shows {visit.heading()!r} at {visit.at()}")
    visit.follow()
    visit.shows("Two")


def _moved(visit: Visit) -> None:
    entries = visit.js("history.length")
    visit.follow("/t/old/")
    visit.shows("Two")
    visit.need(visit.at() == "/t/two/", f"at {visit.at()}")
    visit.need(visit.js("history.length") == entries + 1, "the history is wrong")
    visit.back()
    visit.shows("One")


def _away(visit: Visit) -> None:
    visit.follow("/t/away/")
    visit.shows("Elsewhere")
    visit.need(visit.page.url == f"http://localhost:{visit.server.port}/u/", f"at {visit.page.url}")
    visit.back()
    visit.shows("One")


def _map(visit: Visit) -> None:
    visit.follow("/t/map/")
    visit.shows("Map")
    visit.need(visit.until(lambda: visit.js("document.documentElement.dataset.mapped") == "yes", 2), "its imports fail")


# -- time


def _outdated(visit: Visit) -> None:
    visit.server.slow["/t/two/"] = 0.8
    visit.follow()
    visit.wait(0.15)
    visit.follow("/t/three/")
    visit.shows("Three")
    visit.wait(1)
    visit.need((visit.heading(), visit.at()) == ("Three", "/t/three/"), f"shows {visit.heading()!r} at {visit.at()}")
    visit.back()
    visit.shows("One")


def _back_meanwhile(visit: Visit) -> None:
    visit.follow()
    visit.shows("Two")
    visit.server.slow["/t/three/"] = 0.8
    visit.page.locator("main a").first.click()
    visit.wait(0.15)
    visit.js("history.back()")
    visit.wait(1.5)
    pages = {"/t/": "One", "/t/two/": "Two"}
    visit.need(pages.get(visit.at()) == visit.heading(), f"shows {visit.heading()!r} at {visit.at()}")


def _twice(visit: Visit) -> None:
    entries = visit.js("history.length")
    visit.server.slow["/t/two/"] = 0.3
    visit.page.locator("#go").dblclick()
    visit.shows("Two")
    visit.need(visit.js("history.length") == entries + 1, "adds two entries to the history")


def _stopped(visit: Visit) -> None:
    visit.server.slow["/t/two/"] = 0.8
    visit.follow()
    visit.wait(0.2)
    visit.js("window.stop()")
    visit.wait(1.2)
    visit.need((visit.heading(), visit.at()) == ("One", "/t/"), f"shows {visit.heading()!r} at {visit.at()}")


def _address(visit: Visit) -> None:
    visit.server.slow["/t/two/"] = 0.6
    visit.follow()
    visit.wait(0.3)
    visit.need(visit.at() == "/t/", f"already at {visit.at()}")
    visit.shows("Two")


def _is_busy(visit: Visit) -> None:
    visit.server.slow["/t/two/"] = 1.2
    visit.follow()
    visit.wait(0.9)
    shown = "document.documentElement.ariaBusy === 'true' || !!document.querySelector('.turbo-progress-bar')"
    visit.need(visit.js(shown), "nothing says so")
    visit.shows("Two")
    visit.wait(1)
    visit.need(not visit.js(shown), "it goes on saying so")


def _not_busy(visit: Visit) -> None:
    visit.follow()
    visit.shows("Two")
    visit.need(visit.js("window.busy") == 0, "says it is busy")


def _flash(visit: Visit) -> None:
    visit.follow("/t/styled/")
    visit.shows("Styled")
    colours = {colour for title, colour, _ in visit.js("seen") if title == "Styled"}
    visit.need(colours == {"rgb(2, 2, 2)"}, "is shown before")


def _stuck(visit: Visit) -> None:
    visit.follow("/t/stuck/")
    visit.need(visit.until(lambda: visit.heading() == "Stuck", 6), "is not shown within 6 s")


def _old_sheet(visit: Visit) -> None:
    visit.follow("/t/styled/")
    visit.shows("Styled")
    visit.page.locator("#on").click()
    visit.shows("Two")
    visit.need(visit.js("getComputedStyle(document.querySelector('h1')).color") != "rgb(2, 2, 2)", "stays in force")


def _twice_at_once(visit: Visit) -> None:
    visit.js("""document.querySelector('#go').click();
      setTimeout(() => document.querySelector('nav a[href="/t/three/"]').click(), 30)""")
    visit.shows("Three")


# -- what readers notice


def _focus(visit: Visit) -> None:
    visit.page.locator("#below").focus()
    visit.page.keyboard.press("Enter")
    visit.shows("Two")
    visit.page.keyboard.press("Tab")
    visit.need(visit.js("document.activeElement.className === 'skip'"), "goes on elsewhere")


def _autofocus(visit: Visit) -> None:
    visit.follow("/t/focus/")
    visit.shows("Focus")
    visit.need(visit.js("document.activeElement.id === 'wanted'"), "it is elsewhere")


def _said(visit: Visit) -> None:
    visit.follow()
    visit.shows("Two")
    if visit.soft:
        visit.need(visit.js("said.filter((text) => text === 'Two').length") == 1, "nothing is said")


def _top(visit: Visit) -> None:
    visit.page.locator("#below").scroll_into_view_if_needed()
    visit.page.locator("#below").click()
    visit.shows("Two")
    visit.need(visit.y() == 0, f"begins at {visit.y()} px")


def _glide(visit: Visit) -> None:
    visit.open("/t/smooth/")
    visit.page.locator("#on").scroll_into_view_if_needed()
    visit.wait(1)
    visit.page.locator("#on").click()
    visit.shows("Two")
    places = {round(y) for title, _, y in visit.js("seen") if title == "Two"}
    visit.need(len(places) == 1, "glides")


def _places(visit: Visit) -> None:
    visit.js("scrollTo(0, 1234)")
    visit.wait(0.4)
    visit.js("document.querySelector('#go').click()")
    visit.shows("Two")
    visit.js("scrollTo(0, 777)")
    visit.wait(0.4)
    visit.js("document.querySelector('main a').click()")
    visit.shows("Three")
    for step, title, y in (("back", "Two", 777), ("back", "One", 1234), ("forward", "Two", 777)):
        visit.js(f"history.{step}()")
        visit.shows(title)
        visit.need(visit.y() == y, f"{step} shows {title} at {visit.y()} px, not {y}")


def _reload(visit: Visit) -> None:
    visit.follow()
    visit.shows("Two")
    visit.js("scrollTo(0, 777)")
    visit.wait(0.4)
    visit.page.reload()
    visit.shows("Two")
    visit.need(visit.y() == 777, f"it is at {visit.y()} px")


def _left(visit: Visit) -> None:
    visit.follow()
    visit.shows("Two")
    visit.js("scrollTo(0, 777)")
    visit.wait(0.4)
    visit.js("addEventListener('pageshow', (event) => (window.woke = event.persisted)); window.location = '/u/'")
    visit.shows("Elsewhere")
    visit.back()
    visit.shows("Two")
    visit.need(visit.js("window.woke === true"), "it is loaded again")
    visit.need(visit.y() == 777, f"it is at {visit.y()} px")
    visit.back()
    visit.shows("One")


def _typed(visit: Visit) -> None:
    visit.follow()
    visit.shows("Two")
    visit.page.locator("#typed").fill("Ada")
    visit.page.locator("main a").first.click()
    visit.shows("Three")
    visit.back()
    visit.shows("Two")
    visit.need(visit.page.locator("#typed").input_value() == "Ada", "it is gone")


def _back_at_once(visit: Visit) -> None:
    visit.follow()
    visit.shows("Two")
    visit.js("document.querySelector('main a').click()")
    visit.shows("Three")
    visit.server.slow["/t/two/"] = 1.5
    visit.js("history.back()")
    visit.need(visit.until(lambda: visit.heading() == "Two", 0.7), "it is waited for")
    visit.wait(0.3)
    visit.server.slow["/t/"] = 1.5
    visit.js("history.back()")
    visit.need(visit.until(lambda: visit.heading() == "One", 0.7), "the first page is waited for")


def _head(visit: Visit) -> None:
    visit.follow()
    visit.shows("Two")
    selectors = ["[name=description]", "[rel=canonical]", "[type='application/ld+json']", "title"]
    found = visit.js(f"""{selectors}.map((selector) => [...document.querySelectorAll(selector)]
      .map((one) => one.content || one.href || one.text).join())""")
    wanted = ["two", "https://shop.example/two/", '{"name": "two"}', "Two"]
    visit.need(found == wanted, "something of the page before is left")


def _language(visit: Visit) -> None:
    visit.follow("/t/arabic/")
    visit.shows("Arabic")
    root = visit.js("[document.documentElement.lang, document.documentElement.dir, document.body.className]")
    visit.need(root == ["ar", "rtl", "other"], f"they are {root}")


def _dark(visit: Visit) -> None:
    visit.js("document.documentElement.dataset.theme = 'dark'")
    visit.follow()
    visit.shows("Two")
    if visit.soft:
        visit.need(visit.js("document.documentElement.dataset.theme === 'dark'"), "it is gone")


def _current(visit: Visit) -> None:
    visit.follow()
    visit.shows("Two")
    found = visit.js("[...document.querySelectorAll('[aria-current]')].map((link) => link.text)")
    visit.need(found == ["Two"], f"it is {found}")


def _menu(visit: Visit) -> None:
    visit.page.locator("summary").click()
    visit.page.locator("details a").click()
    visit.shows("Two")
    visit.need(not visit.js("document.querySelector('details').open"), "it stays open")


def _popover(visit: Visit) -> None:
    visit.js("document.querySelector('#popover').showPopover()")
    visit.page.locator("#popover a").click()
    visit.shows("Two")
    visit.need(not visit.js("document.querySelector('#popover').matches(':popover-open')"), "it stays open")


def _dialog(visit: Visit) -> None:
    visit.js("document.querySelector('#dialog').showModal()")
    visit.page.locator("#dialog a").click()
    visit.shows("Two")
    visit.need(not visit.js("document.querySelector('#dialog').open"), "it stays open")
    visit.page.locator("main a").first.click(timeout=2_000)
    visit.shows("Three")


def _still(visit: Visit) -> None:
    visit.page.emulate_media(reduced_motion="reduce")
    visit.follow()
    visit.shows("Two")
    visit.need(not visit.js("moved"), "it moves")


def _click_at_once(visit: Visit) -> None:
    visit.js("""document.querySelector("nav a[href='/t/two/']").click();
      const look = () => {
        const link = document.querySelector("main a");
        if (document.querySelector("h1").textContent !== "Two") return requestAnimationFrame(look);
        const { x, y } = link.getBoundingClientRect();
        window.hit = document.elementFromPoint(x + 9, y + 9) === link;
      };
      look()""")
    visit.shows("Two")
    visit.need(visit.js("window.hit"), "not while the page fades in")


def _unfolds(visit: Visit) -> None:
    visit.follow("/t/folded/#within")
    visit.shows("Folded")
    visit.need(visit.page.locator("#within").is_visible(), "it stays closed")
    visit.need(
        visit.js("Math.abs(document.querySelector('#within').getBoundingClientRect().top) < 2"), "does not scroll"
    )


# -- what pages hold


def _noscript(visit: Visit) -> None:
    visit.follow("/t/none/")
    visit.shows("None")
    visit.need(not visit.page.locator("#told").is_visible(), "it is seen")


def _inline(visit: Visit) -> None:
    visit.follow("/t/inline/")
    visit.shows("Inline")
    visit.need(visit.js("sessionStorage.ran === '1'"), f"it ran {visit.js('sessionStorage.ran')} times")
    visit.page.locator("#on").click()
    visit.shows("Two")
    visit.back()
    visit.shows("Inline")
    visit.js("document.querySelector('nav a').click()")
    visit.shows("One")
    visit.follow("/t/inline/")
    visit.shows("Inline")
    visit.need(visit.js("Number(sessionStorage.ran)") > 1, "it ran at the first visit only")


def _module(visit: Visit) -> None:
    visit.follow("/t/module/")
    visit.shows("Module")
    visit.need(visit.until(lambda: visit.js("sessionStorage.more") == "1", 2), "it does not run")


def _shade(visit: Visit) -> None:
    visit.follow("/t/shade/")
    visit.shows("Shade")
    visit.need(visit.js("!!document.querySelector('#shade').shadowRoot"), "it has none")
    visit.need(visit.js("document.querySelector('#shade').shadowRoot.delegatesFocus"), "it does not delegate focus")


def _film(visit: Visit) -> None:
    visit.follow("/t/film/")
    visit.shows("Film")
    visit.need(visit.until(lambda: bool(visit.js("!!document.querySelector('#film').error")), 2), "it does not load")


def _kept(visit: Visit) -> None:
    visit.open("/t/kept/")
    visit.page.get_by_label("Kept").fill("Ada")
    visit.page.frame_locator("iframe[title=Kept]").locator("p").evaluate("(p) => (p.textContent = 'Changed')")
    visit.page.locator("#on").click()
    visit.shows("Kept on")
    visit.need(visit.js("document.querySelectorAll('#kept').length") == 1, "it is there twice")
    visit.need(visit.page.get_by_label("Kept").input_value() == "Ada", "what was typed is gone")
    text = visit.page.frame_locator("iframe[title=Kept]").locator("p").text_content()
    visit.need(text == "Changed", "the frame is loaded again")


def _lives(visit: Visit) -> None:
    visit.follow()
    visit.shows("Two")
    if visit.soft:
        visit.wait(0.3)
        lives = visit.js("window.lives")
        visit.need(sorted(lives) == ["+one", "+two", "-one"], " ".join(lives))


# -- asking ahead, new deployments, policy, memory


def _ahead(visit: Visit) -> None:
    visit.page.locator("#go").hover()
    visit.need(visit.until(lambda: visit.server.asked("/t/two/") == 1, 1.5), "it is not asked for")
    visit.wait(0.3)
    visit.page.locator("#go").click()
    visit.shows("Two")
    visit.need(visit.server.asked("/t/two/") == 1, f"it is asked for {visit.server.asked('/t/two/')} times")


def _dear(visit: Visit) -> None:
    visit.context.add_init_script(
        "Object.defineProperty(navigator, 'connection', { value: { saveData: true, effectiveType: '4g' } })"
    )
    visit.open()
    visit.page.locator("#go").hover()
    visit.wait(0.8)
    visit.need(visit.server.asked("/t/two/") == 0, "it is asked for")


def _deployed(visit: Visit) -> None:
    visit.server.root = visit.server.root.parent / "scripts"
    visit.follow()
    visit.shows("Two")
    visit.need(visit.js("window.edition") == "second", "its old module goes on")


def _renewed(visit: Visit) -> None:
    click = "document.querySelector('{}').click()"  # without a pointer, which would ask ahead
    visit.js(click.format("#go"))
    visit.shows("Two")
    visit.js(click.format("nav a"))
    visit.shows("One")
    visit.server.root = visit.server.root.parent / "text"
    visit.js(click.format("#go"))
    visit.shows("Two")
    visit.need(visit.page.locator(".edition").text_content() == "Second edition", "the old text is shown")


def _policy(visit: Visit) -> None:
    visit.server.headers["Content-Security-Policy"] = "default-src 'self'; img-src data:; script-src 'self'"
    _strictly(visit)


def _typed_policy(visit: Visit) -> None:
    visit.server.headers["Content-Security-Policy"] = "require-trusted-types-for 'script'"
    _strictly(visit)


def _strictly(visit: Visit) -> None:
    said: list[str] = []
    visit.page.on("console", lambda message: said.append(message.text) if message.type == "error" else None)
    visit.open()
    visit.follow()
    visit.shows("Two")
    visit.need(visit.soft, "pages are loaded")
    refused = [text for text in said if "ecurity" in text or "Trusted" in text]
    visit.need(not refused, "the policy is violated")


def _memory(visit: Visit) -> None:
    session = visit.context.new_cdp_session(visit.page)

    def walk(times: int) -> None:
        for _ in range(times):
            for path, title in (("/t/three/", "Three"), ("/t/", "One")):
                visit.js(f"document.querySelector('nav a[href=\"{path}\"]').click()")
                if not visit.until(lambda title=title: visit.heading() == title):  # type: ignore[misc]
                    raise Broken(f"shows {visit.heading()!r}")
                visit.wait(0.15)

    def held() -> tuple[int, int]:
        session.send("HeapProfiler.collectGarbage")
        counted = session.send("Memory.getDOMCounters")
        return int(counted["nodes"]), int(counted["jsEventListeners"])

    walk(6)
    before = held()
    walk(20)
    after = held()
    grown = (after[0] - before[0], after[1] - before[1])
    visit.need(grown[0] < 80 and grown[1] < 10, f"{grown[0]} nodes and {grown[1]} listeners more")


LINKS, ANSWERS, TIME, READERS, PAGES, AROUND = (
    "Links and forms", "What the server says", "While it takes time", "What readers notice", "What pages hold",
    "Around it",
)  # fmt: skip
CASES = (
    Case(LINKS, "Control and a click open a tab", _tab),
    Case(LINKS, "the middle button opens a tab", _middle),
    Case(LINKS, "`target=_blank` opens a tab", _blank),
    Case(LINKS, "`target` of a frame loads there", _frame),
    Case(LINKS, "a link out of a frame leads to its page", _from_frame),
    Case(LINKS, "`download` downloads", _download),
    Case(LINKS, "a click that the page prevents does nothing", _prevented),
    Case(LINKS, "a link that says so loads", _marked),
    Case(LINKS, "a link in an SVG leads to its page", _svg),
    Case(LINKS, "a link in a shadow tree leads to its page", _shadow),
    Case(LINKS, "Enter follows a link", _keyboard),
    Case(LINKS, "a script may set `location`", _location),
    Case(LINKS, "the page's own `pushState`, and Back, are the page's", _push_state),
    Case(LINKS, "`#` on the same page only scrolls", _same_anchor),
    Case(LINKS, "`#` on another page is scrolled to, and the keyboard goes on there", _other_anchor),
    Case(LINKS, "`#` is kept through a redirect", _moved_anchor),
    Case(LINKS, "`#` within a closed `<details>` opens it", _unfolds),
    Case(LINKS, "a link to the page itself shows it anew, without an entry", _same),
    Case(LINKS, "a GET form leads to its address", _get),
    Case(LINKS, "a POST form shows the answer", _post),
    Case(ANSWERS, "404 shows the server's page", _refused("/t/missing/", "There is no such page")),
    Case(ANSWERS, "500 shows the server's page", _refused("/t/broken/", "The server is ill")),
    Case(ANSWERS, "a lost connection shows the browser's error", _lost),
    Case(ANSWERS, "without a network, the browser's error is shown", _offline),
    Case(ANSWERS, "plain text is shown as such", _text),
    Case(ANSWERS, "XML is shown as such", _feed),
    Case(ANSWERS, "an attachment is downloaded", _attachment),
    Case(ANSWERS, "204 leaves the page as it is", _nothing),
    Case(ANSWERS, "a redirect shows its address", _moved),
    Case(ANSWERS, "a redirect to another origin is followed", _away),
    Case(ANSWERS, "a page with another import map has its imports", _map),
    Case(TIME, "of two clicks the last one counts", _outdated),
    Case(TIME, "Back while a page is awaited shows the page of the address", _back_meanwhile),
    Case(TIME, "a double click is one visit", _twice),
    Case(TIME, "Stop stops it", _stopped),
    Case(TIME, "the address changes when the page does", _address),
    Case(TIME, "what is slow is said to be", _is_busy),
    Case(TIME, "what is quick is not said to be slow", _not_busy),
    Case(TIME, "a page waits for its style sheet", _flash),
    Case(TIME, "a page does not wait for its style sheet for ever", _stuck),
    Case(TIME, "style sheets of the page that is left leave", _old_sheet),
    Case(TIME, "pages that overtake each other raise no error", _twice_at_once),
    Case(READERS, "the keyboard goes on at the page's start", _focus),
    Case(READERS, "`autofocus` has the focus", _autofocus),
    Case(READERS, "screen readers are told the title, once", _said),
    Case(READERS, "a page begins at its top", _top),
    Case(READERS, "a page does not glide to its top", _glide),
    Case(READERS, "Back and Forward show the page where it was", _places),
    Case(READERS, "a reload shows the page where it was", _reload),
    Case(READERS, "Back from another part of the site wakes the page", _left),
    Case(READERS, "Back shows what was typed", _typed),
    Case(READERS, "Back does not wait for the network", _back_at_once),
    Case(READERS, "title, description, canonical address and data are the page's", _head),
    Case(READERS, "language, direction and the body's class are the page's", _language),
    Case(READERS, "what a script set on `<html>` stays", _dark),
    Case(READERS, "the navigation says which page it is", _current),
    Case(READERS, "a menu closes", _menu),
    Case(READERS, "a popover closes", _popover),
    Case(READERS, "a dialog closes", _dialog),
    Case(READERS, "a link may be followed as soon as it is seen", _click_at_once),
    Case(READERS, "nothing moves for who asked for less motion", _still),
    Case(PAGES, "`noscript` is not seen", _noscript),
    Case(PAGES, "an inline script runs at each visit", _inline),
    Case(PAGES, "a module runs", _module),
    Case(PAGES, "a declarative shadow root is one, with its options", _shade),
    Case(PAGES, "a video loads", _film),
    Case(PAGES, "what is marked stays: text that was typed, a frame", _kept),
    Case(PAGES, "a custom element comes once and leaves once", _lives),
    Case(AROUND, "a page is asked for ahead, once", _ahead),
    Case(AROUND, "nothing is asked for ahead where data are dear", _dear),
    Case(AROUND, "after a deployment, new scripts run", _deployed),
    Case(AROUND, "a page that has changed is shown as it is now", _renewed),
    Case(AROUND, "a policy without `unsafe-inline` holds", _policy),
    Case(AROUND, "a policy with Trusted Types holds", _typed_policy),
    Case(AROUND, "40 pages later, nothing is left of them", _memory),
)
