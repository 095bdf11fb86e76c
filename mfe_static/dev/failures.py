"""What is said of an island that failed in a browser: its client tells, as only a browser runs modules."""

import re

import msgspec

from mfe_static.problems import Problem, problem

_TRUSTED = re.compile(r"\bTrusted ?(HTML|Script|ScriptURL|Types?)\b")
"""Browsers name what they ask for (Trusted Types, W3C)."""


class Failure(msgspec.Struct):
    """An island that failed, as the browser tells it."""

    team: str
    fragment: str
    message: str
    module: str
    """The path of the module where it was, in which the stack has the line; else of the island's own."""
    page: str
    line: int = 0
    column: int = 0


def failed(failure: Failure, source: str, owner: str) -> Problem:
    """The problem. `source`: the file that was published as the module, `owner`: who owns it; empty: nobody knows."""
    said = failure.message.strip().rstrip(".") or "nobody says why"
    trusted = "write text by textContent, build elements, or make HTML by a policy that [security] trusted_types names"
    return problem(
        "island-failed",
        f"{failure.team}:{failure.fragment} failed in the browser: {said}",
        file=source,
        line=max(failure.line, 0) if source else 0,
        column=max(failure.column, 0) if source else 0,
        hint=trusted if _TRUSTED.search(failure.message) else "",
        team=failure.team,
        owner=owner,
        url=failure.page,
    )
