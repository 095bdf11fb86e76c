"""`mfe-static list`: what there is, one row each."""

from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mfe_static.cli.options import Given, How, OneOf, pipeline, shared

if TYPE_CHECKING:
    from mfe_static.deploy.compile import Compiler
    from mfe_static.load import Workspace
    from mfe_static.model import TeamSources
    from mfe_static.problems import Problem
    from mfe_static.run import Result
    from mfe_static.stitched import StitchedSite

Rows = list[dict[str, Any]]


@click.command(name="list")
@shared
@pipeline
@click.argument(
    "what",
    type=OneOf(["urls", "teams", "pages", "fragments", "routes", "refs", "policy", "codeowners", "problems", "rules"]),
)
@click.option(
    "-o",
    "--out",
    metavar="FILE",
    type=click.Path(),
    help="codeowners: write our part of a file CODEOWNERS; rules: a folder for the files.",
)
@click.option(
    "--for",
    "server",
    type=OneOf(["netlify", "cloudflare", "gitlab", "nginx", "caddy", "cloudfront"]),
    help="rules: the host or server whose words they are written in.",
)
@click.option(
    "--check", "checked", metavar="FILE", type=click.Path(), help="codeowners: fail where FILE says otherwise."
)
def command(given: Given, how: How, what: str, out: str | None, server: "Compiler | None", checked: str | None) -> int:
    """List urls, teams, pages and more.

    urls: every page with layout, fragments, style sheets and weight. pages: every page with its ref, for authors.
    routes: the names that refs can use, with their params. refs: every link from one team to another. policy: what
    the Content-Security-Policy lets in, and for which teams. codeowners: who
    reviews which folder, as hosts of repositories read it. rules: redirects, headers and caching of the finished
    site, in the words of the server or host that --for names. problems: every code that this tool knows, and what to do
    about it. With --json, one array; nothing is written.

    \b
    Examples:
      mfe-static list urls
      mfe-static list refs --json
      mfe-static list codeowners -o .github/CODEOWNERS
      mfe-static list codeowners --check .github/CODEOWNERS
      mfe-static list rules --for nginx -o /etc/nginx/shop
      mfe-static list problems
    """
    from mfe_static.cli.answers import failed, print_json
    from mfe_static.cli.run import run, tell, terminal
    from mfe_static.problems import counted, exit_code
    from mfe_static.report import tally

    if misused := _misused(what, out, checked, server):
        raise click.UsageError(misused)
    if server:
        from mfe_static.cli.rules import show

        return show(given, server, out)
    if what == "problems":
        rows = _problems()
    else:
        result = run(given, how, write=False, parts=what == "refs")
        if result.site is None:
            print_json(failed(result.problems)) if given.json else tell(given, result.problems)
            return result.code or 1
        if not given.quiet and not given.json and any(counted(result.problems)):
            terminal(given).tell(f"the site has {tally(*counted(result.problems))}; see mfe-static check")
        rows = _LISTS[what](result, result.site)
        if (out or checked) and result.workspace is not None:
            problems = _written(result.workspace, out) if out else _compared(result.workspace, str(checked))
            if problems:
                print_json(failed(problems)) if given.json else tell(given, problems)
                return exit_code(problems, strict=given.strict)
            if not given.json:
                return 0
    if given.json:
        print_json(rows)
    else:
        _print(given, what, rows)
    return 0


def _print(given: Given, what: str, rows: Rows) -> None:
    from mfe_static.cli.run import terminal
    from mfe_static.report import clean

    if what == "codeowners":
        from mfe_static.codeowners import Owned

        for row in rows:
            terminal(given).say(clean(Owned(**row).line))
    elif rows:
        shown = [[_text(row[key]) for key in _COLUMNS[what]] for row in rows]
        terminal(given).table([_COLUMNS[what], *shown])


_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "urls": ("url", "team", "source", "layout", "title", "fragments"),
    "teams": ("team", "path", "pages", "architecture", "owner"),
    "pages": ("ref", "url", "title", "source"),
    "fragments": ("fragment", "offered", "pages", "params", "source"),
    "routes": ("ref", "params", "pages"),
    "refs": ("team", "to_team", "written", "url", "file"),
    "policy": ("directive", "source", "teams"),
    "problems": ("code", "severity", "tunable", "text"),
}
"""The keys that a person sees, in order; `--json` has all."""


def _misused(what: str, out: str | None, checked: str | None, server: str | None) -> str:
    """Why the options are not for what is listed."""
    if what == "rules" and not server:
        return "list rules needs --for"
    if server and what != "rules":
        return "--for is for: list rules"
    if checked and what != "codeowners":
        return "--check is for: list codeowners"
    return "-o is for: list codeowners, list rules" if out and what not in {"codeowners", "rules"} else ""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return " ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)


def _problems() -> Rows:
    from mfe_static.problems import CODES

    return [
        {"code": code, "severity": known.severity, "tunable": known.tunable, "text": known.text}
        for code, known in CODES.items()
    ]


def _urls(result: "Result", site: "StitchedSite") -> Rows:
    import msgspec

    from mfe_static.cli.answers import team_pages, url_row

    rows = (url_row(composed, result) for composed in team_pages(result))
    return [msgspec.to_builtins(row) for row in sorted(rows, key=lambda row: row.url)]


