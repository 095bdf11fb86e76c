"""What a user must know: a problem has a code, a place, a plain sentence and a way out.

Problems are values. Steps return them beside their result; nothing raises for what a user wrote
(invariant 8). Whoever finds a problem fills in what it knows; team, owner, severity and the line's
text are added once, centrally, when a run ends.

`CODES` is the one list of all codes. `mfe-static list problems` prints it, the documentation is
checked against it, and a test proves each.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import msgspec

Severity = Literal["error", "warning"]
Level = Literal["error", "warn", "off"]


class Related(msgspec.Struct, frozen=True, kw_only=True):
    """The other side of a conflict."""

    file: str
    line: int = 0
    team: str = ""
    owner: str = ""


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Something a user must know. Its JSON form is part of the command line's contract."""

    code: str
    """A key of `CODES`."""
    message: str
    """One plain sentence without a full stop; names both sides of a conflict."""
    severity: Severity = "error"
    file: str = ""
    """Path relative to the site's root, with `/`; absolute when outside it; empty when no file is at fault."""
    line: int = 0
    """1-based, counting front matter; 0: the whole file."""
    column: int = 0
    """1-based, in characters; 0: the whole line."""
    length: int = 1
    """How many characters, from `column` on, are meant."""
    excerpt: str = ""
    """The text of the line."""
    hint: str = ""
    """A way out; may be empty."""
    team: str = ""
    owner: str = ""
    url: str = ""
    related: tuple[Related, ...] = ()
    output: tuple[str, ...] = ()
    """Lines to show with it: the last that another program printed, or what bytes are spent on."""
    sought: str = ""
    """What to look for in the file to find the place, as `key:slug`, `link:x.md`, `picture:…`, `id:…` or `text:…`; empty once it is
    found, and no part of the JSON form. Looking is slow, so it is done at the end, for problems that are shown."""
    nth: int = 1
    """Which occurrence of what is sought."""


class Code(msgspec.Struct, frozen=True):
    """What is known of a problem's code before it happens."""

    severity: Severity
    text: str
    """What it means and what to do, for the reference."""
    tunable: bool = True
    """Whether `[checks]` may set its level. What concerns safety or leaves nothing to publish may not."""


def _error(text: str) -> Code:
    return Code("error", text, False)


