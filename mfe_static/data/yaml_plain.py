"""The plain form of YAML that nearly all front matter has, read without a parser.

It is `key: value` on lines of their own, and below a key without value the same again, indented, or a list of
`- value`. A value is a word or words, text in quotes without escapes, or a list of such within brackets. Empty lines
and comments may stand between. What is read here means the same to libyaml; all else is left to it, which takes thirty
times as long, and so is all that is wrong, because only a parser can say why.
"""

from typing import Any

from mfe_static.data.scalars import plain
from mfe_static.patterns import pattern

_OTHER = r"[\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]"
"""Line breaks, byte order marks and what is no character: not read here, whatever they mean, nor are controls."""
_CONTROLS = r"\x00-\x1f\x7f"
_WORD = r"[\w/][\w/.+-]*+(?:[ ]++[\w/.+-]++)*+"
_ITEM = rf"""(?:{_WORD}|'[^',{_CONTROLS}]*+'|"[^"\\,{_CONTROLS}]*+")"""
_LINE = rf"""(?x)([ ]{{0,8}}+)
    (?: ([A-Za-z_][\w-]{{0,99}}+):                 # a longer key could not stand in one line with its value
      | (-)(?=[ ]++[^ \#\n])                       # with a value, as nearly all items
      | (?=[ ]*+(?:\#|\n|\Z)) )
    (?:[ ]++(?: "([^"\\{_CONTROLS}]*+)"            # text in double quotes
            | '([^'{_CONTROLS}]*+)'                # text in single quotes
            | \[[ ]*+((?:{_ITEM}(?:[ ]*+,[ ]*+{_ITEM})*+)?+)[ ]*+\]
            | ([\w/.(][^:\#{_CONTROLS}]*+(?:(?::(?=[^ \n])|(?<![ ])\#)[^:\#{_CONTROLS}]*+)*+) ))?+
    [ ]*+(?:\n|(?<![^ \n])\#[^{_CONTROLS}]*+(?:\n|\Z)|\Z)"""
"""Indent, key or dash, and value of a line. Quantifiers are possessive, so no line makes it backtrack."""


def read_plain(text: str) -> dict[str, Any] | None:
    """The mapping that `text` is; None when it is not in the plain form, or a key stands twice."""
    if not text.isascii() and pattern(_OTHER).search(text):
        return None
    match = pattern(_LINE).match
    out: dict[str, Any] = {}
    width, table = 0, out
    levels = [(width, table)]
    above = ""
    """The key of the line above, where it has no value."""
    items: list[Any] | None = None
    """The list that the line above belongs to, and how far its dashes are indented."""
    inset = at = 0
    while at < len(text):
        line = match(text, at)
        if line is None:
            return None
        at = line.end()
        last = line.lastindex or 1
        if last == 1:  # nothing stands there, or a comment
            continue
        value: Any = line[last] if last > 3 else None
        if last > 5:
            value = plain(value.rstrip(" ")) if last == 7 else _items(value)
        indent, key = len(line[1]), line[2]
        if key is not None:
            if indent != width:
                if not _reached(levels, indent, above):
                    return None
                width, table = levels[-1]
            if key in table:
                return None
            table[key] = value
            above, items = key if last == 2 else "", None
        else:
            if above and indent >= width:
                table[above] = items = []
                above, inset = "", indent
            if items is None or indent != inset:
                return None
            items.append(value)
    return out or None


def _reached(levels: list[tuple[int, dict[str, Any]]], indent: int, above: str) -> bool:
    """Whether a key may stand at this indent; opens the table that it begins, closes those that it ends."""
    width, table = levels[-1]
    if indent > width and above:
        table[above] = {}
        levels.append((indent, table[above]))
    while indent < levels[-1][0]:
        levels.pop()
    return indent == levels[-1][0]


def _items(inside: str) -> list[Any]:
    return [_item(item.strip(" ")) for item in inside.split(",")] if inside else []


def _item(item: str) -> Any:
    return item[1:-1] if item[0] in "'\"" else plain(item)
