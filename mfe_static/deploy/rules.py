"""`_redirects` and `_headers` of a built site, read into what they mean, in no host's words.

A build writes both so that Netlify and Cloudflare read the same in them. What they would read differently is refused
here, with its line: a file that other hosts' rules are made from must mean one thing. So is a redirect that begins
where a file is; of the two, some hosts answer with the one and some with the other.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from urllib.parse import unquote, urlsplit

from mfe_static.deploy.host import Headers, Redirect, Release, Rules
from mfe_static.problems import Problem, problem
from mfe_static.routes import claim_key, emitted
from mfe_static.serve.headers import blocks, wrong
from mfe_static.serve.lines import Ignored, Line
from mfe_static.serve.patterns import NAME, Pattern, netlify, plain
from mfe_static.serve.redirects import MOVES, listed_redirects
from mfe_static.serve.redirects import Redirect as Written
from mfe_static.serve.view import HEADERS, REDIRECTS, RULES_LIMIT, View, base_path_of

_WILD = re.compile(r"/(?:(?::[A-Za-z]\w*|[^/*:]+)(?:/|$))*\*?", re.ASCII)
"""A path whose wildcards all hosts know."""

REVALIDATE = "public, max-age=0, must-revalidate"
"""How long what has no `Cache-Control` of its own is kept: it is asked for again each time, and mostly answered with
304. Hosts that set nothing leave it to guesses of browsers."""


def read_rules(view: View) -> tuple[Rules, list[Problem]]:
    """The rules of a built site, and `bad-rule` and `redirect-over-file` for what cannot be one."""
    problems: list[Problem] = []
    redirects = tuple(_redirects(view, problems))
    headers = tuple(_headers(view.headers, problems))
    for file, text in ((REDIRECTS, view.redirects), (HEADERS, view.headers)):
        if len(text) >= RULES_LIMIT:
            problems.append(problem("bad-rule", f"only the first {RULES_LIMIT:,} bytes of it are read", file=file))
    return Rules(redirects, headers), problems


def pattern_of(path: str) -> Pattern:
    """What fits a path of a rule. Where it has no wildcards, a slash at its end makes no difference."""
    return netlify(path)


def line_of(rule: Redirect) -> str:
    """The rule as `_redirects` has it."""
    return " ".join([rule.start, *(f"{key}={value}" for key, value in rule.query), rule.to, str(rule.status)])


def base_of(release: Release) -> str:
    """The path of the site's `base_url`, percent-encoded as in its addresses; empty at the root of its host."""
    return urlsplit(release.base_url).path.rstrip("/")


def cannot(host: str, rule: Redirect | Headers, why: str, hint: str = "") -> Problem:
    """`host-cannot`, for a rule that a host has no word for."""
    what, file = (line_of(rule), REDIRECTS) if isinstance(rule, Redirect) else (f"the headers of {rule.path}", HEADERS)
    return problem("host-cannot", f"{host} cannot be told {what}: {why}", file=file, hint=hint)


def url_of(path: str) -> str:
    """What visitors ask for to get the file with an output path: `docs/index.html` → `/docs/`."""
    return f"/{path.removesuffix('index.html') if path == 'index.html' or path.endswith('/index.html') else path}"


def over_files(redirects: Iterable[Redirect], paths: Collection[str]) -> Iterator[tuple[Redirect, str]]:
    """Each redirect with wildcards that some file stands under, and the first such file; for hosts where a rule wins.

    A rewrite to that very file changes nothing. `paths`: output paths."""
    for rule in redirects:
        if not plain(rule.start):
            pattern, to = pattern_of(rule.start), unquote(rule.to)
            urls = (url_of(path) for path in paths)
            over = next((url for url in urls if pattern.match(url) is not None and not to.endswith(url)), "")
            if over:
                yield rule, over


def answering(headers: Iterable[Headers]) -> Callable[[str], Mapping[str, str]]:
    """Gives the headers of the file with an output path; of several of one name, the last."""
    known = [(pattern_of(under.path), under.values) for under in headers]

    def answer(path: str) -> Mapping[str, str]:
        url = url_of(path)
        return {name: value for pattern, values in known if pattern.match(url) is not None for name, value in values}

    return answer


