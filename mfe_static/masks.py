"""What may be a secret is never shown: who finds no key for a token writes it into `site.toml` all the same."""

import re

import msgspec

from mfe_static.patterns import compiled
from mfe_static.problems import Problem

SECRET_NAMES = "token|secret|passw|credential|api_?key|private_?key|access_?key|auth_?key"  # noqa: S105  names, and none of a value
"""What keys and variables that hold secrets are called, among other things, as a part of an expression."""
HIDDEN = "***"
"""What is shown instead."""
_SECRET = compiled(
    rf"((?:{SECRET_NAMES})[\w.\"'-]*\s*=\s*)"
    r"((?:\"\"\"|'''|[\[{]).*|\"(?:[^\"\\]|\\.)*+\"?|'[^']*'?|[^\s,}\]]+)",
    re.IGNORECASE,
)
"""A value of a key that is called after secrets."""
_LOGIN = compiled(r"(?<=://)[^/@\s\"']+@")
_QUOTED = f'"{HIDDEN}"'
_OUT = "secrets come from environment variables alone: take it out, and make another one"


def masked(found: Problem, line: str) -> Problem:
    """`found`, which stands in `line`, with the line as it may be shown; who wrote a secret there is told to take it
    out."""
    if not found.file.endswith(".toml"):
        return msgspec.structs.replace(found, excerpt=line)
    hint, unknown = found.hint, found.code == "unknown-key"
    if unknown and found.file == "site.toml":
        secret = _SECRET.search(line, found.column - 1)
        hint = _OUT if secret and secret.start() < found.column - 1 + found.length else hint
    at = line.find("=", found.column - 1) if unknown and '"deploy.' in found.message else -1
    line = f"{line[: at + 1]} {_QUOTED}" if at >= 0 else line
    line = _SECRET.sub(lambda secret: secret[1] + _QUOTED.ljust(len(secret[2])), line)  # columns stay what they are
    line = _LOGIN.sub(lambda login: f"{HIDDEN}@".rjust(len(login[0])), line)
    return msgspec.structs.replace(found, excerpt=line, hint=hint)
