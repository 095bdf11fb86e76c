"""How the pages look that the tool makes of itself: one file each that loads nothing, runs nothing, and follows the
reader's light or dark. The tokens are those of the built-in theme.

Invariant: text of users gets in only through `text_html`, which leaves neither markup nor control characters.
"""

from collections.abc import Iterable
from html import escape

from mfe_static.report.texts import clean

_POLICY = "default-src 'none'; style-src 'unsafe-inline'"
TOKENS = """\
:root {
  --paper: light-dark(oklch(99.2% 0.002 200), oklch(18.5% 0.012 215));
  --ink: light-dark(oklch(23% 0.018 215), oklch(93% 0.008 200));
  --ink-soft: light-dark(oklch(43% 0.02 215), oklch(78% 0.012 205));
  --line: light-dark(oklch(88.5% 0.008 200), oklch(33% 0.016 215));
  --line-strong: light-dark(oklch(62% 0.02 205), oklch(56% 0.02 210));
  --accent: light-dark(oklch(42% 0.072 195), oklch(82% 0.08 190));
  --warn: light-dark(oklch(44% 0.09 70), oklch(84% 0.12 80));
  --focus: light-dark(oklch(50% 0.086 195), oklch(82% 0.08 190));
}
"""
"""The colours, for documents that say `color-scheme: light dark`."""
_LOOK = """
:root { color-scheme: light dark; }
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
.more { padding-block-start: 0.5rem; }
@media (prefers-contrast: more) { :root { --ink-soft: var(--ink); --line: var(--line-strong); } }
@media print { .scroll { overflow: visible; } tr { break-inside: avoid; } * { print-color-adjust: exact; } }
"""


def document(title: str, style: str, parts: Iterable[str], *, by: str) -> str:
    """A whole document; `title` is HTML, `style` comes after the look that all such pages have. `by`: the command."""
    head = [
        "<!doctype html>",
        '<html lang="en">',
        "<head>",
        '<meta charset="utf-8">',
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">',
        '<meta name="viewport" content="width=device-width">',
        '<meta name="robots" content="noindex">',
        f'<meta name="generator" content="mfe-static {by}">',
        f"<title>{title}</title>",
        f"<style>{TOKENS}{_LOOK}{style}</style>",
        "</head>",
        "<body>",
    ]
    return "\n".join([*head, *parts, "</body>", "</html>\n"])


def text_html(text: str) -> str:
    """Text as HTML, also within a quoted attribute."""
    return escape(clean(text))
