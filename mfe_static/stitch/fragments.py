"""Fragments: which one a slot means, with which params, and its HTML.

A variant is a fragment with one set of param values. Each is rendered once, by its owner's templates and data,
whoever asks and however often: the same pure function everywhere.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property, lru_cache, partial
from math import isfinite
from typing import Any

import msgspec

from mfe_static.clock import Timings
from mfe_static.digests import Digest, digest
from mfe_static.html import cut
from mfe_static.model import Fragment, Page, Site, TeamBuild, TeamSources
from mfe_static.pieces import Cut, Slot
from mfe_static.problems import Problem, Related, did_you_mean, problem
from mfe_static.reads import Data, Reads
from mfe_static.templates import Templates
from mfe_static.tree import Tree
from mfe_static.views import Seen, TeamView, View, site_view

DEPTH_LIMIT = 16
_TREES = 3


class Asker(msgspec.Struct, frozen=True, array_like=True):
    """The page that asks for a fragment, as far as a fragment may know it."""

    team: str
    language: str


class Variant(msgspec.Struct, frozen=True, array_like=True):
    """A fragment with one set of param values."""

    team: str
    name: str
    params: tuple[tuple[str, Any], ...]

    def __str__(self) -> str:
        shown = ", ".join(f"{name}={value!r}" for name, value in self.params)
        return f"{self.team}:{self.name}" + (f"({shown})" if shown else "")


class Kit:
    """A team's fragments with the templates and data they read; the theme has one too."""

    def __init__(
        self, sources: TeamSources, tree: Callable[[], Tree], site: Site, site_seen: View, timings: Timings
    ) -> None:
        self.sources = sources
        self.reads: dict[str, Reads] = {}
        """What each fragment looked at, by its name."""
        self._tree, self._site, self._site_seen, self._timings = tree, site, site_seen, timings

    @property
    def tree(self) -> Tree:
        """The team's pages."""
        return self._tree()

    @cached_property
    def templates(self) -> Templates:
        """The team's templates."""
        return Templates(self.sources.templates, self.sources.named)

    def render(self, fragment: Fragment, params: Mapping[str, Any]) -> Cut | Problem:
        """The fragment's HTML for these params, cut."""
        sources, reads = self.sources, self.reads.setdefault(fragment.name, Reads())
        if sources.foreign:  # no template: another tool has made it
            from mfe_static.html.whole import Home, read_fragment

            home = Home(self._site.base_url, sources.prefix + fragment.template.removeprefix(f"{sources.top}/"))
            return read_fragment(sources.templates[fragment.template], home, self._site.schemes)
        variables = {
            "data": Data(sources.data, reads),
            "team": TeamView(sources, Seen(self.tree, reads=reads)),
            "site": self._site_seen,
            "params": params,
        }
        with self._timings("fragment", f"{sources.name}:{fragment.name}"):
            html = self.templates.render(fragment.template, variables)
        return html if isinstance(html, Problem) else cut(html, self._site.schemes)


