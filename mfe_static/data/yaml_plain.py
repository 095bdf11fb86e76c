"""The plain form of YAML that nearly all front matter has, read without a parser.

It is `key: value` on lines of their own, and below a key without value the same again, indented. A value is a word or
words, text in quotes without escapes, or a list of words within brackets. What is read here means the same to libyaml;
all else is left to it, and so is all that is wrong, because only a parser can say why.
"""

import re
from typing import Any

from mfe_static.data.scalars import plain

_OTHER = r"\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff"
"""Line breaks, controls, byte order marks and what is no character: not read here, whatever they mean."""
_ITEM = r"[\w/][\w/.+-]*+(?:[ ]++[\w/.+-]++)*+"
_LINE = re.compile(
    rf"""([ ]{{0,8}}+)([A-Za-z_][\w-]{{0,99}}+):             # a longer key could not stand in one line with its value
    (?:[ ]++(?: "([^"\\{_OTHER}]*+)"                         # text in double quotes
            | '([^'{_OTHER}]*+)'                             # text in single quotes
            | \[[ ]*+((?:{_ITEM}(?:[ ]*+,[ ]*+{_ITEM})*+)?+)[ ]*+\]   # a list of words
            | ([\w/.(][^:\#{_OTHER}]*+) ))?+                 # a word, or words
    [ ]*+(?:\n|\Z)""",
    re.VERBOSE,
)
"""Indent, key and value of a line. Quantifiers are possessive, so no line makes it backtrack."""


def read_plain(text: str) -> dict[str, Any] | None:
    """The mapping that `text` is; None when it is not in the plain form, or a key stands twice."""
    out: dict[str, Any] = {}
    levels = [(0, out)]
    above = ""
    """The key of the line above, where it has no value."""
    at = 0
    while at < len(text):
        line = _LINE.match(text, at)
        if line is None:
            return None
        indent, key = line.end(1) - at, line[2]
        at = line.end()
        if indent > levels[-1][0] and above:
            levels[-1][1][above] = {}
            levels.append((indent, levels[-1][1][above]))
        while indent < levels[-1][0]:
            levels.pop()
        width, table = levels[-1]
        if indent != width or key in table:
            return None
        table[key] = _value(line)
        above = key if line.lastindex == 2 else ""
    return out or None


def _value(line: re.Match[str]) -> Any:
    _, _, double, single, items, words = line.groups()
    if words is not None:
        return plain(words.rstrip(" "))
    if items is not None:
        return [plain(word.strip(" ")) for word in items.split(",")] if items else []
    return single if double is None else double
