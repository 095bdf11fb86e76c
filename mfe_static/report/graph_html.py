"""A graph as one HTML document: the picture, and below it in tables all that it shows.

A disc leads to the picture with its own lines alone: that, and all else, works without a script. What has no room on a
small screen, the names around the circle, stands in the tables under the discs' numbers.

Invariant: text of users gets in only through `text_html`, which leaves neither markup nor control characters.
"""

from collections.abc import Iterable, Mapping, Sequence

from mfe_static.graph import Graph, LinkExample
from mfe_static.report.graph_svg import SIGNS, Picture, colour, picture
from mfe_static.report.look import document, text_html
from mfe_static.report.texts import many

_ROWS = 50
"""Rows of a table that are shown at once; the others unfold."""
_STYLE = """
figure { container-type: inline-size; margin: 2rem 0 0; }
.drawing { overflow: hidden; }
.drawing > .graph { display: block; max-inline-size: 100%; block-size: auto; margin-inline: auto; }
.graph a { text-decoration: none; }
figcaption { margin-block-start: 1rem; color: var(--ink-soft); font-size: 0.875rem; }
figcaption ul {
  display: flex; flex-wrap: wrap; justify-content: center; gap: 0.25rem 1.5rem; margin: 0; padding: 0; list-style: none;
}
figcaption li { display: flex; align-items: center; gap: 0.5rem; }
figcaption p { margin-block-start: 0.5rem; text-align: center; }
figcaption svg { inline-size: 1.75rem; block-size: 1rem; }
figure:not(:has(:target)) .all { display: none; }
a { color: var(--accent); text-underline-offset: 0.2em; }
a:focus-visible, summary:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
@container (inline-size < 40rem) {
  .drawing > .graph {
    inline-size: calc(100% * var(--zoom));
    max-inline-size: none;
    margin-inline: calc(50% - 50% * var(--zoom));
    margin-block: calc(-100cqi * var(--above));
  }
  .graph .name { display: none; }
  .graph .number { font-size: 20px; }
}
.chip {
  display: inline-block;
  min-inline-size: 1.5rem;
  margin-inline-end: 0.5rem;
  border: 2px solid var(--team);
  border-radius: 0.75rem;
  background: var(--team);
  color: white;
  font-size: 0.75rem;
  font-weight: 600;
  line-height: 1.25rem;
  text-align: center;
}
.chip.ring { background: none; color: var(--ink); }
.chip.none { --team: var(--line); background: none; }
td code { font: 0.8125rem ui-monospace, "SF Mono", Menlo, Consolas, monospace; }
@media (max-width: 40rem) { td:last-child { min-inline-size: 22rem; } }
.soft { color: var(--ink-soft); }
summary { inline-size: fit-content; font-size: 0.875rem; cursor: pointer; }
section > details { margin-block-start: 0.75rem; }
td ul { margin: 0; padding-inline-start: 1.1rem; list-style: none; }
@media print { a { color: inherit; text-decoration: none; } }
"""

_Row = Sequence[str]
"""Cells, as HTML."""


def page_of(graph: Graph) -> str:
    """The document."""
    drawn = picture(graph, alone=False)
    named = f"Graph of {text_html(graph.title)}" if graph.title else "Graph of the site"
    counts = (
        many(len(graph.teams), "team"),
        many(sum(team.pages for team in graph.teams), "page"),
        many(len(graph.fragments), "fragment"),
        f"{_size(sum(team.bytes for team in graph.teams))} of HTML",
    )
    told = "".join(f"<li>{count}</li>" for count in counts)
    parts = [
        f"<header>\n<p>{named}</p>\n<h1>Who builds what, and on whom it leans</h1>\n<ul>{told}</ul>\n</header>",
        "<main>",
        _figure(drawn, graph),
        *_tables(graph),
        "</main>",
    ]
    return document(named, drawn.style + _STYLE, parts, by="graph")


def _figure(drawn: Picture, graph: Graph) -> str:
    links, embeds = drawn.left
    left = f"<p>The strongest lines are drawn; {links:,} links and {embeds:,} embeddings are only in the tables.</p>\n"
    focus = '<p class="all"><a href="#graph">Show all lines again</a></p>\n'
    signs = (
        '<circle class="disc" cx="14" cy="8" r="7"/>',
        '<circle class="disc ring" cx="14" cy="8" r="6"/>',
        '<circle class="dot" cx="14" cy="8" r="3"/>',
        '<g class="line link"><path d="M0 8h28" stroke-width="2"/></g>',
        '<g class="line embed"><path d="M1 8h28" stroke-width="2"/></g>',
    )
    key = "".join(
        f'<li><svg class="graph" viewBox="0 0 28 16" aria-hidden="true">{sign}</svg>{said}</li>'
        for sign, said in zip(signs, SIGNS, strict=True)
    )
    places = "".join(f'<span id="team-{team.team}"></span>' for team in graph.teams)
    return (
        f'<figure id="graph">\n{places}\n'
        f'<div class="drawing" style="--zoom:{drawn.zoom:.3f};--above:{drawn.above:.3f}">\n{drawn.svg}</div>\n'
        f"<figcaption>\n<ul>{key}</ul>\n{left if links + embeds else ''}{focus}</figcaption>\n</figure>"
    )


