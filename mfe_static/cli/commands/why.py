"""`mfe-static why`: what is behind one URL."""

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from mfe_static.cli.options import Given, How, pipeline, shared

if TYPE_CHECKING:
    from mfe_static.claims import Redirect
    from mfe_static.model import Site
    from mfe_static.problems import Problem
    from mfe_static.report import Terminal
    from mfe_static.run import Result
    from mfe_static.schemas import LinkFromRow, LinkToRow, WeightRow, WhyRow
    from mfe_static.stitched import Composed, StitchedSite

_SHOWN = 20
"""How many links a person is shown unless asking for more."""


@click.command(name="why")
@shared
@pipeline
@click.argument("url")
def command(given: Given, how: How, url: str) -> int:
    """Show who is behind a URL, and who links there.

    URL is a path (/docs/start/ or docs/start), a whole URL of the site, a ref (docs:start), or the file that makes
    the page (teams/docs/pages/start.md). Shows the owner, the
    source, the layout, the fragments with their owners, and the links of both directions; nothing is written.

    \b
    Examples:
      mfe-static why /docs/start/
      mfe-static why decide:product?id=AU-02
      mfe-static why teams/docs/pages/start.md
      mfe-static why https://tractors.example/checkout/ --json
    """
    from mfe_static.claims import all_rewrites
    from mfe_static.cli.answers import failed, print_json
    from mfe_static.cli.run import run, tell, terminal
    from mfe_static.problems import Problem
    from mfe_static.report import clean, nearby

    result = run(given, how, write=False, parts=True)
    url = nearby(os.path.abspath(url), str(given.root)) if os.path.isfile(url) else url
    found = (_fragment(url, result) or _found(url, result, result.site)) if result.site else list(result.problems)
    if isinstance(found, Problem | list):
        problems = found if isinstance(found, list) else [found]
        print_json(failed(problems)) if given.json else tell(given, problems)
        return result.code or 1
    row, rule = found
    if given.json:
        print_json(row)
        return 0
    screen = terminal(given)
    if rule:
        views = all_rewrites(result.site) if result.site else []
        does = "is a client route of" if rule in views else "redirects to"
        screen.say(clean(f"{rule.start} {does} {rule.to} ({rule.source})"))
    if rule is None or rule.start != row.url:
        _print(row, screen, None if given.verbose else _SHOWN)
    return 0


def _fragment(wanted: str, result: "Result") -> "Problem | None":
    """That a fragment is meant, by its name or a file of it, and where it stands; None: none is."""
    from mfe_static.cli.answers import team_pages
    from mfe_static.problems import problem
    from mfe_static.report import many

    space, pages = result.workspace, team_pages(result)
    for team in (space.theme, *space.teams) if space else ():
        for name, fragment in team.fragments.items():
            called, file = f"{team.name}:{name}", team.named(fragment.template)
            folder = f"{file.rpartition('/')[0]}/" if file.endswith(f"/{name}/fragment.html") else file
            if wanted != called and not wanted.startswith(folder):
                continue
            if any(page.page.team == team.name and page.page.name == name for page in pages):
                return None
            on = [page.page.url for page in pages if called in page.fragments]
            stands = f"it stands on {many(len(on), 'page')}, such as {on[0]}" if on else "it stands on no page"
            hint = f"{stands}; mfe-static list fragments has all"
            said = f'"{called}" is a fragment, and no page'
            return problem("unknown-page", said, file=file, hint=hint, team=team.name, owner=team.owner)
    return None


