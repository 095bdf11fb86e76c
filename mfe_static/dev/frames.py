"""The lines around a problem, read when the problem is found: a moment later the file may be another one."""

from collections.abc import Sequence
from pathlib import Path

from mfe_static.dev.places import source
from mfe_static.files import read_text
from mfe_static.problems import Problem

Frame = tuple[tuple[int, str], ...]
"""Numbers and texts of lines."""
_AROUND = 2
"""Lines before and after the one that is meant."""
_WIDEST = 400
"""Characters of a line that are shown."""


def frames(problems: Sequence[Problem], root: Path) -> tuple[Frame, ...]:
    """For each problem the lines around it; none where no line is meant."""
    texts: dict[str, list[str]] = {}
    out: list[Frame] = []
    for found in problems:
        lines = _lines(found, root, texts) if found.line and found.file else []
        first, last = max(found.line - _AROUND, 1), min(found.line + _AROUND, len(lines))
        out.append(tuple((number, lines[number - 1][:_WIDEST]) for number in range(first, last + 1)))
    return tuple(out)


def _lines(found: Problem, root: Path, texts: dict[str, list[str]]) -> list[str]:
    if found.file not in texts:
        path = source(root, found.file)
        text = read_text(str(path), found.file) if path else ""
        texts[found.file] = [] if isinstance(text, Problem) else text.split("\n")
    return texts[found.file]
