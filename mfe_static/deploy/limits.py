"""What hosts take at most, as data, and what of a site is beyond it; known before anything is sent.

Sources: Cloudflare, "Pages: limits", "Headers", "Redirects" (of the length of a redirect its documentation says less
than its parser takes; the lower one holds); Netlify, its staff on files in a folder, "Redirects" on 10,000 rules;
GitHub, "GitHub Pages limits", "About large files"; GitLab, "GitLab Pages settings", "GitLab Pages redirects"; Amazon,
"Uploading objects". 0: there is no such limit, or none is known.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

import msgspec

from mfe_static.deploy.host import Item, Rules
from mfe_static.deploy.rules import line_of
from mfe_static.problems import Problem, problem
from mfe_static.serve.patterns import plain
from mfe_static.serve.view import HEADERS, REDIRECTS

HostName = Literal["netlify", "cloudflare", "github", "gitlab", "s3"]
_MIB = 1024 * 1024


class Limits(msgspec.Struct, frozen=True, kw_only=True):
    """Of one kind of host."""

    name: str
    files: int = 0
    in_folder: int = 0
    """Files in one folder."""
    file_size: int = 0
    """Bytes."""
    site_size: int = 0
    redirects: int = 0
    """Those without wildcards, where `wild` is set; else all."""
    wild: int = 0
    """Redirects with wildcards."""
    redirect_line: int = 0
    """Characters."""
    redirects_size: int = 0
    """Bytes of `_redirects`."""
    headers: int = 0
    """Paths that have headers."""
    header_line: int = 0


LIMITS: Mapping[HostName, Limits] = {
    "netlify": Limits(name="Netlify", in_folder=54_000, redirects=10_000),
    "cloudflare": Limits(
        name="Cloudflare", files=20_000, file_size=25 * _MIB, redirects=2_000, wild=100, redirect_line=1_000,
        headers=100, header_line=2_000,
    ),
    "github": Limits(name="GitHub Pages", file_size=100 * _MIB, site_size=1024 * _MIB),
    "gitlab": Limits(
        name="GitLab Pages", files=200_000, site_size=1024 * _MIB, redirects=1_000, redirects_size=64 * 1024
    ),
    "s3": Limits(name="S3", file_size=5 * 1024 * _MIB),
}  # fmt: skip


def exceeded(limits: Limits, items: Collection[Item], rules: Rules) -> list[Problem]:
    """`host-limit` for each limit that a site is beyond, with both numbers. For a plan that takes more, replace a
    field of `limits`."""
    return [
        problem("host-limit", f"{limits.name} takes {limit:,} {of}, and {where}has {found:,}", file=file)
        for limit, found, of, where, file in (*_files(limits, items), *_rules(limits, rules))
        if limit and found > limit
    ]


_Measured = Iterator[tuple[int, int, str, str, str]]
"""The limit, what was counted, of what, where (as the sentence goes on), and the file that is meant."""


def _files(limits: Limits, items: Collection[Item]) -> _Measured:
    yield limits.files, len(items), "files", "the site ", ""
    yield limits.site_size, sum(item.size for item in items), "bytes in all", "the site ", ""
    if limits.in_folder:
        for folder, count in Counter(item.path.rpartition("/")[0] for item in items).items():
            yield limits.in_folder, count, "files in a folder", f"/{folder} ", ""
    for item in items if limits.file_size else ():
        yield limits.file_size, item.size, "bytes in a file", f"{item.path} ", ""


def _rules(limits: Limits, rules: Rules) -> _Measured:
    wild = sum(not plain(rule.start) for rule in rules.redirects)
    lines = [line_of(rule) for rule in rules.redirects]
    if limits.wild:
        yield limits.redirects, len(lines) - wild, "redirects without wildcards", "the site ", REDIRECTS
        yield limits.wild, wild, "redirects with wildcards", "the site ", REDIRECTS
    else:
        yield limits.redirects, len(lines), "redirects", "the site ", REDIRECTS
    size = sum(len(line.encode()) + 1 for line in lines)
    yield limits.redirects_size, size, "bytes of redirects", "the site ", REDIRECTS
    for rule, line in zip(rules.redirects, lines, strict=True) if limits.redirect_line else ():
        yield limits.redirect_line, len(line), "characters of a redirect", f"that of {rule.start[:80]} ", REDIRECTS
    yield limits.headers, len(rules.headers), "paths with headers", "the site ", HEADERS
    for headers in rules.headers if limits.header_line else ():
        for name, value in headers.values:
            yield limits.header_line, len(f"{name}: {value}"), "characters of a header", f"{name} ", HEADERS
