"""What the built-in theme promises, on a site that uses every layout of it: sound documents, colours that can be read,
small style sheets, and pages that fit a window of 320 pixels. The rest is a matter of taste, and looked at by eye.
"""

import json
import math
import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import brotli
import pytest
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, BrowserContext, Route
from pygments.token import STANDARD_TYPES

from guides import Reader
from mfe_static.report.look import TOKENS
from mfe_static.run import Result
from sites import Files, built, page, problems, put, site

THEME = Path(__file__).parents[1] / "mfe_static" / "themes" / "default"
SHEETS = {path.name: path.read_text(encoding="utf-8") for path in sorted(THEME.glob("assets/*.css"))}
MOST_BYTES = 8 * 1024
"""Of all style sheets of the theme together, compressed one by one as they are sent."""
FOR_AUTHORS = {"wide", "full", "button"}
"""Classes that nothing prints by itself; authors give them."""
EVERYTHING = """
---
description: From the plinth to the first lift.
updated: 2026-05-02
---
# Setting up a `crane`

Read the [rules](../index.md)[^1], then press <kbd>Ctrl</kbd> + <kbd>C</kbd>. It is ~~red~~ **green**.

> A quote.

## Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft

> [!NOTE]
> One with `code`.

> [!TIP]
> Two.

> [!IMPORTANT]
> Three.

> [!WARNING]
> Four.

> [!CAUTION]
> Five.

1. Look.
   - [x] rope
   - [ ] hook
2. Sign.

Term
: Its definition.

### The command

```console
$ crane self-test --quay north --verbose --everything-that-can-be-tested-is-tested --and-then-once-more
```

```python
def limit(radius: float) -> float:  # tonnes
    return min(8.0, 62.0 / radius)
```

| key | type | default | of each | meaning |
|:---|:---:|---:|---|---|
| `limits.tonnes` | number | `7.75` | lift | The most that may hang on the hook at the smallest radius. |

<details><summary>Why so slowly?</summary>

Because it is heavy: https://harbour.example/a/very/long/address/that/nobody/would/ever/want/to/type/but/must/fit

</details>

<p><button>Lift</button> <button disabled>Drop</button> <input aria-label="Load" placeholder="Tonnes"></p>

[^1]: A note.
"""
SITE: Files = {
    "site.toml": """
        title = "Harbour Works of the Northern Coast"
        base_url = "https://harbour.example"
        description = "Cranes, pontoons and the people who keep them moving"

        [teams]
        home = "/"
        docs = "/docs/"
        notes = "/notes/"
        moorings = "/moorings/"
        pilots-and-tugs = {}
        """,
    "teams/home/team.toml": 'owner = "Team Home <home@harbour.example>"\ndescription = "The way in."\n',
    "teams/home/pages/index.md": (
        "---\ntitle: Heavy things\ndescription: Moved with care.\nlayout: home\n---\nRead [the handbook](docs:index).\n"
    ),
    "teams/home/pages/imprint.md": "---\ntitle: Imprint\ndescription: Who we are.\n---\nWe are we.\n",
    "teams/docs/team.toml": (
        'owner = "Team Docs <docs@harbour.example>"\ndescription = "How cranes are kept."\nlayout = "docs"\n'
        'edit_url = "https://git.example/harbour/{path}"\n'
    ),
    "teams/docs/pages/index.md": "---\ntitle: Handbook\ndescription: On cranes.\n---\nSee [here](guide/index.md).\n",
    "teams/docs/pages/guide/index.md": EVERYTHING,
    "teams/docs/pages/guide/rope.md": "---\ntitle: Rope\ndescription: On rope.\n---\nOn rope.\n",
    "teams/docs/pages/rules/index.md": "---\ntitle: Rules\ndescription: On rules.\n---\nOn rules.\n",
    "teams/docs/pages/rules/first.md": "---\ntitle: First\ndescription: The first.\n---\nThe first.\n",
    "teams/notes/team.toml": (
        'owner = "Team Notes <notes@harbour.example>"\ndescription = "What we learned."\nlayout = "article"\n'
        '[tags]\npath = "tags/"\n'
    ),
    "teams/notes/pages/index.md": (
        "---\ntitle: Notes\ndescription: What we learned.\nlayout: listing\npaginate: 1\nfeed: true\n---\n"
    ),
    "teams/notes/pages/gauge.md": (
        "---\ntitle: A crane that weighs\ndescription: And tells.\ndate: 2026-03-01\nupdated: 2026-04-01\n"
        "tags: [cranes, safety]\n---\nFor eleven years.\n"
    ),
    "teams/notes/pages/grease.md": "---\ntitle: Grease\ndescription: On it.\ndate: 2026-04-01\n---\nOn Tuesdays.\n",
    "teams/moorings/team.toml": 'owner = "Team Moorings <moorings@harbour.example>"\ndescription = "Where to lie."\n',
    "teams/moorings/layouts/berth.html": "<section><h1>{{ page.heading }}</h1>{{ content }}</section>",
    "teams/moorings/pages/index.md": "---\ntitle: Moorings\ndescription: Berths.\nlayout: berth\n---\nLie here.\n",
    "teams/pilots-and-tugs/team.toml": 'owner = "Team Pilots <pilots@harbour.example>"\n',
}
LAYOUTS = {
    "/": "home",
    "/imprint/": "page",
    "/docs/guide/": "docs",
    "/notes/": "listing",
    "/notes/gauge/": "article",
    "/moorings/": "shell",
    "/404.html": "404",
}
"""A page of each layout; what a team's own layout made stands in `shell`."""


