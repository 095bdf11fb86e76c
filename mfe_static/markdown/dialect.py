"""The dialect of sites, as a markdown-it parser: which rules there are.

CommonMark, tables, strikethrough, task lists, bare URLs (as GFM §6.9 has them), footnotes, definition lists and
alerts, all of markdown-it and its plug-ins; attributes of headings and what concerns fragments are our own. Most
pages use few of these, so a text is parsed by a parser that has only those of which it bears a sign (`_SIGNS`), and
running text without markup is not parsed at all. There is one parser per combination, built once and never changed.

Invariants: the HTML is the same as with all rules, kept by a test; destinations are as the author wrote them; the
known ways of making a parser slow are bounded, kept by a test.
"""

import re
from collections.abc import Callable, Iterable, MutableMapping
from functools import lru_cache
from typing import Any, Literal

import msgspec
from markdown_it import MarkdownIt
from markdown_it.parser_block import RuleFuncBlockType
from markdown_it.parser_core import RuleFuncCoreType
from markdown_it.parser_inline import RuleFuncInlineType
from markdown_it.rules_block import StateBlock, html_block
from markdown_it.rules_core import StateCore
from markdown_it.rules_inline import StateInline, html_inline
from markdown_it.token import Token
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.gfm_autolink import gfm_autolink_plugin

from mfe_static.markdown.quick import hasten
from mfe_static.markdown.text import clean, is_fragment_tag
from mfe_static.patterns import compiled

Html = Literal["allow", "escape"]
Env = MutableMapping[str, Any]

NESTING = 100
"""How deep blocks, and links in one another, may nest; what lies deeper is left out or stays text."""

BRACKETS = 4_000
"""How many `[` one paragraph may hold; beyond, it stays text, because looking for links takes quadratic time."""


class _Sign(msgspec.Struct, frozen=True):
    rules: tuple[str, ...]
    seen: Callable[[str], object]
    """Truthy wherever the rules could match; it may be so elsewhere too."""


_SIGNS = (
    _Sign(("table",), compiled(r"\n[ \t>]*[-:|][-:| \t]*(?:\n|\Z)").search),
    _Sign(("lheading",), compiled(r"\n[ \t>]*(?:-+|=+)[ \t]*(?:\n|\Z)").search),
    _Sign(("deflist",), compiled(r"\n[ \t>]*[:~][ \t]").search),
    _Sign(("footnote_def", "footnote_ref", "footnote_tail"), lambda text: "[^" in text and "]:" in text),
    _Sign(("gfm_autolink_www",), lambda text: "www." in text),
    _Sign(("gfm_autolink_protocol",), lambda text: "://" in text or "mailto:" in text or "xmpp:" in text),
    _Sign(("gfm_autolink_email",), lambda text: "@" in text),
)

_MARKUP = r"[\\`*_\[<&~]"
_BARE = {"gfm_autolink_www": r"www\.", "gfm_autolink_protocol": ":", "gfm_autolink_email": "@"}
_EDGES = compiled(r" \n|\n[ \t]").search
_ATTRIBUTES = compiled(r"(?<!\\)\{[ \t]*([#.][^\s{}#.]+(?:[ \t]*[#.][^\s{}#.]+)*)[ \t]*\}\Z").search
_ATTRIBUTE = compiled(r"([#.])([^\s{}#.]+)").findall


class Dialect(MarkdownIt):
    """A parser that leaves destinations as they were written: to resolve or refuse them is another room's work."""

    def normalizeLink(self, url: str) -> str:  # noqa: N802  (markdown-it's name, as are the next two)
        """`url` itself."""
        return url

    def normalizeLinkText(self, link: str) -> str:  # noqa: N802
        """`link` itself."""
        return link

    def validateLink(self, url: str) -> bool:  # noqa: N802
        """Always: a refused destination would turn the link into text, and nobody would be told."""
        return True


def parse(text: str, html: Html) -> tuple[list[Token], Env]:
    """Block tokens of `text` in the order of the page, and what was learnt: `env["ids"]`, the headings' own ids.

    An `inline` token without children is plain text. Destinations are as written.
    """
    text = clean(text)
    env: Env = {"ids": []}
    return _quick(html, tuple([bool(sign.seen(text)) for sign in _SIGNS])).parse(text, env), env


