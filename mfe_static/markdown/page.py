"""Tokens to the HTML of a page's content, in one pass.

Why not markdown-it's own renderer: it writes attributes that a strict Content-Security-Policy forbids
(`style=`), knows no ids, and asks a method for every tag. Here most tags are looked up in a table, and only the
rest have a method. What comes out needs no style or script to be usable: alignment is a class, everything that
may scroll sideways can be reached by keyboard, check boxes have labels.

Invariant: exactly what `Rendered` says of the HTML is in it: its headings, its title, whether it has
highlighted code.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import msgspec

from mfe_static.markdown.ids import Ids, own
from mfe_static.markdown.text import (
    attributes,
    escaped,
    fragments_only,
    language_of,
    note_mark,
    note_name,
    only_comments,
    only_fragments,
    plain,
    quoted,
    unread,
)
from mfe_static.pieces import Heading

if TYPE_CHECKING:
    from markdown_it.token import Token


Highlight = Callable[[str, str], str | None]
"""Code and its language to HTML; None where it cannot be highlighted."""


class Rendered(msgspec.Struct, frozen=True):
    """A page's content, and what is known of it."""

    html: str
    """Without the leading heading where that was promoted."""
    headings: tuple[Heading, ...]
    """In order; the promoted one is not among them."""
    title: str
    """Plain text of the document's first heading; empty when it has none."""
    heading: str
    """Inline HTML of the promoted heading; empty when none was."""
    heading_id: str
    code: bool
    """Whether highlighted code is in it, so that the page needs the style sheet for it."""
    unread: tuple[tuple[int, str], ...] = ()
    """What looks like Markdown and is part of the raw HTML that a fragment's tag begins: its line, from 0, and text."""
    simple: bool = False
    """Whether `html.cut_simple` may cut it, with the ids of `headings`: it holds no HTML of an author but comments
    without a `<`, no footnotes and no check boxes. Only the compiled road knows."""


_TAGS = {
    "bullet_list_close": "</ul>\n",
    "ordered_list_close": "</ol>\n",
    "list_item_close": "</li>\n",
    "blockquote_open": "<blockquote>\n",
    "blockquote_close": "</blockquote>\n",
    "hr": "<hr>\n",
    "table_close": "</table></div>\n",
    "thead_open": "<thead>\n",
    "thead_close": "</thead>\n",
    "tbody_open": "<tbody>\n",
    "tbody_close": "</tbody>\n",
    "tr_open": "<tr>",
    "tr_close": "</tr>\n",
    "th_close": "</th>",
    "td_close": "</td>",
    "dl_open": "<dl>\n",
    "dl_close": "</dl>\n",
    "dt_open": "<dt>",
    "dt_close": "</dt>\n",
    "dd_open": "<dd>",
    "dd_close": "</dd>\n",
    "alert_title_open": '<p class="alert-title">',
    "alert_title_close": "</p>\n",
    "alert_close": "</div>\n",
    "footnote_block_open": '<div class="footnotes" role="doc-endnotes">\n<ol>\n',
    "footnote_block_close": "</ol>\n</div>\n",
    "footnote_close": "</li>\n",
}

_INLINE_TAGS = {
    "softbreak": "\n",
    "hardbreak": "<br>\n",
    "em_open": "<em>",
    "em_close": "</em>",
    "strong_open": "<strong>",
    "strong_close": "</strong>",
    "s_open": "<del>",
    "s_close": "</del>",
    "link_close": "</a>",
}

_ALIGNED = {f"text-align:{side}": f' class="align-{side}"' for side in ("left", "center", "right")}


def write(
    tokens: "Sequence[Token]",
    ids: Sequence[str],
    *,
    has_title: bool,
    raw: bool,
    highlight: Highlight | None,
    lazy: bool = True,
) -> Rendered:
    """The page of these tokens. `ids`: those that authors gave to headings. `raw`: HTML is kept, not shown as text."""
    writer = _Writer(ids, raw, highlight, lazy)
    lead = _leading_heading(tokens, has_title)
    if lead is not None:
        writer.promote(tokens[lead], tokens[lead + 1])
        tokens = [*tokens[:lead], *tokens[lead + 3 :]]
    writer.blocks(tokens)
    title = writer.titles[0] if writer.titles else ""
    headings, unseen = tuple(writer.headings), tuple(writer.unread)
    return Rendered("".join(writer.out), headings, title, writer.heading, writer.heading_id, writer.code, unseen)


