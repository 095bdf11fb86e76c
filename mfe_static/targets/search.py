"""For search engines: `sitemap.xml` (sitemaps.org protocol 0.9) and `robots.txt` (RFC 9309)."""

from collections.abc import Iterator, Sequence
from html import escape

from mfe_static.model import Page
from mfe_static.patterns import compiled
from mfe_static.routes import emitted
from mfe_static.stitched import Output, StitchedSite

SITEMAP_LIMIT = 50_000
"""URLs that one sitemap may have, by the protocol; the protocol's 50 MB are reached later."""
_NAMESPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_ZONE = compiled(r"(?:Z|[+-]\d\d:\d\d)$")
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'


def sitemap(site: StitchedSite) -> Iterator[Output]:
    """`sitemap.xml`, unless search engines are to leave the site out; above the limit an index of several. `lastmod` is
    what the content says, never a file's time."""
    if site.site.noindex:
        return
    pages = sorted(
        (composed.page for composed in site.pages if composed.page.sitemap and not composed.page.noindex),
        key=lambda page: page.url,
    )
    if len(pages) <= SITEMAP_LIMIT:
        yield _file("sitemap.xml", _urls(site, pages))
        return
    chunks = [pages[start : start + SITEMAP_LIMIT] for start in range(0, len(pages), SITEMAP_LIMIT)]
    names = [f"sitemap-{number}.xml" for number in range(1, len(chunks) + 1)]
    for name, chunk in zip(names, chunks, strict=True):
        yield _file(name, _urls(site, chunk))
    rows = "".join(f"<sitemap><loc>{site.site.base_url}/{name}</loc></sitemap>\n" for name in names)
    yield _file("sitemap.xml", f"{_HEAD}<sitemapindex {_NAMESPACE}>\n{rows}</sitemapindex>\n")


def _urls(site: StitchedSite, pages: Sequence[Page]) -> str:
    rows = []
    for page in pages:
        changed = page.updated or page.date
        if len(changed) > 10 and not _ZONE.search(changed):
            changed += "+00:00"  # the protocol wants a zone; as everywhere, a time without one is UTC
        changed = f"<lastmod>{escape(changed)}</lastmod>" if changed else ""
        rows.append(f"<url><loc>{escape(site.site.base_url + emitted('', page.url))}</loc>{changed}</url>\n")
    return f"{_HEAD}<urlset {_NAMESPACE}>\n{''.join(rows)}</urlset>\n"


def robots(site: StitchedSite) -> Iterator[Output]:
    """`robots.txt`, unless the site brings its own."""
    if all(file.path != "robots.txt" for file in site.files):
        # Where all is to be left out, it still has to be read: only the pages and headers say so (`noindex`).
        more = "" if site.site.noindex else f"\nSitemap: {site.site.base_url}/sitemap.xml\n"
        yield _file("robots.txt", f"User-agent: *\nAllow: /\n{more}")


def _file(path: str, text: str) -> Output:
    return Output(path=path, source="mfe-static", content=text.encode())
