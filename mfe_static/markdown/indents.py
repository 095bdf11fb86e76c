"""Whether the lists of a text are indented so regularly that no two parsers can understand them differently.

Every indented line must belong to a list that is still open, no more than three blanks deeper than its text begins,
and none may begin with a mark that could mean another block there. `- - a`, an empty item, code by indentation
and text that hangs between two levels are not regular.
"""

import re

BLOCK, INLINE, EDGE = "\x01", "\x02", "\x03"
"""Marks that stand for a fenced block, for something in running text, and for the edge of something."""

DEPTH = 8
"""How deep lists may nest."""

_LINES = re.compile(
    r"(\n(?<!\n\n)\n*+)(?:( *+)([-+*]|\d{1,9}[.)])( +|(?=\n|\Z))|( +)(?=[^ \n]))([^\n]*)", re.ASCII
).finditer
"""Lines that are indented or begin an item."""
_BEGINS_BLOCK = re.compile(
    r"(?:[-+*=_]+|#+|\d+[.)])(?: |\Z)|[>|:~]|\[[ xX]\](?: |\Z)|\Z|(?:[-*_] *){3,}\Z", re.ASCII
).match


def regular(text: str) -> bool:
    """Whether all lists of `text` are regular; `BLOCK` stands for each fenced block of it."""
    levels: list[tuple[int, int]] = []
    """Of each open list, where its marks and where its texts begin, in blanks."""
    end = -1
    for line in _LINES(text):
        before, indent, mark, gap, inner, content = line.groups()
        if line.start() != end:
            levels = []
        end = line.end()
        apart = len(before) > 1
        if mark:
            if not 0 < len(gap) < 5 or _BEGINS_BLOCK(content) or not _item(levels, len(indent), mark, apart):
                return False
            levels.append((len(indent), len(indent) + len(mark) + len(gap)))
        elif not _inside(levels, len(inner), content, apart):
            return False
    return True


def _item(levels: list[tuple[int, int]], indent: int, mark: str, apart: bool) -> bool:
    """Whether an item may stand here; closes the lists that it ends."""
    if len(mark) > 1 and not apart and mark[:-1] != "1" and all(indent != at for at, _ in levels):
        return False
    while levels and indent < levels[-1][1] and indent != levels[-1][0]:
        levels.pop()
    if not levels:
        return indent == 0
    if indent == levels[-1][0]:
        levels.pop()
        return True
    return indent <= levels[-1][1] + 3 and len(levels) < DEPTH


def _inside(levels: list[tuple[int, int]], indent: int, content: str, apart: bool) -> bool:
    """Whether a line that begins no item belongs to a list."""
    if apart or content == BLOCK:
        while levels and indent < levels[-1][1]:
            levels.pop()
    if not levels or not levels[-1][1] <= indent <= levels[-1][1] + 3:
        return False
    return content == BLOCK or content[0] == "|" or not _BEGINS_BLOCK(content)
