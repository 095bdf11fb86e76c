"""The theme as a team of its own, with the files that the themes it extends lend it."""

import os
from collections.abc import Sequence
from pathlib import Path

from mfe_static import config
from mfe_static.files import Folder
from mfe_static.load.folder import asset_files, fragment_name, read_data, read_templates
from mfe_static.model import TeamSources
from mfe_static.problems import Problem, did_you_mean, problem
from mfe_static.settings import SiteSettings
from mfe_static.survey import Survey

BUILT_IN_THEMES = Path(__file__).parents[1] / "themes"


def read_theme(seen: Survey, name: str, loaded: config.Loaded[SiteSettings]) -> tuple[TeamSources, list[Problem]]:
    """The theme as a team of its own, with the files that the themes it extends lend it."""
    root = seen.root
    chain, problems = _chain(root, name, loaded)
    merged = Folder(root, chain[0][1])
    for path, shown in reversed(chain):
        folder = seen.folder(shown, path)
        problems += folder.problems
        _lay_over(merged, folder)
    merged.real = dict(sorted(merged.real.items()))
    templates, fragments = read_templates(merged, problems)
    theme = TeamSources(
        name="theme", prefix="", shown=merged.shown, owner="", description="", architecture="linked-pages", layout="",
        language="", html="allow", highlight=True, engine="auto", unknown_keys="error",
        offered=tuple(sorted(fragments)), events=(),
        pages={}, assets=asset_files(merged), public={}, templates=templates, fragments=fragments,
        data=read_data(merged, problems), lent=merged.lent,
    )  # fmt: skip
    return theme, problems


def _chain(root: Path, name: str, loaded: config.Loaded[SiteSettings]) -> tuple[list[tuple[Path, str]], list[Problem]]:
    """The folders of the theme and of those it extends, each with the name that problems give it."""
    problems: list[Problem] = []
    chain: list[tuple[Path, str]] = []
    wanted = name or "default"
    while wanted:
        found = _theme_folder(root, wanted, {str(path) for path, _ in chain})
        if found is None:
            problems.append(_no_theme(root, wanted, chain, loaded))
            chain.append((BUILT_IN_THEMES / "default", "themes/default"))  # so that nothing follows from it
            break
        chain.append(found)
        settings = config.load_theme(found[0] / "theme.toml", f"{found[1]}/theme.toml")
        problems += settings.problems
        wanted = settings.settings.extends
    return chain, problems


def _no_theme(root: Path, wanted: str, chain: list[tuple[Path, str]], loaded: config.Loaded[SiteSettings]) -> Problem:
    if any(path.name == wanted for path, _ in chain):
        code, message, hint = "theme-cycle", f'themes extend each other: "{wanted}" comes back', ""
    else:
        code, message, hint = "unknown-theme", f'there is no theme "{wanted}"', did_you_mean(wanted, _theme_names(root))
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
            out += [entry.name for entry in os.scandir(folder) if entry.is_dir()]
    return sorted(out)
