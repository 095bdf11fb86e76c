"""The picture of a graph: teams on a circle in the order of the route table, clockwise from the top, their fragments as
dots around them; solid lines are links, dashed ones lead to whose fragments are shown. The theme is left out: everybody
shows its fragments.

    area of a disc: pages · width of a line: how many · a ring: nothing (a team without pages, a fragment without use)

All places are worked out here, to a tenth of a pixel, so the same site gives the same bytes. The discs' numbers stand
in the tables as well; where the names have no room, the page leaves them out. Many teams may link to each other in many
ways: only the strongest lines are drawn, and it is said how many there are.

Invariant: nothing is told by colour alone, and the picture needs neither script nor anything from elsewhere.
"""

from collections.abc import Sequence
from math import cos, hypot, pi, sin, sqrt, tau
from typing import NamedTuple

from mfe_static.graph import THEME, EmbedEdge, FragmentNode, Graph, LinkEdge, TeamNode
from mfe_static.report.look import TOKENS, text_html
from mfe_static.report.texts import beginning, cells, many

HUES = (27, 150, 330, 75, 250, 195, 295, 115)
"""Those of the teams on the development server, in the same order: they hold 3:1 on paper and carry white at 4.5:1."""
DRAWN = 160
"""How many lines of a kind are drawn."""
SIGNS = ("team, sized by its pages", "team without pages", "fragment, sized by pages", "links to", "shows fragments of")
"""What the signs mean: disc, ring, dot, solid line, dashed line."""
_SMALL, _LARGE, _GAP = 11.0, 21.0, 30.0
_INNER = 180.0
"""The least radius of the circle of teams."""
_DOT, _DOTS = 4.5, 9
_AROUND = 14
"""Up to so many teams, names stand upright."""
_LETTER = 9.8
"""About the width of a letter of a name, in a wide typeface."""
_LONGEST = 24
_EDGE = 4
_KEY = (326, 64)
"""Half the width of the key below a picture that stands alone, and its height."""

STYLE = (
    """
.graph text { font: 600 15px/1 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, Arial, sans-serif; }
.graph { --team: var(--line-strong); --trace: var(--line-strong); fill: var(--ink); }
.graph .soft { fill: var(--ink-soft); font-weight: 400; font-size: 13px; font-variant-numeric: tabular-nums; }
.graph .number { fill: white; font-size: 13px; text-anchor: middle; dominant-baseline: central; }
.graph .disc, .graph .dot { fill: var(--team); stroke: var(--team); stroke-width: 2; }
.graph .ring { fill: var(--paper); }
.graph .disc.ring + .number { fill: var(--ink); }
.graph .line { transition: opacity 150ms; opacity: 0.6; }
.graph .line path { fill: none; stroke: var(--trace); }
.graph .line .tip { fill: var(--trace); stroke: none; }
.graph .embed path:first-of-type { stroke-dasharray: 2 5; stroke-linecap: round; }
.graph .line:hover { opacity: 1; }
.graph a:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
@media (prefers-reduced-motion: reduce) { .graph .line { transition: none; } }
"""
    + "\n".join(
        f".t{index} {{ --team: oklch(53% 0.12 {hue}); "
        f"--trace: light-dark(oklch(53% 0.12 {hue}), oklch(72% 0.12 {hue})); }}"
        for index, hue in enumerate(HUES)
    )
    + "\n"
)
_ALONE = ".graph { color-scheme: light dark; background: var(--paper); }\n"


class _Disc(NamedTuple):
    """A team's place."""

    x: float
    y: float
    angle: float
    radius: float


class Picture(NamedTuple):
    """A drawn graph."""

    svg: str
    style: str
    """For the document around it: what lights up with each team."""
    zoom: float
    """How much larger the circle can be drawn without the names around it."""
    above: float
    """How much is free above it then, in widths of the circle."""
    left: tuple[int, int]
    """How many lines are not drawn: links, embeddings."""


