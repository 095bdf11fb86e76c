"""A profile as one HTML document: it loads nothing, runs nothing, and follows the reader's light or dark.

The same tables as on the terminal, with bars; above them the build as one bar, the phases side by side by their time on
the clock and below each the kinds of work in it. Numbers stand in the tables as text, so the document reads the same
without styles. It looks like the built-in theme because it uses the same tokens.

Invariant: text of users gets in only through `_text`, which leaves neither markup nor control characters.
"""

from collections.abc import Sequence
from html import escape

from mfe_static.report.profile import Table, sentences, tables
from mfe_static.report.texts import clean, many
from mfe_static.report.times import Phase, Profile, Work

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
_TONES = frozenset({"render", "stitch"})
"""The phases that have a colour; the others are grey."""

_STYLE = """
:root {
  color-scheme: light dark;
  --paper: light-dark(oklch(99.2% 0.002 200), oklch(18.5% 0.012 215));
  --ink: light-dark(oklch(23% 0.018 215), oklch(93% 0.008 200));
  --ink-soft: light-dark(oklch(43% 0.02 215), oklch(78% 0.012 205));
  --line: light-dark(oklch(88.5% 0.008 200), oklch(33% 0.016 215));
  --line-strong: light-dark(oklch(62% 0.02 205), oklch(56% 0.02 210));
  --accent: light-dark(oklch(42% 0.072 195), oklch(83% 0.1 190));
  --warm: light-dark(oklch(44% 0.09 70), oklch(84% 0.12 80));
  --focus: light-dark(oklch(50% 0.086 195), oklch(83% 0.1 190));
  --tone: var(--line-strong);
}
* { box-sizing: border-box; }
html {
  background: var(--paper);
  color: var(--ink);
  font: 1rem/1.6 ui-sans-serif, system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
body { max-inline-size: 84rem; margin: 0 auto; padding: clamp(1.5rem, 5vw, 3rem) clamp(1rem, 4vw, 2rem) 4.5rem; }
h1, h2, p { margin: 0; text-wrap: balance; }
h1 { font-size: clamp(1.75rem, 1.4rem + 1.6vw, 2.5rem); line-height: 1.15; letter-spacing: -0.018em; font-weight: 650; }
h2 { font-size: 1.25rem; line-height: 1.25; font-weight: 650; }
p { color: var(--ink-soft); }
header > * + * { margin-block-start: 0.5rem; }
header ul { display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; margin-block-end: 0; padding: 0; list-style: none; }
section { margin-block-start: 3rem; }
section > p { margin-block-start: 0.25rem; font-size: 0.875rem; }
[data-tone="render"] { --tone: var(--accent); }
[data-tone="stitch"] { --tone: var(--warm); }
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
.scroll {
  inline-size: fit-content;
  max-inline-size: 100%;
  margin-block-start: 1rem;
  overflow-x: auto;
  border-block: 1px solid var(--line);
}
.scroll:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
table {
  min-inline-size: min(44rem, 100vw - 2 * clamp(1rem, 4vw, 2rem));
  border-collapse: collapse;
  font-size: 0.875rem;
  line-height: 1.4;
}
th, td {
  padding: 0.4rem clamp(0.75rem, 2vw, 1.5rem) 0.4rem 0;
  text-align: start;
  vertical-align: baseline;
  white-space: nowrap;
}
th:last-child, td:last-child { min-inline-size: 8rem; padding-inline-end: 0; white-space: normal; }
.number:last-child { min-inline-size: 0; }
th { color: var(--ink-soft); font-weight: 600; }
tr + tr > *, tbody > tr > * { border-block-start: 1px solid var(--line); }
.number { inline-size: 0; text-align: end; font-variant-numeric: tabular-nums; }
.bar { inline-size: 0; vertical-align: middle; }
.bar div { inline-size: clamp(2rem, 10vw, 8rem); }
.bar span { display: block; inline-size: var(--share); block-size: 0.5rem; background: var(--tone); }
.more { padding-block-start: 0.5rem; }
@media (prefers-contrast: more) { :root { --ink-soft: var(--ink); --line: var(--line-strong); } }
@media print { .scroll { overflow: visible; } tr { break-inside: avoid; } * { print-color-adjust: exact; } }
"""


