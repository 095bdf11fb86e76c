"""`mfe-static diff`: what changed between two outputs."""

import os
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from typing import TYPE_CHECKING

import click

from mfe_static.cli.options import Given, shared

if TYPE_CHECKING:
    from mfe_static.difference import Change, Comparison, Contents, Group
    from mfe_static.problems import Problem
    from mfe_static.schemas import DiffRow

_GROUPS, _PARTS, _LINES, _NAMES, _TEAMS = 12, 4, 3, 4, 3
"""How many groups a person is shown, places of a group, lines of each side, names of files, and names of teams."""


@click.command(name="diff")
@shared
@click.argument("old", type=click.Path())
@click.argument("new", required=False, type=click.Path())
@click.option("--exit-code", "telling", is_flag=True, help="Exit with 1 when something differs.")
def command(given: Given, old: str, new: str | None, telling: bool) -> int:
    """Show what changed between two outputs, and why.

    OLD and NEW are folders that build wrote; without NEW it is the site's output. Folders of HTML files that something
    else wrote can be compared as well. Pages that differ in the same way are told once, with the place at which they
    do: an edit of the header is one entry, on however many pages it shows.

    \b
    Examples:
      mfe-static diff before
      mfe-static diff before after -v
      mfe-static diff before --exit-code --json
    """
    from mfe_static.cli.answers import failed, print_json
    from mfe_static.cli.run import tell, terminal
    from mfe_static.difference import compare
    from mfe_static.problems import Problem, exit_code, in_order

    problems: list[Problem] = []
    had, has = _side(given, old, problems), _side(given, new, problems)
    if had is None or has is None:
        problems = in_order(problems)
        print_json(failed(problems)) if given.json else tell(given, problems)
        return exit_code(problems, strict=given.strict)
    with terminal(given).progress(quiet=given.quiet or given.json) as progress:
        found = compare(had, has, progress)
    if given.json:
        print_json(_row(found, had, has))
    else:
        tell(given, found.problems)
        for line in () if given.quiet else _lines(found, had, has, verbose=given.verbose):
            terminal(given).say(line)
    return exit_code(found.problems, strict=given.strict) or int(telling and not found.same)


def _side(given: Given, folder: str | None, problems: "list[Problem]") -> "Contents | None":
    """What the folder holds, meant from where the user stands; without one, what the site's output holds. None where
    that cannot be had, and why is added to `problems`."""
    from mfe_static.config import load_site
    from mfe_static.difference import Contents, standing
    from mfe_static.report import nearby

    place = os.path.abspath(folder) if folder is not None else ""
    if not place:
        loaded = load_site(given.root, environ=os.environ)
        if loaded.parsed is None:
            problems += loaded.problems
            return None
        place = str(given.root / loaded.settings.output)
    found = standing(place, nearby(place, os.getcwd()))
    if isinstance(found, Contents):
        return found
    problems.append(found)
    return None


def _row(found: "Comparison", old: "Contents", new: "Contents") -> "DiffRow":
    from mfe_static.cli.answers import rows_of
    from mfe_static.schemas import ChangeRow, DiffRow, GroupRow, SizesRow

    def rows(changes: "Sequence[Change]") -> tuple[ChangeRow, ...]:
        return tuple(ChangeRow(**change._asdict()) for change in changes)

    return DiffRow(
        ok=not found.problems,
        added=rows(found.added),
        removed=rows(found.removed),
        changed=rows(found.changed),
        groups=tuple(
            GroupRow(
                where=group.where,
                pages=len(group.urls),
                only=group.only,
                teams=group.teams,
                removed=tuple(line for part in group.parts for line in part.removed),
                added=tuple(line for part in group.parts for line in part.added),
                urls=group.urls,
            )
            for group in found.groups
        ),
        bytes=SizesRow(old=old.size, new=new.size),
        problems=rows_of(found.problems),
    )


# -- for people


def _lines(found: "Comparison", old: "Contents", new: "Contents", *, verbose: bool) -> Iterator[str]:
    """The answer: what files changed, in a table, then why pages did."""
    from mfe_static.report import many, table

    if found.same and not found.groups:
        yield f"no difference in {many(len(new.files), 'file')}"
        return
    yield from table([*_kinds(found, verbose=verbose), ("size", f"{old.size:,} bytes, now {new.size:,}")])
    shown = found.groups if verbose else found.groups[:_GROUPS]
    for group in shown:
        yield ""
        yield from _group(group, verbose=verbose)
    if rest := found.groups[len(shown) :]:
        yield ""
        places = Counter(group.where for group in rest).most_common(_NAMES)
        named = ", ".join(f"{times:,} in {where}" for where, times in places)
        yield f"and {many(len(rest), 'more difference')} (use -v, or --json): {named}"


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
