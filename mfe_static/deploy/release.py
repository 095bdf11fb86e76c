"""The output as a `Release`: all of it, just as the last build wrote it, of the sources as they stand; or why not.

Only files that the manifest lists are deployed, so what somebody else left in the folder stays at home. Where nothing
is remembered of a build, as in a job of a pipeline that only got the output, every file is read instead, and that the
sources are no newer is for the pipeline to know.
"""

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

import msgspec

from mfe_static.deploy.host import Item, Release
from mfe_static.deploy.outdated import remembered
from mfe_static.deploy.rules import read_rules
from mfe_static.digests import Digest, digest
from mfe_static.output.making import digest_of
from mfe_static.output.record import MANIFEST
from mfe_static.output.trees import listed_files, read_manifest
from mfe_static.problems import Problem, Related, problem
from mfe_static.report.texts import many
from mfe_static.serve.view import HEADERS, INDEX, REDIRECTS, View, standing
from mfe_static.survey import STATE
from mfe_static.write import standing_whole

_PLACEHOLDERS = ("example", "example.com", "example.net", "example.org", "invalid")
"""Names that are reserved, so that nobody has them (RFC 2606)."""

_SAY = "say where the site will be served, and build it"
_SITEMAP = "sitemap.xml"
"""A site that search engines are to leave out has none."""


class Wanted(NamedTuple):
    """What is to be deployed."""

    root: Path
    output: str
    """The folder, from the root."""
    base_url: str
    """Where the site will be."""
    build: str
    """The command that builds it, for hints."""
    environ: Mapping[str, str]
    preview: str = ""
    drafts: bool = False
    """Whether drafts may be in it."""
    noindex: bool = False
    """Whether search engines are to leave it out."""
    tried: bool = False
    """Whether it may be a trial, which nobody but its author sees: then it may be built for an address of nobody."""
    written: str = ""
    """Where `base_url` is said: `site.toml:3`, or a variable of the environment."""


class _Index(msgspec.Struct):
    base_url: str = ""


def read_release(wanted: Wanted) -> Release | Sequence[Problem]:
    """The site that stands in the output, or all that keeps it from being deployed."""
    folder = os.path.realpath(wanted.root / wanted.output)
    manifest = read_manifest(folder)
    listed, view = listed_files(manifest), standing(folder)
    if manifest is None or listed is None or view is None:
        said = "has a damaged manifest" if manifest is not None else "holds no finished site"
        return [_output(wanted, "output-incomplete", f"{wanted.output} {said}")]
    last = remembered(wanted.root, wanted.environ, digest(manifest), drafts=wanted.drafts)
    if why := last.outdated:
        return [_output(wanted, "output-outdated", f"{wanted.output} is not what a build would write now: {why}")]
    files = {**listed, MANIFEST: digest(manifest)}
    if wrong := next(_astray(folder, listed, wanted, digest(manifest)), ""):
        how = "is not as it was built" if os.path.lexists(f"{folder}/{wrong}") else "is missing"
        return [_output(wanted, "output-incomplete", f"{wanted.output}/{wrong} {how}")]
    problems = [*_misplaced(view, folder, wanted)]
    rules, found = read_rules(view)
    problems += found
    hidden = any("noindex" in value for rule in rules.headers for _, value in rule.values)
    if wanted.preview and not hidden:
        hint = "[environments.preview] with noindex = true"
        problems.append(_output(wanted, "wrong-base-url", "the preview was built for search engines to find", hint))
    elif hidden and not wanted.noindex and _SITEMAP not in listed:
        said = f"{wanted.output} was built for search engines to leave out, as previews are"
        problems.append(_output(wanted, "wrong-base-url", said))
    if any(found.severity == "error" for found in problems):
        return problems
    items = {
        path: Item(path=path, size=os.lstat(f"{folder}/{path}").st_size, digest=mark, real=f"{folder}/{path}")
        for path, mark in sorted(files.items())
        if path not in {HEADERS, REDIRECTS}
    }
    said = f"it was built with {many(last.warnings, 'warning')}"
    notes = tuple(problems)
    notes += (_output(wanted, "built-with-warnings", said, "see them: mfe-static check"),) if last.warnings else ()
    return Release(
        id=digest(manifest),
        base_url=wanted.base_url,
        items=items,
        rules=rules,
        preview=wanted.preview,
        notes=notes,
    )


def _output(wanted: Wanted, code: str, said: str, hint: str = "") -> Problem:
    return problem(code, said, file=wanted.output, hint=hint or f"build it: {wanted.build}")


def _astray(folder: str, listed: Mapping[str, Digest], wanted: Wanted, manifest: Digest) -> Iterator[str]:
    """Files that do not stand as they are listed."""
    if standing_whole(Path(folder), wanted.root / STATE, manifest) is not None:
        return
    for path, mark in listed.items():
        real = f"{folder}/{path}"
        if os.path.realpath(real) != real or not os.path.isfile(real) or digest_of(real) != mark:
            yield path


def _misplaced(view: View, folder: str, wanted: Wanted) -> Iterator[Problem]:
    """Why the site is not for the address that it would get."""
    base_url = ""
    if f"/{INDEX}" in view.files:
        with open(f"{folder}/{INDEX}", "rb") as file, contextlib.suppress(msgspec.DecodeError):
            base_url = msgspec.json.decode(file.read(), type=_Index).base_url
    host = urlsplit(base_url).hostname or ""
    written, _, number = wanted.written.rpartition(":")
    line = int(number) if written else 0
    if base_url != wanted.base_url:
        said = f"{wanted.output} was built for {base_url or 'nobody knows where'}, not for {wanted.base_url}"
        there = (Related(file=written, line=line),) if written else ()
        yield msgspec.structs.replace(_output(wanted, "wrong-base-url", said), related=there)
    elif why := _nobodys(host):
        from mfe_static.finish import placed

        said = f"base_url is {base_url}, {why}"
        if wanted.written and not written:  # a variable of the environment
            found = problem("wrong-base-url", f"{wanted.written}: {said}", hint=_SAY)
        else:
            found = problem("wrong-base-url", said, file=written or "site.toml", line=line, hint=_SAY)
            (found,) = placed([found], wanted.root, wanted.root)
        yield msgspec.structs.replace(found, severity="warning" if wanted.tried else "error")


def _nobodys(host: str) -> str:
    """Why nobody's site can be there; empty: it can."""
    if host.startswith("127.") or host == "::1" or f".{host}".endswith(".localhost"):
        return "which to each visitor is a machine of their own"
    name = next((name for name in _PLACEHOLDERS if f".{host}".endswith(f".{name}")), "")
    return f'and "{name}" is a reserved name, so nobody\'s site can be there (RFC 2606)' if name else ""
