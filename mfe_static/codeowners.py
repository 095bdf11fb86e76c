"""CODEOWNERS: who reviews which folder, as hosts of repositories read it, from what teams say in `team.toml`.

In a file that others write as well, ours is one part between two marks; the rest stays as it is. Whether a file says
what the teams say is asked as a host asks: of all lines whose pattern fits, the last one counts (GitHub Docs, "About
code owners").
"""

import os
import re
from collections.abc import Iterator, Sequence
from fnmatch import fnmatchcase
from itertools import groupby
from pathlib import Path

import msgspec

from mfe_static.model import TeamSources
from mfe_static.problems import Problem, problem

_BEGIN = "# mfe-static: from the team.toml of each team; to write it anew: mfe-static list codeowners -o FILE"
_END = "# mfe-static: end"
_PART = re.compile(rf"^{re.escape(_BEGIN)}\n(?:.*\n)*?{re.escape(_END)}$", re.MULTILINE)
_ONE = "*/"
"""A last `*`, which means files right there, and no folders."""
_FOLDERS = frozenset({".github", ".gitlab", "docs"})
"""Where a repository may keep the file, other than in its root."""


class Owned(msgspec.Struct, frozen=True):
    """A team's folder, and who reviews changes of it."""

    path: str
    """From the repository's root: `/teams/checkout/`."""
    team: str
    owners: tuple[str, ...]
    """Empty: nobody is named."""

    @property
    def line(self) -> str:
        """As it stands in the file; a line without owners would ask nobody, without a word."""
        return " ".join([self.path, *self.owners]) if self.owners else f"# nobody: {self.path}"


def owned(teams: Sequence[TeamSources], root: Path, file: Path | None = None) -> list[Owned]:
    """The folders of all teams of the site in `root`. `file`: the CODEOWNERS that they are for, which tells where the
    repository begins; None: where the site does."""
    within = ""
    if file is not None:
        above = file.absolute().parent
        above = above.parent if above.name in _FOLDERS and above != root.absolute() else above
        within = os.path.relpath(root.absolute(), above).replace(os.sep, "/").removeprefix(".")
    return [Owned(f"{within and '/' + within}/{team.shown}/", team.name, _reviewers(team)) for team in teams]


def _reviewers(team: TeamSources) -> tuple[str, ...]:
    address = team.owner.partition("<")[2].partition(">")[0].strip()
    return team.reviewers or ((address,) if address else ())


def merged(text: str, rows: Sequence[Owned]) -> str:
    """The text of a file with our part in it; a new part comes last, where its lines count."""
    part = "\n".join([_BEGIN, *(row.line for row in rows), _END])
    if _PART.search(text):
        return _PART.sub(lambda _: part, text, count=1)
    above = text.rstrip("\n")
    return f"{above}\n\n{part}\n" if above else f"{part}\n"


def outdated(text: str, rows: Sequence[Owned], file: str) -> Iterator[Problem]:
    """Where the file says something else than the teams. `file`: as problems name it."""
    lines = [(number, *_rule(line)) for number, line in enumerate(text.splitlines(), 1)]
    for row in rows:
        fits = [
            (number, owners) for number, pattern, owners in lines if pattern and _fits(pattern, f"{row.path[1:]}any")
        ]
        line, owners = fits[-1] if fits else (0, ())
        if row.owners and {name.lower() for name in owners} != {name.lower() for name in row.owners}:
            here = f"{' '.join(owners) or 'nobody'}, not {' '.join(row.owners)}" if fits else "nobody"
            yield problem(
                "codeowners-outdated", f"changes of {row.path[1:]} are reviewed by {here}", file=file, line=line,
                team=row.team, hint=f"mfe-static list codeowners -o {file} writes what the teams say",
            )  # fmt: skip


def _rule(line: str) -> tuple[str, tuple[str, ...]]:
    """Pattern and owners; both empty where a line has no rule, as a comment or a section of GitLab's."""
    words = re.split(r"(?<!\\)\s+", re.sub(r"(?:^|(?<=\s))#.*", "", line).strip())
    return ("", ()) if words[0].startswith(("[", "^[")) else (words[0], tuple(words[1:]))


def _fits(pattern: str, path: str) -> bool:
    """Whether a pattern, as in `.gitignore`, means the file at `path` or a folder above it."""
    parts = pattern.strip("/").split("/")
    if len(parts) == 1 and not pattern.startswith("/"):
        parts = ["**", *parts]  # a name alone, at any depth
    elif pattern.endswith("/*"):
        parts[-1] = _ONE
    return _match([part for part, _ in groupby(parts)], path.split("/"), below=pattern.endswith("/"))


def _match(parts: Sequence[str], names: Sequence[str], *, below: bool) -> bool:
    """Whether the parts of a pattern lead along the names of a path. `below`: not to the last of them."""
    if not parts:
        return bool(names) or not below
    if parts[0] == "**" and len(parts) > 1:
        return any(_match(parts[1:], names[start:], below=below) for start in range(len(names) + 1))
    if parts[0] == _ONE:
        return len(names) == 1
    return bool(names) and fnmatchcase(names[0], parts[0]) and _match(parts[1:], names[1:], below=below)
