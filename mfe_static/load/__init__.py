"""Load: the folders of a site → its settings and every team's sources, read but not rendered.

What all teams share is settled here: the route table, the theme, the effective settings of each team. A team is then a
value of its own, and nothing later looks at another team's folder (invariants 1 and 5).
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from mfe_static import config
from mfe_static.assets.encode import version
from mfe_static.files import Folder
from mfe_static.load.team import read_team
from mfe_static.load.theme import BUILT_IN_THEMES, read_theme, theme_chain
from mfe_static.model import Pictures, Site, TeamSources
from mfe_static.pagefind import installed
from mfe_static.problems import Level, Problem, did_you_mean, in_order, problem
from mfe_static.settings import PictureSettings, SiteSettings, TeamSettings
from mfe_static.survey import Survey, survey

__all__ = ["BUILT_IN_THEMES", "Survey", "Workspace", "load", "survey"]


class Workspace(msgspec.Struct, frozen=True):
    """A site's folders, read."""

    root: Path
    settings: SiteSettings
    site: Site
    teams: tuple[TeamSources, ...]
    """Without those whose `team.toml` cannot be read: nothing can be said of their files, or of who uses them."""
    theme: TeamSources
    public: Folder
    """The site's own root files."""
    levels: Mapping[str, Mapping[str, Level]]
    """`[checks]` by team; under an empty name the site's."""
    problems: tuple[Problem, ...]
    read: Mapping[str, "Read"]
    """By folder, how its files were read; for a load that comes after."""


class Read(msgspec.Struct, frozen=True):
    """A folder, read: what it was read from, and what came of it."""

    inputs: tuple[object, ...]
    sources: TeamSources
    problems: list[Problem]
    team: config.Loaded[TeamSettings] | None
    """Its `team.toml`."""


def load(
    seen: Survey, environ: Mapping[str, str], flags: Mapping[str, Any], before: Workspace | None = None
) -> Workspace:
    """Read the site that was looked at. What is wrong is collected; the rest goes on with what could be read.

    `before`: an earlier load; of folders that nobody touched since then (see `Survey.folders`) it is taken over.
    """
    known = before.read if before else {}
    root = seen.root
    loaded = config.load_site(root, environ=environ, flags=flags)
    prefixes, problems = config.routes(loaded)
    problems = [*loaded.problems, *problems]
    settings = loaded.settings
    site = _site(settings, prefixes)
    problems += _search(loaded)
    if settings.pictures.widths and site.pictures is None:
        problems.append(_missing(loaded, "pictures", "Pillow", "widths"))
    problems += _strays(root, prefixes) if loaded.parsed else []  # without a route table all teams would be strays
    problems += [_astray(name, prefixes) for name in seen.astray]
    read: dict[str, Read] = {}
    levels = {"": settings.checks}
    for name in prefixes:
        folder = root / "teams" / name
        if not os.path.isfile(folder / "team.toml"):
            problems.append(_no_folder(loaded, root, name, prefixes))
            continue
        files, last = seen.folder(f"teams/{name}", folder), known.get(name)
        team = last.team if last and last.inputs[-1] is files else None
        team = team or config.load_team(folder / "team.toml", f"teams/{name}/team.toml")
        problems += team.problems
        levels[name] = team.settings.checks
        read[name] = _read(last, (name, site, settings, team.settings, files), read_team, team)
        problems += read[name].problems if team.parsed else []
    teams = tuple(its.sources for its in read.values() if its.team and its.team.parsed)
    chain_before: Any = known["theme"].inputs[1] if "theme" in known else None
    chain = theme_chain(seen, settings.theme, loaded, chain_before)
    read["theme"] = _read(known.get("theme"), (seen.root, chain), read_theme)
    public = seen.folders["public"]
    problems += [*read["theme"].problems, *public.problems]
    theme = read["theme"].sources
    return Workspace(root, settings, site, teams, theme, public, levels, tuple(in_order(problems)), read)


def _read(
    known: Read | None,
    inputs: tuple[Any, ...],
    read: Callable[..., tuple[TeamSources, list[Problem]]],
    team: config.Loaded[TeamSettings] | None = None,
) -> Read:
    """What `read` makes of `inputs`, or made of the same before; folders are the same only as the same object."""
    return known if known and known.inputs == inputs else Read(inputs, *read(*inputs), team)