@pytest.fixture(scope="module")
def harbour(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Result]:
    root = tmp_path_factory.mktemp("harbour")
    result = built(site(root, SITE), strict=True)
    assert problems(result) == []
    assert result.published
    return root, result


def documents(root: Path) -> dict[str, BeautifulSoup]:
    """Every page of the site, by its path."""
    return {
        str(path.relative_to(root / "dist")): BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for path in sorted((root / "dist").rglob("*.html"))
    }


def test_the_site_of_these_tests_has_a_page_of_every_layout(harbour: tuple[Path, Result]) -> None:
    _, result = harbour
    assert result.site is not None
    assert {composed.page.url: composed.page.layout for composed in result.site.pages}.items() >= LAYOUTS.items()
    assert {path.stem for path in THEME.glob("layouts/*.html")} == {*LAYOUTS.values(), "search"}


# -- documents


def test_every_page_is_a_sound_document_with_one_heading_and_named_landmarks(harbour: tuple[Path, Result]) -> None:
    for path, document in documents(harbour[0]).items():
        assert len(document.find_all("h1")) == 1, path
        (main,) = document.find_all("main")
        assert main.find("h1"), path
        around = document.select("body > header, body > footer")
        assert [part.name for part in around] == ["header", "footer"], path
        names = [nav.get("aria-label") for nav in document.find_all("nav")]
        assert all(names), path
        assert len(set(names)) == len(names), path
        ids = [tag["id"] for tag in document.find_all(id=True)]
        assert len(set(ids)) == len(ids), path
        levels = [int(tag.name[1]) for tag in document.find_all(re.compile("^h[1-6]$"))]
        assert all(below - above <= 1 for above, below in pairwise(levels)), path
        assert document.html is not None
        assert document.html["lang"] == "en", path
        assert [tag["content"] for tag in document.select("meta[name=description]")] != [], path
        assert all(link.get_text(strip=True) for link in document.find_all("a")), path


def test_the_first_link_of_every_page_leads_to_what_the_page_is_about(harbour: tuple[Path, Result]) -> None:
    for path, document in documents(harbour[0]).items():
        first = document.find("a")
        assert isinstance(first, Tag)
        target = document.find(id=str(first["href"]).removeprefix("#"))
        assert isinstance(target, Tag), path
        assert (target.name, target["tabindex"]) == ("main", "-1"), path


def test_no_page_holds_script_or_style(harbour: tuple[Path, Result]) -> None:
    for path, document in documents(harbour[0]).items():
        running = [tag for tag in document.find_all(["script", "style"]) if tag.get("type") != "application/ld+json"]
        assert running == [], path
        named = {name for tag in document.find_all(True) for name in tag.attrs}
        assert {name for name in named if name == "style" or name.startswith("on")} == set(), path