def colour(number: int) -> str:
    """The class of a team's colour."""
    return f"t{number % len(HUES)}"


def picture(graph: Graph, *, alone: bool) -> Picture:
    """The graph as one SVG; `alone`: with its styles and a key, else as a part of a page."""
    teams = graph.teams
    discs, around = _places(teams)
    by_name = dict(zip([team.team for team in teams], discs, strict=True))
    index = {team.team: number for number, team in enumerate(teams)}
    between = [it for it in graph.embeds if it.to_team != THEME]
    links = sorted(graph.links, key=lambda it: -it.links)[:DRAWN]
    embeds = sorted(between, key=lambda it: -it.pages)[:DRAWN]
    parts = [_line(it, by_name, index, _thickness(it.pages, embeds[0].pages)) for it in embeds]
    parts += [_line(it, by_name, index, _thickness(it.links, links[0].links)) for it in links]
    owned: dict[str, list[FragmentNode]] = {}
    for it in graph.fragments:
        owned.setdefault(it.team, []).append(it)
    most = max((it.pages for it in graph.fragments), default=0)
    upright, wide, high = len(teams) <= _AROUND, around, 0.0
    for number, (team, disc) in enumerate(zip(teams, discs, strict=True)):
        own = owned.get(team.team, ())
        label, across, up = _label(team, disc, upright=upright)
        wide, high = max(wide, across), max(high, up, abs(disc.y) + disc.radius + 4 * _DOT)
        node = f"<title>{_said(team, own)}</title>\n{_round(team, disc, number)}\n{_dots(own, disc, most)}{label}"
        node = f'<g class="node n{number} {colour(number)}">{node}</g>'
        parts.append(node if alone else f'<a href="#team-{team.team}">{node}</a>')
    style = STYLE + _lit(teams)
    if alone:
        made_by = "<!-- made by mfe-static graph -->"
        parts = [made_by, f"<style>{TOKENS}{_ALONE}{style}</style>", *parts, _key(round(high))]
    return Picture(
        svg=_svg(graph.title, parts, round(max(wide, _KEY[0]) if alone else wide), round(high), alone=alone),
        style=style,
        zoom=(wide + _EDGE) / around,
        above=max(high - around, 0) / (2 * around),
        left=(len(graph.links) - len(links), len(between) - len(embeds)),
    )


def _svg(title: str, parts: Sequence[str], wide: int, high: int, *, alone: bool) -> str:
    """The element around the parts, which reach so far across and up from the middle."""
    title = text_html(f"Teams of {title}" if title else "Teams of the site")
    wide, high = wide + _EDGE, high + _EDGE
    box = f"{-wide} {-high} {2 * wide} {2 * high + (_KEY[1] if alone else 0)}"
    role = "img" if alone else "group"  # on a page its discs are links
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="graph" viewBox="{box}" width="{2 * wide}" role="{role}" '
        f'aria-labelledby="graph-title">\n<title id="graph-title">{title}</title>\n' + "\n".join(parts) + "\n</svg>\n"
    )


def _places(teams: Sequence[TeamNode]) -> tuple[list[_Disc], float]:
    """Where each team stands, and how far from the middle the outermost dot is."""
    most = max((team.pages for team in teams), default=0) or 1
    radii = [_SMALL + _LARGE * sqrt(team.pages / most) for team in teams]
    whole = sum(2 * radius + _GAP for radius in radii) or 1.0
    circle = max(_INNER, whole / tau)
    discs, done = [], -(2 * radii[0] + _GAP) / 2 if radii else 0.0
    turn = pi if len(teams) == 2 else -pi / 2  # two stand side by side
    for radius in radii:
        angle = turn + tau * (done + radius + _GAP / 2) / whole
        done += 2 * radius + _GAP
        discs.append(_Disc(circle * cos(angle), circle * sin(angle), angle, radius))
    return discs, circle + max(radii, default=0.0) + 4 * _DOT