class Fragments:
    """The fragments of all teams."""

    def __init__(
        self,
        site: Site,
        builds: Mapping[str, TeamBuild],
        pages: Mapping[str, Callable[[], Sequence[Page]]],
        theme: TeamSources,
        whole: View,
        timings: Timings,
    ) -> None:
        """`whole`: `site` as the theme sees it."""
        view, self._prefixes = site_view(site), site.prefixes
        self._trees = lru_cache(maxsize=_TREES)(lambda name: Tree(pages[name]))
        """Of few teams at a time, as they are as large as all pages; see `turn_to`."""
        self._team, nobodys = "", Tree(())
        self.kits = {
            name: Kit(build.sources, partial(self._trees, name), site, view, timings) for name, build in builds.items()
        }
        self.kits["theme"] = Kit(theme, lambda: nobodys, site, whole, timings)
        self._variants: dict[tuple[str, tuple[tuple[str, str], ...], str, Asker], Variant | Problem] = {}
        self._cuts: dict[Variant, Cut | Problem] = {}
        self.rendered: dict[Variant, Digest] = {}
        """The variants that were rendered, and what names each in all processes."""

    def turn_to(self, team: str) -> Tree:
        """The pages of the team whose pages are composed next; those of all others are let go."""
        if team != self._team:
            self._trees.cache_clear()
            self._team = team
        return self._trees(team)

    def source(self, variant: Variant) -> tuple[TeamSources, Fragment]:
        """The owner and the fragment of a variant."""
        owner = self.kits[variant.team].sources
        return owner, owner.fragments[variant.name]

    def variant(self, slot: Slot, team: str, asker: Asker) -> Variant | Problem:
        """Which variant `slot`, written by `team`, means; a problem without its place when there is none."""
        key = (slot.src, slot.params, team, asker)
        found = self._variants.get(key)
        if found is None:
            found = self._variants[key] = self._variant(slot, team, asker)
        return found

    def _variant(self, slot: Slot, team: str, asker: Asker) -> Variant | Problem:
        owner, _, name = slot.src.rpartition(":")
        owner = owner or team
        kit = self.kits.get(owner)
        fragment = kit.sources.fragments.get(name) if kit else None
        if kit is None or fragment is None:
            names = [f"{other}:{key}" for other, its in self.kits.items() for key in its.sources.fragments]
            hint = did_you_mean(f"{owner}:{name}", names)
            if not hint and kit is not None and owner != "theme":
                hint = f"a fragment is a file, here {kit.sources.shown}/fragments/{name}.html"
            lost = kit is None and owner in self._prefixes  # its team could not be read, so this merely follows
            related = (Related(file=f"teams/{owner}/team.toml", team=owner),) if lost else ()
            return problem("unknown-fragment", f'no fragment "{owner}:{name}"', hint=hint, related=related)
        if owner not in {team, "theme"} and name not in kit.sources.offered:
            line = f'add "{name}" to fragments' if kit.sources.offered else f'fragments = ["{name}"]'
            return problem(
                "private-fragment",
                f'"{owner}:{name}" is private to {owner}',
                hint=f"{owner} can offer it: {line} under [offers] in {kit.sources.shown}/team.toml",
            )
        params = _params(fragment, dict(slot.params), f"{owner}:{name}")
        if isinstance(params, Problem):
            return params
        params.update({key: getattr(asker, key) for key in fragment.vary})
        return Variant(owner, name, tuple(sorted((key, _frozen(value)) for key, value in params.items())))

    def cut(self, variant: Variant) -> Cut | Problem:
        """The variant's HTML, rendered the first time."""
        found = self._cuts.get(variant)
        if found is None:
            kit = self.kits[variant.team]
            params = {key: list(value) if isinstance(value, tuple) else value for key, value in variant.params}
            found = self._cuts[variant] = kit.render(kit.sources.fragments[variant.name], params)
            self.rendered[variant] = digest(msgspec.msgpack.encode(variant))
        return found

    def has_blocks(self, variant: Variant) -> bool:
        """Whether the variant's own HTML holds block content."""
        found = self._cuts.get(variant)
        return isinstance(found, Cut) and found.blocks


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


_DIRECTIVES = {"client:load": "load", "client:idle": "idle", "client:visible": "visible", "client:only": "load",
               "client:media": "media(…)"}  # fmt: skip
"""What Astro's directives are here."""


def _params(fragment: Fragment, given: dict[str, str], shown: str) -> dict[str, Any] | Problem:
    """The params of a tag's attributes, as the fragment declares them."""
    out: dict[str, Any] = {}
    names = [param.name for param in fragment.params]
    if unknown := sorted(set(given) - set(names)):
        takes = f"it takes {', '.join(names)}" if names else "it takes none"
        moment = _DIRECTIVES.get(unknown[0])
        hint = f'say when its module is loaded by hydrate="{moment}"' if moment else did_you_mean(unknown[0], names)
        return problem("unknown-param", f'"{shown}" has no param "{unknown[0]}"; {takes}', hint=hint)
    for param in fragment.params:
        if param.name not in given:
            if param.required:
                return problem("missing-param", f'"{shown}" requires the param "{param.name}" ({param.type})')
            out[param.name] = param.default
            continue
        try:
            out[param.name] = _typed(param.type, given[param.name])
        except ValueError:
            message = f'"{given[param.name]}" is no {param.type} for the param "{param.name}" of "{shown}"'
            return problem("bad-param", message, hint=_SUCH_AS.get(param.type, ""))
    return out


_SUCH_AS = {"int": "a whole number, such as 3", "number": "such as 3 or 2.5", "bool": "true or false"}


def _typed(kind: str, text: str) -> Any:
    """An attribute's text as the type that its param declares. Raises ValueError."""
    match kind:
        case "int":
            if "_" in text:  # Python's own way of writing numbers
                raise ValueError
            return _whole(text)
        case "number":
            return _finite(text) if any(mark in text for mark in ".eE") else _whole(text)
        case "bool":
            if text.lower() in {"", "true", "yes", "1"}:  # as in HTML, an attribute without a value is set
                return True
            if text.lower() in {"false", "no", "0"}:
                return False
            raise ValueError
        case "list":
            return tuple(text.replace(",", " ").split())
    return text


def _finite(text: str) -> float:
    """A number that JSON can hold. Raises ValueError."""
    found = float(text)
    if not isfinite(found):
        raise ValueError
    return found


def _whole(text: str) -> int:
    """A whole number that every part of a build can hold. Raises ValueError."""
    found = int(text)
    if not -(2**63) <= found < 2**63:
        raise ValueError
    return found