def _leading_heading(tokens: "Sequence[Token]", has_title: bool) -> int | None:
    """Where the heading is that becomes the page's own. Comments before it do not count."""
    for index, token in enumerate(tokens):
        if token.type == "html_block" and only_comments(token.content):
            continue
        return index if token.type == "heading_open" and (token.tag == "h1" or not has_title) else None
    return None


class _Writer:
    """What one page needs while it is written; lives as long as a call of `write`."""

    def __init__(self, ids: Sequence[str], raw: bool, highlight: Highlight | None, lazy: bool) -> None:
        self.ids = Ids(ids)
        self.lazy = lazy
        self.raw = raw
        self.highlight = highlight
        self.out: list[str] = []
        self.headings: list[Heading] = []
        self.titles: list[str] = []
        self.heading = self.heading_id = ""
        self.code = False
        self.unread: list[tuple[int, str]] = []
        self.pictures = 0
        self.box = ""
        """The check box that the next paragraph begins with."""
        self.end = ""
        """What ends the paragraph at hand."""

    def blocks(self, tokens: "Sequence[Token]") -> None:
        add = self.out.append
        tags, rules = _TAGS, _BLOCKS
        for index, token in enumerate(tokens):
            kind = token.type
            tag = tags.get(kind)
            if tag is not None:
                add(tag)
            elif kind == "inline":
                children = token.children
                add(self.running(children) if children else escaped(token.content))
            else:
                add(rules[kind](self, tokens, index))

    # -- running text

    def running(self, tokens: "Sequence[Token]") -> str:
        """The HTML of the children of an `inline` token."""
        out = []
        for token in tokens:
            kind = token.type
            if kind in ("text", "text_special"):
                out.append(escaped(token.content))
            elif kind in _INLINE_TAGS:
                out.append(_INLINE_TAGS[kind])
            elif kind == "link_open":
                out.append(f"<a{attributes(token.attrs)}>")
            elif kind == "code_inline":
                out.append(f"<code>{escaped(token.content)}</code>")
            elif kind == "html_inline":
                out.append(token.content)
            elif kind == "image":
                out.append(self.picture(token))
            else:
                out.append(note_mark(token))
        return "".join(out)

    def picture(self, token: "Token") -> str:
        """The first picture of a page is likely in view at once; only those after it may wait."""
        self.pictures += 1
        late = ' loading="lazy" decoding="async"' if self.lazy and self.pictures > 1 else ""
        return f"<img{attributes({**token.attrs, 'alt': plain(token) if token.children else ''})}{late}>"

    # -- headings

    def promote(self, opening: "Token", inline: "Token") -> None:
        self.heading_id, _ = self.named(opening, inline)
        self.heading = self.running(inline.children) if inline.children else escaped(inline.content)

    def named(self, opening: "Token", inline: "Token") -> tuple[str, str]:
        """The id and the title of a heading."""
        self.titles.append(" ".join(plain(inline).split()))
        given = opening.attrs.get("id")
        return self.ids.take(plain(inline, pictures=False)) if given is None else own(str(given)), self.titles[-1]

    def heading_open(self, tokens: "Sequence[Token]", index: int) -> str:
        token = tokens[index]
        level = max(2, int(token.tag[1]))
        name, title = self.named(token, tokens[index + 1])
        self.headings.append(Heading(level, name, title))
        return f"<h{level}{attributes({**token.attrs, 'id': name})}>"

    def heading_close(self, tokens: "Sequence[Token]", index: int) -> str:
        return f"</h{max(2, int(tokens[index].tag[1]))}>\n"

    # -- paragraphs and lists

    def paragraph_open(self, tokens: "Sequence[Token]", index: int) -> str:
        inline = tokens[index + 1]
        if tokens[index].hidden:
            start, self.end = "", ""
        elif "mfe-fragment" in inline.content and only_fragments(inline.children or ()):
            start, self.end = "", "\n"
        else:
            start, self.end = "<p>", "</p>\n"
        if self.box:
            start, self.end, self.box = f"{start}<label>{self.box} ", f"</label>{self.end}", ""
        return start

    def paragraph_close(self, tokens: "Sequence[Token]", index: int) -> str:
        return self.end

    def list_open(self, tokens: "Sequence[Token]", index: int) -> str:
        return f"<{tokens[index].tag}{attributes(tokens[index].attrs)}>\n"

    def item_open(self, tokens: "Sequence[Token]", index: int) -> str:
        token = tokens[index]
        if "checked" not in token.meta:
            return "<li>"
        box = f'<input type="checkbox" disabled{" checked" if token.meta["checked"] else ""}>'
        if tokens[index + 1].type == "paragraph_open":
            self.box = box
            box = ""
        return f"<li{attributes(token.attrs)}>{box}"

    # -- tables

    def table_open(self, tokens: "Sequence[Token]", index: int) -> str:
        """Wide tables scroll inside a box that can be focused; its name is in no language but the author's."""
        columns = []
        while tokens[index].type != "thead_close":
            if tokens[index].type == "inline":
                columns.append(" ".join(plain(tokens[index]).split()))
            index += 1
        name = ", ".join(column for column in columns if column)
        label = f' aria-label="{quoted(name)}"' if name else ""
        return f'<div class="table" role="group" tabindex="0"{label}><table>\n'

    def cell_open(self, tokens: "Sequence[Token]", index: int) -> str:
        token = tokens[index]
        return f"<{token.tag}{_ALIGNED[str(token.attrs['style'])] if token.attrs else ''}>"

    # -- code and HTML

    def fence(self, tokens: "Sequence[Token]", index: int) -> str:
        token = tokens[index]
        language = language_of(token.info)
        spans = self.highlight(token.content, language) if self.highlight and language else None
        self.code = self.code or spans is not None
        kind = f' class="language-{quoted(language)}"' if language else ""
        return f'<pre tabindex="0"><code{kind}>{escaped(token.content) if spans is None else spans}</code></pre>\n'

    def html(self, tokens: "Sequence[Token]", index: int) -> str:
        content, lines = tokens[index].content, tokens[index].map
        if lines and content.startswith(("<mfe-fragment", "</mfe-fragment")):
            self.unread += [(lines[0] + below, text) for below, text in unread(content)]
        content = content if self.raw else fragments_only(content)
        return content if content.endswith("\n") else content + "\n"

    # -- alerts and footnotes

    def alert_open(self, tokens: "Sequence[Token]", index: int) -> str:
        return f'<div class="alert alert-{tokens[index].meta["kind"].lower()}" role="note">\n'

    def note_open(self, tokens: "Sequence[Token]", index: int) -> str:
        return f'<li id="mfe-fn-{tokens[index].meta["id"] + 1}">'

    def note_back(self, tokens: "Sequence[Token]", index: int) -> str:
        return f' <a href="#mfe-fnref-{note_name(tokens[index])}" class="footnote-back" role="doc-backlink">↩\ufe0e</a>'


_BLOCKS: Mapping[str, Callable[[_Writer, "Sequence[Token]", int], str]] = {
    "heading_open": _Writer.heading_open,
    "heading_close": _Writer.heading_close,
    "paragraph_open": _Writer.paragraph_open,
    "paragraph_close": _Writer.paragraph_close,
    "bullet_list_open": _Writer.list_open,
    "ordered_list_open": _Writer.list_open,
    "list_item_open": _Writer.item_open,
    "table_open": _Writer.table_open,
    "th_open": _Writer.cell_open,
    "td_open": _Writer.cell_open,
    "fence": _Writer.fence,
    "code_block": _Writer.fence,
    "html_block": _Writer.html,
    "alert_open": _Writer.alert_open,
    "footnote_open": _Writer.note_open,
    "footnote_anchor": _Writer.note_back,
}
