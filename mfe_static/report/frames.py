"""Problems as frames: plain values, so that a frame can be compared and colour never changes a character."""

from collections.abc import Sequence

from mfe_static.problems import Problem, Related
from mfe_static.report.texts import beginning, cells, clean, visible

Line = list[tuple[str, str]]
"""Texts, each with a style of rich; an empty style is plain."""

WIDTH = 120
"""Cells of a line where no terminal says how many."""
_NARROWEST = 40


def frame(found: Problem, width: int = WIDTH) -> list[Line]:
    """A problem as people read it: the place, the line with carets, the owner and a way out, related places."""
    color = "red" if found.severity == "error" else "yellow"
    place = clean(found.file)
    for number in (found.line, found.column):
        if place and number:
            place += f":{number}"
    head: Line = [(f"{place}: ", "bold")] if place else []
    head += [(f"{found.severity}[{found.code}]", f"bold {color}"), (f": {clean(found.message)}", "")]
    lines = [head]
    if found.line and found.excerpt.strip():
        lines += _excerpt(found, color, width)
    page = f"page: {found.url}" if found.url and not found.file else ""
    known = [page, f"owner: {found.owner}" if found.owner else "", found.hint]
    if last := " · ".join(clean(text) for text in known if text):
        lines.append([(f"   {last}", "")])
    lines += [[("      | ", "dim"), (_tidy(text[: 2 * width]), "")] for text in found.output]
    return lines + [[(f"   see: {_related(other)}", "")] for other in found.related]


def _related(other: Related) -> str:
    place = f"{other.file}:{other.line}" if other.line else other.file
    return clean(f"{place} ({other.owner})" if other.owner else place)


def _excerpt(found: Problem, color: str, width: int) -> list[Line]:
    number = f"{found.line:>5}"
    text = found.excerpt.rstrip("\r\n")
    start = min(max(found.column - 1, 0), len(text))
    end = min(start + max(found.length, 1), len(text)) if found.column else start
    room = max(width, _NARROWEST) - len(number) - 3
    before, meant, after = _window(text[:start], text[start:end], text[end:], room)
    lines: list[Line] = [[(f"{number} | ", "dim"), (before, ""), (meant, color), (after, "")]]
    if found.column:
        carets = " " * cells(before) + "^" * max(cells(meant), 1)
        lines.append([(" " * len(number) + " | ", "dim"), (carets, f"bold {color}")])
    return lines


def _window(before: str, meant: str, after: str, room: int) -> tuple[str, str, str]:
    """The three parts of a line as they are shown in `room` cells, cut around the middle one."""
    whole = [_tidy(text[-2 * room :] if text is before else text[: 2 * room]) for text in (before, meant, after)]
    lost = [len(text) > 2 * room for text in (before, meant, after)]
    if not any(lost) and sum(map(cells, whole)) <= room:
        return whole[0], whole[1], whole[2]
    left, middle, right = whole
    room -= 2  # an ellipsis on each side
    middle = beginning(middle, room)
    rest = room - cells(middle)
    tail = beginning(right, max(rest // 2, rest - cells(left)))
    head = beginning(left[::-1], rest - cells(tail))[::-1]
    cut_left = lost[0] or head != left
    cut_right = lost[1] or lost[2] or middle != whole[1] or tail != right
    return ("…" if cut_left else "") + head, middle, tail + ("…" if cut_right else "")


def _tidy(text: str) -> str:
    return visible(text.replace("\t", "    "))


def chosen(problems: Sequence[Problem], limit: int | None) -> list[Problem]:
    """At most `limit` problems in their order; errors come before warnings when not all fit."""
    if limit is None or len(problems) <= limit:
        return list(problems)
    ranked = sorted(range(len(problems)), key=lambda index: (problems[index].severity != "error", index))
    return [problems[index] for index in sorted(ranked[:limit])]