def _teams(result: "Result", site: "StitchedSite") -> Rows:
    counts = {built.sources.name: len(built.pages) for built in site.builds}
    return [
        {
            "team": team.name,
            "path": team.prefix,
            "pages": counts.get(team.name, 0),
            "owner": team.owner,
            "architecture": team.architecture,
            "description": team.description,
            "offers": {"fragments": team.offered, "events": team.events},
        }
        for team in (result.workspace.teams if result.workspace else ())
    ]


def _pages(result: "Result", site: "StitchedSite") -> Rows:
    from mfe_static.cli.answers import team_pages

    rows: Rows = []
    for composed in team_pages(result):
        page = composed.page
        rows.append(
            {
                "ref": ref_to(page.team, page.name, page.params),
                "url": page.url,
                "team": page.team,
                "source": page.source,
                "title": page.title,
                "description": page.description,
                "date": page.date,
                "updated": page.updated,
                "tags": page.tags,
                "language": page.language,
                "layout": page.layout,
                "aliases": page.aliases,
            }
        )
    return sorted(rows, key=lambda row: str(row["url"]))


def ref_to(team: str, name: str, params: Mapping[str, str]) -> str:
    """How other teams link to a page."""
    from urllib.parse import urlencode

    return f"{team}:{name}" + (f"?{urlencode(sorted(params.items()))}" if params else "")


def _fragments(result: "Result", site: "StitchedSite") -> Rows:
    from mfe_static.cli.answers import team_pages

    used = Counter(name for composed in team_pages(result) for name in composed.fragments)
    theme = [result.workspace.theme] if result.workspace else []
    owners: list[TeamSources] = [*theme, *(built.sources for built in site.builds)]
    return [
        {
            "fragment": f"{team.name}:{name}",
            "team": team.name,
            "source": team.named(fragment.template),
            "offered": team.name == "theme" or name in team.offered,
            "pages": used[f"{team.name}:{name}"],
            "params": [param.name for param in fragment.params],
            "description": fragment.description,
            "css": bool(fragment.css),
            "js": bool(fragment.js),
        }
        for team in owners
        for name, fragment in sorted(team.fragments.items())
    ]


def _routes(result: "Result", site: "StitchedSite") -> Rows:
    return [
        {"ref": f"{built.sources.name}:{route.name}", "team": built.sources.name, "name": route.name,
         "params": route.params, "pages": route.pages}
        for built in site.builds
        for route in built.routes
    ]  # fmt: skip


def _refs(result: "Result", site: "StitchedSite") -> Rows:
    """Links between teams, each once for the file that it stands in."""
    from mfe_static.graph import crossings

    rows = {(link.file, link.written, link.url): link for link in reversed(list(crossings(site)))}
    return [link._asdict() for link in sorted(rows.values(), key=lambda it: (it.team, it.file, it.written, it.url))]


def _policy(result: "Result", site: "StitchedSite") -> Rows:
    """What the policy lets in, with the teams that asked for what is not the site's own."""
    from mfe_static.policy import parsed
    from mfe_static.security import asked, base_policy, policy_of

    own, wanted = parsed(base_policy(site)), asked(site)
    rows: Rows = []
    for directive, sources in parsed(policy_of(site)).items():
        for source in sources or [""]:
            teams = [team for its, what, team in wanted if (its, what) == (directive, source)]
            known = source in own.get(directive, own.get("default-src", []))
            rows.append({"directive": directive, "source": source, "teams": [] if known else teams})
    return rows


def _codeowners(result: "Result", site: "StitchedSite") -> Rows:
    """Each team's folder with its reviewers."""
    from mfe_static.codeowners import owned

    space = result.workspace
    rows = owned(space.teams, space.root) if space else []
    return [{"path": row.path, "team": row.team, "owners": row.owners} for row in rows]


def _written(space: "Workspace", out: str) -> "list[Problem]":
    """Write our part of a file CODEOWNERS; what stands around it stays."""
    from mfe_static.codeowners import merged, owned
    from mfe_static.files import put
    from mfe_static.problems import problem

    file = Path(out)
    text = _text_of(file) if file.exists() else ""
    if not isinstance(text, str):
        return [text]
    try:
        put(file, merged(text, owned(space.teams, space.root, file)).encode())
    except OSError as error:
        return [problem("output-unwritable", f"{out} cannot be written: {error.strerror}")]
    return []


def _compared(space: "Workspace", checked: str) -> "list[Problem]":
    """Where a file CODEOWNERS says something else than the teams."""
    from mfe_static.codeowners import outdated, owned

    file = Path(checked)
    text = _text_of(file)
    if not isinstance(text, str):
        return [text]
    return list(outdated(text, owned(space.teams, space.root, file), checked))


def _text_of(file: Path) -> "str | Problem":
    from mfe_static.files import read_text

    return read_text(str(file), str(file))


_LISTS: Mapping[str, Callable[["Result", "StitchedSite"], Rows]] = {
    "urls": _urls,
    "teams": _teams,
    "pages": _pages,
    "fragments": _fragments,
    "routes": _routes,
    "refs": _refs,
    "policy": _policy,
    "codeowners": _codeowners,
}
