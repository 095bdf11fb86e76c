"""Whether the lists of a text are indented so regularly that no two parsers can understand them differently.

Every indented line must belong to a list that is still open, no more than three blanks deeper than its text begins,
and none may begin with a mark that could mean another block there. `- - a`, an empty item, code by indentation
and text that hangs between two levels are not regular.
"""

import re

from mfe_static.patterns import compiled

BLOCK, INLINE, EDGE = "\x01", "\x02", "\x03"
"""Marks that stand for a fenced block, for something in running text, and for the edge of something."""

DEPTH = 8
"""How deep lists may nest."""
_HELD = (BLOCK, "|")
"""With what a block that is no text begins, where an item may hold it."""

_LINES = compiled(
    r"\n(?=[ \-+*0-9>:~[])"  # looked at first, because most lines begin with a letter
    r"( *+)(?:([-+*]|[0-9]{1,9}[.)])( +|(?=\n|\Z))|([>:~]|\[!(?!\x03))|(?<= ))([^\n]*+)"
    r"(?:\n\1\2\3(?=[*_]{0,2}[A-Za-z\x02\x03(])[^\n]*+)*+"
).finditer
"""Lines that are indented, begin an item or mean another block; with an item, those like it that follow at once."""
_BEGINS_BLOCK = compiled(
    r"(?:[-+*=_]+|#+|\d+[.)])(?: |\Z)|[>|:~]|\[[ xX]\](?: |\Z)|\Z|(?:[-*_] *){3,}\Z", re.ASCII
).match


def depth(text: str) -> tuple[int, bool] | None:
    """How deep blocks lie in lists, 1 where items hold nothing but text; None when some line is not regular.

    Besides, whether an item may begin with a block; all do in a list in which there is an empty line.
    `BLOCK` stands for each fenced block of `text`. What begins with `>`, `:`, `~` or `[!` is not regular,
    but for a picture in brackets.
    """
    levels: list[tuple[int, int]] = []
    """Of each open list, where its marks and where its texts begin, in blanks."""
    deepest = end = 0
    loose = False
    for line in _LINES(text):
        blanks, mark, gap, other, content = line.groups()
        between = text[end : line.start()]
        if levels and between.strip("\n"):
            loose = loose or between[:2] != "\n\n"  # an item's text goes on there, and an empty line may follow
            levels = []
        end, indent, apart = line.end(), len(blanks), between[-1:] == "\n"
        loose = loose or (apart and bool(levels))
        if mark:
            if not 0 < len(gap) < 5 or _begins_block(content) or not _item(levels, indent, mark, apart):
                return None
            levels.append((indent, indent + len(mark) + len(gap)))
        elif other or not content or not _inside(levels, indent, content, apart):
            return None
        held = content[0] in _HELD
        loose = loose or held
        deepest = max(deepest, len(levels) + held)
    return deepest, loose


def _begins_block(content: str) -> object:
    return not content[:1].isalpha() and _BEGINS_BLOCK(content)


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
    return content == BLOCK or content[0] == "|" or not _begins_block(content)
