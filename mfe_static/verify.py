"""Verify: build again from nothing, somewhere else, and compare byte for byte.

What is remembered between builds must never show in the site (DESIGN §4, invariant 2). Tests say so of many sites; this
says it of one's own, when in doubt or every night.
"""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from mfe_static.build import build
from mfe_static.problems import Problem, problem
from mfe_static.run import Options, Progress, Result
from mfe_static.survey import STATE

_NAMED = 20
"""Files that are named; there may be as many as pages."""


def verify(root: Path, options: Options, result: Result, progress: Progress = lambda *_: None) -> list[Problem]:
    """How the site that `result` published differs from a clean build: `not-reproduced` for each file.

    `options`: what the site was built with.
    """
    live = root / result.report.output
    here = root / STATE if os.access(root / STATE, os.W_OK) else None
    with tempfile.TemporaryDirectory(prefix="verify-", dir=here) as folder:
        output = os.path.join(folder, "site")
        clean = options._replace(cache=False, quick=False, flags={**options.flags, "output": output})
        again = build(root, clean, progress)
        if not again.published:
            return [problem("not-reproduced", "a clean build does not publish the site"), *again.problems]
        differing = sorted(_differing(str(live), output))
    found = [problem("not-reproduced", message, file=f"{result.report.output}/{path}") for path, message in differing]
    if len(found) > _NAMED:
        more = len(found) - _NAMED
        found[_NAMED:] = [problem("not-reproduced", f"{more:,} more files differ from those of a clean build")]
    return found


def _differing(live: str, clean: str) -> Iterator[tuple[str, str]]:
    """Paths, and how they differ. Files of others in the live site do not count: the manifest tells."""
    for path in _files(clean):
        try:
            same = Path(live, path).read_bytes() == Path(clean, path).read_bytes()
        except OSError:
            yield path, "it is missing; a clean build makes it"
            continue
        if not same:
            yield path, "it differs from that of a clean build"


def _files(folder: str) -> Iterator[str]:
    for above, _, names in os.walk(folder):
        for name in names:
            yield os.path.relpath(os.path.join(above, name), folder)
