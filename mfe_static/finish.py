"""Finish: what the steps found → what the user is told.

Steps say what is wrong and what to look for; here each problem gets its place, the line's text, its team and owner and
the level that `[checks]` gives it. That costs a second look at the sources, so it is done once, at the end, and only
for files with problems.
"""

import os
import re
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path

import msgspec

from mfe_static import matter
from mfe_static.data import parse
from mfe_static.files import read_text
from mfe_static.masks import masked
from mfe_static.patterns import compiled
from mfe_static.problems import Level, Problem, in_order, levelled

_UNREAD = frozenset(
    "bad-encoding unreadable too-large unclosed-front-matter bad-front-matter duplicate-key bad-toml".split()
)
"""After these nothing else is known of a file, so nothing else is said of it."""
_DATA_FILE = compiled(r"teams/[^/]+/data/")
_UNREAD_DATA = _UNREAD | {"bad-data"}
_FOLLOWS_FROM_DATA = frozenset({"undefined-variable", "bad-each", "template-error"})
"""What templates of a team must complain about when a data file of the team could not be read."""
_FOLLOWS_FROM_KEYS = frozenset({"missing-title", "missing-description"})
"""What a misspelt key of front matter leads to."""

_HEADING = compiled(r"^ {0,3}#{1,6}[ \t]+(.*?)[ \t#]*$", re.MULTILINE)
_PICTURE = compiled(r"<img\b[^>]*>", re.IGNORECASE)
_ALT = compiled(r"\balt\b", re.IGNORECASE)
_WORDS = compiled(r"[\w-]+")


class Place(msgspec.Struct, frozen=True):
    """Line and column are 1-based, in characters."""

    line: int
    column: int
    length: int


def judged(
    problems: Iterable[Problem], owners: Mapping[str, str], levels: Mapping[str, Mapping[str, Level]]
) -> list[Problem]:
    """Problems with team, owner and level, without what is off and what merely follows from another."""
    site = levels.get("", {})
    of_team = {team: {**site, **own} for team, own in levels.items()}
    attributed = [_attributed(found, owners) for found in problems]
    all_levelled = [item for found in attributed for item in levelled([found], of_team.get(found.team, site))]
    # Only an error can hide what follows from it: then nothing is published, and no harm is done.
    errors = [found for found in all_levelled if found.severity == "error"]
    unread = {found.file for found in errors if _leaves_nothing(found)}
    no_data = {found.team for found in errors if _DATA_FILE.match(found.file) and found.code in _UNREAD_DATA}
    mistagged = {found.file for found in errors if found.code == "bad-fragment-tag"}
    misread = {found.file for found in errors if found.code in {"unknown-key", "bad-value"}}
    return [
        found
        for found in all_levelled
        if _leaves_nothing(found)
        or not (
            {found.file, *(other.file for other in found.related)} & unread
            or (found.team in no_data and found.code in _FOLLOWS_FROM_DATA)
            or (found.file in misread and found.code in _FOLLOWS_FROM_KEYS)
            or (found.file in mistagged and found.code == "block-in-text")  # a tag that is never closed holds the rest
        )
    ]


def placed(problems: Iterable[Problem], root: Path, built_in: Path) -> list[Problem]:
    """Problems with their places and lines, sorted, each once. `built_in`: where themes are that are not the site's."""
    sources = _Sources(root, built_in)
    return in_order(
        # Of two that say the same of one place, as where a fragment is primary on one page only, the error stays.
        sources.placed(found)
        for found in sorted(problems, key=lambda found: (found.file, found.severity == "error"))
    )


def _leaves_nothing(found: Problem) -> bool:
    """Whether the file could not be read, so that all else that is said of it merely follows."""
    return found.code in _UNREAD or found.code == "too-slow"


def _attributed(found: Problem, owners: Mapping[str, str]) -> Problem:
    """With team and owner, told by the file's folder where the step did not say."""
    team = _team_of(found.file, found.team, owners)
    teams = [(other, _team_of(other.file, other.team, owners)) for other in found.related]
    related = tuple(
        msgspec.structs.replace(other, team=name, owner=other.owner or owners.get(name, "")) for other, name in teams
    )
    return msgspec.structs.replace(found, team=team, owner=owners.get(team, ""), related=related)


def _team_of(file: str, said: str, owners: Mapping[str, str]) -> str:
    parts = file.split("/")
    team = said or (parts[1] if len(parts) > 2 and parts[0] == "teams" else "")
    return team if team in owners else ""


class _Sources:
    """The sources that problems are about, read when they are needed."""

    def __init__(self, root: Path, built_in: Path) -> None:
        self._root, self._built_in = root, built_in
        self._open: _Source | None = None

    def placed(self, found: Problem) -> Problem:
        """`found` with its line, column and excerpt, as far as they can be told."""
        if not found.file:
            return found
        if found.file.startswith(f"{self._root}/"):
            found = msgspec.structs.replace(found, file=found.file.removeprefix(f"{self._root}/"))
        source = self._source(found.file)
        if found.sought and not found.line and (place := source.find(found.sought, found.nth)):
            found = msgspec.structs.replace(found, line=place.line, column=place.column, length=place.length)
        line = source.line(found.line) if found.line else ""
        return masked(msgspec.structs.replace(found, sought="", nth=1), line)

    def _source(self, shown: str) -> "_Source":
        if self._open is None or self._open.shown != shown:
            path = next((path for path in (self._root / shown, self._built_in / shown) if os.path.isfile(path)), None)
            text = read_text(str(path), shown) if path else ""
            self._open = _Source(shown, "" if isinstance(text, Problem) else text)
        return self._open


