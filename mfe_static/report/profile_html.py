"""A profile as one HTML document: it loads nothing, runs nothing, and follows the reader's light or dark.

The same tables as on the terminal, with bars; above them the build as one bar, the phases side by side by their time on
the clock and below each the kinds of work in it. Numbers stand in the tables as text, so the document reads the same
without styles. It looks like the built-in theme because it uses the same tokens.

Invariant: text of users gets in only through `text_html`, which leaves neither markup nor control characters.
"""

from collections.abc import Sequence

from mfe_static.report.look import document, text_html
from mfe_static.report.profile import Table, sentences, tables
from mfe_static.report.texts import many
from mfe_static.report.times import Phase, Profile, Work

_TONES = frozenset({"render", "stitch"})
"""The phases that have a colour; the others are grey."""

_STYLE = """
:root { --tone: var(--line-strong); }
[data-tone="render"] { --tone: var(--accent); }
[data-tone="stitch"] { --tone: var(--warn); }
.whole { display: flex; gap: 2px; margin-block-start: 2rem; overflow: hidden; border-radius: 6px; font-size: 0.875rem; }
.whole > div { flex: 0 1 var(--share); min-inline-size: 1px; }
.whole .cell {
  container-type: inline-size;
  block-size: 2.5rem;
  padding-block: 0.5rem;
  overflow: hidden;
  background: var(--tone);
  color: var(--paper);
  line-height: 1.5rem;
  white-space: nowrap;
}
.whole .cell span { display: block; padding-inline: 0.75rem; overflow: hidden; text-overflow: ellipsis; }
.whole > :not([data-tone]) .cell { background: var(--line); color: var(--ink); }
.whole .parts { display: flex; gap: 2px; margin-block-start: 2px; }
.whole .parts .cell {
  flex: 0 1 var(--share);
  min-inline-size: 1px;
  background: color-mix(in oklab, var(--tone) 18%, var(--paper));
  color: var(--ink);
}
@container (inline-size < 4rem) { .whole .cell span { display: none; } }
.bar { inline-size: 0; vertical-align: middle; }
.bar div { inline-size: clamp(2rem, 10vw, 8rem); }
.bar span { display: block; inline-size: var(--share); block-size: 0.5rem; background: var(--tone); }
"""


def page_of(profile: Profile, title: str) -> str:
    """The document; `title` is the site's."""
    told = "".join(f"<li>{text_html(sentence)}</li>" for sentence in sentences(profile))
    named = f"Build profile of {text_html(title)}" if title else "Build profile"
    parts = [
        f"<header>\n<p>{named}</p>\n<h1>Where the time went</h1>\n<ul>{told}</ul>\n</header>",
        "<main>",
        _whole(profile),
        *map(_section, tables(profile)),
        "</main>",
    ]
    return document(named, _STYLE, parts, by="build --profile")


def _whole(profile: Profile) -> str:
    """The build as one bar."""
    kinds: dict[str, list[Work]] = {}
    for work in profile.work:
        kinds.setdefault(work.phase, []).append(work)
    total = sum(phase.seconds for phase in profile.phases) or 1.0
    said = ", ".join(f"{phase.name} {phase.seconds:,.3f} s" for phase in profile.phases)
    bars = [_phase(it, it.seconds / total, kinds.get(it.name, ())) for it in profile.phases if it.seconds]
    label = text_html(f"The build on the clock: {said}")
    return f'<div class="whole" role="img" aria-label="{label}">\n' + "\n".join(bars) + "\n</div>"


def _phase(phase: Phase, share: float, kinds: Sequence[Work]) -> str:
    total = sum(work.seconds for work in kinds) or 1.0
    parts = "".join(_cell(work.kind, work.seconds, work.seconds / total, "of all processes") for work in kinds)
    below = f'<div class="parts">{parts}</div>' if parts else ""
    cell = _cell(phase.name, phase.seconds, 1, "on the clock")
    return f'<div{_tone(phase.name)} style="--share:{share:.2%}">{cell}{below}</div>'


def _cell(name: str, seconds: float, share: float, what: str) -> str:
    """A part of the bar; its name is hidden where it has no room, and told on hovering."""
    title = text_html(f"{name}: {seconds:,.3f} s {what}")
    return f'<div class="cell" style="--share:{share:.2%}" title="{title}"><span>{text_html(name)}</span></div>'


def _tone(phase: str) -> str:
    return f' data-tone="{phase}"' if phase in _TONES else ""


def _section(shown: Table) -> str:
    name = "-".join(shown.title.lower().split())
    note = f"<p>{text_html(shown.note)}</p>\n" if shown.note else ""
    more = f'<p class="more">And {many(shown.left, "row")} more, each with less.</p>\n' if shown.left else ""
    box = f'<div class="scroll" role="region" aria-labelledby="{name}" tabindex="0">\n{_table(shown)}\n</div>\n'
    return f'<section>\n<h2 id="{name}">{text_html(shown.title)}</h2>\n{note}{box}{more}</section>'


def _table(shown: Table) -> str:
    classes = [' class="number"' if column.number else "" for column in shown.columns]
    head = "".join(
        f'<th scope="col"{kind}>{text_html(column.name)}</th>'
        for column, kind in zip(shown.columns, classes, strict=True)
    )
    most = max(shown.weights) or 1.0
    rows = [
        f'<tr><td class="bar"{_tone(tone)}><div><span style="--share:{weight / most:.1%}"></span></div></td>'
        + "".join(f"<td{kind}>{text_html(cell)}</td>" for cell, kind in zip(row, classes, strict=True))
        + "</tr>"
        for row, weight, tone in zip(shown.rows, shown.weights, shown.tones, strict=True)
    ]
    bar = '<td class="bar"></td>'
    return f"<table>\n<thead><tr>{bar}{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"
