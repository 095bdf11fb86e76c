"""Soft navigation: what pages say that can take each other's place in the browser (`runtime/navigate.js`).

The head says which addresses are the team's and what the page was built with, as text, because pages are compared as
text. The one `<main>` of the layout becomes what is exchanged, so themes need to know nothing of it; one whose pages
differ outside of it, too, prints `outlet` there.
"""

import re
from html import escape

from markupsafe import Markup

from mfe_static.html.tags import ATTRIBUTES, TEXTS
from mfe_static.model import TeamSources
from mfe_static.patterns import compiled
from mfe_static.problems import Problem, problem
from mfe_static.routes import emitted

_TAGS = compiled(
    rf"""<!--.*?(?:--!?>|\Z)
    |<({"|".join(TEXTS)})(?=[\s/>]){ATTRIBUTES}>.*?(?=</\1|\Z)
    |(?P<main><main)?(?P<tag>(?(main)|<[a-z][^\s/>]*+)(?=[\s/>]){ATTRIBUTES}>)""",
    re.VERBOSE | re.DOTALL | re.IGNORECASE | re.ASCII,
)
"""A tag, or all of something in which none can stand."""
_SAID = "data-mfe-outlet"


def outlet(team: str) -> Markup:
    """The attributes of what is exchanged."""
    return Markup(' data-mfe="{}" {}').format(team, _SAID)


def soft_head(team: TeamSources, base_path: str, build: str) -> str:
    """What the head says of the page."""
    return f'{scope_head(team, base_path)}<meta name="mfe-build" content="{build}">\n'


def scope_head(team: TeamSources, base_path: str) -> str:
    """Which addresses are the team's: its prefix, without those of others in it."""
    inner = team.foreign_prefixes
    scope = [team.prefix, *(each for each in inner if not each.startswith(tuple(it for it in inner if it != each)))]
    text = " !".join(emitted(base_path, prefix) for prefix in scope)
    return f'<meta name="mfe-scope" content="{escape(text)}">\n'


def with_outlet(html: str, team: str, file: str) -> str | Problem:
    """A layout, printed, in which something is exchanged: what it says itself up to its `<main>`, else that. `file`:
    the layout."""
    for found in _TAGS.finditer(html):
        if _SAID in (found["tag"] or ""):
            return html
        if found["main"]:
            at = found.end("main")
            return f"{html[:at]}{outlet(team)}{html[at:]}"
    return problem(
        "template-error",
        "the layout has no `<main>`, which is what soft navigation exchanges",
        file=file,
        hint="give it one, or print `outlet` in the tag of the element around all that differs from page to page",
    )
