"""What somebody wants to be deployed, and where: the command line's words with what `site.toml` says of the place."""

import datetime
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from msgspec import UNSET

from mfe_static.config import load_site
from mfe_static.deploy.host import Asked
from mfe_static.deploy.registry import MODULES
from mfe_static.deploy.release import Wanted
from mfe_static.hosting import DeploySettings
from mfe_static.problems import Problem, did_you_mean, levelled, problem
from mfe_static.survey import STATE

PRODUCTION, PREVIEW = "production", "preview"


class Order(NamedTuple):
    """A deployment, as it is asked for."""

    root: Path
    name: str
    """As in `[deploy.<name>]`; empty: the only one, else `production`."""
    environ: Mapping[str, str]
    now: datetime.datetime
    preview: str = ""
    """The name of the preview that is meant; empty: the site itself."""
    said: str = ""
    max_deletes: int | None = None
    replace: bool = False
    """Whether what is live may be somebody else's."""


class Place(NamedTuple):
    """Where the site goes, and what goes there."""

    settings: DeploySettings
    asked: Asked
    wanted: Wanted
    max_deletes: int | None = None
    """How many files may be removed; None: the rule decides."""
    replace: bool = False
    line: int = 0
    """Of `site.toml`, where it is said what kind of host it is; 0: nowhere."""


def place_of(order: Order) -> Place | Sequence[Problem]:
    """The place that is meant."""
    loaded = load_site(order.root, environ=order.environ)
    if loaded.parsed is None:
        return _placed(loaded.problems, order)
    known = loaded.settings.deploy
    name = order.name or (next(iter(known)) if len(known) == 1 else PRODUCTION)
    if name not in known:
        said = f"there is no [deploy.{name}]" if known or order.name else "there is no [deploy.<name>]"
        kinds = ", ".join(f'"{kind}"' for kind in MODULES)
        there = f"there is: {', '.join(known)}" if known else f"write it, with target = one of {kinds}"
        hint = did_you_mean(name, known) or there
        return [problem("no-target", f"{said} in site.toml", file="site.toml", hint=hint)]
    environment = PREVIEW if order.preview else known[name].environment
    loaded = load_site(order.root, environ=order.environ, flags={"environment": environment or None})
    problems = levelled(loaded.problems, loaded.settings.checks)
    if any(found.severity == "error" for found in problems):
        return _placed(problems, order)
    site, settings = loaded.settings, loaded.settings.deploy[name]
    asked = Asked(
        name=name,
        root=str(order.root),
        state=str(order.root / STATE / "deploy" / quote(name, safe="").replace(".", "%2E")[:120]),
        environ=order.environ,
        base_url=site.base_url,
        now=order.now,
        said=order.said,
        preview=order.preview,
        keep_deploys=settings.keep_deploys,
        keep_days=settings.keep_days,
    )
    wanted = Wanted(
        root=order.root,
        output=site.output,
        base_url=site.base_url,
        build="mfe-static build" + (f" -e {environment}" if environment else ""),
        environ=order.environ,
        preview=order.preview,
        drafts=site.drafts,
        noindex=site.noindex,
        tried=settings.target == "folder",
        written=loaded.origins.get("base_url", ""),
    )
    line = _line(loaded.origins.get(f"deploy.{name}.target", ""))
    allowed = settings.max_deletes if order.max_deletes is None else order.max_deletes
    return Place(settings, asked, wanted, None if allowed is UNSET else allowed, order.replace, line)


def _placed(problems: Sequence[Problem], order: Order) -> Sequence[Problem]:
    from mfe_static.finish import placed
    from mfe_static.load import BUILT_IN_THEMES

    return placed(problems, order.root, BUILT_IN_THEMES.parent)


def _line(origin: str) -> int:
    return int(origin.removeprefix("site.toml:")) if origin.startswith("site.toml:") else 0
