"""What every page owes its readers: a title, a description, texts for its pictures, ids that are unique."""

from collections.abc import Iterator

from mfe_static.model import Part, StitchedSite
from mfe_static.problems import Problem, Related, problem


def titles(site: StitchedSite) -> Iterator[Problem]:
    """`missing-title`."""
    for composed in site.pages:
        page = composed.page
        if not page.title:
            hint = "give it a title in its front matter, or begin with a heading"
            yield problem(
                "missing-title", "the page has no title", file=page.source, team=page.team, url=page.url, hint=hint
            )


def descriptions(site: StitchedSite) -> Iterator[Problem]:
    """`missing-description`; pages that search engines leave out need none."""
    for composed in site.pages:
        page = composed.page
        if not page.description and not page.noindex:
            yield problem(
                "missing-description", "the page has no description", file=page.source, team=page.team, url=page.url
            )


def pictures(site: StitchedSite) -> Iterator[Problem]:
    """`missing-alt`, once for each place that wrote it."""
    for part, url in _parts_once(site):
        for index, source in enumerate(part.without_alt):
            yield problem(
                "missing-alt",
                f'the picture "{source}" has no alt text',
                file=part.file,
                team=part.team,
                url=url,
                sought=f"picture:{source}",
                nth=part.without_alt[: index + 1].count(source),
            )


def inline_code(site: StitchedSite) -> Iterator[Problem]:
    """`inline-code`, once for each place, unless the site has a policy of its own."""
    for part, url in _parts_once(site) if not site.site.policy else ():
        for index, text in enumerate(part.inline):
            yield problem(
                "inline-code",
                "the site's Content-Security-Policy blocks inline scripts, styles and handlers",
                file=part.file,
                team=part.team,
                url=url,
                hint="put it into a file in assets/, or set a policy of your own under [security]",
                sought=f"text:{text}",
                nth=part.inline[: index + 1].count(text),
            )


def _parts_once(site: StitchedSite) -> Iterator[tuple[Part, str]]:
    """Each part once, however many pages share it, with the first page that shows it."""
    seen: set[int] = set()
    for composed in site.pages:
        for part in composed.parts:
            if id(part) not in seen:
                seen.add(id(part))
                yield part, composed.page.url


def headings(site: StitchedSite) -> Iterator[Problem]:
    """`heading-count`: a page says once what it is about."""
    failed = {url for build in site.builds for url in build.failed}
    for composed in site.pages:
        page = composed.page
        if composed.h1 != 1 and composed.size and page.url not in failed:
            many = "no h1" if not composed.h1 else f"{composed.h1} h1 headings"
            yield problem("heading-count", f"the page has {many}", file=page.source, team=page.team, url=page.url)


def duplicate_ids(site: StitchedSite) -> Iterator[Problem]:
    """`duplicate-id`, on the page as it was composed: two teams' parts can clash."""
    owners = {build.sources.name: build.sources.owner for build in site.builds}
    said: set[tuple[str, str, str]] = set()
    for composed in site.pages:
        count = sum(len(part.ids) for part in composed.parts)
        if count == len({name for part in composed.parts for name in part.ids}):
            continue
        first: dict[str, Part] = {}
        for part in composed.parts:
            for name in part.ids:
                other = first.get(name)
                if other is None:
                    first[name] = part
                    continue
                key = (name, other.file, part.file)
                if key in said:
                    continue
                said.add(key)
                mine, beside = part, other
                if part.team == "theme" and other.team != "theme":
                    mine, beside = other, part  # who can mend it comes first
                related = (Related(file=beside.file, team=beside.team, owner=owners.get(beside.team, "")),)
                yield problem(
                    "duplicate-id",
                    f'the id "{name}" stands twice on {composed.page.url}',
                    file=mine.file,
                    team=mine.team,
                    url=composed.page.url,
                    sought=f"id:{name}",
                    nth=2 if other is part else 1,
                    related=related if beside.file != mine.file else (),
                )
