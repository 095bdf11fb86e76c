"""What hosts are told to send with every page: one policy for the whole site, and headers beside it.

The policy is the site's own, or the strict default; teams have what they need let in (`[security]` of `team.toml`), and
so is the one script that stands in pages, the import map. `asked` tells what teams added, and whose it is.
"""

from mfe_static.digests import source_hash
from mfe_static.policy import allowed, parsed, with_script, written
from mfe_static.routes import emitted
from mfe_static.speculation import speculation
from mfe_static.stitched import StitchedSite

WITH_WASM = "'wasm-unsafe-eval'"
"""What a policy says that lets pages run WebAssembly, as Pagefind does; it allows no `eval`."""
DEFAULT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: https:; font-src 'self'; "
    "media-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
TRUSTED = "; require-trusted-types-for 'script'; trusted-types mfe"
"""No text becomes code (Trusted Types)."""
DEFAULT_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Cross-Origin-Opener-Policy": "same-origin",
}
_INTEGRITY = {"Integrity-Policy": "blocked-destinations=(script)"}
"""No script without a hash."""


def header_lines(site: StitchedSite) -> list[tuple[str, str]]:
    """The headers of every page, sorted."""
    own = site.site
    secure = {"Strict-Transport-Security": "max-age=31536000"} if own.base_url.startswith("https:") else {}
    left_out = {"X-Robots-Tag": "noindex"} if own.noindex else {}
    ahead, _ = speculation(site)
    values = {
        **DEFAULT_HEADERS,
        **(_INTEGRITY if _made_here(site) else {}),
        **secure,
        **left_out,
        **({"Speculation-Rules": f'"{emitted(own.base_path, f"/{ahead}")}"'} if ahead else {}),
        "Content-Security-Policy": policy_of(site),
        **own.headers,
    }
    return [(name, " ".join(value.split())) for name, value in sorted(values.items()) if value]


def policy_of(site: StitchedSite) -> str:
    """The one policy of the site."""
    policy = base_policy(site)
    rules, wanted = parsed(policy), asked(site)
    for directive, source, _ in wanted:
        rules = allowed(rules, directive, [source])
    policy = written(rules) if wanted else policy
    return with_script(policy, source_hash(site.behaviour.map)) if site.behaviour.map else policy


def base_policy(site: StitchedSite) -> str:
    """The policy before anybody adds to it. With search, what that needs counts for all pages: hosts join what several
    rules say of one header, so that no rule could allow more to one page than another to all."""
    if site.site.policy:
        return site.site.policy
    if site.site.search:
        return DEFAULT_POLICY.replace("script-src 'self'", f"script-src 'self' {WITH_WASM}")
    return DEFAULT_POLICY + TRUSTED if _made_here(site) else DEFAULT_POLICY


def _made_here(site: StitchedSite) -> bool:
    """Whether all scripts came through our hands. Pagefind loads its program without a hash and makes a worker from a
    text; what other tools make has scripts without hashes, which stay byte for byte."""
    return not site.site.search and not any(build.sources.foreign for build in site.builds)


def asked(site: StitchedSite) -> list[tuple[str, str, str]]:
    """What teams need of the policy: directive, source, and the team that needs it."""
    return sorted(
        (directive, source, build.sources.name)
        for build in site.builds
        for directive, sources in build.sources.origins.items()
        for source in sources
    )
