"""From the target of a request to the path that is looked up, and back.

A path is decoded once and then looked up in a table, so nothing here keeps anybody out of a folder: there is no folder
to get out of. What could mean one thing here and another elsewhere is refused all the same: a target that is no path
(RFC 9112 §3.2: absolute form, `*`), bytes that are no UTF-8 (overlong forms too), control characters, NUL, backslashes,
and dot segments, which browsers resolve before they ask.
"""

import re
from urllib.parse import quote, unquote_to_bytes

_REFUSED = re.compile(r"[\x00-\x1f\x7f\\]|/\.{1,2}(?:/|$)")
_SAFE = "/!$&'()*+,;=:@~-._"


def decoded(target: bytes) -> str | None:
    """The path of a target without its query, percent-decoded; None when it is none."""
    if not target.startswith(b"/") or b"#" in target:
        return None
    try:
        path = unquote_to_bytes(target).decode()
    except UnicodeDecodeError:
        return None
    return None if _REFUSED.search(path) else path


def local(path: str) -> str:
    """A decoded path as the address that a browser is sent to. It never leaves the host: `//x` would be one."""
    return "/" + quote(path.lstrip("/"), safe=_SAFE)


def escaped(value: str) -> str:
    """A part of a decoded path, as it stands in an address."""
    return quote(value, safe=_SAFE)