def _tables(graph: Graph) -> Iterable[str]:
    chips = {team.team: _chip(number, team.pages) for number, team in enumerate(graph.teams)}

    def team_of(name: str) -> str:
        if name not in chips:
            return f'<span class="chip none"></span>{name}'
        return f'{chips[name]}<a href="#team-{name}">{name}</a>'

    yield _section(
        "Teams",
        ("team", "path", "pages", "HTML", "architecture", "owner"),
        [
            (team_of(it.team), text_html(it.path), f"{it.pages:,}", _size(it.bytes), text_html(it.architecture),
             text_html(it.owner))
            for it in graph.teams
        ],
    )  # fmt: skip
    yield _section(
        "Fragments",
        ("fragment", "owner", "pages", "each", "stands on pages of"),
        [
            (text_html(it.fragment.partition(":")[2]), team_of(it.team), f"{it.pages:,}",
             _size(it.bytes // it.pages) if it.pages else "", _where(it.stands_on))
            for it in graph.fragments
        ],
        "Each with the HTML of the fragments in it, as it stands on a page on average.",
    )  # fmt: skip
    if graph.modules:
        yield _section(
            "Modules",
            ("begins", "team", "JavaScript", "packages"),
            [
                (text_html(it.module.partition(":")[2].removeprefix("/")), team_of(it.team), _size(it.bytes),
                 text_html(", ".join(it.packages)))
                for it in graph.modules
            ],
            "What fragments with behaviour and apps load to begin, as it was written.",
        )  # fmt: skip
    yield _section(
        "Links between teams",
        ("from", "to", "links", "such as"),
        [
            (team_of(it.team), team_of(it.to_team), f"{it.links:,}",
             _examples(it.examples))
            for it in graph.links
        ],
        "Each link counts once for the file that it stands in.",
    )  # fmt: skip
    yield _section(
        "Fragments of others",
        ("pages of", "show those of", "pages", "fragments"),
        [
            (team_of(it.team), team_of(it.to_team), f"{it.pages:,}",
             text_html(", ".join(name.partition(":")[2] for name in it.fragments)))
            for it in graph.embeds
        ],
    )  # fmt: skip


_NUMBERS = frozenset({"pages", "HTML", "each", "links", "JavaScript"})


def _section(title: str, columns: Sequence[str], rows: Sequence[_Row], note: str = "") -> str:
    name = "-".join(title.lower().split())
    said = f"<p>{note}</p>\n" if note and rows else "" if rows else "<p>There are none.</p>\n"
    box = _box(name, columns, rows[:_ROWS]) if rows else ""
    rest = rows[_ROWS:]
    more = f"<details>\n<summary>{many(len(rest), 'more row')}</summary>\n{_box(name, columns, rest)}</details>\n"
    return f'<section>\n<h2 id="{name}">{title}</h2>\n{said}{box}{more if rest else ""}</section>'


def _box(name: str, columns: Sequence[str], rows: Sequence[_Row]) -> str:
    kinds = [' class="number"' if column in _NUMBERS else "" for column in columns]
    head = "".join(f'<th scope="col"{kind}>{column}</th>' for column, kind in zip(columns, kinds, strict=True))
    body = "\n".join(
        "<tr>" + "".join(f"<td{kind}>{cell}</td>" for cell, kind in zip(row, kinds, strict=True)) + "</tr>"
        for row in rows
    )
    return (
        f'<div class="scroll" role="region" aria-labelledby="{name}" tabindex="0">\n'
        f"<table>\n<thead><tr>{head}</tr></thead>\n<tbody>\n{body}\n</tbody>\n</table>\n</div>\n"
    )


def _chip(number: int, pages: int) -> str:
    return f'<span class="chip {colour(number)}{"" if pages else " ring"}">{number + 1}</span>'


def _where(stands_on: Mapping[str, int]) -> str:
    return " · ".join(f"{team}&nbsp;{pages:,}" for team, pages in stands_on.items()) or '<span class="soft">none</span>'


def _examples(examples: Sequence[LinkExample]) -> str:
    """The first, and the others when they are asked for."""
    first, *others = [
        f'<code>{text_html(it.written)}</code> <span class="soft">in {text_html(it.file)}</span>' for it in examples
    ]
    more = "".join(f"<li>{other}</li>" for other in others)
    return f"<details><summary>{first}</summary>\n<ul>{more}</ul></details>" if more else first


def _size(count: int) -> str:
    """`812 B`, `4.2 kB`, `1,310 kB`."""
    if count < 1000:
        return f"{count} B"
    return f"{count / 1000:,.{1 if count < 100_000 else 0}f} kB"
