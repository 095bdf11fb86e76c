"""Pages by what differs on them: a cause that many pages share is told once.

Each page's stretches are causes. One is known again by its place and by the words that it takes out and puts in, not by
the line around them: so a new name of the site, which stands in each page's own title, is one cause. Causes that always
come together, on exactly the same pages, are one group.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from mfe_static.difference.documents import MUCH, Stretch
from mfe_static.difference.stretches import same_end, same_start
from mfe_static.digests import Digest, digest
from mfe_static.patterns import compiled

LINES, _WIDE, _BEFORE = 20, 120, 24
"""How many lines of a stretch are kept, of how many characters each, how many of them before what differs."""
_CURRENT = compiled(r' aria-current="\w+"')
_WORD, _LAST_WORD = compiled(r"\w+"), compiled(r"(?<!\w)\w*\Z")


class Part(NamedTuple):
    """What a group has in common at one place: the first lines, shortened. `…` stands for what is left out, and for
    what the pages do not have in common."""

    where: str
    removed: tuple[str, ...]
    added: tuple[str, ...]


class Group(NamedTuple):
    """Pages that differ in the same way."""

    parts: tuple[Part, ...]
    urls: tuple[str, ...]
    """Sorted."""
    teams: tuple[str, ...]
    """Sorted; a page that is nobody's adds none."""
    only: int
    """How many of the pages differ in nothing else."""

    @property
    def where(self) -> str:
        """All its places, each once."""
        return ", ".join(dict.fromkeys(part.where for part in self.parts))


class _Cause:
    """A difference, gathered over the pages that have it."""

    def __init__(self, where: str, words: "_Words") -> None:
        self.where, self._words = where, words
        self.pages: list[int] = []

    def on(self, page: int, words: "_Words") -> None:
        """One more page has it, with other words around it perhaps: only those that are the same are kept."""
        self.pages.append(page)
        if words != self._words:
            self._words = self._words.shared(words)

    def part(self) -> Part:
        """How it is shown."""
        return Part(self.where, self._words.lines(self._words.gone), self._words.lines(self._words.come))


class Causes:
    """Gathers the stretches of pages, of which it holds no more than is shown."""

    def __init__(self) -> None:
        self._causes: dict[str, _Cause] = {}
        self._pages: list[tuple[str, str]] = []

    def page(self, url: str, team: str, found: Iterable[Stretch]) -> None:
        """A page, and how it differs."""
        number, times = len(self._pages), Counter[Digest]()
        self._pages.append((url, team))
        for stretch in found:
            words = _words("\n".join(stretch.old), "\n".join(stretch.new))
            known = map(str, map(bool, stretch[1:])) if _by_place(stretch) else (words.gone, words.come)
            key = digest(stretch.where, *known)
            times[key] += 1  # what a page has twice is two causes
            words = words.shortened()
            self._causes.setdefault(f"{key} {times[key]}", _Cause(stretch.where, words)).on(number, words)

    def groups(self) -> list[Group]:
        """The groups, the largest first."""
        together: dict[Digest, list[_Cause]] = {}
        for cause in self._causes.values():
            together.setdefault(digest(*map(str, cause.pages)), []).append(cause)
        times = [0] * len(self._pages)
        for causes in together.values():
            for page in causes[0].pages:
                times[page] += 1
        made = [self._group(causes, times) for causes in together.values()]
        return sorted(made, key=lambda group: (-len(group.urls), group.where, group.urls, group.parts))

    def _group(self, causes: Sequence[_Cause], times: Sequence[int]) -> Group:
        numbers = causes[0].pages
        urls, teams = zip(*(self._pages[number] for number in numbers), strict=True)
        only = sum(times[number] == 1 for number in numbers)
        return Group(tuple(cause.part() for cause in causes), tuple(sorted(urls)), tuple(sorted({*teams} - {""})), only)


def _by_place(stretch: Stretch) -> bool:
    """Whether the place alone says what the cause is: a canonical link that comes to all pages is each page's own."""
    comes_or_goes = not (stretch.old and stretch.new)
    return stretch.where == MUCH or (comes_or_goes and stretch.where.startswith(("head › meta", "head › link c")))


class _Words(NamedTuple):
    """How two texts differ: the words that do, and what is around them in their lines."""

    before: str
    after: str
    gone: str
    come: str
    torn: tuple[bool, bool] = (False, False)
    """Whether there is more, on all pages or some, before and after."""

    def shortened(self) -> "_Words":
        """As much of it as is shown: of what is around, the lines that the words stand in."""
        before, after = self.before.rpartition("\n")[2], self.after.partition("\n")[0]
        gone, come = ("\n".join(line[: _WIDE + 1] for line in text.split("\n")[: LINES + 1]) for text in self[2:4])
        torn = len(before) > _WIDE, len(after) > _WIDE
        return _Words(before[-_WIDE:], after[:_WIDE], gone, come, torn)

    def shared(self, other: "_Words") -> "_Words":
        """With only so much around them as the other has, too; where they are not the same, as they both begin."""
        before = _shared(self.before[::-1], other.before[::-1])[::-1]
        after, gone, come = map(_shared, self[1:4], other[1:4])
        torn = self.before != other.before, self[1:4] != other[1:4]
        return _Words(before, after, gone, come, (self.torn[0] or torn[0], self.torn[1] or torn[1]))

    def lines(self, words: str) -> tuple[str, ...]:
        """`words` with what is around them, in lines, each shortened."""
        if not (words or self.before or self.after):
            return ()
        first, *rest = f"{self.before}{words}{self.after}".split("\n")
        start = max(0, len(self.before) - _BEFORE) if len(first) > _WIDE else 0
        out = [_short(first[start:], before=self.torn[0] or start > 0), *(_short(line, before=False) for line in rest)]
        if self.torn[1] and not out[-1].endswith("…"):
            out[-1] += "…"
        return tuple(out[:LINES])


def _words(old: str, new: str) -> _Words:
    """The words by which two texts differ; which link leads to the page itself is none of it, unless it is all."""
    plain = _CURRENT.sub("", old), _CURRENT.sub("", new)
    old, new = plain if plain[0] != plain[1] else (old, new)
    if not old or not new:
        return _Words("", "", old, new)
    before = _shared(old, new)
    middle = old[len(before) :], new[len(before) :]
    if any(map(_WORD.match, middle)):  # it begins within a word
        before = before[: _LAST_WORD.search(before).start()]  # type: ignore[union-attr]
    old, new = old[len(before) :], new[len(before) :]
    after = old[len(old) - same_end(old, new, 0) :]
    rest = _WORD.match(after)
    if rest and any(len(text) > len(after) and _WORD.match(text, len(text) - len(after) - 1) for text in (old, new)):
        after = after[rest.end() :]
    return _Words(before, after, old[: len(old) - len(after)], new[: len(new) - len(after)])


def _shared(one: str, other: str) -> str:
    """What both begin with."""
    return one if one == other else one[: same_start(one, other)]


def _short(line: str, *, before: bool) -> str:
    return ("…" if before else "") + line[:_WIDE] + ("…" if len(line) > _WIDE else "")
