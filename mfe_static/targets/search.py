"""For search engines: `sitemap.xml` (sitemaps.org protocol 0.9; translations as Google reads them,
<https://developers.google.com/search/docs/specialty/international/localized-versions>) and `robots.txt` (RFC 9309).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape

from mfe_static.model import Page, Site, TeamBuild
from mfe_static.patterns import compiled
from mfe_static.routes import quoted
from mfe_static.stitched import Output, StitchedSite
from mfe_static.tree import Tree

SITEMAP_LIMIT = 50_000
SITEMAP_BYTES = 50_000_000
"""URLs and bytes that one sitemap may have, by the protocol."""
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_XHTML = ' xmlns:xhtml="http://www.w3.org/1999/xhtml"'
_ZONE = compiled(r"(?:Z|[+-]\d\d:\d\d)$")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def sitemap(site: Site, builds: Sequence[TeamBuild]) -> Iterator[Output]:
    """`sitemap.xml`, unless search engines are to leave the site out; above the limits an index of several. `lastmod`
    is what the content says, never a file's time. Translations are named as on the pages themselves (`xhtml:link`)."""
    if site.noindex:
        return
    trees = {build.sources.name: Tree(build.pages) for build in builds if build.sources.languages}
    listed = [page for build in builds for page in build.pages if page.sitemap and not page.noindex]
    listed.sort(key=lambda page: page.url)
    head = f"{_HEAD}<urlset {_NAMESPACE}{_XHTML if trees else ''}>\n"
    base = escape(site.base_url)
    chunks = [f"{head}{rows}</urlset>\n" for rows in _chunks([_row(base, trees, page) for page in listed])]
    if len(chunks) == 1:
        yield _file("sitemap.xml", chunks[0])
        return
    names = [f"sitemap-{number}.xml" for number in range(1, len(chunks) + 1)]
    for name, chunk in zip(names, chunks, strict=True):
        yield _file(name, chunk)
    rows = "".join(f"<sitemap><loc>{site.base_url}/{name}</loc></sitemap>\n" for name in names)
    yield _file("sitemap.xml", f"{_HEAD}<sitemapindex {_NAMESPACE}>\n{rows}</sitemapindex>\n")


def _chunks(rows: Iterable[str]) -> Iterator[str]:
    """The rows, as many together as one sitemap may have; one text at least."""
    chunk: list[str] = []
    size = 0
    for row in rows:
        if len(chunk) == SITEMAP_LIMIT or size + len(row) > SITEMAP_BYTES:
            yield "".join(chunk)
            chunk, size = [], 0
        chunk.append(row)
        size += len(row)  # URLs are percent-encoded: a character is a byte
    yield "".join(chunk)


def _row(base: str, trees: Mapping[str, Tree], page: Page) -> str:
    changed = page.updated or page.date
    if changed:
        if len(changed) > 10 and not _ZONE.search(changed):
            changed += "+00:00"  # the protocol wants a zone; as everywhere, a time without one is UTC
        changed = f"<lastmod>{changed}</lastmod>"
    tree = trees.get(page.team)
    links = _translations(base, tree.alternates(page.url)) if tree and page.url in tree.pages else ""
    return f"<url><loc>{base}{quoted('', page.url)}</loc>{changed}{links}</url>\n"


def _translations(base: str, others: Mapping[str, str]) -> str:
    return "".join(
        f'<xhtml:link rel="alternate" hreflang="{escape(key)}" href="{base}{quoted("", url)}"/>'
        for key, url in others.items()
    )


def robots(site: StitchedSite) -> Iterator[Output]:
    """`robots.txt`, unless the site brings its own."""
    if all(file.path != "robots.txt" for file in site.files):
        # Where all is to be left out, it still has to be read: only the pages and headers say so (`noindex`).
        more = "" if site.site.noindex else f"\nSitemap: {site.site.base_url}/sitemap.xml\n"
        yield _file("robots.txt", f"User-agent: *\nAllow: /\n{more}")


def _file(path: str, text: str) -> Output:
    return Output(path=path, source="mfe-static", content=text.encode())