def _site(settings: SiteSettings, prefixes: Mapping[str, str]) -> Site:
    return Site(  # noqa: S604  a part of the page is called shell
        title=settings.title,
        description=settings.description,
        base_url=settings.base_url.rstrip("/"),
        base_path=urlsplit(settings.base_url).path.rstrip("/"),
        language=settings.language,
        shell={"header": settings.shell.header, "footer": settings.shell.footer},
        schemes=frozenset(settings.links.schemes),
        prefixes=prefixes,
        redirects=settings.redirects,
        policy=settings.security.policy,
        headers=settings.security.headers,
        publish_emails=settings.security.publish_emails,
        noindex=settings.noindex,
        search=settings.search.path,
        endpoint=settings.monitoring.endpoint,
        pictures=_pictures(settings.pictures) if settings.pictures.widths else None,
    )


def _search(loaded: config.Loaded[SiteSettings]) -> list[Problem]:
    """What keeps a site from being searched that is to be."""
    settings, found = loaded.settings, []
    if not settings.search.path:
        return []
    if not installed():
        found.append(_missing(loaded, "search", "Pagefind", "path"))
    named = {name.lower(): value for name, value in settings.security.headers.items()}
    for key, policy in (
        ("security.policy", settings.security.policy),
        ("security.headers.Content-Security-Policy", named.get("content-security-policy", "")),
    ):
        if policy and "'wasm-unsafe-eval'" not in policy and "'unsafe-eval'" not in policy:
            found.append(
                loaded.problem(
                    "search-blocked",
                    "the policy does not let pages run WebAssembly, which searching needs",
                    key,
                    "add 'wasm-unsafe-eval' to its script-src",
                )
            )
    return found


def _missing(loaded: config.Loaded[SiteSettings], extra: str, what: str, key: str) -> Problem:
    """That a table needs what only an extra installs, both of one name."""
    hint = f'pip install "mfe-static[{extra}]", or in a clone pip install ".[{extra}]"'
    message = f"[{extra}] needs {what}, which is not installed"
    return loaded.problem("missing-library", message, (extra, key), hint)


def _pictures(settings: PictureSettings) -> Pictures | None:
    """How pictures are offered; None where nothing is there to encode them."""
    encoder = version()
    formats = tuple(sorted(set(settings.formats)))  # AVIF first, as its files are smaller
    quality = tuple(sorted(msgspec.structs.asdict(settings.quality).items()))
    return Pictures(tuple(sorted(set(settings.widths))), formats, quality, settings.sizes, encoder) if encoder else None


def _strays(root: Path, prefixes: Mapping[str, str]) -> list[Problem]:
    """Folders of teams that the route table does not know."""
    try:
        names = sorted(entry.name for entry in os.scandir(root / "teams") if entry.is_dir())
    except FileNotFoundError:
        return []
    except OSError as error:
        return [problem("unreadable", f"the folder cannot be read: {error.strerror}", file="teams")]
    return [
        problem(
            "no-route",
            f'the team "{name}" is not in the route table',
            file=f"teams/{name}/team.toml" if os.path.isfile(root / "teams" / name / "team.toml") else f"teams/{name}",
            hint=f'add {name} = "/{name}/" under [teams] in site.toml, or {name} = {{}} for a team without pages',
        )
        for name in names
        if name not in prefixes
        and any(os.path.exists(root / "teams" / name / part) for part in ("team.toml", "pages", "fragments"))
    ]


def _astray(name: str, prefixes: Mapping[str, str]) -> Problem:
    """A folder of the root that only counts in a team's."""
    hint = f"it belongs to a team: teams/{next(iter(prefixes)) if len(prefixes) == 1 else '<team>'}/{name}/"
    return problem("unknown-folder", f"nothing in {name}/ is read", file=name, hint=hint)


def _no_folder(loaded: config.Loaded[SiteSettings], root: Path, name: str, prefixes: Mapping[str, str]) -> Problem:
    try:
        others = [entry.name for entry in os.scandir(root / "teams") if entry.is_dir() and entry.name not in prefixes]
    except OSError:
        others = []
    hint = did_you_mean(name, others) or f"make it with: mfe-static new team {name}"
    return loaded.problem("no-folder", f"there is no teams/{name}/team.toml", ("teams", name), hint)
