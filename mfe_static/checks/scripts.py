"""Scripts: what of a page is not there, or leads nowhere, where none runs (`check --no-js`).

It takes each page's document once more, with marks that say whose each part is, so only who asks for it pays for it.
What is said of a part is said once, with the first page that shows it.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from mfe_static.patterns import compiled
from mfe_static.problems import Problem, problem
from mfe_static.stitched import Composed, Marked, StitchedSite

if TYPE_CHECKING:
    from mfe_static.html.scriptless import Kind, Missing

_MARK = compiled(r"<!--(/?)mfe:([0-9]++)-->")
_SAYS: "Mapping[Kind, tuple[str, str]]" = {
    "link": ("this link leads nowhere", "give it a page; #top leads to the top"),
    "button": (
        "nothing happens when this button is pressed",
        "let it send a form, or open something by popovertarget or commandfor; where nobody misses it, start it hidden",
    ),
    "form": ("this form has no `action`, so it is sent nowhere", "give it the address of a page or a function"),
    "hidden": (
        "this stays hidden",
        'show it without script, too; where nobody misses it, needs-script = "off" under [checks] says so',
    ),
    "dialog": ("nothing opens this dialog", 'give a button commandfor="…" command="show-modal"'),
    "popover": ("nothing opens this popover", 'give a button popovertarget="…"'),
    "island": ("this island is empty", "render what it shows at first"),
    "app": ("the page holds nothing but the empty app", "render a skeleton, or say what is missing in <noscript>"),
    "element": ("this element is empty", "put into it what it shows at first"),
}


class _Whose(NamedTuple):
    """Who wrote a part of a page."""

    team: str
    file: str


def without_script(site: StitchedSite) -> Iterator[Problem]:
    """`needs-script`; nothing, where nobody asked."""
    if site.marked is None:
        return
    where: dict[tuple[_Whose, Kind, str], list[str]] = {}
    names: dict[tuple[_Whose, Kind, str], str] = {}
    for composed in site.pages:
        for found, whose in _looked_at(site, composed, site.marked) if composed.row.mark else ():
            key = whose, found.kind, found.tag
            names[key] = found.name
            if composed.page.url not in where.setdefault(key, []):
                where[key].append(composed.page.url)
    for (whose, kind, tag), urls in where.items():
        yield _said(kind, tag, names[whose, kind, tag], whose, urls)


def _looked_at(
    site: StitchedSite, composed: Composed, marked: Callable[[str], Marked]
) -> "Iterator[tuple[Missing, _Whose]]":
    from mfe_static.html.scriptless import missing

    page = composed.page
    view = marked(page.url)
    app = page.app.module if page.app else ""
    layout = site.parts_of(composed)[-1] if page.layout else None
    around = _Whose(layout.team, layout.file) if layout else _Whose(page.team, page.source)
    regions = {its.id: _Whose(its.team, its.source) for its in view.regions} | {"0": _Whose(page.team, page.source)}
    marks = [*_MARK.finditer(view.html)]
    for found in missing(view.html, app):
        inner = ["", *_open_at(marks, found.start)][-1]
        yield found, regions["0"] if found.kind == "app" else regions.get(inner, around)


def _open_at(marks: list[re.Match[str]], start: int) -> list[str]:
    """The regions that something stands in, the innermost last."""
    out: list[str] = []
    for mark in marks:
        if mark.start() > start:
            break
        if mark[1]:
            out = out[: out.index(mark[2])] if mark[2] in out else out
        else:
            out.append(mark[2])
    return out


def _said(kind: "Kind", tag: str, name: str, whose: _Whose, urls: Sequence[str]) -> Problem:
    what, hint = _SAYS[kind]
    others = len(urls) - 1
    more = f" and {others} more page{'s' * (others > 1)}" if others else ""
    return problem(
        "needs-script",
        f"<{name}> on {urls[0]}{more}: without JavaScript {what}",
        file=whose.file,
        team=whose.team,
        url=urls[0],
        hint=hint,
        sought=f"text:{tag}" if kind not in {"island", "app"} else "",
    )
