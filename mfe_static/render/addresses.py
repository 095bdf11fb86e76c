"""Addresses: under which URL a page stands, and under which it stood before.

A file's place gives the URL; front matter may ask for another one, whole (`path`) or in its last segment (`slug`), and
on pages made from data these have braces. Whatever was asked for, what comes out is a URL that the team may have: under
its prefix, under nobody else's, possible on every host. What it may not have is a problem, and no page.
"""

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from mfe_static.model import TeamSources
from mfe_static.problems import Problem, problem
from mfe_static.render import foreign
from mfe_static.render.documents import Front
from mfe_static.render.each import filled
from mfe_static.routes import RESERVED_PREFIX, bad_segment, harmless, page_path

if TYPE_CHECKING:
    from mfe_static.templates import Templates

NOT_FOUND = "/404.html"
"""What static hosts show where nothing is; `pages/404.*` of the team that owns `/` makes it."""


class Source(msgspec.Struct, frozen=True):
    """A page file, read, and whose it is."""

    team: TeamSources
    shown: str
    """The file, as problems name it."""
    front: Front

    def problem(self, code: str, message: str, sought: str, **fields: Any) -> Problem:
        """A problem of this file. `sought`: what to look for in it; empty: nothing."""
        return problem(code, message, file=self.shown, sought=sought, team=self.team.name, **fields)


def url_of(source: Source, path: str, bound: Mapping[str, Any], templates: "Templates") -> str | Problem:
    """The URL of a page of `source`, for which `each` bound these values. `path`: below the folder with the pages."""
    team, matter = source.team, source.front.matter
    if team.foreign:
        url = foreign.url_of(path, team.prefix)
        return refusal(source, url, "") or url
    key = "path" if matter.path is not None else "slug" if matter.slug is not None else ""
    try:
        if matter.path is not None:
            wanted = filled(matter.path, bound, templates)
            folder = page_path(path.rpartition("/")[0] + "/index.md") if "/" in path else ""
            url = wanted if wanted.startswith("/") else team.prefix + folder + wanted
        elif matter.slug is not None:
            slug = filled(matter.slug, bound, templates)
            if reason := bad_segment(slug) or ("/ has no place in it" if "/" in slug else ""):
                return source.problem("bad-slug", f'"{slug}" cannot be a slug: {reason}', "key:slug")
            url = team.prefix + page_path(path).rstrip("/").rpartition("/")[0].lstrip("/")
            url = (url.rstrip("/") + "/" if url else "/") + slug + "/"
        elif bound:
            return source.problem("bad-each", "pages made from data need a `path` with braces", "key:each")
        else:
            url = team.prefix + page_path(path)
    except ValueError as error:
        return source.problem("bad-each", str(error), f"key:{key}" if key else "")
    if not url.endswith("/"):
        url += "/"
    if refused := refusal(source, url, key):
        return refused
    return NOT_FOUND if url == "/404/" else url


def aliases_of(source: Source, url: str, bound: Mapping[str, Any], templates: "Templates") -> Iterator[str | Problem]:
    """The former URLs of the page at `url`; relative ones begin in its folder. Raises ValueError as `filled` does."""
    parent = url.rstrip("/").rpartition("/")[0] + "/"
    for alias in dict.fromkeys(filled(text, bound, templates) for text in source.front.matter.aliases):
        full = alias if alias.startswith("/") else parent + alias
        if not full.endswith("/") and "." not in full.rpartition("/")[2]:
            full += "/"
        if full != url:
            yield refusal(source, full, "aliases") or full


def refusal(source: Source, url: str, key: str) -> Problem | None:
    """Why the team may not have `url`, which `key` of the front matter asks for (empty: the file's place does)."""
    team, sought = source.team, f"key:{key}" if key else ""
    if not harmless(url) and (refused := _impossible(source, url, key, sought)):
        return refused
    if url.startswith(RESERVED_PREFIX):
        return source.problem("reserved-url", f"{url} is under {RESERVED_PREFIX}, which is the tool's own", sought)
    if url.startswith(team.prefix) and not url.startswith(team.foreign_prefixes):
        return None
    owner = next((prefix for prefix in team.foreign_prefixes if url.startswith(prefix)), "")
    what = {"aliases": "alias", "routes": "client route"}.get(key, "page")
    where = f"inside {owner}, which another team owns" if owner else f"outside {team.prefix}"
    message = f"the {what} {url} would be {where}"
    hint = f"the route table gives {team.prefix} to {team.name}"
    if owner:
        hint = f"what stands below {owner} lies in that team's folder; give this page another place, `path` or `slug`"
    if what == "client route":
        hint = f"begin it with {team.prefix}"
    elif what == "alias":
        hint = f"begin it with {team.prefix}, or put it under [redirects] in site.toml"
    return source.problem("foreign-prefix", message, sought, hint=hint)


def _impossible(source: Source, url: str, key: str, sought: str) -> Problem | None:
    """Why nobody can have `url`."""
    for segment in url.removeprefix("/").removesuffix("/").split("/") if url != "/" else ():
        if reason := bad_segment(segment):
            code = "bad-path" if key else "bad-file-name"
            return source.problem(code, f'"{url}" cannot be a URL: {reason}', sought)
    if any(len(segment.encode()) > 255 for segment in url.split("/")):
        return source.problem("name-too-long", f"a segment of {url[:60]}… has more than 255 bytes", sought)
    return None
