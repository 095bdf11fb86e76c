"""A walk over pieces, and what it gathers: what is known of a page or a fragment beside its text."""

from collections.abc import Collection, Mapping

import msgspec

from mfe_static.pieces import Cut
from mfe_static.problems import Problem
from mfe_static.stitch.ending import Shown, Text
from mfe_static.stitch.fragments import Asker, Variant
from mfe_static.stitch.islands import OnPage
from mfe_static.stitch.pictures import Turn
from mfe_static.stitch.resolved import AssetFile, Origin
from mfe_static.stitched import Part, PictureFile


class Joined(msgspec.Struct, frozen=True):
    """A fragment's variant, joined: its text, and what is known of it and all it includes."""

    text: Text
    parts: tuple[Part, ...]
    used: tuple[Variant, ...]
    asked: frozenset[str]
    files: frozenset[AssetFile]
    fallbacks: int
    problems: tuple[Problem, ...]
    blocks: bool
    height: int
    """How many fragments are nested in it, itself included."""
    weight: int
    """About how many bytes it takes."""
    shown: Shown | None
    """The text, if it is one of the shell's fragments."""
    alive: bool = False
    """Whether it, or one in it, has behaviour or stands in a shadow: then the head cannot have it."""
    islands: frozenset[OnPage] = frozenset()
    pictures: frozenset[PictureFile] = frozenset()
    turn: Turn = Turn.BEFORE
    """That of the pictures after it."""
    missed: bool = False
    """Whether it shows a picture that has to be encoded first, so that it is not whole."""
    inside: tuple[Variant, ...] = ()
    """Those that stand in a shadow, whose style sheets are there, too."""
    bounded: Text = []
    """The text where it has to end the scope of somebody else's rules; empty: it does so anyway, or there are none."""


class Walk:
    """One depth-first walk over the pieces of a page or a fragment, and what it has gathered."""

    def __init__(self, asker: Asker, trail: tuple[Variant, ...], shell: str, body: tuple[Cut, Origin] | None) -> None:
        self.asker, self.trail, self.shell, self.body = asker, trail, shell, body
        self.asked_by: Mapping[str, Origin] = {}
        """Who asks for a part of the shell, where it is not the layout that shows it: a page, or `site.toml`."""
        self.shell_of: Collection[str] = ()
        """The fragments of the shell that count as such wherever they stand, in a document without a layout."""
        self.parts_of_shell: Mapping[str, tuple[Cut, Origin]] = {}
        """What goes to the spots of such a document."""
        self.text: Text = []
        self.open: list[int] = []
        """The places in it that are filled in when the page is whole; of a page only."""
        self.head = False
        """Whether the style sheets have a place in it."""
        self.at_body = 0, 0, 0
        """How many fragments and parts came before the body, and their weight."""
        self.parts: list[Part] = []
        self.used: list[Variant] = []
        self.asked: set[str] = set()
        self.files: set[AssetFile] = set()
        self.pictures: set[PictureFile] = set()
        self.turn = Turn.BEFORE
        self.missed = False
        self.fallbacks = 0
        self.height = 0
        self.weight = 0
        self.problems: list[Problem] = []
        self.islands: set[OnPage] = set()
        self.inside: list[Variant] = []

    @property
    def in_head(self) -> bool:
        """Whether it has not come to the end of the document's head."""
        return self.body is not None and not any(
            "</head" in text or "<body" in text for text in self.text if type(text) is str
        )

    def add(self, joined: Joined, *, bounded: bool = False) -> None:
        """Take in a fragment, joined, with what is known of it. `bounded`: whether it ends a scope."""
        if bounded:
            self.text.extend(joined.bounded)
        elif joined.shown is None or self.trail:
            self.text.extend(joined.text)
        else:
            self.open.append(len(self.text))
            self.text.append(joined.shown)
        self.parts.extend(joined.parts)
        self.height = max(self.height, joined.height)
        self.weight += joined.weight
        if joined.asked:  # nothing is used that was not asked for
            self.used.extend(joined.used)
            self.asked.update(joined.asked)
        self.files.update(joined.files)
        self.pictures.update(joined.pictures)
        self.turn = joined.turn
        self.missed = self.missed or joined.missed
        self.fallbacks += joined.fallbacks
        self.problems.extend(joined.problems)
        if joined.alive:
            self.islands.update(joined.islands)
            self.inside.extend(joined.inside)