def test_documentation_says_where_one_is_whose_it_is_and_how_to_change_it(harbour: tuple[Path, Result]) -> None:
    document = BeautifulSoup(page(harbour[0], "/docs/guide/"), "html.parser")

    def texts(selector: str) -> list[str]:
        return [tag.get_text(" ", strip=True) for tag in document.select(selector)]

    assert texts(".mfe-path a") == ["Handbook"]
    assert texts(".mfe-side > ul > li > a") == ["Handbook", "Setting up a crane", "Rules"]
    assert texts(".mfe-side [aria-current=page]") == ["Setting up a crane"]
    assert texts(".mfe-side li li a") == ["Rope"]
    assert texts(".mfe-side .mfe-more > a") == ["Rules"]
    assert texts(".mfe-toc li li a") == ["The command"]
    assert texts(".mfe-pager a") == ["Previous Handbook", "Next Rope"]
    assert texts("main > .mfe-meta") == ["Kept by Team Docs Last change 2026-05-02 Edit this page"]
    assert document.select_one(".mfe-meta a[href='https://git.example/harbour/teams/docs/pages/guide/index.md']")


def test_the_navigation_of_documentation_has_the_groups_that_pages_begin(tmp_path: Path) -> None:
    begins = "---\ntitle: Second\nextra: {group: More}\n---\nText.\n"
    pages = {"index": "# Top\n", "a": "# First\n", "b": begins, "c": "# Third\n"}
    files = {f"teams/docs/pages/{name}.md": text for name, text in pages.items()}
    root = site(tmp_path, {**files, "teams/docs/team.toml": 'layout = "docs"\n'})
    put(root, "site.toml", (root / "site.toml").read_text().replace('"plain"', '"default"'))
    assert problems(built(root)) == []
    side = BeautifulSoup(page(root, "/c/"), "html.parser").select(".mfe-side > ul > li")
    assert [entry.get_text(strip=True) for entry in side] == ["Top", "First", "More", "Second", "Third"]
    assert [entry.get_text() for entry in side if "mfe-group" in (entry.get("class") or [])] == ["More"]


def test_the_navigation_of_documentation_does_not_grow_with_the_team_and_always_shows_the_page(tmp_path: Path) -> None:
    numbers = range(10, 90)
    pages = {f"teams/docs/pages/p{number}.md": f"---\ntitle: Page {number}\n---\nText.\n" for number in numbers}
    root = site(
        tmp_path, {**pages, "teams/docs/pages/index.md": "# Top\n", "teams/docs/team.toml": 'layout = "docs"\n'}
    )
    put(root, "site.toml", (root / "site.toml").read_text().replace('"plain"', '"default"'))
    assert problems(built(root)) == []
    for number in (10, 80):
        side = BeautifulSoup(page(root, f"/p{number}/"), "html.parser").select(".mfe-side a")
        assert len(side) <= 64
        assert [link.text for link in side if link.get("aria-current") == "page"] == [f"Page {number}"]


# -- style sheets


def rules(sheet: str) -> str:
    """A style sheet without comments and strings."""
    return re.sub(r'/\*.*?\*/|"[^"]*"', "", sheet, flags=re.DOTALL)


def test_the_style_sheets_are_small() -> None:
    sizes = {name: len(brotli.compress(text.encode(), quality=11)) for name, text in SHEETS.items()}
    assert sum(sizes.values()) < MOST_BYTES, sizes


def test_pages_of_the_tool_itself_have_the_colours_of_the_built_in_theme() -> None:
    token = r"--[\w-]+: light-dark\(.+\);"
    tokens = re.findall(token, TOKENS)
    assert tokens and set(tokens) <= set(re.findall(token, SHEETS["theme.css"]))


def test_every_rule_stands_in_a_layer_of_the_theme_so_that_a_rule_in_none_wins() -> None:
    (order,) = re.findall(r"^@layer ([\w, ]+);$", SHEETS["theme.css"], re.MULTILINE)
    for name, text in SHEETS.items():
        opened = re.findall(r"^(?! |}|$)(.*)$", rules(text), re.MULTILINE)
        for line in opened:
            assert re.fullmatch(r"@layer \w+ {|@layer [\w, ]+;", line), (name, line)
        assert {line.split()[1] for line in opened if line.endswith("{")} <= set(order.split(", ")), name