def _lit(teams: Sequence[TeamNode]) -> str:
    """A team that is looked at leaves the lines of others behind; so does one that a link leads to, by a place of that
    name in the figure, so that the whole picture stays in view."""
    return "\n".join(
        f":is(.graph:has(.node.n{number}:hover), figure:has(#team-{team.team}:target)) .line:not(.n{number})"
        " { opacity: 0.06; }"
        for number, team in enumerate(teams)
    )


def _thickness(count: int, most: int) -> float:
    return 1 + 3.5 * sqrt(count / most)


def _line(edge: LinkEdge | EmbedEdge, discs: dict[str, _Disc], index: dict[str, int], width: float) -> str:
    """A bent line with a tip; the two directions between two teams bend away from each other."""
    start, end = discs[edge.team], discs[edge.to_team]
    embeds = isinstance(edge, EmbedEdge)
    far = hypot(end.x - start.x, end.y - start.y) or 1.0
    circle = hypot(start.x, start.y) or 1.0
    inward = 0.5 - 0.22 * min(far / circle, 1)  # neighbours need not go through the middle
    aside = max(0.16 * far, 22) if embeds else max(0.06 * far, 8)
    bent_x = (start.x + end.x) * inward - (end.y - start.y) / far * aside
    bent_y = (start.y + end.y) * inward + (end.x - start.x) / far * aside
    from_x, from_y, _, _ = _towards(start, bent_x, bent_y, start.radius + 3)
    long = 5 + 1.6 * width
    tip_x, tip_y, x, y = _towards(end, bent_x, bent_y, end.radius + 3)
    base_x, base_y, _, _ = _towards(end, bent_x, bent_y, end.radius + 3 + long)
    half = 2 + 0.9 * width
    tip = (
        f"M{tip_x:.1f} {tip_y:.1f}L{base_x - y * half:.1f} {base_y + x * half:.1f}"
        f"L{base_x + y * half:.1f} {base_y - x * half:.1f}Z"
    )
    bend = f"M{from_x:.1f} {from_y:.1f}Q{bent_x:.1f} {bent_y:.1f} {base_x:.1f} {base_y:.1f}"
    if isinstance(edge, EmbedEdge):
        what, where = many(len(edge.fragments), "fragment"), many(edge.pages, "page")
        said = f"{edge.team} shows {what} of {edge.to_team} on {where}"
    else:
        said = f"{edge.team} links to {edge.to_team}: {many(edge.links, 'link')}"
    ends = " ".join(f"n{index[name]}" for name in (edge.team, edge.to_team))
    kind = "embed" if embeds else "link"
    return (
        f'<g class="line {kind} {ends} {colour(index[edge.team])}"><title>{text_html(said)}</title>'
        f'<path d="{bend}" stroke-width="{width:.1f}"/><path class="tip" d="{tip}"/></g>'
    )


def _towards(disc: _Disc, x: float, y: float, far: float) -> tuple[float, float, float, float]:
    """The point that is `far` from the middle of a disc on the way to a place, and the direction of that way."""
    whole = hypot(x - disc.x, y - disc.y) or 1.0
    along_x, along_y = (x - disc.x) / whole, (y - disc.y) / whole
    return disc.x + along_x * far, disc.y + along_y * far, along_x, along_y


def _round(team: TeamNode, disc: _Disc, number: int) -> str:
    kind = "disc" if team.pages else "disc ring"
    place = f'cx="{disc.x:.1f}" cy="{disc.y:.1f}" r="{disc.radius - 1:.1f}"'
    return f'<circle class="{kind}" {place}/><text class="number" x="{disc.x:.1f}" y="{disc.y:.1f}">{number + 1}</text>'