CODES: Mapping[str, Code] = {
    # -- configuration
    "missing-site": _error(
        "There is no `site.toml` in the folder. Run in the site's root, pass `--root`, or start with `mfe-static new site`."
    ),
    "bad-toml": _error("A TOML file cannot be read: its syntax is wrong at the place shown."),
    "unknown-key": Code(
        "error",
        "A key is not one of those that the file knows. Mend the spelling; free keys of a page go under `extra`.",
    ),
    "bad-value": _error("A key has a value of the wrong type or outside its range."),
    "bad-environment": _error(
        "An environment variable `MFE_STATIC_…` names no key, or its value is neither TOML nor a plain word."
    ),
    "bad-team-name": _error(
        "A team's name must match `[a-z][a-z0-9-]*` and be neither `theme`, `site`, `mfe` nor a URL scheme, because names stand in front of refs."
    ),
    "no-teams": _error("The route table `[teams]` is empty: there is nothing to build."),
    "no-folder": _error("The route table names a team without a folder `teams/<name>/` that holds a `team.toml`."),
    "no-route": _error("A folder `teams/<name>/` has a `team.toml`, but the team is not in the route table `[teams]`."),
    "route-taken": _error("Two teams claim the same path prefix."),
    "bad-route": _error(
        "A route must be a path that starts and ends with `/`, without `..`, `?`, `#` or empty segments, and not under `/_mfe/`."
    ),
    "pages-without-route": _error(
        "A team without a path (`name = {}`) has pages or public files; they have no place on the site."
    ),
    "unknown-theme": _error(
        "The theme is neither in the site's `themes/` nor one of the package's own, or it extends one that is not there."
    ),
    "missing-library": _error("A setting needs what is not installed, or what cannot do what is asked for."),
    "theme-cycle": _error("Themes extend each other in a circle."),
    "search-failed": _error("Pagefind could not make the index for `[search]`."),
    "search-blocked": Code(
        "warning",
        "The site has `[search]`, and a policy of its own that does not let pages run WebAssembly, which searching needs.",
    ),
    # -- files
    "unreadable": _error("A file or folder cannot be read."),
    "bad-encoding": _error(
        "A text file is not UTF-8. Save it as UTF-8; a byte order mark and CRLF line ends are fine."
    ),
    "symlink-outside": _error("A symbolic link leads out of the team's folder, or to nothing."),
    "symlink-loop": _error("A symbolic link leads back to a folder that contains it."),
    "name-too-long": _error("A file's name would be longer than 255 bytes, which no file system takes."),
    "bad-file-name": _error(
        "A file's name holds a character that has no place in a URL path: a control character, `\\`, `#`, `?` or `%`; or it ends with a dot or a blank."
    ),
    "too-large": _error("A text file is larger than 32 MiB, or a rendered page than 16 MiB."),
    "too-slow": _error("A page took longer than its time limit to render."),
    "bad-data": _error("A data file cannot be read: wrong syntax, or two files with one name."),
    "unknown-folder": Code(
        "warning",
        "A folder in a team's folder has nearly the name of one that is read (`page/` instead of `pages/`); nothing in it is read. Or it lies in the site's root, and belongs to a team. Or `[languages]` names a folder without pages.",
    ),
    "unused-file": Code(
        "warning",
        "A file beside a fragment was meant to be its module or style sheet, and is not called so (`index.js` instead of `fragment.js`); nothing uses it.",
    ),
    "bad-picture": Code(
        "warning", "A picture's size cannot be read, or its pixels; the file is damaged or not what its name says."
    ),
    "picture-too-large": _error(
        "A picture has more pixels or bytes than are decoded, so it cannot be offered in several sizes."
    ),
    # -- other tools
    "command-failed": _error(
        "The command of a team that builds with another tool (`[build]`) failed: it cannot be started, ended with an error, or took too long."
    ),
    "command-not-run": Code(
        "warning",
        "With `--no-commands` the command of a team was not run, although what it reads, or what it made, is not what it was.",
        False,
    ),
    "command-repeats": Code(
        "warning", "A command changes what it reads, each time that it runs; while somebody works it would never rest."
    ),
    "no-output": _error("There is nothing in the folder that `[build]` names as the output of another tool."),
    "no-place": Code(
        "warning",
        "A document of another tool has no place for what is to be put into it: it consists of frames, or its `<base>` leads to another host.",
    ),
    # -- front matter
    "unclosed-front-matter": _error("Front matter begins with `---` or `+++` but never ends with the same line."),
    "bad-front-matter": _error(
        "Front matter is not valid YAML or TOML: a tab as indentation, a missing quote, a tag such as `!!python`, or aliases that explode. Where only its first line is missing, it is text, and that is a warning."
    ),
    "duplicate-key": _error("A key stands twice in one mapping; the later one would silently win."),
    "bad-each": _error("`each`, `path` or `params` of a page made from data does not fit the data."),
    # -- URLs
    "bad-slug": _error(
        "A `slug` is one path segment: not empty, without `/`, `..`, `?`, `#`, `\\` or control characters."
    ),
    "bad-path": _error("A `path` or alias has an empty or `..` segment, `\\`, `?`, `#` or a control character."),
    "foreign-prefix": _error("A team claims a URL outside its own prefix, or inside another team's."),
    "reserved-url": _error(
        "A URL under `/_mfe/`, or one of the files the tool writes (`_headers`, `sitemap.xml` …), is claimed by a team."
    ),
    "url-taken": _error(
        "Two sources claim one URL: exactly, by case, by Unicode form, or as file and folder; or a client route covers one."
    ),
    "name-taken": _error(
        "Two pages of a team have the same name, so a ref could mean either. Give one of them another `name`."
    ),
    "alias-shadowed": Code(
        "warning", "An alias is the URL of a page or a file; the page wins and the alias does nothing."
    ),
    "alias-twice": Code("error", "Two pages claim one alias."),
    "redirect-loop": Code("error", "Redirects lead in a circle."),
    # -- templates
    "template-syntax": _error("A Jinja template has a syntax error."),
    "undefined-variable": _error("A template uses a name that is not defined there."),
    "template-forbidden": _error("A template tries what the sandbox forbids, such as reaching for Python's internals."),
    "template-missing": _error(
        "A template includes, imports or extends a file that is not in the team's `layouts/` or `fragments/`."
    ),
    "template-cycle": _error("Templates include or extend each other in a circle."),
    "template-error": _error("A template's expression fails with the values it got."),
    "template-endless": _error("A template's output or its loops are beyond every bound."),
    "unknown-layout": _error("A page asks for a layout that neither its team nor the theme has."),
    # -- markdown and HTML
    "unsafe-url": Code(
        "warning", "A link runs code (`javascript:`, `vbscript:`, `data:text/html`); it was taken out.", False
    ),
    "inline-code": Code(
        "warning",
        "HTML has an inline script, style or handler, which the site's own Content-Security-Policy blocks (`_headers`).",
    ),
    "missing-title": Code("error", "A page has neither a `title` nor a heading."),
    "missing-description": Code(
        "warning", "A page has no `description`: search engines and link previews will guess one."
    ),
    "heading-count": Code(
        "warning", "A page has no `h1` heading, or more than one; readers and search engines expect one."
    ),
    "missing-alt": Code("warning", 'A picture has no `alt` text. A picture that only decorates says so with `alt=""`.'),
    "duplicate-id": Code("error", "One id stands twice on the composed page, so a link to it is ambiguous."),
    # -- fragments
    "bad-fragment-tag": _error(
        "A `<mfe-fragment>` tag is misspelt or not closed, has no `src`, or an attribute that cannot be."
    ),
    "unknown-fragment": _error("A fragment is included that no team and no theme has."),
    "private-fragment": _error("A fragment of another team is included that its team does not offer in `team.toml`."),
    "unknown-param": _error("A fragment is given a param that it does not declare."),
    "missing-param": _error("A fragment is not given a param that it requires."),
    "bad-param": _error("A param's value does not fit the type that the fragment declares."),
    "fragment-cycle": _error("A fragment includes the same variant of itself, directly or through others."),
    "fragment-depth": _error("Fragments are nested deeper than 16."),
    "block-in-text": Code(
        "error",
        "A fragment that yields block content stands in running text; browsers would break the paragraph apart.",
    ),
    "markdown-as-text": Code(
        "warning",
        "Markdown stands right behind a fragment's tag, without a blank line, and so is part of the raw HTML that the tag begins.",
    ),
    "unused-fragment": Code("warning", "A fragment is offered, but nobody includes it."),
    "needs-script": Code(
        "warning",
        "Something of a page is not there, or leads nowhere, without JavaScript: an empty island, a button or form that does nothing, a link to `#`, hidden content (`check --no-js`).",
    ),
    "over-budget": Code(
        "error",
        "Pages of a team load more than its `[budget]` says, after brotli. The lines below the message say what it is spent on.",
    ),
    # -- teams on one page
    "global-selector": Code(
        "warning",
        "A selector of a team's style sheet holds no class, id or attribute of its own, and matches what other teams have on the same page.",
    ),
    "foreign-selector": Code(
        "warning", "A team's style sheet names an id or a custom element of another team that stands on the same page."
    ),
    "font-clash": Code("warning", "Two teams on one page declare other fonts (`@font-face`) by one family name."),
    "keyframes-clash": Code("warning", "Two teams on one page declare other `@keyframes` by one name."),
    "property-clash": Code(
        "warning",
        "Two teams on one page give one custom property other values, at least one of them to the whole page, or register it otherwise (`@property`).",
    ),
    "element-clash": Code(
        "warning",
        "Two teams define one custom element, or a team defines one whose name begins with another team's or the tool's.",
    ),
    # -- modules
    "module-kind": _error(
        "A module, or what it imports, is of a kind that browsers do not load: TypeScript, JSX, JSON, CSS or CommonJS."
    ),
    "module-syntax": Code(
        "warning",
        "A parser that knows the language does not understand a module of a team. Mostly it is mistyped, and browsers refuse all of it; it may also be newer than the parser.",
    ),
    "no-mount": _error("The module of a fragment or an app exports no function `mount`, so pages cannot start it."),
    "import-outside": _error(
        "A module imports something outside its team's folder, or by a whole URL; teams meet only through contracts."
    ),
    "undeclared-import": _error(
        "A module imports a package by name that the team does not declare under `[dependencies]` in `team.toml`."
    ),
    "missing-dependency": _error(
        "A package that is declared or needed is not installed, or offers no module under the name that is imported."
    ),
    "dependency-range": _error(
        "A package is installed in a version that its range in `[dependencies]` does not let in."
    ),
    "dependency-twice": Code(
        "warning",
        "Teams want versions of a package that no single one satisfies, so visitors may load two. The message says for whom, and what the second costs.",
    ),
    # -- events
    "unknown-event": Code(
        "warning",
        "A module listens to an event that no team offers under `[offers]`, so it may never come.",
    ),
    "island-failed": _error(
        "In `mfe-static dev`, an island failed in a browser: its module could not be loaded, threw, or was not done in time. What was rendered stands."
    ),
    "event-detail": Code(
        "warning",
        "In `mfe-static dev`, an event went by whose `detail` is not what its team says it is (`[offers.details]`).",
        False,
    ),
    # -- links
    "unknown-page": Code("error", "A ref names a team or a page that does not exist."),
    "unknown-route-param": Code(
        "error",
        "A ref gives a param that the route does not have, leaves one out, or gives a value for which there is no page.",
    ),
    "broken-link": Code("error", "A link leads to a URL of this site where nothing is."),
    "no-start-page": Code("warning", "The site has neither a page nor a redirect at `/`, where most visitors begin."),
    "broken-anchor": Code("error", "A link leads to an anchor that the page does not have."),
    "missing-asset": Code("error", "A picture, style sheet, script or other file is not there."),
    "asset-cycle": _error("Style sheets import each other in a circle."),
    "dead-link": Code("warning", "An external link could not be reached (`check --external`)."),
    "moved-link": Code("warning", "An external link works, but its target has moved for good (`check --external`)."),
    # -- headers
    "unsafe-policy": _error(
        "A team asks for something under `[security]` that would take the Content-Security-Policy its strength (`'unsafe-inline'`, `'unsafe-eval'`, `*`, `data:` for scripts), or that is no origin."
    ),
    "header-too-long": _error(
        "A line of `_headers` is longer than 2,000 characters, which Cloudflare does not take; mostly teams ask for many origins."
    ),
    # -- output
    "output-not-ours": _error("The output folder is not empty and was not written by this tool; nothing was touched."),
    "output-in-source": _error("The output folder lies inside a source folder, or contains one."),
    "output-unwritable": _error("The output folder, or the file of `graph` or `list codeowners`, cannot be written."),
    "disk-full": _error("There is no room left on the disk; the previous site stays."),
    "busy": _error("Another build of this site is running."),
    "nothing-to-serve": _error(
        "The folder to serve holds no finished site: it has no `_mfe/manifest.json` that can be read."
    ),
    "nothing-to-compare": _error(
        "A folder given to `diff` is no output: it holds neither a `_mfe/manifest.json` that can be read nor HTML files."
    ),
    "codeowners-outdated": _error(
        "A file `CODEOWNERS` names others for a team's folder than the team does, or nobody (`list codeowners --check`)."
    ),
    "rule-ignored": Code(
        "warning",
        "A line of `_redirects` or `_headers` does nothing: the host that `serve` behaves like drops it, or it cannot be tried here.",
        False,
    ),
    "cannot-listen": _error(
        "The server cannot listen at the address or port: it is not of this machine, or not for everybody."
    ),
    "port-taken": _error("Another program has the port (with `--strict-port`), or all those after it as well."),
    "exists-already": _error(
        "`new` or `graph` would have to overwrite something of somebody else; nothing was written."
    ),
    "cache-damaged": Code("warning", "The cache in `.mfe/` was damaged or from elsewhere; it was rebuilt.", False),
    "process-killed": _error(
        "A process of the build was ended from outside, mostly by the system for want of memory. Build with fewer (`-j 1`)."
    ),
    "build-crashed": _error(
        "A build of the development server ended by a bug of the tool. The last good site stays, and the next change is built again."
    ),
    "nothing-built": Code(
        "warning",
        "The development server is for one team (`dev --team`), and of the others there is no earlier build; all are built once.",
        False,
    ),
    "watch-limit": Code(
        "warning",
        "The system lets no more folders be watched; the development server looks for changes twice a second instead.",
        False,
    ),
    "not-reproduced": _error(
        "With `--verify`, the site differs from the one that a build from nothing makes. `build --no-cache` mends it; "
        "where it comes back, report it, and remove what is remembered with `mfe-static clean --cache`."
    ),
    "cannot-write-state": Code(
        "warning", "The folder `.mfe/` cannot be written; the build works, but nothing is remembered.", False
    ),
    # -- deploying: what hosts take
    "bad-rule": _error(
        "A line of `_redirects` or `_headers` in the output is none that hosts agree on, so no host's rules can be made of it."
    ),
    "redirect-over-file": _error(
        "A redirect begins where the output has a file; at some hosts the file is the answer, at others the redirect."
    ),
    "host-cannot": _error(
        "The host has no word for a rule of the site, such as a wildcard, a query, or headers that differ by path; or no way to do what is asked."
    ),
    "host-limit": _error(
        "The site is beyond a limit of the host: files, bytes, redirects, headers, or a line's length."
    ),
    # -- deploying: where to
    "no-target": _error(
        "There is no `[deploy.<name>]` of the name that was given, or it lacks what its kind of host has to be told."
    ),
    # -- deploying: what
    "output-incomplete": _error("The output holds no finished site, or a file of it is not as it was built."),
    "output-outdated": _error(
        "The output is not what a build would write now: the sources changed, the last build had errors, or it wrote another site."
    ),
    "built-with-warnings": Code(
        "warning",
        "What is deployed was built with warnings: `mfe-static check` lists them. Nothing keeps it from going live.",
        False,
    ),
    "wrong-base-url": _error(
        "The output was built for another address, or for one where nobody's site can be; or a preview for search engines to find."
    ),
    "secret-found": _error("The output holds what must not be public: a key, a token, the value of a secret variable."),
    "another-site": _error("Something else is live where the site is to go: another site, or files of another tool."),
    "too-many-deletes": _error("A deployment would remove more files than may go at once; nothing was sent."),
    # -- deploying: how it ended
    "deploy-failed": _error("A deployment ended before the site was live. What was live before still is."),
    "deploy-overtaken": _error("While a site was deployed another deployment went live. That one stays."),
    "deploy-halfway": _error(
        "A deployment to a bucket or a folder failed while the site changed, and what was changed could not be put back. Each page is whole; some are old, some new."
    ),
    "no-credentials": _error(
        "The environment does not hold the token that the host asks for, or would send it where others can read it."
    ),
    "host-refused": _error(
        "The host understood a request and said no: the token is not valid or may not do this, or there is no such site."
    ),
    "host-failed": _error(
        "The host did not do what it should, after several attempts: no connection, no answer in time, or an error of its own."
    ),
    "deploy-locked": _error("Somebody has locked the site at the host, so no deployment goes live there."),
    "deploy-uncertain": _error(
        "The host fell silent after it was told to switch, and when it was asked what is live. The site is whole either way."
    ),
    "no-such-deployment": _error("There is no earlier deployment that could be rolled back to, or none of that name."),
}


