"""The page on which all teams' pages can be searched, one in each language, where the site wants it.

Nobody writes it: the theme's layout `search` shows what is found, and below it, for readers without JavaScript and for
those who look around, the pages of each team. Which these are is part of what the page says of itself, so it is
stitched again when one of them comes, goes or is renamed, and no other page is.
"""

from collections.abc import Iterator, Mapping, Sequence

import msgspec

from mfe_static.digests import Digest, digest
from mfe_static.model import Page, Site, TeamBuild, TeamSources
from mfe_static.routes import longest_prefix

LAYOUT = "search"
MOST = 100
"""Pages of one team that are shown; those above others go first."""
_SAID = {
    "de": ("Suche", "Alle Seiten dieser Website durchsuchen, und eine Liste nach Teams."),
    "en": ("Search", "Search all pages of this site, and a list of them by team."),
    "es": ("Buscar", "Buscar en todas las páginas de este sitio, y una lista por equipo."),
    "fr": ("Recherche", "Chercher dans toutes les pages de ce site, et une liste par équipe."),
}
"""Title and description, by language."""


def searchable(build: TeamBuild) -> Iterator[int]:
    """Which pages of a team can be found, by their places: those that search engines may find, too, and that somebody
    wrote."""
    for place, page in enumerate(build.pages):
        if build.bodies[place] is not None and not page.noindex and page.url not in build.failed:
            yield place


def searches(site: Site, builds: Sequence[TeamBuild]) -> dict[str, Mapping[str, str]]:
    """Where pages can be searched, and what that is called, by language; empty: nowhere."""
    if not site.search:
        return {}
    languages = {site.language, *(build.pages[place].language for build in builds for place in searchable(build))}
    return {
        language: {
            "url": site.search if language == site.language else f"{site.search}{language.lower()}/",
            "title": _said(language)[0],
        }
        for language in sorted(languages)
    }


def search_pages(
    site: Site, theme: TeamSources, builds: Sequence[TeamBuild], urls: Mapping[str, Mapping[str, str]]
) -> Iterator[tuple[Page, Digest]]:
    """The pages at these URLs, each with what names all that it says of itself."""
    prefixes = {build.sources.name: build.sources.prefix for build in builds}
    for language, its in urls.items():
        title, description = _said(language)
        listed = [(build.sources.name, _listed(build, language)) for build in builds]
        page = Page(
            url=its["url"], name=LAYOUT, team=longest_prefix(prefixes, its["url"]) or next(iter(prefixes)),
            source=theme.named(f"layouts/{LAYOUT}.html"), base="", title=title, description=description,
            language=language, layout=LAYOUT, sitemap=False,
            extra={"teams": [{"name": name, "pages": pages} for name, pages in listed if pages]},
        )  # fmt: skip
        yield page, digest(msgspec.msgpack.encode(page))


def _said(language: str) -> tuple[str, str]:
    return _SAID.get(language[:2], _SAID["en"])


def _listed(build: TeamBuild, language: str) -> list[dict[str, str]]:
    pages = [build.pages[place] for place in searchable(build) if build.pages[place].language == language]
    if len(pages) > MOST:
        pages = sorted(pages, key=lambda page: page.url.count("/"))[:MOST]  # stable: in reading order otherwise
    return [{"url": page.url, "title": page.title} for page in pages]