@lru_cache(maxsize=256)
def _quick(html: Html, signs: tuple[bool, ...]) -> Dialect:
    """The parser for texts that bear these signs."""
    parser = dialect(html)
    parser.disable([name for sign, seen in zip(_SIGNS, signs, strict=True) if not seen for name in sign.rules])
    parser.core.ruler.at("inline", _running_text(parser.inline.ruler.get_active_rules()))
    hasten(parser)
    return parser


def dialect(html: Html) -> Dialect:
    """A parser with all rules, which asks them in markdown-it's own way."""
    parser = Dialect("commonmark", {"maxNesting": NESTING, "tasklists": True, "alerts": True})
    parser.options["strikethrough_single_tilde"] = True
    parser.enable(["table", "strikethrough"])
    footnote_plugin(parser, inline=False)
    deflist_plugin(parser)
    gfm_autolink_plugin(parser)
    protocol = next(rule for rule in parser.inline.ruler.__rules__ if rule.name == "gfm_autolink_protocol")
    protocol.fn = _after_short_text(protocol.fn)
    parser.block.ruler.at("html_block", *_block_html(html))
    if html == "escape":
        parser.inline.ruler.at("html_inline", _inline_fragment)
    parser.core.ruler.at("inline", _running_text(_BARE))
    parser.disable(["normalize", "text_join"])
    parser.inline.ruler2.disable(["fragments_join"])
    return parser


# -- fragments in raw HTML


def _block_html(html: Html) -> tuple[RuleFuncBlockType, Any]:
    """CommonMark's HTML blocks, with one addition: a closing fragment tag ends a paragraph above it."""

    def rule(state: StateBlock, startLine: int, endLine: int, silent: bool) -> bool:  # noqa: N803
        start = state.bMarks[startLine] + state.tShift[startLine]
        line = state.src[start : state.eMarks[startLine]]
        ours = line.startswith(("<mfe-fragment", "</mfe-fragment")) and is_fragment_tag(line)
        if html == "escape" and not ours:
            return False
        if silent and ours and line.startswith("</") and line.rstrip().endswith("fragment>"):
            return not state.is_code_block(startLine)
        return html_block(state, startLine, endLine, silent)

    return rule, {"alt": ["paragraph", "reference", "blockquote"]}


def _inline_fragment(state: StateInline, silent: bool) -> bool:
    return is_fragment_tag(state.src[state.pos : state.pos + 16]) and html_inline(state, silent)


# -- running text


def _after_short_text(rule: RuleFuncInlineType) -> RuleFuncInlineType:
    """A rule that searches all text before it, kept from doing so again and again over a long one."""

    def shortened(state: StateInline, silent: bool) -> bool:
        if silent:
            return False
        text = state.pending
        if len(text) > 1000:
            state.pending = text[:-10]
            state.pushPending()
            state.pending = text[-10:]
        return rule(state, silent)

    return shortened


def _running_text(rules: Iterable[str]) -> RuleFuncCoreType:
    """The rule that parses what stands in blocks, but only where there is markup, and takes attributes off headings."""
    markup = re.compile("|".join([_MARKUP, *(_BARE[name] for name in rules if name in _BARE)])).search

    def running_text(state: StateCore) -> None:
        parse = state.md.inline.parse
        for index, token in enumerate(state.tokens):
            if token.type != "inline":
                continue
            if token.content[-1:] == "}" and state.tokens[index - 1].type == "heading_open":
                _take_attributes(state.tokens[index - 1], token, state.env)
            text = token.content
            token.children = []
            if (markup(text) or ("\n" in text and _EDGES(text))) and text.count("[") <= BRACKETS:
                parse(text, state.md, state.env, token.children)

    return running_text


def _take_attributes(heading: Token, token: Token, env: Env) -> None:
    """Read `{#id .class}` at the end of a heading."""
    found = _ATTRIBUTES(token.content)
    if not found:
        return
    token.content = token.content[: found.start()].rstrip()
    for mark, name in _ATTRIBUTE(found[1]):
        if mark == ".":
            heading.attrJoin("class", name)
        else:
            heading.attrs["id"] = name
    if "id" in heading.attrs:
        env["ids"].append(heading.attrs["id"])