def problem(code: str, message: str, **fields: Any) -> Problem:
    """Make a problem with the severity that its code has by default; `fields` are those of `Problem`."""
    return Problem(code=code, message=message, severity=CODES[code].severity, **fields)


def levelled(problems: Iterable[Problem], levels: Mapping[str, Level]) -> list[Problem]:
    """Apply the levels of `[checks]`; what is off disappears, what is not tunable stays as it is."""
    out = []
    for item in problems:
        level = levels.get(item.code) if CODES[item.code].tunable else None
        if level == "off":
            continue
        if level is not None:
            item = msgspec.structs.replace(item, severity="error" if level == "error" else "warning")
        out.append(item)
    return out


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Sorted by place, each once."""
    unique = {(p.file, p.line, p.column, p.code, p.message): p for p in problems}
    return [unique[key] for key in sorted(unique)]


_COMPARED = 200
"""How many words a mistyped one is compared with."""


def nearest(word: str, candidates: Iterable[str]) -> str:
    """The candidate most like `word`, or an empty string when none is near."""
    from difflib import get_close_matches

    names = list(candidates)
    if len(names) > _COMPARED:  # comparing is slow; hardly anybody mistypes the first letter, or much of the length
        alike = [name for name in names if name[:1] == word[:1] and abs(len(name) - len(word)) < 3]
        names = alike[:_COMPARED]
    return next(iter(get_close_matches(word, names, n=1, cutoff=0.6)), "")


def did_you_mean(word: str, candidates: Iterable[str]) -> str:
    """A hint that names the nearest candidate, or nothing when none is near."""
    best = nearest(word, candidates)
    return f'did you mean "{best}"?' if best else ""


def counted(problems: Sequence[Problem]) -> tuple[int, int]:
    """How many errors and how many warnings."""
    errors = sum(found.severity == "error" for found in problems)
    return errors, len(problems) - errors


_UNSAFE = frozenset(
    (
        "output-not-ours output-in-source exists-already output-incomplete output-outdated wrong-base-url secret-found "
        "another-site too-many-deletes"
    ).split()
)


def exit_code(problems: Sequence[Problem], *, strict: bool) -> int:
    """The exit code that problems call for: 3 busy, 6 refused for safety, 1 errors (or warnings when strict), 0."""
    codes = {found.code for found in problems if found.severity == "error"}
    if codes & {"busy", "port-taken"}:
        return 3
    if codes & _UNSAFE:
        return 6
    return 1 if codes or (strict and problems) else 0
