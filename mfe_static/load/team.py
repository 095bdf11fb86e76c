"""One team's folder as a value of its own."""

import re
from collections.abc import Iterator, Mapping

import msgspec
from msgspec import UNSET

from mfe_static.files import Folder
from mfe_static.load.details import unreadable
from mfe_static.load.folder import (
    Contents,
    Parts,
    asset_files,
    module_files,
    parts_of,
    public_files,
    read_data,
    read_templates,
)
from mfe_static.load.foreign import foreign_of, made_by
from mfe_static.model import Budget, Dependency, Foreign, Site, Tagging, TeamSources
from mfe_static.packing import available
from mfe_static.policy import DIRECTIVES
from mfe_static.problems import Problem, did_you_mean, nearest, problem
from mfe_static.routes import TEAM_FOLDERS
from mfe_static.settings import BudgetSettings, DependencySettings, SiteSettings, TeamSettings

_MEANT = {"images": "assets", "img": "assets", "static": "public", "content": "pages"}
"""What other tools call such folders."""
_WORD = re.compile(r"[^\s:]+")
"""An event's name, behind its team's."""


def _strange_folders(folder: Folder, parts: Parts) -> Iterator[Problem]:
    """Folders with nearly the name, or the purpose, of one that is read; others are the team's own business."""
    for name in sorted(parts.others.keys() - set(TEAM_FOLDERS)):
        if meant := _MEANT.get(name.lower()) or nearest(name.lower(), TEAM_FOLDERS):
            yield problem(
                "unknown-folder",
                f"nothing in {name}/ is read",
                file=folder.name(name),
                hint=f'did you mean "{meant}/"?',
            )


def _unspoken(settings: TeamSettings, pages: Mapping[str, str], shown: str) -> Iterator[Problem]:
    """Folders that `[languages]` names and that hold no page; a team without pages has none to miss."""
    if not settings.languages or not pages:
        return
    folders = {path.split("/")[1] for path in pages if path.count("/") > 1}
    for name in sorted(settings.languages.keys() - folders):
        yield problem(
            "unknown-folder",
            f"there is no page in pages/{name}/, which [languages] names",
            file=f"{shown}/team.toml",
            hint=did_you_mean(name, folders),
            sought=f"key:languages.{name}",
        )


def _unoffered(team: str, settings: TeamSettings, shown: str) -> Iterator[Problem]:
    """Events that are not the team's, or for other tabs, or with details, that nobody may listen to; and details that
    nobody could look at."""
    offers, file = settings.offers, f"{shown}/team.toml"
    for event in offers.events:
        owner, _, word = event.partition(":")
        if owner != team or not _WORD.fullmatch(word):
            yield problem(
                "bad-value",
                f'"{event[:60]}" is no event of {team}: their names are such as {team}:changed',
                file=file,
                hint=f'write "{team}:{word or event}"' if _WORD.fullmatch(word or event) else "",
                sought=f"key:offers.events:{event}",
            )
    said = [
        *(("tabs", f":{name}", name) for name in offers.tabs),
        *(("details", f":{name}", name) for name in offers.details),
    ]
    for key, place, name in said:
        if name not in offers.events:
            yield problem(
                "bad-value",
                f'`offers.{key}` names "{name[:60]}", which is not in `offers.events`',
                file=file,
                hint=did_you_mean(name, offers.events) or "list it there, too",
                sought=f"key:offers.{key}{place}",
            )
    for name, schema in offers.details.items():
        if why := unreadable(schema):
            message = f'`offers.details` of "{name[:60]}": {why}'
            yield problem("bad-value", message, file=file, sought=f"key:offers.details:{name}")


def _budget(said: BudgetSettings, shown: str, problems: list[Problem]) -> Budget | None:
    """What the team's pages may weigh; None: whatever they do."""
    sizes = [_bytes(text) for text in (said.html, said.css, said.js, said.team.css, said.team.js)]
    if all(size is None for size in sizes):
        return None
    if not available():
        message, hint = "[budget] needs brotli, which is not installed", "pip install brotli"
        problems.append(problem("missing-library", message, file=f"{shown}/team.toml", hint=hint, sought="key:budget"))
        return None
    return Budget(*sizes)


def _bytes(size: str) -> int | None:
    """`5 KB` in bytes."""
    if not size:
        return None
    number = size.rstrip("BKM ")
    return round(float(number) * {"KB": 1_000, "MB": 1_000_000}.get(size[-2:], 1))


