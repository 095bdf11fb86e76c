"""What the pages say. Every router gets the same, but for its own word for what stays and what loads."""

from typing import NamedTuple

STYLE = """html { min-height: 6000px } a, button, input, rect { min-width: 24px; min-height: 24px }
.tall { height: 3000px } .skip, main a { display: block } iframe { width: 200px; height: 60px }
"""
"""The style sheet of all pages."""
SCRIPT = """window.edition = "{}";
customElements.get("x-life") ?? customElements.define("x-life", class extends HTMLElement {{
  connectedCallback() {{ (window.lives ??= []).push(`+${{this.id}}`); }}
  disconnectedCallback() {{ (window.lives ??= []).push(`-${{this.id}}`); }}
}});
"""
"""The module of all pages: it tells the edition, and has an element that tells of its life."""


class Leaf(NamedTuple):
    """A page. In `main` and `head`, `%KEEP%` stands for the attribute of what stays."""

    path: str
    title: str
    main: str
    head: str = ""
    lang: str = "en"
    dir: str = "ltr"
    body: str = "plain"
    """The class of its body."""


def _head(name: str) -> str:
    return (
        f'<meta name="description" content="{name}"><link rel="canonical" href="https://shop.example/{name}/">'
        f'<script type="application/ld+json">{{"name": "{name}"}}</script>'
    )


_LINKS = """<a id="go" href="/t/two/">Go</a>
<svg width="40" height="24"><a href="/t/two/"><rect width="40" height="24"></rect></a></svg>
<div id="shady"><template shadowrootmode="open"><a href="/t/two/">In a shadow</a></template></div>
<form id="get" action="/t/two/">
<input name="q" value="a b" aria-label="Words"><button name="s" value="1">Find</button></form>
<form id="post" action="/posted/" method="post">
<input name="q" value="a b" aria-label="Text"><button>Send</button></form>
<iframe name="frame" title="Frame" src="/frame/"></iframe>
<div class="tall"></div><h2 id="here">Here</h2><a id="below" href="/t/two/">Below</a>
"""
_KEPT = """<section id="kept" %KEEP%><input aria-label="Kept"><iframe title="Kept" src="/frame/"></iframe></section>"""
_LIFE = '<x-life id="{}">Alive</x-life>'
_SHADE = (
    '<p id="shade" tabindex="-1"><template shadowrootmode="open" shadowrootdelegatesfocus><input id="inner">'
    "<slot></slot></template>Light</p>"
)

LEAVES = (
    Leaf("/t/", "One", _LINKS + _LIFE.format("one"), _head("one")),
    Leaf(
        "/t/two/",
        "Two",
        '<p class="edition">First edition</p><input id="typed" aria-label="Typed"><a href="/t/three/">Go on</a>'
        f'{_LIFE.format("two")}<div class="tall"></div><h2 id="deep">Deep</h2><a id="after" href="/t/three/">After</a>',
        _head("two"),
    ),
    Leaf("/t/three/", "Three", '<a href="/t/">Back to one</a>', _head("three")),
    Leaf("/t/arabic/", "Arabic", "<p>…</p>", lang="ar", dir="rtl", body="other"),
    Leaf("/t/focus/", "Focus", '<input id="wanted" aria-label="Wanted" autofocus>'),
    Leaf("/t/styled/", "Styled", '<a id="on" href="/t/two/">On</a>', '<link rel="stylesheet" href="/slow.css">'),
    Leaf("/t/stuck/", "Stuck", "<p>…</p>", '<link rel="stylesheet" href="/stuck.css">'),
    Leaf(
        "/t/inline/",
        "Inline",
        '<a id="on" href="/t/two/">On</a><script>sessionStorage.ran = Number(sessionStorage.ran ?? 0) + 1</script>',
    ),
    Leaf("/t/module/", "Module", '<script type="module" src="/more.js"></script>'),
    Leaf(
        "/t/map/",
        "Map",
        "<p>…</p>",
        '<script type="importmap">{"imports": {"more": "/mapped.js"}}</script>'
        '<script type="module" src="/asks.js"></script>',
    ),
    Leaf("/t/none/", "None", '<noscript><p id="told">Turn scripts on</p></noscript>'),
    Leaf("/t/shade/", "Shade", _SHADE),
    Leaf("/t/film/", "Film", '<video id="film" src="/none.webm"></video>'),
    Leaf("/t/kept/", "Kept", f'<a id="on" href="/t/kept/on/">On</a>{_KEPT}'),
    Leaf("/t/kept/on/", "Kept on", f"<p>Another page</p>{_KEPT}"),
    Leaf("/t/smooth/", "Smooth", '<div class="tall"></div><a id="on" href="/t/two/">On</a>',
         '<link rel="stylesheet" href="/smooth.css">'),
    Leaf("/t/folded/", "Folded", '<details><summary>More</summary><h2 id="within">Within</h2></details>'),
    Leaf("/t/file/", "File", "<p>To be downloaded</p>"),
    Leaf("/u/", "Elsewhere", "<p>Another part of the site, which is loaded</p>"),
)  # fmt: skip
"""All pages; those of `/t/` are navigated softly."""

HEADER = """<a class="skip" href="#main">Skip</a>
<header><nav aria-label="Main"><a href="/t/"{}>One</a> <a href="/t/two/"{}>Two</a> <a href="/t/three/">Three</a></nav>
<details><summary>Menu</summary><a href="/t/two/">Two, from the menu</a></details>
<div id="popover" popover><a href="/t/two/">Two, from the popover</a></div>
<dialog id="dialog" aria-label="Dialog"><a href="/t/two/">Two, from the dialog</a></dialog></header>
"""


def header(path: str) -> str:
    """What stands above `<main>`: a page is the current one of its navigation."""
    return HEADER.format(*(' aria-current="page"' if path == one else "" for one in ("/t/", "/t/two/")))