class _Source:
    """One source file."""

    def __init__(self, shown: str, text: str) -> None:
        self.shown, self._text = shown, text

    @cached_property
    def _lines(self) -> list[str]:
        return self._text.split("\n")

    def line(self, number: int) -> str:
        """The text of a line."""
        return self._lines[number - 1] if 0 < number <= len(self._lines) else ""

    def find(self, sought: str, nth: int) -> Place | None:
        """Where what is sought stands."""
        kind, _, value = sought.partition(":")
        if kind == "key":
            key, _, item = value.partition(":")
            return self._key(key, item)
        if kind == "picture":
            return self._picture(value, nth) or self._plain(value, 1)
        if kind == "slot":
            return self._slot(value, nth) or self._quoted(value, nth) or self._plain(value, nth)
        if kind == "id":
            return self._id(value, nth) or self._plain(value, nth)
        if kind == "link":
            markdown_link = self._markdown_link(value, nth) if self.shown.endswith(".md") else None
            name = value.partition("?")[0].partition("#")[0]  # ref("team:name", id=…) has the params elsewhere
            return markdown_link or self._quoted(value, nth) or self._plain(value, nth) or self._quoted(name, 1)
        return self._plain(value, nth)

    @cached_property
    def _split(self) -> matter.Split | None:
        split = matter.split(self._text, self.shown)
        return None if isinstance(split, Problem) else split

    def _key(self, key: str, item: str) -> Place | None:
        """A key of the front matter, or of a TOML file; with `item`, that item of what it holds."""
        if self.shown.endswith(".toml"):
            parsed = parse(self._text, "toml", self.shown)
        elif self._split and self._split.kind:
            parsed = parse(self._split.matter, self._split.kind, self.shown, first_line=2)
        else:
            return None
        if isinstance(parsed, Problem):
            return None
        path = tuple(key.split("."))
        held = parsed.value
        for step in path:
            if not isinstance(held, dict) or step not in held:
                return None
            held = held[step]
        if isinstance(held, list) and item in held:
            return Place(*parsed.place((*path, held.index(item))))
        return Place(*parsed.place((*path, item) if isinstance(held, dict) and item in held else path))

    def _markdown_link(self, value: str, nth: int) -> Place | None:
        if self._split is None:
            return None
        from mfe_static import markdown

        found = markdown.locate(self._split.body, value, nth)
        return Place(found.line + self._split.body_line - 1, found.column, found.length) if found else None

    def _picture(self, value: str, nth: int) -> Place | None:
        """The nth picture with this source and without a text."""
        for tag in _PICTURE.finditer(self._text):
            if value in tag[0] and not _ALT.search(tag[0]):
                nth -= 1
                if nth == 0:
                    start = tag.start() + tag[0].index(value)
                    line = self._text.count("\n", 0, start) + 1
                    return Place(line, start - self._text.rfind("\n", 0, start), len(value))
        return None

    def _id(self, value: str, nth: int) -> Place | None:
        """Where an id is given, else the heading that has it for its text (by its words, as they are usually)."""
        mark = re.escape(value)
        found = list(re.finditer(rf"""\bid\s*=\s*["']?({mark})(?=["'\s>])|\{{#({mark})(?=[\s}}])""", self._text))
        spans = [match.span(match.lastindex or 0) for match in found]
        if not spans and self.shown.endswith(".md"):
            headings = _HEADING.finditer(self._text)
            spans = [match.span(1) for match in headings if "-".join(_WORDS.findall(match[1].lower())) == value]
        if not spans:
            return None
        return self._at(*spans[min(nth, len(spans)) - 1])

    def _slot(self, value: str, nth: int) -> Place | None:
        """The nth `<mfe-fragment>` with this `src`."""
        mark = rf"""<mfe-fragment\b[^>]*?\bsrc\s*=\s*["']?({re.escape(value)})(?=["'\s/>])"""
        spans = [match.span(1) for match in re.finditer(mark, self._text)]
        return self._at(*spans[nth - 1]) if nth <= len(spans) else None

    def _quoted(self, value: str, nth: int) -> Place | None:
        """The nth time that the text stands in quotes, as in an attribute or a call of `ref`."""
        spans = [match.span(1) for match in re.finditer(rf"""["']({re.escape(value)})["']""", self._text)]
        return self._at(*spans[nth - 1]) if nth <= len(spans) else None

    def _at(self, start: int, end: int) -> Place:
        line = self._text.count("\n", 0, start) + 1
        return Place(line, start - self._text.rfind("\n", 0, start), end - start)

    def _plain(self, value: str, nth: int) -> Place | None:
        """The nth time that the text stands in the file; a tag of several lines is found by its first."""
        value = value.split("\n", 1)[0]
        at = -1
        for _ in range(nth):
            following = self._text.find(value, at + 1) if value else -1
            if following < 0:
                break
            at = following
        if at < 0:
            return None
        return self._at(at, at + len(value))
