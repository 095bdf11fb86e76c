"""What every page owes its readers: a title, a description, texts for its pictures, ids that are unique.

These checks see one page as it was composed, so whoever composes it looks at it, and what is found is kept with the
page.
"""

from collections.abc import Iterable, Iterator, Sequence

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
    ids: Sequence[str]
    """All of the page, in order."""
    policy: bool
    """Whether the site has a Content-Security-Policy of its own."""
    failed: bool
    """Whether it has no body, because its templates failed."""


def anchored(look: Look) -> Sequence[Anchored]:
    """Its links to places on pages."""
    return [
        Anchored(edge, part.file, part.team)
        for part in look.parts
        for edge in part.edges
        if (anchor := edge.anchor) is not None and anchor not in _EVERYWHERE and not anchor.startswith(":~:")
    ]


def titles(look: Look) -> Sequence[Problem]:
    """`missing-title`."""
    page = look.page
    if page.title or _aside(page):
        return ()
    own = "give it a title in its front matter, or begin with a heading"
    hint = own if page.layout else "have the tool write a <title>"
    return [
        problem("missing-title", "the page has no title", file=page.source, team=page.team, url=page.url, hint=hint)
    ]


def descriptions(look: Look) -> Sequence[Problem]:
    """`missing-description`; pages that search engines leave out need none."""
    page = look.page
    nobodys = page.listing is not None and page.listing.made  # so nobody could say more of it than its title
    if page.description or page.noindex or nobodys:
        return ()
    return [
        problem("missing-description", "the page has no description", file=page.source, team=page.team, url=page.url)
    ]


def pictures(look: Look) -> Sequence[Problem]:
    """`missing-alt`."""
    return [
        problem(
            "missing-alt",
            f'the picture "{source}" has no alt text',
            file=part.file,
            team=part.team,
            url=look.page.url,
            hint='say what it shows, or write alt="" where it only decorates',
            sought=f"picture:{source}",
            nth=part.without_alt[: index + 1].count(source),
        )
        for part in look.parts
        if part.without_alt
        for index, source in enumerate(part.without_alt)
    ]


def inline_code(look: Look) -> Sequence[Problem]:
    """`inline-code`, unless the site has a policy of its own."""
    if look.policy:
        return ()
    return [found for part in look.parts if part.inline for found in _inline(look.page, part)]


def _inline(page: Page, part: Part) -> Iterator[Problem]:
    if part.file == page.source and not page.layout:
        yield _blocked(page, part)
        return
    for index, text in enumerate(part.inline):
        yield problem(
            "inline-code",
            "the site's Content-Security-Policy blocks inline scripts, styles and handlers",
            file=part.file,
            team=part.team,
            url=page.url,
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


def headings(look: Look) -> Sequence[Problem]:
    """`heading-count`: a page says once what it is about."""
    page, count = look.page, sum([part.h1s for part in look.parts])
    if count == 1 or look.failed or _aside(page):
        return ()
    many = "no h1" if not count else f"{count} h1 headings"
    return [problem("heading-count", f"the page has {many}", file=page.source, team=page.team, url=page.url)]


def duplicate_ids(look: Look) -> Iterable[Problem]:
    """`duplicate-id`, on the page as it was composed: two teams' parts can clash."""
    return _twice(look) if len(set(look.ids)) < len(look.ids) else ()


def _twice(look: Look) -> Iterator[Problem]:
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
