"""Text out of tokens, and text into HTML: what the other rooms of Markdown share."""

from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from mfe_static.patterns import pattern

if TYPE_CHECKING:
    from markdown_it.token import Token

_LANGUAGE = r"\{\s*\.([^\s,{}.=]+)|([^\s,{}]+)"
_MARKDOWN = r"^#{1,6} +\S|\[[^\[\]]{1,200}\]\([^()\s]{1,500}\)|!\[\]\([^()\s]{1,500}\)|\*\*[^\s*][^*]{0,200}\*\*"
_VERBATIM = r"(?i)<(?:pre|code|script|style|textarea)\b"
_FRAGMENT_TAGS = r"""(</?mfe-fragment(?:\s(?:[^"'<>]++|"[^"<]*+"|'[^'<]*+')*+)?>)"""


def clean(text: str) -> str:
    """`text` with line feeds as its only line ends and without NUL (CommonMark 0.31.2 §2.1, §2.3)."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    return text.replace("\0", "\ufffd")


def escaped(text: str) -> str:
    """`text` between tags."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def quoted(text: str) -> str:
    """`text` in an attribute, between double quotes."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def plain(token: "Token", *, pictures: bool = True) -> str:
    """The text of an `inline` token without any markup; with `pictures`, their alternative text counts."""
    if not token.children:
        return token.content
    parts = []
    for child in token.children:
        if child.type in ("text", "text_special", "code_inline"):
            parts.append(child.content)
        elif child.type in ("softbreak", "hardbreak"):
            parts.append("\n")
        elif child.type == "image" and pictures:
            parts.append(plain(child))
    return "".join(parts)


def attributes(values: Mapping[str, str | int | float]) -> str:
    """The inside of a tag, with a blank in front of each attribute."""
    return "".join([f' {name}="{quoted(str(value))}"' for name, value in values.items()])


@lru_cache(maxsize=256)
def language_of(info: str) -> str:
    """The first word of a fence's info string: of `rust,ignore`, `go {hl_lines=3}`, `{.python}`."""
    if "\\" in info or "&" in info:
        from markdown_it.common.utils import unescapeAll

        info = unescapeAll(info)
    found = pattern(_LANGUAGE).match(info.strip())
    return (found[1] or found[2]) if found else ""


def only_comments(html: str) -> bool:
    """Whether a block of raw HTML holds nothing but comments and blanks."""
    place, end = 0, len(html.rstrip())
    while html.startswith("<!--", place):
        place = html.find("-->", place + 2) + 3
        if place < 3:
            return False
        while place < end and html[place].isspace():
            place += 1
    return place >= end


def is_fragment_tag(tag: str) -> bool:
    """Whether `tag`, which begins with `<`, is an opening or closing `mfe-fragment`."""
    return tag.startswith(("<mfe-fragment", "</mfe-fragment")) and tag.lstrip("</")[12:13] in " \t\n/>"


def fragments_only(html: str) -> str:
    """Raw HTML as text, but for the tags of fragments."""
    parts = pattern(_FRAGMENT_TAGS).split(html)
    parts[::2] = map(escaped, parts[::2])
    return "".join(parts)


def unread(html: str) -> Iterator[tuple[int, str]]:
    """Lines of a block of raw HTML, which a fragment's tag begins, that look like Markdown: how many lines below the
    tag, and the text."""
    if not pattern(_VERBATIM).search(html):
        for below, line in enumerate(html.split("\n")):
            if not (text := line.strip()).startswith("<") and pattern(_MARKDOWN).search(text):
                yield below, text


def only_fragments(tokens: "Sequence[Token]") -> bool:
    """Whether running text holds nothing but fragment tags, what stands between them, and blanks."""
    depth = 0
    seen = False
    for token in tokens:
        if token.type == "html_inline" and is_fragment_tag(token.content):
            if not token.content.endswith("/>"):
                depth += -1 if token.content.startswith("</") else 1
            seen = True
        elif depth <= 0 and token.type != "softbreak" and not (token.type == "text" and not token.content.strip()):
            return False
    return seen


def note_name(token: "Token") -> str:
    """The number of a footnote, and which of its marks this is: `1`, `1-2`, `1-3`."""
    number, again = token.meta["id"] + 1, token.meta.get("subId", 0)
    return f"{number}-{again + 1}" if again else str(number)


def note_mark(token: "Token") -> str:
    """The mark in running text that leads to a footnote."""
    number = token.meta["id"] + 1
    return (
        f'<sup class="footnote-ref"><a href="#mfe-fn-{number}" id="mfe-fnref-{note_name(token)}" role="doc-noteref">'
        f"{number}</a></sup>"
    )
