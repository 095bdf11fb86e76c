"""Whether the output is what a build would write now: the question of `Run.same`, whatever the last build was asked;
and how many warnings that build had."""

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from mfe_static.digests import Digest, digest
from mfe_static.memory import SiteMemory
from mfe_static.problems import counted
from mfe_static.state import Damaged, Sums, as_left, maker, read_index
from mfe_static.survey import STATE, survey


class Standing(NamedTuple):
    """What is remembered of the build that made the output."""

    outdated: str = ""
    """Why it is not what a build would write now; empty where it is, and where nothing is remembered."""
    warnings: int = 0
    """How many that build had."""


def remembered(root: Path, environ: Mapping[str, str], manifest: Digest, *, drafts: bool) -> Standing:
    """What the last build tells of the site with this manifest. Nothing is written. `drafts`: whether these may be in
    it."""
    index = root / STATE / "cache" / "site.index"
    if not index.exists():
        return Standing()
    memory: SiteMemory | None = None
    with suppress(Damaged):
        memory = read_index(index, SiteMemory, maker())
    if memory is None:
        return Standing("another version of mfe-static wrote it")
    warnings = counted(memory.outcome.problems)[1] if memory.outcome else 0
    return Standing(_outdated(root, environ, manifest, memory, drafts=drafts), warnings)


def _outdated(root: Path, environ: Mapping[str, str], manifest: Digest, memory: SiteMemory, *, drafts: bool) -> str:
    last, seen = memory.outcome, survey(root)
    if last is None:
        return "the last build had errors, or did not end"
    if last.manifest != manifest:
        return "the last build wrote another site"
    if last.drafts and not drafts:
        return "it was built with drafts"
    if not last.key:
        return "its search index is older, as the development server leaves that to a build"
    sums = Sums(seen.stats, memory.files)
    if changed := next(sums.touched(), ""):
        return f"{changed} changed"
    beside = as_left(str(root), memory.files.begun, memory.modules.beside)
    if not seen.sound or not sums.unchanged(seen.real) or not beside:
        return "its sources changed"
    shown = {name: digest(environ.get(name, "\0")) for name in last.environment}
    return "" if shown == last.environment else "the environment of a team's command changed"