def page_of(profile: Profile, title: str) -> str:
    """The document; `title` is the site's."""
    told = "".join(f"<li>{_text(sentence)}</li>" for sentence in sentences(profile))
    named = f"Build profile of {_text(title)}" if title else "Build profile"
    parts = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        '<meta name="robots" content="noindex">',
        f"<title>{named}</title>",
        f"<style>{_STYLE}</style>",
        "</head>",
        "<body>",
        f"<header>\n<p>{named}</p>\n<h1>Where the time went</h1>\n<ul>{told}</ul>\n</header>",
        "<main>",
        _whole(profile),
        *map(_section, tables(profile)),
        "</main>",
        "</body>",
        "</html>\n",
    ]
    return "\n".join(parts)


def _text(text: str) -> str:
    """Text as HTML, also within a quoted attribute."""
    return escape(clean(text))


def _whole(profile: Profile) -> str:
    """The build as one bar."""
    kinds: dict[str, list[Work]] = {}
    for work in profile.work:
        kinds.setdefault(work.phase, []).append(work)
    total = sum(phase.seconds for phase in profile.phases) or 1.0
    said = ", ".join(f"{phase.name} {phase.seconds:,.3f} s" for phase in profile.phases)
    bars = [_phase(it, it.seconds / total, kinds.get(it.name, ())) for it in profile.phases if it.seconds]
    label = _text(f"The build on the clock: {said}")
    return f'<div class="whole" role="img" aria-label="{label}">\n' + "\n".join(bars) + "\n</div>"


def _phase(phase: Phase, share: float, kinds: Sequence[Work]) -> str:
    total = sum(work.seconds for work in kinds) or 1.0
    parts = "".join(_cell(work.kind, work.seconds, work.seconds / total, "of all processes") for work in kinds)
    below = f'<div class="parts">{parts}</div>' if parts else ""
    cell = _cell(phase.name, phase.seconds, 1, "on the clock")
    return f'<div{_tone(phase.name)} style="--share:{share:.2%}">{cell}{below}</div>'


def _cell(name: str, seconds: float, share: float, what: str) -> str:
    """A part of the bar; its name is hidden where it has no room, and told on hovering."""
    title = _text(f"{name}: {seconds:,.3f} s {what}")
    return f'<div class="cell" style="--share:{share:.2%}" title="{title}"><span>{_text(name)}</span></div>'


def _tone(phase: str) -> str:
    return f' data-tone="{phase}"' if phase in _TONES else ""


def _section(shown: Table) -> str:
    name = "-".join(shown.title.lower().split())
    note = f"<p>{_text(shown.note)}</p>\n" if shown.note else ""
    more = f'<p class="more">And {many(shown.left, "row")} more, each with less.</p>\n' if shown.left else ""
    box = f'<div class="scroll" role="region" aria-labelledby="{name}" tabindex="0">\n{_table(shown)}\n</div>\n'
    return f'<section>\n<h2 id="{name}">{_text(shown.title)}</h2>\n{note}{box}{more}</section>'


def _table(shown: Table) -> str:
    classes = [' class="number"' if column.number else "" for column in shown.columns]
    head = "".join(
        f'<th scope="col"{kind}>{_text(column.name)}</th>' for column, kind in zip(shown.columns, classes, strict=True)
    )
    most = max(shown.weights) or 1.0
    rows = [
        f'<tr><td class="bar"{_tone(tone)}><div><span style="--share:{weight / most:.1%}"></span></div></td>'
        + "".join(f"<td{kind}>{_text(cell)}</td>" for cell, kind in zip(row, classes, strict=True))
        + "</tr>"
        for row, weight, tone in zip(shown.rows, shown.weights, shown.tones, strict=True)
    ]
    bar = '<td class="bar"></td>'
    return f"<table>\n<thead><tr>{bar}{head}</tr></thead>\n<tbody>\n" + "\n".join(rows) + "\n</tbody>\n</table>"
