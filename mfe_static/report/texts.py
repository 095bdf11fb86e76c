"""Small texts for people: counts, durations, columns, and what is safe to print."""

from collections.abc import Iterable, Sequence
from itertools import zip_longest

from mfe_static.patterns import compiled

_BLANKS = compiled(r"[\t\r\n\v\f\x85\u2028\u2029]+")
_CONTROL = compiled(r"[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")
"""Control characters, marks that turn the direction of text (UAX #9), and what UTF-8 cannot write."""


_NARROWEST = 8
"""Cells that a column of a folded table keeps."""


def clean(text: str) -> str:
    """`text` as one line that is safe to print: what is invisible or commands a terminal shows as a picture."""
    return visible(_BLANKS.sub(" ", text))


def visible(text: str) -> str:
    """`text` with each control character as one other character, so that columns stay."""
    return _CONTROL.sub(lambda found: _picture(ord(found[0])), text)


def _picture(code: int) -> str:
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else "\ufffd"


def cells(text: str) -> int:
    """How many cells of a terminal `text` takes: East Asian characters and emoji take two."""
    if text.isascii():
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def tally(errors: int, warnings: int) -> str:
    """`2 errors, 1 warning`, without what there is none of."""
    parts = [many(number, word) for number, word in ((errors, "error"), (warnings, "warning")) if number]
    return ", ".join(parts) or "no problems"


def many(number: int, word: str) -> str:
    """`1 page`, `1,055 pages`."""
    return f"{number:,} {word}{'' if number == 1 else 's'}"


def duration(seconds: float) -> str:
    """`0.04 s`, `1.9 s`, `75 s`."""
    digits = 2 if seconds < 1 else 1 if seconds < 60 else 0
    return f"{seconds:,.{digits}f} s"


def beginning(text: str, room: int) -> str:
    """As much of the beginning as fits into `room` cells."""
    text = text[: max(room, 0)]
    while text and cells(text) > room:
        text = text[:-1]
    return text


def table(rows: Iterable[Sequence[str]], width: int | None = None) -> list[str]:
    """Rows in columns that line up, two blanks apart; with `width`, no line is of more cells: what is longer is folded
    within its column, the widest columns first."""
    tidy = [[clean(text) for text in row] for row in rows]
    wide = [max(map(cells, column)) for column in zip(*tidy, strict=True)]
    if width is None:
        return [_in_columns(row, wide) for row in tidy]
    room = width - 2 * (len(wide) - 1)
    while sum(wide) > room and max(wide) > _NARROWEST:
        wide[wide.index(max(wide))] -= 1
    return [_in_columns(line, wide) for row in tidy for line in zip_longest(*map(_folded, row, wide), fillvalue="")]


def _in_columns(row: Sequence[str], wide: Sequence[int]) -> str:
    return "  ".join(text + " " * (size - cells(text)) for text, size in zip(row, wide, strict=True)).rstrip()


def _folded(text: str, room: int) -> list[str]:
    """`text` in lines of at most `room` cells, broken at blanks where that can be."""
    lines, line = [], ""
    for word in text.split(" "):
        if line and cells(line) + 1 + cells(word) <= room:
            line += " " + word
            continue
        lines += [line] if line else []
        while cells(word) > room:
            lines.append(beginning(word, room) or word[0])
            word = word[len(lines[-1]) :]
        line = word
    return [*lines, line]
