"""What every page owes its readers: a title, a description, texts for its pictures, ids that are unique.

These checks see one page as it was composed, so whoever composes it looks at it, and what is found is kept with the
page.
"""

from collections.abc import Iterator, Sequence

import msgspec

from mfe_static.model import Page
from mfe_static.problems import Problem, Related, problem
from mfe_static.stitched import Anchored, Part

_EVERYWHERE = frozenset({"", "top"})
"""Anchors that every document has (HTML Standard §7.4.6.4)."""


class Look(msgspec.Struct, frozen=True):
    """A page to look at."""

    page: Page
    parts: Sequence[Part]
    policy: bool
    """Whether the site has a Content-Security-Policy of its own."""
    failed: bool
    """Whether it has no body, because its templates failed."""


def anchored(look: Look) -> Iterator[Anchored]:
    """Its links to places on pages."""
    for part in look.parts:
        for edge in part.edges:
            if edge.anchor is not None and edge.anchor not in _EVERYWHERE and not edge.anchor.startswith(":~:"):
                yield Anchored(edge, part.file, part.team)


def titles(look: Look) -> Iterator[Problem]:
    """`missing-title`."""
    page = look.page
    if not page.title and not _aside(page):
        own = "give it a title in its front matter, or begin with a heading"
        hint = own if page.layout else "have the tool write a <title>"
        yield problem(
            "missing-title", "the page has no title", file=page.source, team=page.team, url=page.url, hint=hint
        )


def descriptions(look: Look) -> Iterator[Problem]:
    """`missing-description`; pages that search engines leave out need none."""
    page = look.page
    nobodys = page.listing is not None and page.listing.made  # so nobody could say more of it than its title
    if not page.description and not page.noindex and not nobodys:
        yield problem(
            "missing-description", "the page has no description", file=page.source, team=page.team, url=page.url
        )


def pictures(look: Look) -> Iterator[Problem]:
    """`missing-alt`."""
    for part in look.parts:
        for index, source in enumerate(part.without_alt):
            yield problem(
                "missing-alt",
                f'the picture "{source}" has no alt text',
                file=part.file,
                team=part.team,
                url=look.page.url,
                hint='say what it shows, or write alt="" where it only decorates',
                sought=f"picture:{source}",
                nth=part.without_alt[: index + 1].count(source),
            )


def inline_code(look: Look) -> Iterator[Problem]:
    """`inline-code`, unless the site has a policy of its own."""
    for part in look.parts if not look.policy else ():
        if part.file == look.page.source and not look.page.layout and part.inline:
            yield _blocked(look.page, part)
            continue
        for index, text in enumerate(part.inline):
            yield problem(
                "inline-code",
                "the site's Content-Security-Policy blocks inline scripts, styles and handlers",
                file=part.file,
                team=part.team,
                url=look.page.url,
                hint="put it into a file in assets/, or set a policy of your own under [security]",
                sought=f"text:{text}",
                nth=part.inline[: index + 1].count(text),
            )


def _blocked(page: Page, part: Part) -> Problem:
    """The same for a document of another tool, once: its authors wrote none of it."""
    count = len(part.inline)
    what = "an inline script, style or handler" if count == 1 else f"{count} inline scripts, styles and handlers"
    return problem(
        "inline-code",
        f"the site's Content-Security-Policy blocks {what} of the document",
        file=page.source,
        team=page.team,
        url=page.url,
        hint="have the tool write them into files, or set a policy of your own under [security]",
        sought=f"text:{part.inline[0]}",
    )


def _aside(page: Page) -> bool:
    """Whether it is a document of another tool that nobody is led to: one that only leads on, or a piece of one."""
    return not page.layout and page.noindex


def headings(look: Look) -> Iterator[Problem]:
    """`heading-count`: a page says once what it is about."""
    page, count = look.page, sum([part.h1s for part in look.parts])
    if count != 1 and not look.failed and not _aside(page):
        many = "no h1" if not count else f"{count} h1 headings"
        yield problem("heading-count", f"the page has {many}", file=page.source, team=page.team, url=page.url)


def duplicate_ids(look: Look) -> Iterator[Problem]:
    """`duplicate-id`, on the page as it was composed: two teams' parts can clash."""
    count = sum(len(part.ids) for part in look.parts)
    if count == len({name for part in look.parts for name in part.ids}):
        return
    url, first = look.page.url, dict[str, Part]()
    said: set[tuple[str, str, str]] = set()
    for part in look.parts:
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
            yield problem(
                "duplicate-id",
                f'the id "{name}" stands twice on {url}',
                file=mine.file,
                team=mine.team,
                url=url,
                sought=f"id:{name}",
                nth=2 if other is part else 1,
                related=(Related(file=beside.file, team=beside.team),) if beside.file != mine.file else (),
            )
