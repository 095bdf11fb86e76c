"""Blocks of code between fences, for `alike`: a mark takes the place of each, where both parsers see the same.

Nearly all fences are three backticks, alone in their line but for the language; so a text is cut at three backticks.
Where a piece begins or ends otherwise, the text is read fence by fence, which takes twice as long.
"""

import msgspec

from mfe_static.markdown.indents import BLOCK
from mfe_static.markdown.text import language_of
from mfe_static.patterns import pattern

_FENCES = r"(```+)([^\n]*)"


class Fenced(msgspec.Struct, frozen=True):
    """A text with a mark in place of each fenced block; see `Facts` for the others."""

    rest: str
    text: str
    blocks: tuple[tuple[str, str], ...] = ()


def without_fences(text: str) -> Fenced | None:
    """`text`, which begins with a line feed; None where a fence is odd."""
    parts = pattern("```").split(text)  # sooner done than by `str.split`; see `alike`
    if len(parts) == 1:
        return Fenced(text, text)
    if len(parts) % 2 == 0:
        return _read(text)
    blocks: list[tuple[str, str]] = []
    for place in range(1, len(parts), 2):
        before, after = parts[place - 1], parts[place + 1]
        indent = before[before.rfind("\n") + 1 :]
        inside = parts[place]
        first, last = inside.find("\n"), inside.rfind("\n") + 1
        info = inside[:first]
        alone = last and inside[last:] == indent and after[:1] == "\n"
        if not alone or "`" in info or "|" in info or indent.strip(" "):
            return _read(text)
        found = _unindented(inside[first + 1 : last], indent)
        if found is None:
            return None
        blocks.append((language_of(info), found))
        parts[place] = f"{info}\n{indent}"
    return Fenced(BLOCK.join(parts[::2]), "```".join(parts), tuple(blocks))


def _read(text: str) -> Fenced | None:
    """The same, whatever the fences are like."""
    out: list[str] = []
    lean: list[str] = []
    blocks: list[tuple[str, str]] = []
    opened: tuple[str, str] | None = None
    """Of the block at hand: its indent and its backticks."""
    start = inside = 0
    language = ""
    for fence in pattern(_FENCES).finditer(text):
        line = text.rfind("\n", 0, fence.start()) + 1
        indent = text[line : fence.start()]
        if indent.strip(" "):
            continue
        ticks, info = fence.groups()
        if opened is None:
            if "`" in info or "|" in info:
                return None
            opened, language, inside = (indent, ticks), language_of(info), fence.end() + 1
            out += text[start:line], indent, BLOCK
            lean.append(text[start:inside])
        elif opened == (indent, ticks) and not info.strip(" "):
            code = _unindented(text[inside:line], indent)
            if code is None:
                return None
            blocks.append((language, code))
            opened, start = None, fence.end()
            lean.append(text[line:start])
        elif len(ticks) >= len(opened[1]):
            return None
    if opened is not None:
        return None
    out.append(text[start:])
    lean.append(text[start:])
    return Fenced("".join(out), "".join(lean), tuple(blocks))


def _unindented(code: str, indent: str) -> str | None:
    """What an indented block holds; None where a line ends what the block stands in."""
    if not indent:
        return code
    lines = code.split("\n")
    if any(line.strip(" ") and not line.startswith(indent) for line in lines):
        return None
    return "\n".join([line[len(indent) :] for line in lines])
