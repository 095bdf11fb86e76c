"""For static hosts: `_headers` and `_redirects`, in what Netlify and Cloudflare both understand.

Every redirect says its status, because the hosts differ in the default, and none starts at a file, because they differ
in which one wins. Paths on the left are those of the output folder; what is sent to a browser carries the path of
`base_url`.
"""

from collections.abc import Iterator
from urllib.parse import quote

from mfe_static.claims import all_rewrites, effective_redirects
from mfe_static.routes import emitted, parse_target
from mfe_static.security import header_lines
from mfe_static.speculation import TYPE, speculation
from mfe_static.stitched import Output, StitchedSite

_ENCODED = "%/:?#[]@!$&'()*+,;=~-._"
"""What may stand in a URL as it is (RFC 3986 §2); encoding again what is encoded would change it."""
IMMUTABLE = "public, max-age=31536000, immutable"


def headers(site: StitchedSite) -> Iterator[Output]:
    """`_headers`: security for every page; only fingerprinted files are kept for ever. And the rules that it names."""
    rows = [f"  {name}: {value}\n" for name, value in header_lines(site)]
    pools = ["/_mfe/assets/*", *(["/_mfe/modules/*"] if site.behaviour.files else [])]
    kept = "".join(f"\n{pool}\n  Cache-Control: {IMMUTABLE}\n" for pool in pools)
    ahead, content = speculation(site)
    typed = f"\n/{ahead}\n  Content-Type: {TYPE}\n" if ahead else ""
    yield Output(path="_headers", source="mfe-static", content=f"/*\n{''.join(rows)}{kept}{typed}".encode())
    if ahead:
        yield Output(path=ahead, source="mfe-static", content=content)


def redirects(site: StitchedSite) -> Iterator[Output]:
    """`_redirects`: the aliases of pages and the site's own, each straight to its last URL; then client routes, whose
    address stays while their page is shown, so what stands on the right is a path of the output folder, too."""
    rows = []
    for rule in effective_redirects(site):
        target = parse_target(rule.to)
        inside = emitted(site.site.base_path, target.path, quote(target.query, safe=_ENCODED), target.anchor)
        to = inside if rule.to.startswith("/") else quote(rule.to, safe=_ENCODED)
        rows.append(f"{emitted('', rule.start)} {to} 301\n")
    rows += [f"{emitted('', rule.start)} {emitted('', rule.to)} 200\n" for rule in all_rewrites(site)]
    yield Output(path="_redirects", source="mfe-static", content="".join(rows).encode())