def test_every_custom_property_that_is_used_is_defined_and_the_other_way_round() -> None:
    text = "".join(map(rules, SHEETS.values()))
    assert set(re.findall(r"var\((--[\w-]+)", text)) == set(re.findall(r"(--[\w-]+):", text))


def test_every_class_in_the_style_sheets_is_printed_by_something(harbour: tuple[Path, Result]) -> None:
    printed = {
        name for tag in documents(harbour[0])["docs/guide/index.html"].find_all(class_=True) for name in tag["class"]
    }
    for path in (*THEME.glob("layouts/*.html"), *THEME.glob("fragments/*.html")):
        printed |= set(" ".join(re.findall(r'class="([\w -]+)"', path.read_text(encoding="utf-8"))).split())
    styled = set(re.findall(r"\.([a-zA-Z][\w-]*)", "".join(map(rules, SHEETS.values()))))
    assert styled - printed - set(STANDARD_TYPES.values()) == FOR_AUTHORS


# -- colours

Colour = tuple[float, float, float]


def tokens() -> dict[str, tuple[Colour, Colour]]:
    """The colours of the theme, for a light and a dark scheme: linear sRGB."""
    one = r"oklch\(([\d.]+)% ([\d.]+) ([\d.]+)\)"
    found = re.findall(rf"(--[\w-]+): light-dark\({one}, {one}\);", SHEETS["theme.css"] + SHEETS["highlight.css"])
    return {name: (linear(*map(float, rest[:3])), linear(*map(float, rest[3:]))) for name, *rest in found}


