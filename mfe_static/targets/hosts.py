"""For static hosts: `_headers` and `_redirects`, in what Netlify and Cloudflare both understand.

Every redirect says its status, because the hosts differ in the default, and none starts at a file, because they differ
in which one wins. Paths on the left are those of the output folder; what is sent to a browser carries the path of
`base_url`.
"""

from collections.abc import Iterator
from urllib.parse import quote

from mfe_static.claims import effective_redirects
from mfe_static.model import Site
from mfe_static.routes import emitted, parse_target
from mfe_static.stitched import Output, StitchedSite
from mfe_static.targets.finding import WITH_WASM

DEFAULT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; font-src 'self'; "
    "media-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
DEFAULT_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_ENCODED = "%/:?#[]@!$&'()*+,;=~-._"
"""What may stand in a URL as it is (RFC 3986 §2); encoding again what is encoded would change it."""
IMMUTABLE = "public, max-age=31536000, immutable"


def headers(site: StitchedSite) -> Iterator[Output]:
    """`_headers`: security for every page; only fingerprinted files are kept for ever."""
    secure = {"Strict-Transport-Security": "max-age=31536000"} if site.site.base_url.startswith("https:") else {}
    left_out = {"X-Robots-Tag": "noindex"} if site.site.noindex else {}
    values = {
        **DEFAULT_HEADERS,
        **secure,
        **left_out,
        "Content-Security-Policy": site.site.policy or _policy(site.site),
        **site.site.headers,
    }
    rows = [f"  {name}: {' '.join(value.split())}\n" for name, value in sorted(values.items()) if value]
    text = f"/*\n{''.join(rows)}\n/_mfe/assets/*\n  Cache-Control: {IMMUTABLE}\n"
    yield Output(path="_headers", source="mfe-static", content=text.encode())


def _policy(site: Site) -> str:
    """The strict policy; where pages are searched, with what that needs, and for all of them: hosts join what several
    rules say of one header, so that no rule could allow more to one page than another to all."""
    return (
        DEFAULT_POLICY.replace("script-src 'self'", f"script-src 'self' {WITH_WASM}") if site.search else DEFAULT_POLICY
    )


def redirects(site: StitchedSite) -> Iterator[Output]:
    """`_redirects`: the aliases of pages and the site's own, each straight to its last URL."""
    rows = []
    for rule in effective_redirects(site):
        target = parse_target(rule.to)
        inside = emitted(site.site.base_path, target.path, quote(target.query, safe=_ENCODED), target.anchor)
        to = inside if rule.to.startswith("/") else quote(rule.to, safe=_ENCODED)
        rows.append(f"{emitted('', rule.start)} {to} 301\n")
    yield Output(path="_redirects", source="mfe-static", content="".join(rows).encode())
