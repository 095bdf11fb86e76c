"""Where a host's API is, and what lets us in: both from the environment, and neither shown.

A token goes to the one address it is meant for, and only where nobody on the way can read it.
"""

import contextlib
import ipaddress
import re
from collections.abc import Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from mfe_static.deploy.host import Failed
from mfe_static.masks import HIDDEN
from mfe_static.problems import problem


class Door(NamedTuple):
    """How the environment names what lets us in."""

    host: str
    """As in a sentence: `Netlify`."""
    token: str
    address: str
    otherwise: str
    """The address without one."""


class Access(NamedTuple):
    """Where a host's API is, and what lets us in."""

    host: str
    address: str
    """Without a slash at its end."""
    token: str
    variable: str
    """The environment's name of the token."""


def access(door: Door, environ: Mapping[str, str]) -> Access:
    """What the environment says of a host's API. Raises `Failed`."""
    host, variable, named, otherwise = door
    token, address = environ.get(variable, "").strip(), environ.get(named, "").strip() or otherwise
    if not token:
        said = f"the environment has no {variable}, so {host} would not let us in"
        raise Failed(problem("no-credentials", said, hint=f"make a token at {host} and give it as {variable}"))
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise Failed(problem("no-credentials", f"{variable} is no token: it holds blanks or other characters"))
    if not _safe(address):
        shown = re.sub(r"//[^/]*@", f"//{HIDDEN}@", address.replace(token, HIDDEN))[:200]
        said = f'{named} is no address that a token may be sent to: "{shown}"'
        raise Failed(problem("no-credentials", said, hint="write https://…, or http:// for this machine"))
    return Access(host, address.rstrip("/"), token, variable)


def _safe(address: str) -> bool:
    """Whether nobody on the way can read what is sent there."""
    try:
        url = urlsplit(address)
        host = url.hostname or ""
        _ = url.port
    except ValueError:
        return False
    if not host or url.username is not None or url.query or url.fragment:
        return False
    if url.scheme != "http":
        return url.scheme == "https"
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost"
