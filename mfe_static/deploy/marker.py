"""The file by which a deployment is known: `_mfe/deployment.json`, which lies beside its other files.

Hosts that replace whole sites tell little of what they answer with. This file says it: which deployment this is, and
the mark of each of its files. It tells nobody anything that `_mfe/manifest.json` does not.
"""

import contextlib
from collections.abc import Mapping
from typing import Literal

import msgspec

from mfe_static.deploy.host import Failed, Item, Mark
from mfe_static.digests import digest
from mfe_static.problems import Problem, problem

MARKER = "_mfe/deployment.json"


class _Marker(msgspec.Struct, frozen=True):
    version: Literal[1]
    id: str
    files: dict[str, Mark]


def marker(id_: str, marks: Mapping[str, Mark]) -> bytes:
    """The file's content: the same for the same deployment."""
    return msgspec.json.encode(_Marker(1, id_, dict(sorted(marks.items()))))


def marks_of(content: bytes | None) -> Mapping[str, Mark]:
    """What the file says; nothing where it is missing, damaged or of another version."""
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(content, type=_Marker).files if content else {}
    return {}


def made_item(path: str, content: bytes) -> Item:
    """A file that is made for a deployment."""
    return Item(path=path, size=len(content), digest=digest(content), content=content)


def overtaken(winner: str) -> Problem:
    """Of two deployments at once, this one lost."""
    said = f"another deployment went live meanwhile: {winner or 'none at all'}"
    return problem("deploy-overtaken", said, hint="look at it, and deploy again")


def uncertain(error: Failed) -> Failed:
    """A host fell silent after it was told to switch."""
    said = f"{error.problem.message}; whether the new site went live is not known"
    return Failed(problem("deploy-uncertain", said, hint="see `deploys list`, and deploy again"))


def unnameable(preview: str) -> Problem:
    """A preview whose name leaves nothing for an address; it would be the site itself."""
    said = f'"{preview}" names no preview: its address would have no letter or digit'
    return problem("host-cannot", said, hint="use a-z and 0-9, as in pr-12")


def the_site_itself(preview: str) -> Problem:
    """A preview that would be the site itself."""
    said = f'a preview "{preview}" would be the site itself: that is its branch for production'
    return problem("host-cannot", said, hint="give the preview another name")
