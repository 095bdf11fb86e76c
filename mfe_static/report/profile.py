"""The tables of a profile, and how the terminal shows them.

A table is made once and shown twice, here (`lines`) and on a page (`profile_html`), so that both say the same.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from mfe_static.report.texts import many, table
from mfe_static.report.times import Kept, Profile

TOP, MORE = 10, 50
"""Rows of a list that the terminal shows, and those that it shows when asked for more."""
_BAR = 24
"""Cells of the longest bar."""


class Column(NamedTuple):
    """A column of a table."""

    name: str
    number: bool = False
    wide: bool = False
    """Whether it stands only where there is room, on a page."""


class Table(NamedTuple):
    """A list as people see it."""

    title: str
    note: str
    columns: tuple[Column, ...]
    rows: Sequence[tuple[str, ...]]
    weights: Sequence[float]
    """How long the bar of each row is, compared with the others."""
    tones: Sequence[str]
    """Which phase each row belongs to."""
    left: int


def sentences(profile: Profile) -> list[str]:
    """The profile in short: time, processes, memory."""
    bodies, pages = profile.bodies, profile.pages
    return [
        f"{_seconds(profile.total)} s for {many(bodies.kept + bodies.made, 'page')}",
        f"{profile.processes:,} process{'' if profile.processes == 1 else 'es'}, "
        f"busy for {profile.busy:.0%} of render and stitch",
        f"{_kept(bodies, 'bodies')}, {_kept(pages, 'pages')}",
    ]


def _kept(kept: Kept, what: str) -> str:
    return f"{kept.kept:,} of {kept.kept + kept.made:,} {what} kept ({kept.share:.0%})"


def tables(profile: Profile) -> list[Table]:
    """All that there is to show, the whole before its parts; what has no rows is left out."""
    found = (
        _phases(profile),
        _work(profile),
        _causes(profile),
        _teams(profile),
        _slowest(profile),
        _templates(profile),
        _fragments(profile),
    )
    return [shown for shown in found if shown.rows]


def _phases(profile: Profile) -> Table:
    total = sum(phase.seconds for phase in profile.phases)
    return Table(
        "Phases",
        "Seconds on the clock.",
        (Column("phase"), Column("seconds", True), Column("share", True)),
        [(it.name, _seconds(it.seconds), _share(it.seconds, total)) for it in profile.phases],
        [it.seconds for it in profile.phases],
        [it.name for it in profile.phases],
        0,
    )


def _work(profile: Profile) -> Table:
    total = sum(it.seconds for it in profile.work)
    return Table(
        "Work",
        "Seconds of all processes together, here and below.",
        (Column("kind"), Column("times", True), Column("seconds", True), Column("share", True)),
        [(it.kind, f"{it.times:,}", _seconds(it.seconds), _share(it.seconds, total)) for it in profile.work],
        [it.seconds for it in profile.work],
        [it.phase for it in profile.work],
        0,
    )


def _causes(profile: Profile) -> Table:
    return Table(
        "Why not from memory",
        "What made pages be rendered or stitched again.",
        (Column("pages", True), Column("step"), Column("cause")),
        [(f"{it.pages:,}", it.step, it.cause) for it in profile.causes],
        [it.pages for it in profile.causes],
        [it.step for it in profile.causes],
        profile.left.get("causes", 0),
    )


def _teams(profile: Profile) -> Table:
    numbers = (Column(name, True) for name in ("seconds", "pages", "rendered", "stitched"))
    return Table(
        "Teams",
        "The work on each team's pages, with the fragments rendered on the way.",
        (*numbers, Column("team"), Column("owner", wide=True)),
        [
            (_seconds(it.seconds), f"{it.pages:,}", f"{it.rendered:,}", f"{it.stitched:,}", it.name, it.owner)
            for it in profile.teams
        ],
        [it.seconds for it in profile.teams],
        [""] * len(profile.teams),
        profile.left.get("teams", 0),
    )


def _slowest(profile: Profile) -> Table:
    numbers = (Column(name, True) for name in ("seconds", "read", "render", "stitch", "pages"))
    return Table(
        "Slowest pages",
        "Each page file, with all pages made of it.",
        (*numbers, Column("team"), Column("file"), Column("URL", wide=True), Column("owner", wide=True)),
        [
            (
                *map(_seconds, (it.seconds, it.read, it.render, it.stitch)),
                f"{it.pages:,}",
                it.team,
                it.file,
                it.url,
                it.owner.partition(" <")[0],  # in whole in the table of teams
            )
            for it in profile.slowest
        ],
        [it.seconds for it in profile.slowest],
        [""] * len(profile.slowest),
        profile.left.get("slowest", 0),
    )


def _templates(profile: Profile) -> Table:
    return Table(
        "Templates and layouts",
        "",
        (Column("seconds", True), Column("times", True), Column("kind"), Column("file")),
        [(_seconds(it.seconds), f"{it.times:,}", it.kind, it.file) for it in profile.templates],
        [it.seconds for it in profile.templates],
        ["stitch" if it.kind == "theme layout" else "render" for it in profile.templates],
        profile.left.get("templates", 0),
    )


def _fragments(profile: Profile) -> Table:
    return Table(
        "Fragments",
        f"{many(profile.variants, 'variant')} in all; each process renders those that it needs.",
        (Column("seconds", True), Column("times", True), Column("fragment")),
        [(_seconds(it.seconds), f"{it.times:,}", it.name) for it in profile.fragments],
        [it.seconds for it in profile.fragments],
        ["stitch"] * len(profile.fragments),
        profile.left.get("fragments", 0),
    )


def _seconds(seconds: float) -> str:
    return f"{seconds:,.3f}"


def _share(part: float, whole: float) -> str:
    return f"{part / whole:.0%}" if whole else "0%"


def lines(profile: Profile, *, top: int = TOP) -> Iterator[str]:
    """The profile for a terminal: the first `top` rows of each table. Numbers stand before names, which may be long."""
    yield from sentences(profile)
    for shown in tables(profile):
        yield ""
        yield shown.title.lower()
        yield from _in_columns(shown, top)
        if left := shown.left + max(len(shown.rows) - top, 0):
            yield f"and {left:,} more"


def _in_columns(shown: Table, top: int) -> list[str]:
    kept = [index for index, column in enumerate(shown.columns) if not column.wide]
    rows = [tuple(column.name for column in shown.columns), *shown.rows[:top]]
    columns = [[row[index] for row in rows] for index in kept]
    cells = [
        [text.rjust(max(map(len, column))) for text in column] if shown.columns[index].number else column
        for index, column in zip(kept, columns, strict=True)
    ]
    if shown.title == "Phases":
        most = max(shown.weights) or 1.0
        cells.append(["", *("█" * round(_BAR * weight / most) for weight in shown.weights[:top])])
    return table(zip(*cells, strict=True))
