"""Where a destination stands in the source, for messages about it.

Rendering keeps no places: that would cost every page what only pages with problems need. So a text with a problem
is parsed a second time, by the same dialect without its short cuts, with rules that note where they found what.

Invariant: the order is that of the HTML, so that the nth link of a body is the nth here (footnotes come last).
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from html import unescape
from typing import NamedTuple

import msgspec
from markdown_it.common.utils import normalizeReference
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_inline import StateInline
from markdown_it.token import Token

from mfe_static.markdown.dialect import Dialect, Env, dialect
from mfe_static.markdown.text import clean
from mfe_static.patterns import compiled


class Position(NamedTuple):
    """A place in the source, in characters."""

    line: int
    """1-based; the first line of the text given is 1."""
    column: int
    """1-based."""
    length: int


class _Found(msgspec.Struct, frozen=True):
    value: str
    start: int
    """Offset in the content of the block's token."""
    length: int
    label: str = ""
    """For a link by reference: the label of its definition, where the value stands."""


_LINK_ATTRIBUTE = compiled(
    r"""\b(?P<name>href|src|srcset|imagesrcset|action|formaction|poster|cite|data)"""
    r"""\s*=\s*(?:"(?P<double>[^"]*)"|'(?P<single>[^']*)'|(?P<bare>[^\s"'=<>`]+))""",
    re.IGNORECASE,
)


def locate(text: str, value: str, nth: int = 1) -> Position | None:
    """Where the `nth` destination `value` stands in `text`: of a link, a picture, or an attribute of raw HTML.

    `value` is the destination as in the HTML, without HTML's escapes. None when there are fewer.
    """
    found = _places(text).get(value, ())
    return found[nth - 1] if 0 < nth <= len(found) else None


@lru_cache(maxsize=4)  # problems come file by file, so the next question is mostly about the same text
def _places(text: str) -> Mapping[str, Sequence[Position]]:
    """Every place of every destination, in the order of the HTML."""
    text = clean(text)
    env: Env = {"ids": []}
    try:
        tokens = _tracer().parse(text, env)
    except RecursionError:
        return {}
    lines = text.split("\n")
    columns: dict[int, int] = {}
    out: dict[str, list[Position]] = {}
    for token in tokens:
        if token.map is None or token.type not in ("inline", "html_block"):
            continue
        for found in _destinations(token):
            place = _definition(lines, env, found) or _position(lines, token, found, columns)
            out.setdefault(found.value, []).append(place)
        _pass_by(lines, token, columns)
    return out


def _destinations(token: Token) -> Iterator[_Found]:
    if token.type == "html_block":
        yield from _in_tag(token.content, 0)
    for child in token.children or ():
        yield from child.meta.get("found", ())


def _in_tag(html: str, offset: int) -> Iterator[_Found]:
    for match in _LINK_ATTRIBUTE.finditer(html):
        kind = "double" if match["double"] is not None else "single" if match["single"] is not None else "bare"
        start = match.start(kind)
        if match["name"].lower().endswith("srcset"):
            for candidate in re.finditer(r"(?:^|,)\s*([^\s,]\S*[^\s,]|[^\s,])", match[kind]):
                yield _Found(unescape(candidate[1]), offset + start + candidate.start(1), len(candidate[1]))
        else:
            yield _Found(unescape(match[kind]), offset + start, len(match[kind]))


# -- from a block's content to the source


def _position(lines: Sequence[str], token: Token, found: _Found, columns: dict[int, int]) -> Position:
    """A block's content is its source lines without what encloses the block, such as `> ` and blanks."""
    assert token.map is not None
    before = token.content[: found.start]
    row = before.count("\n")
    line = token.map[0] + row
    inside = found.start - (before.rfind("\n") + 1)
    content = token.content.split("\n")[row].rstrip()
    source = lines[line] if line < len(lines) else ""
    column = source.find(content, columns.get(line, 0))
    if column >= 0:
        return Position(line + 1, column + inside + 1, found.length)
    written = token.content[found.start : found.start + found.length]
    return Position(line + 1, max(0, source.find(written, columns.get(line, 0))) + 1, found.length)


def _pass_by(lines: Sequence[str], token: Token, columns: dict[int, int]) -> None:
    """Remember where a table's cell ends, because the next on this line may read the same."""
    assert token.map is not None
    line = token.map[0]
    if token.type == "inline" and "\n" not in token.content and line < len(lines):
        place = lines[line].find(token.content, columns.get(line, 0))
        if place >= 0:
            columns[line] = place + len(token.content)


def _definition(lines: Sequence[str], env: Env, found: _Found) -> Position | None:
    if not found.label:
        return None
    first, last = env["references"][found.label]["map"]
    for line in range(first, min(last, len(lines))):
        column = lines[line].find(found.value, lines[line].find("]:") + 1)
        if column >= 0:
            return Position(line + 1, column + 1, len(found.value))
    return Position(first + 1, 1, len(lines[first]))


# -- the parser that notes places


@lru_cache(maxsize=1)
def _tracer() -> Dialect:
    parser = dialect("allow")
    for rule in parser.inline.ruler.__rules__:
        if rule.name in ("link", "image", "autolink", "html_inline") or rule.name.startswith("gfm_autolink"):
            rule.fn = _traced(rule.fn)
    parser.inline.ruler.enable([])  # makes the ruler forget the rules it had compiled
    return parser


def _traced(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    def trace(state: StateInline, silent: bool) -> bool:
        start, known = state.pos, len(state.tokens)
        if not rule(state, silent):
            return False
        if not silent:
            index = next(i for i in range(known, len(state.tokens)) if state.tokens[i].type != "text")
            state.tokens[index].meta["found"] = list(_note(state, index, start))
        return True

    return trace


def _note(state: StateInline, index: int, start: int) -> Iterator[_Found]:
    token = state.tokens[index]
    if token.type == "html_inline":
        yield from _in_tag(token.content, start)
        return
    value = str(token.attrs["src" if token.type == "image" else "href"])
    if token.info == "auto":
        shown = state.tokens[index + 1].content
        yield _Found(value, state.src.rfind(shown, 0, state.pos), len(shown))
        return
    opening = start + (token.type == "image")
    closing = state.md.helpers.parseLinkLabel(state, opening, token.type != "image")
    if state.pos > closing + 1 and state.src[closing + 1] == "(":
        place = closing + 2
        while state.src[place] in " \t\n":
            place += 1
        angled = state.src[place] == "<"
        end = state.md.helpers.parseLinkDestination(state.src, place, state.posMax).pos
        yield _Found(value, place + angled, end - place - 2 * angled)
    else:
        label = state.src[closing + 2 : state.pos - 1] or state.src[opening + 1 : closing]
        yield _Found(value, start, state.pos - start, normalizeReference(label))