def linear(lightness: float, chroma: float, hue: float) -> Colour:
    """OKLCH as linear sRGB (CSS Color 4 §18, the matrices of OKLab), which must be able to show it."""
    light, a, b = lightness / 100, chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (light + 0.3963377774 * a + 0.2158037573 * b) ** 3
    middle = (light - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (light - 0.0894841775 * a - 1.2914855480 * b) ** 3
    shown = (
        4.0767416621 * long - 3.3077115913 * middle + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * middle - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * middle + 1.7076147010 * short,
    )
    assert all(-0.002 <= part <= 1.002 for part in shown), (lightness, chroma, hue, shown)
    return shown


def contrast(one: Colour, other: Colour) -> float:
    """WCAG 2.2's contrast ratio."""
    light, dark = sorted(
        (0.2126 * red + 0.7152 * green + 0.0722 * blue for red, green, blue in (one, other)), reverse=True
    )
    return (light + 0.05) / (dark + 0.05)


def test_texts_and_lines_can_be_told_from_their_grounds_in_both_schemes() -> None:
    known = tokens()
    texts = {"--ink", "--accent", "--visited", "--good", "--warn", "--bad", *(name for name in known if "code" in name)}
    least = {**dict.fromkeys(texts, 7.0), "--ink-soft": 4.5, "--line-strong": 3.0, "--focus": 3.0}
    assert known.keys() == {*least, "--paper", "--paper-raised", "--accent-ink", "--line"}
    pairs = [(name, ground, ratio) for name, ratio in least.items() for ground in ("--paper", "--paper-raised")]
    for name, ground, ratio in (*pairs, ("--accent-ink", "--accent", 7.0)):
        for scheme, shown in enumerate(contrast(*pair) for pair in zip(known[name], known[ground], strict=True)):
            assert shown >= ratio, (name, ground, ("light", "dark")[scheme], round(shown, 2))


# -- in a browser

Opened = Callable[..., BrowserContext]
URL = "http://harbour.test"
TYPES = {".html": "text/html", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}


@pytest.fixture
def opened(browser: Browser, harbour: tuple[Path, Result]) -> Iterator[Opened]:
    """Opens windows that see the site, with the policy that the build wrote."""
    dist = harbour[0] / "dist"
    policy = re.findall(r"Content-Security-Policy: (.*)", (dist / "_headers").read_text())[0]
    contexts = []

    def answer(route: Route) -> None:
        path = dist / route.request.url.removeprefix(URL + "/")
        path = path / "index.html" if path.is_dir() else path
        headers = {"content-type": TYPES[path.suffix], "content-security-policy": policy}
        route.fulfill(body=path.read_bytes(), headers=headers)

    def open_one(width: int, **options: object) -> BrowserContext:
        context = browser.new_context(viewport={"width": width, "height": 700}, **options)  # type: ignore[arg-type]
        context.route(f"{URL}/**", answer)
        contexts.append(context)
        return context

    yield open_one
    for context in contexts:
        context.close()


STICKING_OUT = """() => [...document.body.querySelectorAll('*')].filter(it => {
  for (let box = it.parentElement; box; box = box.parentElement)
    if (['auto', 'hidden'].includes(getComputedStyle(box).overflowX)) return false
  const { left, right, width } = it.getBoundingClientRect()
  return width && (left < -0.5 || right > innerWidth + 0.5)
}).map(it => it.outerHTML.slice(0, 90))"""
TOO_SMALL = """least => [
  ...document.querySelectorAll(':is(header, nav, footer, .mfe-meta) a, summary, button')
].filter(it => {
  const { width, height } = it.getBoundingClientRect()
  return it.checkVisibility() && height && (height < least - 0.5 || width < 23.5)
}).map(it => it.outerHTML.slice(0, 90))"""


def test_an_article_tells_previews_and_search_engines_what_it_is(tmp_path: Path) -> None:
    front = "title: 'A </script> B'\ndescription: d\ndate: 2026-01-02\nlayout: article\nimage: crane.svg"
    files = {
        "site.toml": 'title = "S"\nbase_url = "https://site.example/x"\n[teams]\na = "/"\n',
        "teams/a/pages/index.md": f"---\n{front}\n---\nText.\n",
        "teams/a/pages/crane.svg": '<svg xmlns="http://www.w3.org/2000/svg" width="40" height="20"/>',
    }
    assert problems(built(site(tmp_path, files))) == []
    document = BeautifulSoup(page(tmp_path, "/"), "html.parser")

    def said(name: str) -> str:
        found = document.find("meta", property=name)
        return str(found["content"]) if isinstance(found, Tag) else ""

    image = said("og:image")
    assert image.startswith("https://site.example/x/_mfe/assets/crane.")
    assert (tmp_path / "dist" / image.removeprefix("https://site.example/x/")).is_file()
    assert (said("og:image:width"), said("og:image:height")) == ("40", "20")
    block, _ = document.find_all("script")  # and that of the home page
    data = json.loads(block.text)
    assert (data["headline"], data["datePublished"], data["image"]) == ("A </script> B", "2026-01-02", image)
    put(tmp_path, "teams/a/pages/index.md", files["teams/a/pages/index.md"].replace("crane.svg", "cran.svg"))
    found = built(tmp_path).problems
    assert [(its.code, its.file, its.line) for its in found] == [("missing-asset", "teams/a/pages/index.md", 6)]
    for wrong in ("mailto:a@b.example", "data:image/png,x", "//cdn.example/x.png"):
        put(tmp_path, "teams/a/pages/index.md", files["teams/a/pages/index.md"].replace("crane.svg", wrong))
        found = built(tmp_path).problems
        assert [(its.code, its.line, its.hint) for its in found] == [("bad-value", 6, "")]


@pytest.mark.browser
@pytest.mark.parametrize("touch", [False, True])
def test_at_320_pixels_nothing_sticks_out_and_all_can_be_hit(opened: Opened, touch: bool) -> None:
    window = opened(320, has_touch=touch, is_mobile=touch).new_page()
    said: list[str] = []
    window.on("console", lambda message: said.append(message.text))
    for url in LAYOUTS:
        window.goto(URL + url)
        for _ in range(2):  # with the menus closed, then open
            assert window.evaluate("document.documentElement.scrollWidth") == 320, url
            assert window.evaluate(STICKING_OUT) == [], url
            assert window.evaluate(TOO_SMALL, 44 if touch else 24) == [], url
            window.evaluate("document.querySelectorAll('details').forEach(it => it.open = true)")
        assert window.evaluate("document.querySelector('header').offsetHeight") < 60, url
    assert said == []


@pytest.mark.browser
def test_the_menus_of_documentation_are_closed_where_it_is_narrow_and_always_there_where_it_is_wide(
    opened: Opened,
) -> None:
    for width, seen in ((320, [False, False]), (800, [True, False]), (1280, [True, True])):
        window = opened(width).new_page()
        window.goto(f"{URL}/docs/guide/")
        parts = [window.locator(".mfe-side"), window.locator(".mfe-toc")]
        assert [part.is_visible() for part in parts] == seen, width
        for name in ("menu", "toc"):
            if (toggle := window.locator(f".mfe-toggle-{name} > summary")).is_visible():
                toggle.click()
        assert [part.is_visible() for part in parts] == [True, True], width


@pytest.mark.browser
def test_the_skip_link_shows_itself_and_whatever_has_the_focus_has_a_ring(opened: Opened) -> None:
    window = opened(1280, reduced_motion="reduce").new_page()
    ring = "getComputedStyle(document.activeElement).outlineStyle"
    for url in LAYOUTS:
        window.goto(URL + url)
        window.keyboard.press("Tab")
        assert window.evaluate("document.activeElement.className") == "mfe-skip", url
        assert window.evaluate("document.activeElement.getBoundingClientRect().top") >= 0, url
        for _ in range(5):
            assert window.evaluate(ring) == "solid", url
            window.keyboard.press("Tab")
        window.locator(".mfe-skip").focus()
        window.keyboard.press("Enter")
        assert window.evaluate("document.activeElement.id") == "mfe-main", url


@pytest.mark.browser
def test_nothing_moves_for_readers_who_asked_for_that(opened: Opened) -> None:
    moving = """() => [...document.querySelectorAll('*')].filter(it =>
        parseFloat(getComputedStyle(it).transitionDuration) > 0).map(it => it.className)"""
    for wish, expected in (("reduce", []), ("no-preference", ["mfe-skip", "", ""])):
        window = opened(1280, reduced_motion=wish).new_page()
        window.goto(f"{URL}/docs/guide/")
        assert window.evaluate(moving) == expected


@pytest.mark.browser
def test_on_paper_there_is_the_text_alone_dark_on_white_with_the_addresses_of_links(opened: Opened) -> None:
    window = opened(700).new_page()
    window.goto(f"{URL}/docs/guide/")
    inks = []
    for scheme in ("light", "dark"):
        window.emulate_media(media="print", color_scheme=scheme)
        inks.append(window.evaluate("getComputedStyle(document.querySelector('.mfe-prose a')).color"))
    assert inks[0] == inks[1]
    shown = [tag for tag in ("nav.mfe-side", "nav.mfe-toc", ".mfe-pager", "footer") if window.locator(tag).is_visible()]
    assert shown == []
    assert window.locator("text=Because it is heavy").is_visible()
    address = "getComputedStyle(document.querySelector('.mfe-prose a'), '::after').content"
    assert window.evaluate(address) == '" (/docs/)"'
    assert window.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(255, 255, 255)"
    assert window.evaluate("document.documentElement.scrollWidth") <= 700


# -- a theme that extends it


def test_the_guide_to_a_theme_of_ones_own_runs_as_it_is_written(tmp_path: Path) -> None:
    assert Reader(tmp_path).run("mfe-static new site corner").returncode == 0
    folder = tmp_path / "corner"
    put(folder, "themes/corner/assets/corner.woff2", b"wOF2")
    done = Reader(folder).follow("theme")
    assert len(done) >= 3
    home = (folder / "dist/index.html").read_text(encoding="utf-8")
    assert re.search(r"theme\.\w+\.css.*\n<link [^>]*/home\.\w+\.css.*\n<link [^>]*/site\.\w+\.css", home)
    assert "open from seven to seven" in home
    (sheet,) = (folder / "dist/_mfe/assets").glob("site.*.css")
    assert re.search(r"url\(\"?[^)]*corner\.\w+\.woff2", sheet.read_text(encoding="utf-8"))
    poster = (folder / "dist/docs/opening/index.html").read_text(encoding="utf-8")
    assert re.search(r"/poster\.\w+\.css", poster)
    assert poster.count("<h1") == 1
    assert '<div class="corner-poster">' in poster