def _dots(fragments: Sequence[FragmentNode], disc: _Disc, most: int) -> str:
    """A team's fragments on an arc outside of it; of many, those that stand on the most pages."""
    shown = sorted(sorted(fragments, key=lambda it: -it.pages)[:_DOTS], key=lambda it: it.fragment)
    far = disc.radius + 10
    step = min(14 / far, 2.8 / max(len(shown), 1))
    out = []
    for place, it in enumerate(shown):
        angle = disc.angle + (place - (len(shown) - 1) / 2) * step
        size = 2 + (_DOT - 2) * sqrt(it.pages / (most or 1))
        x, y = disc.x + far * cos(angle), disc.y + far * sin(angle)
        said = text_html(f"{it.fragment} stands on {many(it.pages, 'page')}")
        kind = "dot" if it.pages else "dot ring"
        out.append(
            f'<circle class="{kind}" cx="{x:.1f}" cy="{y:.1f}" r="{size - 1:.1f}"><title>{said}</title></circle>\n'
        )
    return "".join(out)


def _label(team: TeamNode, disc: _Disc, *, upright: bool) -> tuple[str, float, float]:
    """Name and pages beside a disc, away from the middle; and how far they reach across and up."""
    name = team.team if cells(team.team) <= _LONGEST else beginning(team.team, _LONGEST - 1) + "…"
    pages = many(team.pages, "page") if team.pages else "no pages"
    far = disc.radius + 10 + _DOT + 10
    x, y = disc.x + far * cos(disc.angle), disc.y + far * sin(disc.angle)
    if upright:
        room = _LETTER * max(cells(name), cells(pages) * 0.85)
        middle = abs(cos(disc.angle)) < 0.35
        anchor = "middle" if middle else "start" if x > 0 else "end"
        first = (
            y - 16 if middle and y < 0 else y + 12 if middle else y - 2 + 10 * sin(disc.angle)
        )  # the base of the upper line
        text = (
            f'<text class="name" x="{x:.1f}" y="{first:.1f}" text-anchor="{anchor}">{text_html(name)}'
            f'<tspan class="soft" x="{x:.1f}" dy="17">{pages}</tspan></text>'
        )
        return text, abs(x) + (room / 2 if middle else room), max(abs(first) + 14, abs(first + 17) + 6)
    turned = disc.angle * 360 / tau
    left = cos(disc.angle) < -1e-9
    room = _LETTER * (cells(name) + 2 + 0.85 * cells(f"{team.pages:,}"))
    text = (
        f'<text class="name" transform="translate({x:.1f} {y:.1f}) rotate({turned + 180 if left else turned:.1f})" '
        f'text-anchor="{"end" if left else "start"}" dominant-baseline="central">{text_html(name)}'
        f'<tspan class="soft" dx="6">{team.pages:,}</tspan></text>'
    )
    return text, abs(x) + room * abs(cos(disc.angle)) + 8, abs(y) + room * abs(sin(disc.angle)) + 8


def _said(team: TeamNode, fragments: Sequence[FragmentNode]) -> str:
    return text_html(f"{team.team}: {many(team.pages, 'page')}, {many(len(fragments), 'fragment')} · {team.owner}")


def _key(high: int) -> str:
    """What the signs mean, below a picture that stands alone."""
    first, second = high + 24, high + 48
    signs = (
        (-290, first, '<circle class="disc" r="7"/>', SIGNS[0]),
        (-94, first, '<circle class="disc ring" r="6"/>', SIGNS[1]),
        (92, first, '<circle class="dot" r="3"/>', SIGNS[2]),
        (-290, second, '<g class="line link"><path d="M-8 0h20" stroke-width="2"/></g>', SIGNS[3]),
        (-94, second, '<g class="line embed"><path d="M-8 0h20" stroke-width="2"/></g>', SIGNS[4]),
    )
    return "\n".join(
        f'<g transform="translate({x} {y})">{sign}<text class="soft" x="20" y="4">{said}</text></g>'
        for x, y, sign, said in signs
    )
