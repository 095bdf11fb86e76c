"""Stale: which pages have to be stitched again, and why; and what is kept of all, so that the next build can tell.

A page is as it was while its body, its front matter, what is around it and the fragments that it asks for are what they
were. Each of these has a name, which is a digest of inputs (`Marks`); only names are compared, and most pages of a team
share theirs. Whether a document still stands in the output is looked at elsewhere (`assemble`), as that takes longer.
"""

from collections.abc import Collection, Mapping, Sequence

import msgspec

from mfe_static.bench import Bench
from mfe_static.digests import Digest
from mfe_static.kept import NOTHING
from mfe_static.state import mark_of
from mfe_static.stitch import Marks
from mfe_static.stitched import Composed, KeptPages, Stitched, Uses


def stale(bench: Bench, marks: Marks, kept: Mapping[str, KeptPages], settled: Collection[str] = ()) -> dict[str, str]:
    """The pages that have to be stitched, by URL, and why. `settled`: teams with nothing but pages that were stitched
    from the values that they have now."""
    out: dict[str, str] = {}
    for team, urls in bench.teams.items():
        was = kept.get(team, KeptPages())
        if not was.pages:
            out |= dict.fromkeys(urls, NOTHING)
            continue
        around = _around(marks.around(team), was)
        shown = [_shown(marks, uses, was) for uses in was.uses]
        if team in settled and not around and not any(shown):
            urls = [url for url in bench.own if bench.pages[url][0].team == team]
        for url in urls:
            _, name, body = bench.pages[url]
            row = was.pages.get(url)
            if row is None:
                out[url] = "it is new"
            elif not row.mark:
                out[url] = "it failed"
            elif row.body != (body or b"") and mark_of(row.body) != mark_of(body or b""):
                out[url] = "its body changed"
            elif row.page != name:
                out[url] = "its front matter, or a setting for it, changed"
            elif cause := around or shown[row.uses]:
                out[url] = cause
    return out


def _around(now: Mapping[str, Digest], was: KeptPages) -> str:
    """What changed around a team's pages, in words; empty: nothing."""
    return _changed([part for part, mark in now.items() if was.around.get(part) != mark])


def _shown(marks: Marks, uses: Uses, was: KeptPages) -> str:
    """Which fragments changed, or what they look at; empty: none."""
    names = [f"the fragment {name}" for name in uses.asked if was.fragments.get(name) != marks.fragment(name)]
    return f"{_changed(names)}, or what it looks at" if names else ""


def _changed(what: Sequence[str]) -> str:
    return f"{' and '.join(what)} changed" if what else ""


def kept_pages(
    bench: Bench, marks: Marks, pages: Sequence[Composed], stitched: Collection[str], before: Mapping[str, KeptPages]
) -> dict[str, KeptPages]:
    """Each row, and what went into all of them: what the next build compares with, by team. `stitched`: the URLs of
    those that this build stitched.

    Where no page of a team was stitched or is gone, that is what was kept of it `before`.
    """
    touched = {bench.pages[url][0].team for url in stitched}
    nothing = KeptPages()
    out = {team: was for team, urls in bench.teams.items()
           if team not in touched and len((was := before.get(team, nothing)).pages) == len(urls)}  # fmt: skip
    rows: dict[str, dict[str, Stitched]] = {team: {} for team in bench.teams if team not in out}
    uses: dict[str, dict[Uses, int]] = {team: {} for team in rows}
    numbers: dict[tuple[str, int], int] = {}
    for composed in pages:
        row, team = composed.row, composed.page.team
        if team in out or (row.problems and any(found.code == "too-slow" for found in row.problems)):  # a clock's word
            continue
        number = numbers.get(key := (team, id(composed.uses)))
        if number is None:  # the same may have come from several processes
            number = numbers[key] = uses[team].setdefault(composed.uses, len(uses[team]))
        rows[team][composed.page.url] = row if row.uses == number else msgspec.structs.replace(row, uses=number)
    for team in bench.teams:
        was = out.get(team) or KeptPages(rows[team], tuple(uses[team]))
        asked = sorted({name for its in was.uses for name in its.asked})
        around, fragments = marks.around(team), {name: marks.fragment(name) for name in asked}
        if (was.around, was.fragments) != (around, fragments):
            was = msgspec.structs.replace(was, around=around, fragments=fragments)
        out[team] = was
    return out
