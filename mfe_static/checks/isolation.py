"""Isolation: what one team's style sheets do to another's parts of a page, where both stand on one.

A page is one document, whoever wrote its parts: a selector that matches anything matches what others have there, and a
name that a document has once is that of whoever said it last. Cascade layers decide who wins, and keep nobody out.
"""

from collections.abc import Iterator, Mapping, Sequence

from mfe_static.kept import Reach, ReachKind
from mfe_static.modules.elements import owner_of
from mfe_static.problems import Problem, Related, problem
from mfe_static.stitched import Meeting, StitchedSite, TeamSheet

_CLASHES: Mapping[ReachKind, tuple[str, str]] = {
    "font": ("font-clash", "the font"),
    "keyframes": ("keyframes-clash", "@keyframes"),
    "property": ("property-clash", "@property"),
    "variable": ("property-clash", "the custom property"),
}
_SHARED = 3
"""How many of those are named who have something on the same page."""


def selectors(site: StitchedSite) -> Iterator[Problem]:
    """`global-selector`, `foreign-selector`; each once, with the first page on which it matters."""
    said: set[tuple[str, int, int]] = set()
    for meeting in site.meetings:
        for sheet in meeting.sheets:
            for its in sheet.reaches:
                place = sheet.file, its.line, its.column
                if place not in said and (found := _reached(site, meeting, sheet, its)):
                    said.add(place)
                    yield found


def names(site: StitchedSite) -> Iterator[Problem]:
    """`font-clash`, `keyframes-clash`, `property-clash`: two teams have other things by one name on one page."""
    said: set[tuple[str, str, str, str]] = set()
    for meeting in site.meetings:
        for (kind, name), by_team in _named(meeting).items():
            (one, mine), *others = by_team.items()
            for other, theirs in others:
                pair = kind, name, one, other
                if pair not in said and _differ(mine, theirs):
                    said.add(pair)
                    yield _clash(meeting, kind, name, (one, mine), (other, theirs))


# -- selectors


def _reached(site: StitchedSite, meeting: Meeting, sheet: TeamSheet, its: Reach) -> Problem | None:
    others = [name for name in meeting.files if name != sheet.team]
    if its.kind == "selector" and others:
        own = f"--{sheet.team}-"
        if its.value and all(name.startswith(own) for name in its.value.split()):
            return None
        way = (
            f"name them {own}…"
            if its.value
            else 'begin it with a class of your own, or isolate the team: isolation = "scope" in team.toml'
        )
        whom = _listed(others[:_SHARED])
        message = f'"{its.name}" matches what {whom} have on {meeting.url}, too'
        message = message if len(others) > 1 else message.replace(" have on ", " has on ")
        return _placed("global-selector", message, meeting, sheet, its, others, way)
    owner = ""
    if its.kind == "element":
        owner = owner_of(its.name, [build.sources.name for build in site.builds])
    elif its.kind == "id" and its.name in meeting.page.row.ids.split("\n"):
        owners = {part.team for part in site.parts_of(meeting.page) if its.name in part.ids}
        owner = next(iter(sorted(owners)), "") if sheet.team not in owners else ""
    if owner in others:
        what = f"<{its.name}> is an element" if its.kind == "element" else f"#{its.name} is an id"
        message = f"{what} of {owner}, which {sheet.team} gives a style on {meeting.url}"
        return _placed("foreign-selector", message, meeting, sheet, its, [owner], f"ask {owner} for what you need")
    return None


def _placed(
    code: str, message: str, meeting: Meeting, sheet: TeamSheet, its: Reach, others: Sequence[str], hint: str
) -> Problem:
    return problem(
        code,
        message,
        file=sheet.file,
        line=its.line,
        column=its.column,
        length=its.length,
        team=sheet.team,
        url=meeting.url,
        hint=hint,
        related=tuple(Related(file=meeting.files[other], team=other) for other in others),
    )


def _listed(words: Sequence[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


# -- names


Places = list[tuple[TeamSheet, Reach]]


def _named(meeting: Meeting) -> dict[tuple[ReachKind, str], dict[str, Places]]:
    """What more than one team has on a page, by its name and by team."""
    out: dict[tuple[ReachKind, str], dict[str, Places]] = {}
    for sheet in sorted(meeting.sheets, key=lambda its: its.file):
        for its in sheet.reaches:
            if its.kind in _CLASHES:
                out.setdefault((its.kind, its.name), {}).setdefault(sheet.team, []).append((sheet, its))
    return {key: by_team for key, by_team in out.items() if len(by_team) > 1}


def _differ(mine: Places, theirs: Places) -> bool:
    """Whether two teams mean other things. A custom property that each gives to elements of its own is no clash."""
    if mine[0][1].kind == "variable" and not any(its.everywhere for _, its in (*mine, *theirs)):
        return False
    return {its.value for _, its in mine} != {its.value for _, its in theirs}


def _clash(
    meeting: Meeting, kind: ReachKind, name: str, mine: tuple[str, Places], theirs: tuple[str, Places]
) -> Problem:
    code, what = _CLASHES[kind]
    other = {its.value for _, its in theirs[1]}
    sheet, its = next((place for place in mine[1] if place[1].value not in other), mine[1][0])
    beside, that = next((place for place in theirs[1] if place[1].value != its.value), theirs[1][0])
    own = f"--{mine[0]}-…" if kind in {"property", "variable"} else f"{mine[0]}-…"
    return problem(
        code,
        f'{what} "{name}" is one thing for {mine[0]} and another for {theirs[0]}, and both are on {meeting.url}',
        file=sheet.file,
        line=its.line,
        column=its.column,
        length=its.length,
        team=mine[0],
        url=meeting.url,
        hint=f"begin its name with that of the team: {own}",
        related=(Related(file=beside.file, line=that.line, team=theirs[0]),),
    )