def _found(wanted: str, result: "Result", site: "StitchedSite") -> "tuple[WhyRow, Redirect | None] | Problem":
    """What is behind the URL that is meant, with the redirect that leads there; or that nothing is."""
    from functools import partial

    from msgspec.structs import replace

    from mfe_static.claims import all_rewrites
    from mfe_static.problems import problem
    from mfe_static.routes import covers, parse_target
    from mfe_static.stitch import Directory
    from mfe_static.targets import outputs

    files = [*site.files, *outputs(site)]
    given = {f"/{output.path}": output.real for output in files if not output.team}
    pages = {build.sources.name: partial(tuple, build.pages) for build in site.builds}
    directory = Directory(site.builds, pages, given)
    made = [composed.page.url for composed in site.pages if composed.page.source == wanted]
    if len(made) > 1:
        return problem(
            "broken-link", f"{wanted} makes {len(made)} pages, such as {made[0]}", hint="ask for one of them"
        )
    url = made[0] if made else _meant(wanted, site.site, directory)
    if not isinstance(url, str):
        return url
    rule = _redirect(url, site)
    if rule and not rule.to.startswith("/"):
        row = _file(rule.start, "", rule.source, site)
        return replace(row, description=f"redirects to {rule.to}"), rule
    url = parse_target(rule.to).path if rule else url
    view = None if directory.find(url) else next((its for its in all_rewrites(site) if covers(its.start, url)), None)
    url, rule = (view.to, rule or view) if view else (url, rule)
    entry = directory.find(url)
    url = entry.url if entry else url
    page = next((composed for composed in site.pages if composed.page.url == url), None)
    if page:
        return _page(page, result, site), rule
    if entry is None:
        return problem("broken-link", f"nothing is at {url}", hint=directory.nearest(url))
    sources = {f"/{output.path}": output.source for output in files}
    return _file(url, entry.team, sources.get(url, entry.source), site), rule


def _file(url: str, team: str, source: str, site: "StitchedSite") -> "WhyRow":
    from mfe_static.schemas import WhyRow

    owner, links = _owners(site).get(team, ""), _linked_from(url, site)
    return WhyRow(url=url, kind="file", team=team, owner=owner, source=source, linked_from=links)


def _meant(wanted: str, site: "Site", directory: object) -> "str | Problem":
    """The URL within the site that a person means."""
    from mfe_static.problems import did_you_mean, problem
    from mfe_static.routes import parse_ref, parse_target, scheme
    from mfe_static.stitch import Directory

    assert isinstance(directory, Directory)
    if scheme(wanted) in {"http", "https"}:
        path = wanted.removeprefix(site.base_url)
        if path == wanted or path[:1] not in {"", "/", "?", "#"}:
            return problem("broken-link", f"{wanted} is not of this site, which is at {site.base_url}")
        return parse_target(path or "/").path or "/"
    if scheme(wanted):
        ref = parse_ref(wanted)
        urls = directory.routes(ref.team, ref.name)
        if url := urls.get(frozenset(ref.params)):
            return url
        if urls and not ref.params:
            some = ", ".join(sorted(urls.values())[:3])
            return problem("unknown-route-param", f'"{wanted}" means one of {len(urls)} pages, such as {some}')
        names = [f"{team}:{name}" for team in directory.teams for name in directory.names(team)]
        return problem("unknown-page", f'no page "{wanted}"', hint=did_you_mean(f"{ref.team}:{ref.name}", names))
    path = parse_target(wanted).path
    if site.base_path and path.startswith(site.base_path + "/"):
        path = path.removeprefix(site.base_path)
    return path if path.startswith("/") else "/" + path


def _redirect(url: str, site: "StitchedSite") -> "Redirect | None":
    """The redirect that answers for `url`, with or without its last `/`."""
    from mfe_static.claims import effective_redirects
    from mfe_static.routes import claim_key

    keys = {claim_key(url), claim_key(url.rstrip("/") + "/")}
    return next((rule for rule in effective_redirects(site) if claim_key(rule.start) in keys), None)


def _owners(site: "StitchedSite") -> Mapping[str, str]:
    return {built.sources.name: built.sources.owner for built in site.builds}


