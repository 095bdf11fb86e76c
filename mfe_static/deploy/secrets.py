"""Looks for what must not be public, in all that would be sent: names of files, and what is in them.

Three kinds: files that are secret by their name, keys and tokens that can be told by their looks, and the values of
environment variables that are called after secrets, as they are, escaped or in base64, in names too. A value is never
shown. A file that was found harmless is known again by its digest, as long as the same is looked for; the name of that
is slow to work out, so that no value can be guessed from it.

Each form of a value is looked for by itself: for 20 of them that is 450 MB/s, five times what one expression of all
does.
"""

import base64
import contextlib
import hashlib
import html
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from urllib.parse import quote, quote_plus

import msgspec

from mfe_static.deploy.host import Item, Release, Told
from mfe_static.deploy.order import Place
from mfe_static.digests import Digest
from mfe_static.files import put
from mfe_static.masks import HIDDEN, SECRET_NAMES
from mfe_static.output.record import MANIFEST
from mfe_static.patterns import compiled, pattern
from mfe_static.problems import Problem, problem

NAMES = (".env*", ".git*", "*.pem", "*.key", "id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".npmrc", ".netrc")
"""What secret files, and folders that hold some, are called."""
LOOKS = (
    ("a private key", "-----BEGIN ", r"(?:[A-Z]+ )*PRIVATE KEY(?: BLOCK)?-----\s*[A-Za-z0-9+/=:,\s-]{64}"),
    ("an AWS access key", "AKIA", r"[0-9A-Z]{16}(?![0-9A-Za-z])"),
    ("an AWS access key", "ASIA", r"[0-9A-Z]{16}(?![0-9A-Za-z])"),
    ("a token of GitHub", "ghp_", r"[A-Za-z0-9]{36}"),
    ("a token of GitHub", "gho_", r"[A-Za-z0-9]{36}"),
    ("a token of GitHub", "ghs_", r"[A-Za-z0-9]{36}"),
    ("a token of GitHub", "github_pat_", r"[A-Za-z0-9_]{50}"),
    ("a token of GitLab", "glpat-", r"[A-Za-z0-9_-]{20}"),
    ("a token of Netlify", "nfp_", r"[A-Za-z0-9]{36}"),
    ("a token of npm", "npm_", r"[A-Za-z0-9]{36}"),
    ("a token of PyPI", "pypi-AgEIcHlwaS5vcmc", r"[A-Za-z0-9_-]{50}"),
    ("a token of Slack", "xoxb-", r"[0-9]+-[0-9A-Za-z-]{20}"),
    ("a token of Slack", "xoxp-", r"[0-9]+-[0-9A-Za-z-]{20}"),
    ("a key of Stripe", "sk_live_", r"[0-9A-Za-z]{20}"),
    ("a key of Stripe", "rk_live_", r"[0-9A-Za-z]{20}"),
    ("a key of Anthropic", "sk-ant-", r"[0-9A-Za-z_-]{32}"),
    ("a key of OpenAI", "sk-proj-", r"[0-9A-Za-z_-]{32}"),
)
"""What it is, how it begins, and how it goes on: the beginning is looked for first, as that takes next to no time."""
_SECRET = compiled(f"(?i){SECRET_NAMES}")
_PLAIN = compiled(r"[a-z]+|[A-Z]+|[\d.:]+|(?i:true|false|yes|no)|(?!.*[+=])[~.]?(?:/(?![^/.]{16})[^/]*+)+")
"""Values that are no secrets whatever their variable is called: words, numbers, paths. A key that begins with a slash
is none of them: paths have shorter names in them, or a dot."""
_PERCENT = compiled(r"%[0-9A-F]{2}")
_SHORTEST = 8
_LINES = b"\n"


class _Harmless(msgspec.Struct, frozen=True):
    sought: str = ""
    files: frozenset[Digest] = frozenset()


def secrets(release: Release, place: Place, told: Told) -> Sequence[Problem]:
    """`secret-found` for each file that holds one. Raises OSError where a file cannot be read."""
    allowed = place.settings.not_secret
    items = [item for path, item in release.items.items() if not any(fnmatchcase(path, each) for each in allowed)]
    values = _values(place.asked.environ)
    forms = {os.fsencode(form): said for name, value in values.items() for form, said in _forms(name, value)}
    paths = os.fsencode("\n".join(item.path for item in items))
    in_names = {os.fsdecode(form): said for form, said in forms.items() if form in paths}
    named = {item.path: found for item in items if (found := _by_name(item, in_names))}
    problems = [*named.values()]
    file = Path(place.asked.state).parent / "harmless"
    sought = _sought(forms)
    known = _known(file, sought)
    harmless: set[Digest] = set()
    for done, item in enumerate(items):
        told("scan", done, len(items))
        if item.path in named or item.path == MANIFEST:  # which holds nothing but names
            continue
        if item.digest in known or item.digest in harmless:
            harmless.add(item.digest)
        elif found := next(_inside(item, forms), None):
            problems.append(found)
        else:
            harmless.add(item.digest)
    if harmless != known:
        with contextlib.suppress(OSError):  # then all is read again
            put(file, msgspec.msgpack.encode(_Harmless(sought, frozenset(harmless))))
    return problems


def _by_name(item: Item, forms: Mapping[str, str]) -> Problem | None:
    if form := next((form for form in forms if form in item.path), ""):
        hidden = item.path.replace(form, HIDDEN)
        return _problem(hidden, f"{hidden} is called by the value of {forms[form]}")
    for segment in item.path.split("/") if item.real else ():  # what was made for a host has the host's names
        if fit := next((each for each in NAMES if fnmatchcase(segment.lower(), each)), ""):
            return _problem(item.path, f"{item.path} is called like a secret file ({fit})")
    return None


def _inside(item: Item, forms: Mapping[bytes, str]) -> Iterator[Problem]:
    content = item.read()
    for kind, anchor, rest in LOOKS:
        if anchor.encode() in content:
            text = content.decode("latin-1")
            if found := pattern(anchor + rest).search(text):
                yield _problem(item.path, f"{item.path} holds {kind}", text.count("\n", 0, found.start()) + 1)
    for form, name in forms.items():
        if (at := content.find(form)) >= 0:
            yield _problem(item.path, f"{item.path} holds the value of {name}", content.count(_LINES, 0, at) + 1)


def _problem(path: str, said: str, line: int = 0) -> Problem:
    hint = "take it out, and change it where it was seen; if it is none, name the path in not_secret"
    return problem("secret-found", f"{said}{f', in line {line:,}' if line else ''}", hint=hint)


def _values(environ: Mapping[str, str]) -> dict[str, str]:
    """The values of variables that are called after secrets, as far as they can be one."""
    return {
        name: value
        for name, said in sorted(environ.items())
        if _SECRET.search(name) and len(value := said.strip()) >= _SHORTEST and not _PLAIN.fullmatch(value)
    }


def _forms(name: str, value: str) -> Iterator[tuple[str, str]]:
    """A value as it is, as it stands in HTML, JSON and URLs, and in base64 (RFC 4648 §4, §5); what is said of each."""
    text, in_json = html.escape(value, quote=False), json.dumps(value)[1:-1]
    quoted = html.escape(value), text.replace('"', "&quot;"), text.replace('"', "&#34;").replace("'", "&#39;")
    content = os.fsencode(value)
    in_urls = quote(content, safe=""), quote(content), quote_plus(content)
    lower = [_PERCENT.sub(lambda found: found[0].lower(), form) for form in in_urls]
    for form in (value, text, *quoted, in_json, in_json.replace("/", "\\/"), *in_urls, *lower):
        yield form, name
    for before in range(3):  # bytes of something else with which a group of three begins
        first, last = -(-8 * before // 6), 8 * (before + len(content)) // 6  # what depends on the value alone
        form = base64.b64encode(b"\0" * before + content).decode()[first:last]
        for each in (form, form.replace("+", "-").replace("/", "_")):
            yield each, f"{name} in base64"


def _sought(forms: Mapping[bytes, str]) -> str:
    """Names what is looked for."""
    looked = repr((NAMES, LOOKS, sorted(forms))).encode()
    return hashlib.pbkdf2_hmac("sha256", looked, b"mfe-static", 50_000).hex()


def _known(file: Path, sought: str) -> frozenset[Digest]:
    with contextlib.suppress(OSError, msgspec.DecodeError):
        if (kept := msgspec.msgpack.decode(file.read_bytes(), type=_Harmless)).sought == sought:
            return kept.files
    return frozenset()
