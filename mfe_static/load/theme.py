"""The theme as a team of its own, with the files that the themes it extends lend it."""

import os
from collections.abc import Sequence
from pathlib import Path

import msgspec

from mfe_static import config
from mfe_static.files import Folder
from mfe_static.load.folder import asset_files, fragment_name, module_files, parts_of, read_data, read_templates
from mfe_static.model import TeamSources
from mfe_static.problems import Problem, did_you_mean, nearest, problem
from mfe_static.settings import SiteSettings
from mfe_static.survey import Survey

BUILT_IN_THEMES = Path(__file__).parents[1] / "themes"
_FADING = "assets/transitions.css"
"""What every theme has, as it is nothing of looks: a team's `transitions` would have no effect without it."""


class Chain(msgspec.Struct, frozen=True):
    """The folders of a theme and of those it extends, nearest first."""

    folders: tuple[Folder, ...]
    problems: tuple[Problem, ...]


def theme_chain(seen: Survey, name: str, loaded: config.Loaded[SiteSettings], before: Chain | None) -> Chain:
    """The folders that make the theme `name`; those of the tool itself are taken from `before` while they look it."""
    chain, problems = _chain(seen.root, name, loaded)
    known = {folder.root: folder for folder in before.folders} if before else {}
    folders = []
    for path, shown in chain:
        folder = seen.folder(shown, path)
        last = known.get(path)
        folders.append(last if last and shown not in seen.folders and last.stats == folder.stats else folder)
    return Chain(tuple(folders), tuple(problems))


def read_theme(root: Path, chain: Chain) -> tuple[TeamSources, list[Problem]]:
    """The theme as a team of its own, with the files that the themes it extends lend it."""
    problems = [*chain.problems]
    merged = Folder(root, chain.folders[0].shown)
    merged.real[_FADING] = str(BUILT_IN_THEMES / "default" / _FADING)
    merged.lent[_FADING] = f"themes/default/{_FADING}"
    for folder in reversed(chain.folders):
        problems += folder.problems
        _lay_over(merged, folder)
    merged.real.sort()
    parts = parts_of(merged)
    templates, fragments = read_templates(merged, parts, problems)
    theme = TeamSources(
        name="theme", prefix="", shown=merged.shown, owner="", description="", architecture="linked-pages", layout="",
        language="", html="allow", highlight=True, engine="auto", unknown_keys="error",
        offered=tuple(sorted(fragments)), events=(),
        pages={}, assets=asset_files(parts), public={}, templates=templates, fragments=fragments,
        data=read_data(merged, parts, problems), modules=module_files(merged, fragments), lent=merged.lent,
    )  # fmt: skip
    return theme, problems


def _chain(root: Path, name: str, loaded: config.Loaded[SiteSettings]) -> tuple[list[tuple[Path, str]], list[Problem]]:
    """The folders of the theme and of those it extends, each with the name that problems give it."""
    problems: list[Problem] = []
    chain: list[tuple[Path, str]] = []
    wanted = name or "default"
    while wanted:
        passed = {str(path) for path, _ in chain}
        found = _theme_folder(root, wanted, passed)
        if found is None:  # the one that was meant, or the tool's own, so that nothing follows from it
            problems.append(_no_theme(root, wanted, chain, loaded))
            meant = _theme_folder(root, nearest(wanted, _theme_names(root)), passed)
            found = meant or (BUILT_IN_THEMES / "default", "themes/default")
        chain.append(found)
        settings = config.load_theme(found[0] / "theme.toml", f"{found[1]}/theme.toml")
        problems += settings.problems
        wanted = settings.settings.extends or ("default" if settings.problems else "")
    return chain, problems


def _no_theme(root: Path, wanted: str, chain: list[tuple[Path, str]], loaded: config.Loaded[SiteSettings]) -> Problem:
    if any(path.name == wanted for path, _ in chain):
        code, message, hint = "theme-cycle", f'themes extend each other: "{wanted}" comes back', ""
    else:
        code, message = "unknown-theme", f'there is no theme "{wanted}"'
        hint = did_you_mean(wanted, _theme_names(root))
        hint = hint or f'one of your own is a folder themes/{wanted}/ with a theme.toml: extends = "default"'
        if os.path.isdir(root / "themes" / wanted):
            message += f": themes/{wanted}/ has no theme.toml"
            hint = 'write one, with the line: extends = "default"'
    if chain:
        return problem(code, message, file=f"{chain[-1][1]}/theme.toml", hint=hint, sought="key:extends")
    return loaded.problem(code, message, "theme", hint)


def _lay_over(merged: Folder, folder: Folder) -> None:
    """Put a theme's files over those of the theme it extends; a fragment is replaced whole, in either of its forms."""
    for name in {fragment_name(path) for path in folder.real} - {""}:
        for path in [path for path in merged.real if path.startswith((f"fragments/{name}.", f"fragments/{name}/"))]:
            del merged.real[path]
    for path, real in folder.real.items():
        merged.real[path] = real
        merged.lent[path] = folder.name(path)


def _theme_folder(root: Path, name: str, passed: set[str]) -> tuple[Path, str] | None:
    """Where the theme `name` is, and how problems name it. A theme may extend the built-in one of its own name."""
    for path, shown in ((root / "themes" / name, f"themes/{name}"), (BUILT_IN_THEMES / name, f"themes/{name}")):
        if os.path.isfile(path / "theme.toml") and str(path) not in passed:
            return path, shown
    return None


def _theme_names(root: Path) -> Sequence[str]:
    out = []
    for folder in (root / "themes", BUILT_IN_THEMES):
        if folder.is_dir():
            out += [entry.name for entry in os.scandir(folder) if os.path.isfile(f"{entry.path}/theme.toml")]
    return sorted(out)