def _page(composed: "Composed", result: "Result", site: "StitchedSite") -> "WhyRow":
    from mfe_static.cli.answers import url_row
    from mfe_static.schemas import FragmentRow, WhyRow

    page, owners, row = composed.page, _owners(site), url_row(composed, result)
    teams = [(name, name.partition(":")[0]) for name in composed.fragments]
    return WhyRow(
        url=page.url,
        kind="page",
        team=page.team,
        owner=owners.get(page.team, ""),
        source=page.source,
        layout=page.layout,
        title=page.title,
        description=page.description,
        fragments=tuple(FragmentRow(fragment=name, team=team, owner=owners.get(team, "")) for name, team in teams),
        css=row.css,
        js=row.js,
        bytes=row.bytes,
        aliases=page.aliases,
        linked_from=_linked_from(page.url, site),
        links_to=tuple(_links_to(composed, site)),
    )


def _linked_from(url: str, site: "StitchedSite") -> "tuple[LinkFromRow, ...]":
    """The files that link to `url`; a link of the page to itself does not count."""
    from mfe_static.schemas import LinkFromRow

    owners, places = _owners(site), dict[tuple[str, str], list[str]]()
    for composed in site.pages:
        for part in site.parts[composed.page.url]:
            if composed.page.url != url and any(edge.to == url for edge in part.edges):
                places.setdefault((part.file, part.team), []).append(composed.page.url)
    return tuple(
        LinkFromRow(file=file, team=team, owner=owners.get(team, ""), url=urls[0], pages=len(set(urls)))
        for (file, team), urls in sorted(places.items())
    )


def _links_to(composed: "Composed", site: "StitchedSite") -> "Iterator[LinkToRow]":
    """The links of the page's own content to pages of other teams."""
    from mfe_static.schemas import LinkToRow

    owners = {other.page.url: other.page.team for other in site.pages}
    seen = set()
    for part in site.parts[composed.page.url]:
        for edge in part.edges if part.file == composed.page.source else ():
            team = owners.get(edge.to, "")
            if team and team != composed.page.team and (edge.to, edge.value) not in seen:
                seen.add((edge.to, edge.value))
                yield LinkToRow(url=edge.to, team=team, written=edge.value)


def _weight(bytes: "WeightRow") -> str:
    script = f", {bytes.js:,} of JavaScript" if bytes.js else ""
    return f"{bytes.html:,} bytes of HTML, {bytes.css:,} of CSS{script}"


def _print(row: "WhyRow", screen: "Terminal", limit: int | None) -> None:
    from mfe_static.report import clean, many, table

    weight = row.bytes
    facts = [
        ("owner", f"{row.team} · {row.owner}" if row.owner else row.team or "the site"),
        ("source", row.source),
        ("layout", row.layout),
        ("title", row.title),
        ("description", row.description),
        ("weight", _weight(weight) if weight else ""),
        ("aliases", " ".join(row.aliases)),
    ]
    screen.say(clean(row.url))
    for line in table([(f"  {name}", text) for name, text in facts if text]):
        screen.say(line)
    by_team = [("    " + item.fragment, item.owner or item.team) for item in row.fragments]
    sources = [
        ("    " + item.file, f"{many(item.pages, 'page')}, such as {item.url}" if item.pages > 1 else item.url)
        for item in row.linked_from
    ]
    targets = [("    " + item.url, f"{item.team}, as {item.written}") for item in row.links_to]
    lists = (("fragments", by_team), ("style sheets", [("    " + url,) for url in row.css]),
             ("modules", [("    " + url,) for url in row.js]),
             ("linked from", sources), ("links to other teams", targets))  # fmt: skip
    for title, lines in lists:
        if title == "linked from" and not lines:
            screen.say(f"  {title}  nobody")
        if lines:
            screen.say(f"  {title}")
            for line in table(lines[:limit]):
                screen.say(line)
            if limit is not None and len(lines) > limit:
                screen.say(f"    and {len(lines) - limit:,} more (use -v, or --json)")