def _redirects(view: View, problems: list[Problem]) -> Iterator[Redirect]:
    rules, ignored = listed_redirects(view.redirects, "netlify")
    texts = dict(enumerate(view.redirects.split("\n"), 1))
    files = {claim_key(path): path for path in view.files}
    known: set[tuple[str, object]] = set()
    before: list[Pattern] = []
    problems += [_bad(REDIRECTS, line) for line in ignored]
    for rule in rules:
        line = Line(rule.line, texts[rule.line].strip())
        key = claim_key(rule.start.rstrip("/")), rule.query
        why = _ambiguous(rule) or _leads_nowhere(rule, files, view)
        if not why and (key in known or any(pattern.match(rule.start) is not None for pattern in before)):
            why = "an earlier line takes the same path"
        if why:
            problems.append(_bad(REDIRECTS, Ignored(line, why)))
        elif over := _file_at(rule, files):
            problems.append(_over(line, over))
        else:
            known.add(key)
            if rule.pattern and not rule.query:
                before.append(rule.pattern)
            yield Redirect(emitted("", rule.start), _whole(rule, files, view), rule.status, rule.query)


def _ambiguous(rule: Written) -> str:
    """Why hosts would read the rule differently."""
    if rule.status not in MOVES | {200}:
        return f"hosts do not agree on what {rule.status} does; 200, 301, 302, 303, 307 and 308 they know"
    if rule.force:
        return "a rule over a file works at some hosts only"
    if not plain(rule.start) and not _WILD.fullmatch(rule.start):
        return "hosts agree on :name for a segment and on * for the last one"
    names = {*NAME.findall(rule.start), *(["splat"] if rule.start.endswith("*") else [])}
    names |= {value[1:] for _, value in rule.query if value.startswith(":")}
    target = re.sub(r"^https?://[^/]*", "", rule.to)
    if unknown := next((name for name in NAME.findall(target) if name not in names), ""):
        return f"nothing of its path is called :{unknown}"
    return ""


def _leads_nowhere(rule: Written, files: Mapping[str, str], view: View) -> str:
    """Why a rewrite has no file to answer with, where that can be told."""
    if rule.status != 200 or NAME.search(rule.to):
        return ""
    own = unquote(urlsplit(rule.to).path)
    path = own.removeprefix(unquote(base_path_of(view)))
    return "" if _file_of(own, files) or _file_of(path, files) else f"there is no file for {path}"


def _whole(rule: Written, files: Mapping[str, str], view: View) -> str:
    """Where a rule leads, with the path of `base_url`; a rewrite may say the path of its file alone."""
    base = base_path_of(view) if rule.status == 200 else ""
    return base + rule.to if base and _file_of(unquote(urlsplit(rule.to).path), files) else rule.to


def _file_at(rule: Written, files: Mapping[str, str]) -> str:
    """The file that answers for the path that a rule begins at."""
    if rule.query or not plain(rule.start):
        return ""
    return _file_of(rule.start, files)


def _file_of(path: str, files: Mapping[str, str]) -> str:
    keys = (claim_key(path.rstrip("/") + end) for end in ("", ".html", "/index.html"))
    return next((files[key] for key in keys if key in files), "")


def _over(line: Line, path: str) -> Problem:
    said = f"the redirect begins at {path}, which is a file; hosts differ in which one wins"
    hint = "take the redirect or alias away, or give the file another path"
    return problem("redirect-over-file", said, file=REDIRECTS, line=line.number, excerpt=line.text, hint=hint)


def _headers(text: str, problems: list[Problem]) -> Iterator[Headers]:
    for path, under in blocks(text):
        if path is None or not path.text.startswith("/"):
            why = "it stands under no path" if path is None else "it is for another host"
            problems += [_bad(HEADERS, Ignored(line, why)) for line in (under if path is None else [path])]
            continue
        if not plain(path.text) and not _WILD.fullmatch(path.text):
            why = "hosts agree on :name for a segment and on * for the last one"
            problems.append(_bad(HEADERS, Ignored(path, why)))
            continue
        values: dict[str, str] = {}
        for line in under:
            name, _, value = (part.strip() for part in line.text.partition(":"))
            if why := wrong(name.lower(), value):
                problems.append(_bad(HEADERS, Ignored(line, why)))
                continue
            name = "-".join(word.capitalize() for word in name.split("-"))
            values[name] = f"{values[name]}, {value}" if name in values else value
        if values:
            yield Headers(path.text, tuple(values.items()))


def _bad(file: str, found: Ignored) -> Problem:
    line = found.line
    said = f"hosts cannot be told this line: {found.why}"
    return problem("bad-rule", said, file=file, line=line.number, excerpt=line.text)