def read_team(
    name: str, site: Site, shared: SiteSettings, settings: TeamSettings, folder: Folder
) -> tuple[TeamSources, list[Problem]]:
    """The sources of the team in `folder`, with the settings that are in force there."""
    shown = folder.shown
    prefix = site.prefixes[name]
    markdown = shared.markdown if settings.markdown is UNSET else settings.markdown
    front_matter = shared.front_matter if settings.front_matter is UNSET else settings.front_matter
    problems = [*_unoffered(name, settings, shown)]
    contents, foreign = _brought(name, site, settings, folder, problems)
    if not prefix and (contents.pages or contents.public):
        problems.append(_unrouted(name, contents, folder))
        contents = msgspec.structs.replace(contents, pages={}, public={})
    sources = TeamSources(
        name=name,
        prefix=prefix,
        shown=shown,
        owner=settings.owner,
        description=settings.description,
        architecture=settings.architecture,
        isolation=settings.isolation if settings.build is UNSET else "layer",
        budget=_budget(settings.budget, shown, problems),
        layout=settings.layout,
        language=settings.language,
        html=markdown.html,
        highlight=markdown.highlight,
        engine=markdown.engine,
        unknown_keys=front_matter.unknown,
        offered=settings.offers.fragments,
        events=settings.offers.events,
        tabs=tuple(name for name in settings.offers.tabs if name in settings.offers.events),
        details={name: schema for name, schema in settings.offers.details.items() if not unreadable(schema)},
        pages=contents.pages,
        assets=contents.assets,
        public=contents.public,
        templates=contents.templates,
        fragments=contents.fragments,
        data=contents.data,
        languages={folder.strip("/"): language for folder, language in settings.languages.items()},
        edit_url=settings.edit_url,
        reviewers=settings.reviewers,
        modules=module_files(folder, contents.fragments, spa=settings.architecture == "linked-spa" and not foreign),
        dependencies={
            name: Dependency(its.version, its.from_) if isinstance(its, DependencySettings) else Dependency(its)
            for name, its in settings.dependencies.items()
        },
        origins={
            directive: sources
            for kind, directive in DIRECTIVES.items()
            if (sources := getattr(settings.security, kind))
        },
        prefetch=settings.navigation.prefetch,
        transitions=settings.navigation.transitions,
        tags=Tagging()
        if foreign
        else Tagging(settings.tags.path.strip("/"), settings.tags.title, settings.tags.paginate),
        foreign=foreign,
        foreign_prefixes=tuple(
            sorted(other for other in site.prefixes.values() if other != prefix and prefix and other.startswith(prefix))
        ),
    )
    return sources, problems


def _brought(
    name: str, site: Site, settings: TeamSettings, folder: Folder, problems: list[Problem]
) -> tuple[Contents, Foreign | None]:
    """What is in a team's folder, and how it is built, if another tool does that."""
    if settings.build is UNSET:
        contents = _contents(folder, name, problems)
        problems += _unspoken(settings, contents.pages, folder.shown)
        return contents, None
    if settings.isolation != "layer":
        message = "`isolation` is for teams whose pages and fragments we render, and another tool makes these"
        problems.append(problem("bad-value", message, file=f"{folder.shown}/team.toml", sought="key:isolation"))
    foreign = foreign_of(name, site, settings.build, folder.shown, problems)
    return made_by(foreign, settings.build, folder, problems) if foreign else Contents({}, {}), foreign


def _unrouted(name: str, contents: Contents, folder: Folder) -> Problem:
    """`pages-without-route`"""
    first = min([*contents.pages, *(real.removeprefix(f"{folder.root}/") for real in contents.public.values())])
    return problem(
        "pages-without-route",
        f'"{name}" has no path, but has pages or public files, such as {first}',
        file=f"{folder.shown}/team.toml",
        hint=f'give it one: {name} = "/{name}/" under [teams] in site.toml',
    )


def _contents(folder: Folder, name: str, problems: list[Problem]) -> Contents:
    """What is in the folder of a team whose pages we make."""
    parts = parts_of(folder)
    problems += [*folder.problems, *_strange_folders(folder, parts)]
    templates, fragments = read_templates(folder, parts, problems)
    public = public_files(folder, parts, name, problems)
    data = read_data(folder, parts, problems)
    return Contents(parts.pages, public, asset_files(parts), templates, fragments, data)
