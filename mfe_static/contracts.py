"""Contracts: all that other teams may know of a team (invariant 5).

A contract is published as `_mfe/contracts/<team>.json`; its form is versioned, and grows by keys that may be left out.
"""

from collections.abc import Mapping
from typing import Any

import msgspec

CONTRACT_VERSION = 1


class ContractParam(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A param that a fragment takes."""

    name: str
    type: str
    required: bool = False
    default: Any = None


class ContractPage(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page as other teams may know it."""

    url: str
    name: str
    title: str
    description: str = ""
    params: Mapping[str, str] = {}
    anchors: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    client_routes: tuple[str, ...] = ()
    """Further URLs that it answers for, as `/checkout/order/:id/`: its app has a view for them."""


class ContractRoute(msgspec.Struct, frozen=True, kw_only=True):
    """A name that refs can use, with the params it takes."""

    name: str
    params: tuple[str, ...]
    pages: int


class ContractFragment(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An offered fragment."""

    name: str
    description: str = ""
    params: tuple[ContractParam, ...] = ()
    vary: tuple[str, ...] = ()
    variants: tuple[Mapping[str, Any], ...] = ()
    """The variants published beyond those asked for, as their params."""
    behaviour: bool = False
    """Whether it becomes an island."""


class ContractRef(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A link that leaves the team: from which page or fragment, and where to, as written."""

    page: str = ""
    fragment: str = ""
    to: str


class Contract(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that other teams may know of a team; made without any other team's contract."""

    version: int
    team: str
    owner: str = ""
    path: str = ""
    description: str = ""
    architecture: str = "linked-pages"
    languages: Mapping[str, str] = {}
    """The language of the pages whose names begin with a folder, by the folder."""
    pages: tuple[ContractPage, ...] = ()
    routes: tuple[ContractRoute, ...] = ()
    fragments: tuple[ContractFragment, ...] = ()
    events: tuple[str, ...] = ()
    details: Mapping[str, Any] = {}
    """What the `detail` of an event is, by its name, as a JSON Schema."""
    refs: tuple[ContractRef, ...] = ()
