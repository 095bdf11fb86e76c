"""Content-Security-Policy (CSP 3) as text: what it says, and what is added to it.

A policy is a table of directives, each a list of sources. What is added goes to the directive that is asked for; where
there is none, a browser takes another one for it, so a new directive begins with what that one says. Nothing that is
added takes away what was said before: a hash beside `'unsafe-inline'` would switch that off (CSP 3 §6.7.3.2), so it is
left out.
"""

from collections.abc import Iterable, Mapping

from mfe_static.patterns import compiled

DIRECTIVES: Mapping[str, str] = {
    "connect": "connect-src",
    "font": "font-src",
    "form": "form-action",
    "frame": "frame-src",
    "img": "img-src",
    "media": "media-src",
    "script": "script-src",
    "style": "style-src",
    "trusted_types": "trusted-types",
    "worker": "worker-src",
}
"""What teams may ask for, by their word for it."""
_INSTEAD: Mapping[str, tuple[str, ...]] = {
    "script-src-elem": ("script-src", "default-src"),
    "worker-src": ("child-src", "script-src", "default-src"),
    "frame-src": ("child-src", "default-src"),
    "form-action": (),
    "trusted-types": (),
}
"""What browsers ask where a directive is not there (CSP 3 §6.8.3); else only `default-src`."""
_SUPERSEDED = "'nonce-", "'sha256-", "'sha384-", "'sha512-", "'strict-dynamic'"
"""Beside any of these `'unsafe-inline'` means nothing."""

_ORIGIN = compiled(r"(?:https|wss)://(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)*(?::[0-9]{1,5})?(?:/[^\s;,'\"<>*]*)?")
_DATA = frozenset({"data:", "blob:"})
_HASH = compiled(r"'sha(?:256|384|512)-[A-Za-z0-9+/]{43,88}={0,2}'")
_NAME = compiled(r"[A-Za-z0-9#=_/@.%-]+")
_WITH_DATA = frozenset({"font", "img", "media"})


def refused(kind: str, source: str) -> str:
    """Why a team cannot ask for a source; empty: it can."""
    if kind == "trusted_types":
        return "" if _NAME.fullmatch(source) else "it is no name of a Trusted Types policy"
    if _ORIGIN.fullmatch(source) or (source in _DATA and kind in _WITH_DATA):
        return ""
    if source == "blob:" and kind == "worker":
        return ""
    if kind == "script" and (_HASH.fullmatch(source) or source == "'wasm-unsafe-eval'"):
        return ""
    if source in {"'unsafe-inline'", "'unsafe-eval'", "*"} or source in {"data:", "blob:"} or source.endswith(":"):
        return "with it the policy would keep nothing out"
    return "it is no origin, such as https://api.example"


def parsed(policy: str) -> dict[str, list[str]]:
    """Sources by directive; of two of one name, the first counts (CSP 3 §2.2.1)."""
    out: dict[str, list[str]] = {}
    for rule in policy.split(";"):
        name, *sources = rule.split() or [""]
        if name:
            out.setdefault(name.lower(), sources)
    return out


def written(rules: Mapping[str, Iterable[str]]) -> str:
    """The policy as text."""
    return "; ".join(" ".join([name, *sources]) for name, sources in rules.items())


def allowed(rules: Mapping[str, list[str]], directive: str, sources: Iterable[str]) -> dict[str, list[str]]:
    """The rules with these sources let in; the same where nothing kept them out."""
    asked = [directive, *_INSTEAD.get(directive, ("default-src",))]
    base = next((name for name in asked if name in rules), None)
    if base is None:
        return dict(rules)
    said = rules[base]
    fresh = [source for source in sources if source not in said]
    if not fresh:
        return dict(rules)
    kept = [source for source in said if source.lower() != "'none'"]
    return {**rules, directive: [*kept, *fresh]}


def with_script(policy: str, source: str) -> str:
    """The policy with an inline script let in, by its hash."""
    rules = parsed(policy)
    for directive in ("script-src", *(["script-src-elem"] if "script-src-elem" in rules else [])):
        said = rules.get(directive, rules.get("default-src", []))
        anything = any(its.lower() == "'unsafe-inline'" for its in said)
        if not anything or any(its.lower().startswith(_SUPERSEDED) for its in said):
            rules = allowed(rules, directive, [source])
    return policy if rules == parsed(policy) else written(rules)
