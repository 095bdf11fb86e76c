"""What two outputs differ in, for people and for other programs."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mfe_static.difference import Change, Comparison, Group
    from mfe_static.schemas import ChangeRow, GroupRow

_GROUPS, _PARTS, _LINES, _NAMES, _TEAMS = 12, 4, 3, 4, 3
"""How many groups a person is shown, places of a group, lines of each side, names of files, and names of teams."""


def rows(changes: "Sequence[Change]") -> "tuple[ChangeRow, ...]":
    """Files, as other programs see them."""
    from mfe_static.schemas import ChangeRow

    return tuple(ChangeRow(**change._asdict()) for change in changes)


def groups_of(groups: "Sequence[Group]") -> "tuple[GroupRow, ...]":
    """Groups of pages, as other programs see them."""
    from mfe_static.schemas import GroupRow

    return tuple(
        GroupRow(
            where=group.where,
            pages=len(group.urls),
            only=group.only,
            teams=group.teams,
            removed=tuple(line for part in group.parts for line in part.removed),
            added=tuple(line for part in group.parts for line in part.added),
            urls=group.urls,
        )
        for group in groups
    )


def lines(found: "Comparison", sizes: Sequence[tuple[str, str]], files: int, *, verbose: bool) -> Iterator[str]:
    """What files changed, in a table that ends with `sizes`, then why pages did. `files`: of how many."""
    from mfe_static.report import many, table

    if found.same and not found.groups:
        yield f"no difference in {many(files, 'file')}"
        return
    yield from table([*_kinds(found, verbose=verbose), *sizes])
    shown = found.groups if verbose else found.groups[:_GROUPS]
    for group in shown:
        yield ""
        yield from _group(group, verbose=verbose)
    if rest := found.groups[len(shown) :]:
        yield ""
        places = Counter(group.where for group in rest).most_common(_NAMES)
        named = ", ".join(f"{times:,} in {where}" for where, times in places)
        yield f"and {many(len(rest), 'more difference')} (use -v, or --json): {named}"
    if found.unread and found.groups:
        yield ""
        yield f"{many(found.unread, 'more page')} differ and were not looked into"


def _kinds(found: "Comparison", *, verbose: bool) -> Iterator[tuple[str, str]]:
    """What came, went and changed, by kind, with names; of pages that changed the teams, as groups name these pages."""
    from mfe_static.difference import KINDS
    from mfe_static.report import clean, many

    for kind in KINDS:
        for what, changes in (("added", found.added), ("removed", found.removed), ("changed", found.changed)):
            of_kind = [change for change in changes if change.kind == kind]
            if not of_kind:
                continue
            counted = f"{many(len(of_kind), kind)} {what}"
            if kind == "page" and what == "changed":
                yield counted, _teams({change.team for change in of_kind} - {""})
                continue
            times = Counter(_name(change) for change in of_kind)
            names = [clean(name) + (f" ×{times[name]}" if times[name] > 1 else "") for name in times]
            if verbose:
                yield from ((counted if n == 0 else "", name) for n, name in enumerate(names))
            else:
                yield counted, ", ".join(names[:_NAMES]) + (" …" if len(names) > _NAMES else "")


def _name(change: "Change") -> str:
    return f"{change.name} ({change.team})" if change.team else change.name


def _teams(names: Collection[str]) -> str:
    from mfe_static.report import clean, many

    return clean(", ".join(sorted(names))) if len(names) <= _TEAMS else many(len(names), "team")


def _group(group: "Group", *, verbose: bool) -> Iterator[str]:
    """A group: how many pages of whom, where, and at each place what went and what came."""
    from mfe_static.report import clean, many

    size, places = len(group.urls), list(dict.fromkeys(part.where for part in group.parts))
    shown = ", ".join(places[:_PARTS]) + (" …" if len(places) > _PARTS else "")
    said = clean(shown) + (" only" if group.only == size else "")
    yield " · ".join(filter(None, [many(size, "page"), _teams(group.teams), said]))
    for place in places if verbose else places[:_PARTS]:
        if len(places) > 1:
            yield f"  {clean(place)}"
        parts = [part for part in group.parts if part.where == place]
        for part in parts if verbose else parts[:_LINES]:
            for mark, lines in (("-", part.removed), ("+", part.added)):
                yield from (f"  {mark} {clean(line)}" for line in lines[: None if verbose else _LINES])
                if not verbose and len(lines) > _LINES:
                    yield f"  {mark} …"
        if not verbose and len(parts) > _LINES:
            yield "  …"
    if verbose:
        yield from (f"  {clean(url)}" for url in group.urls)
    else:
        yield f"  {'such as ' if size > 1 else ''}{clean(group.urls[0])}"
