"""Cutting texts that share most of their lines: the layouts of a site's pages.

Where a line ends outside of all tags, comments and elements whose content is text, it is cut as if nothing came after,
and what follows as if nothing came before. So the cut of a line that was met before is remembered, and the cut of a
text is put together: the same as `cut` gives, in two thirds of its time where a page lists its neighbours. Lines that
only end so together are taken as one; a text that never does is cut as a whole.
"""

import msgspec

from mfe_static.html.cutting import cut, read
from mfe_static.html.frame import Frame
from mfe_static.html.marks import CLOSE, OPEN
from mfe_static.html.slots import LOOK_BACK, in_text
from mfe_static.html.tags import BLOCK, TEXTS
from mfe_static.patterns import pattern
from mfe_static.pieces import Cut, Slot

SHORT = 4000
_MOST = 2000
"""Lines that are remembered."""
_LONG = 1000
"""Characters from which on a line is not."""

# Only tags in the usual spelling: what one with a stray quote means is decided by all that follows it.
_ATTRIBUTES = rf"""(?:\s++[^\s/>="'<{OPEN}]++(?:="[^"]*+"|='[^']*+')?+)*+\s*+"""
_INNER = rf"""[^<{OPEN}\n]++
    |{OPEN}[^{OPEN}{CLOSE}]*+{CLOSE}
    |</(?!(?i:mfe-fragment|h1[\s>]))[a-zA-Z][a-zA-Z0-9-]*+\s*+>
    |<(?!(?i:mfe-fragment|h1|{"|".join(TEXTS)})[\s/>])[a-zA-Z][a-zA-Z0-9-]*+{_ATTRIBUTES}/?+>"""
_TEXTS = "|".join(rf"<(?i:{name})(?=[\s/>]){_ATTRIBUTES}/?+>(?>.*?</(?i:{name}))" for name in TEXTS)
_STRETCH = rf"""(?asx)(?:{_INNER}
    |<[hH]1{_ATTRIBUTES}>(?:{_INNER}|\n)*+</[hH]1[\s>]
    |<mfe-fragment{_ATTRIBUTES}(?:/>|>[^<{OPEN}]*+</mfe-fragment>)
    |{_TEXTS}
    |(?><!--(?:-?>|.*?--!?>))
    |<!(?=[a-zA-Z])
    |<(?=[^a-zA-Z!/<{OPEN}]))*+(?:\n|\Z)"""
"""Lines up to the first that ends outside of everything."""


class _Line(msgspec.Struct, frozen=True):
    cut: Cut
    plain: bool
    """Whether there is nothing in it but text."""
    open: bool
    """Whether there is nothing in it but text and what stays open."""
    asks: bool
    """Whether it asks for a fragment, for which counts where it stands."""


class Cutter:
    """Cuts texts; remembers the lines that it has met twice."""

    def __init__(self, schemes: frozenset[str], *, short: int = SHORT) -> None:
        """`short`: characters up to which a text is cut sooner than its lines are looked up."""
        self._schemes, self._short = schemes, short
        self._met: set[str] = set()
        self._known: dict[str, _Line] = {}

    def cut(self, text: str) -> Cut:
        """What `cut` gives."""
        if len(text) <= self._short:
            return cut(text, self._schemes)
        frame, blocks = Frame(), False
        end = done = fresh = 0
        for line in text.splitlines(keepends=True):
            start, end = end, end + len(line)
            if start < done:  # it went with lines before
                continue
            known = self._known.get(line)
            if known is None:
                stretch = pattern(_STRETCH).match(text, start)
                if stretch is None:
                    return cut(text, self._schemes)
                line = stretch[0]
                known = self._known.get(line) or self._meet(line)
            done = start + len(line)
            if known is None or (known.asks and (done > LOOK_BACK or in_text(text, start))):
                continue
            if fresh < start:
                read([frame], text, fresh, start, self._schemes)
                blocks = blocks or BLOCK.search(text, fresh, start) is not None
            fresh = done
            blocks = blocks or known.cut.blocks
            if known.plain:
                frame.texts.append(line)
            elif known.open:
                frame.extend(known.cut.pieces)
            else:
                frame.add(known.cut)
        read([frame], text, fresh, end, self._schemes)
        return frame.cut(blocks or BLOCK.search(text, fresh) is not None)

    def _meet(self, line: str) -> _Line | None:
        """What is known of a line from now on; None when it is met for the first time: many stand on one page only."""
        if len(line) > _LONG:
            return None
        if line not in self._met:
            if len(self._met) >= _MOST:
                self._met.clear()
            self._met.add(line)
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        found = cut(line, self._schemes)
        plain = found == Cut((line,), blocks=found.blocks)
        only = found == Cut(found.pieces, blocks=found.blocks)
        asks = any(isinstance(piece, Slot) for piece in found.pieces)
        known = self._known[line] = _Line(found, plain, only, asks)
        return known
