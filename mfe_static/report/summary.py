"""The last line of a build or check, fit to be read aloud."""

from typing import NamedTuple

from mfe_static.report.texts import clean, duration, many, tally


class Summary(NamedTuple):
    """What a build or check did, in numbers."""

    pages: int
    teams: int
    rendered: int
    reused: int
    seconds: float
    errors: int
    warnings: int
    output: str
    """The output folder as people name it."""
    listings: int = 0
    fallbacks: int = 0
    published: bool = False
    previous: bool = False
    """Whether a site stands in the output folder."""
    strict: bool = False


def built(done: Summary) -> str:
    """The last line of a build, fit to be read aloud."""
    found = tally(done.errors, done.warnings)
    if not done.published:
        kept = f"the previous site in {_folder(done.output)} is unchanged" if done.previous else ""
        return " · ".join(filter(None, [f"not published: {found}", kept]))
    work = f"{done.rendered:,} rendered, {done.reused:,} reused"
    work += f", {many(done.listings, 'listing')}" if done.listings else ""
    return " · ".join(
        filter(None, [f"built {_extent(done)}", work, _fallbacks(done), _found(done), _folder(done.output)])
    )


def checked(done: Summary) -> str:
    """The last line of a check."""
    if not done.pages and done.errors:
        return f"not checked: {tally(done.errors, done.warnings)}"
    return " · ".join(filter(None, [f"checked {_extent(done)}", _fallbacks(done), _found(done) or "no problems"]))


def _extent(done: Summary) -> str:
    return f"{many(done.pages, 'page')} of {many(done.teams, 'team')} in {duration(done.seconds)}"


def _fallbacks(done: Summary) -> str:
    return f"{many(done.fallbacks, 'fallback')} shown" if done.fallbacks else ""


def _found(done: Summary) -> str:
    if not done.errors and not done.warnings:
        return ""
    fails = done.strict and not done.errors
    return tally(done.errors, done.warnings) + (", and --strict lets none pass" if fails else "")


def _folder(path: str) -> str:
    return clean(path).rstrip("/") + "/"
