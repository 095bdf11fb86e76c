"""Join: from pieces with holes to one text, depth first, as the pieces stand.

What a walk meets on its way (fragments, files, links, problems) is gathered beside the text. A fragment is joined once
for each kind of asker and then only copied, with what is known of it; in the shell's fragments the links stay apart,
because one of them is marked as the current one (`aria-current`, WAI-ARIA 1.2 §6.6) on each page anew. However
fragments include each other, a walk ends and stays within bounds: circles, depth and size are looked at on the way in.
"""

from collections.abc import Callable, Iterator

import msgspec

from mfe_static.limits import OUTPUT_LIMIT
from mfe_static.pieces import AssetLink, Cut, Link, Picture, Slot, Spot, Written
from mfe_static.problems import Problem, Related, Severity, problem
from mfe_static.stitch.ending import Head, Shown, Target, Text
from mfe_static.stitch.fragments import DEPTH_LIMIT, Asker, Fragments, Variant
from mfe_static.stitch.islands import END, Islands
from mfe_static.stitch.pictures import Offer, Turn, in_pictures, plain
from mfe_static.stitch.resolved import AnyLink, Origin, Resolved
from mfe_static.stitch.scopes import marked, tagged
from mfe_static.stitch.shadow import END as SHADOW_END
from mfe_static.stitch.shadow import NAMES, Shadows
from mfe_static.stitch.walk import Joined, Walk
from mfe_static.stitched import Behaviour, Edge, Part

Resolve = Callable[[AnyLink, Origin], tuple[Resolved, Edge | None]]
"""Closes a link as written at a place, and says what is known of it as one within the site."""
_PART_WEIGHT = 200
"""Bytes that are kept of each part of a page, beside its text."""


class Apart(msgspec.Struct, frozen=True):
    """The teams that are kept apart."""

    scoped: frozenset[str]
    """Those whose rules hold in what is marked as theirs."""
    shadows: Shadows


class Joiner:
    """Joins what pages are made of; remembers what they share."""

    def __init__(
        self,
        resolve: Resolve,
        fragments: Fragments,
        offer: Offer | None,
        islands: Islands | None = None,
        apart: Apart | None = None,
    ) -> None:
        """`offer`: what browsers may choose from in place of a picture; None: nothing is done to pictures. `islands`:
        those of the site; None: what is joined is shown where nothing runs. `apart`: None: nobody is."""
        self._resolve, self._fragments, self._offer, self._apart = resolve, fragments, offer, apart
        self._islands = islands or Islands(Behaviour(), "")
        self._joined: dict[tuple[Variant, Asker, str, Turn], Joined] = {}

    def join(self, pieces: Cut, origin: Origin, walk: Walk) -> None:
        """Join a cut that was written at `origin`."""
        edges: list[Edge] = []
        broken: dict[str, int] = {}
        asked: dict[str, int] = {}
        text, resolve, length = walk.text, self._resolve, _PART_WEIGHT
        inside: Iterator[bool] | None = None
        for piece in pieces.pieces:
            if type(piece) is str:
                text.append(piece)
                length += len(piece)
            elif type(piece) is Link or type(piece) is AssetLink or type(piece) is Written:  # told first, as most
                link, edge = resolve(piece, origin)
                text.append(link.text)
                if edge is None:
                    self._noted(link, piece, origin, walk, broken)
                    continue
                edges.append(edge)
                if walk.shell and link.to and piece.want == "page":
                    text.append(Target(link.to))
            elif type(piece) is Slot:
                asked[piece.src] = asked.get(piece.src, 0) + 1
                self._slot(piece, origin, walk, asked[piece.src])
            elif type(piece) is Spot:
                self._spot(piece, walk)
            elif type(piece) is Picture:
                inside = inside or in_pictures(pieces.pieces)
                length += self._picture(piece, origin, walk, edges, broken, inside)
        walk.weight += length
        for message, tag in pieces.faults:
            walk.problems.append(
                problem("bad-fragment-tag", message, file=origin.file, team=origin.team, sought=f"text:{tag}")
            )
        for value in pieces.unsafe:
            walk.problems.append(_placed(problem("unsafe-url", f'"{value[:60]}" runs code'), origin, f"link:{value}"))
        walk.parts.append(
            Part(
                file=origin.file,
                team=origin.team,
                ids=pieces.ids,
                edges=tuple(edges),
                without_alt=pieces.without_alt,
                external=pieces.external,
                inline=pieces.inline,
                h1s=pieces.h1s,
            )
        )

    def _noted(self, link: Resolved, piece: AnyLink, origin: Origin, walk: Walk, broken: dict[str, int]) -> None:
        """Note what is known of a link that leads to no page."""
        if link.file is not None:
            walk.files.add(link.file)
        if link.problem is not None:
            self._blame(link.problem, piece, origin, walk, broken)

    def _blame(self, found: Problem, piece: AnyLink, origin: Origin, walk: Walk, broken: dict[str, int]) -> None:
        sought = piece.path if isinstance(piece, AssetLink) else piece.value
        broken[sought] = broken.get(sought, 0) + 1
        walk.problems.append(found if found.file else _placed(found, origin, f"link:{sought}", broken[sought]))

    def _picture(
        self,
        piece: Picture,
        origin: Origin,
        walk: Walk,
        edges: list[Edge],
        broken: dict[str, int],
        inside: Iterator[bool],
    ) -> int:
        """Join an `<img …>`, with all that browsers may choose from; returns how long it is. `inside`: tells whether it
        stands in a `<picture>` of the author, who has decided what that is."""
        offered = None
        if self._offer and not next(inside):
            offered = self._offer(piece, origin, walk.turn)
        if offered and offered.missed:
            walk.missed = True
            return 0
        if offered and offered.problem:
            self._blame(offered.problem, piece.link, origin, walk, broken)
        if offered and offered.picture:
            html, walk.turn = offered.html, offered.turn
            walk.pictures.add(offered.picture)
            if offered.original:
                walk.files.add(offered.original)
        else:
            link, edge = self._resolve(piece.link, origin)
            if edge is None:
                self._noted(link, piece.link, origin, walk, broken)
            else:
                edges.append(edge)
            html = f"{piece.before}{link.text}{piece.after}"
            if self._offer:
                html, walk.turn = plain(piece, link.text, link.asset, walk.turn)
        walk.text.append(html)
        return len(html)

    def _spot(self, spot: Spot, walk: Walk) -> None:
        """Where the style sheets go, the content, or a part of the shell."""
        if spot.name == "head":
            walk.open.append(len(walk.text))
            walk.text.append(Head())
            walk.head = True
        elif spot.name in walk.parts_of_shell:
            self.join(*walk.parts_of_shell[spot.name], walk)
        elif walk.body is not None:
            body, walk.body = walk.body, None
            walk.at_body = len(walk.used), len(walk.parts), walk.weight
            walk.turn = Turn.FIRST
            self.join(*body, walk)
            walk.turn = Turn.AFTER

    def _slot(self, slot: Slot, origin: Origin, walk: Walk, nth: int) -> None:
        """Join what a slot asks for, or its fallback; it is the `nth` of its source that asks for this fragment."""
        if not slot.src:  # said when it was cut
            self.join(slot.children, origin, walk)
            return
        own = slot.src in walk.shell_of or (origin.team == "theme" and origin.base == "layouts")
        shell = walk.shell or (slot.src if own else "")
        origin = walk.asked_by.get(slot.src, origin) if shell else origin
        owner, _, name = slot.src.rpartition(":")
        walk.asked.add(slot.src if owner else f"{origin.team}:{name}")
        variant = self._fragments.variant(slot, origin.team, walk.asker)
        if isinstance(variant, Variant) and variant in walk.trail:
            circle = " → ".join(str(item) for item in (*walk.trail[walk.trail.index(variant) :], variant))
            variant = problem("fragment-cycle", f"fragments include each other in a circle: {circle}")
        elif len(walk.trail) >= DEPTH_LIMIT:
            variant = problem("fragment-depth", f"fragments are nested deeper than {DEPTH_LIMIT}")
        if not isinstance(variant, Variant):
            walk.problems.append(_placed(variant, origin, f"slot:{slot.src}", nth))
            self.join(slot.children, origin, walk)
            return
        joined = self._variant(variant, walk.asker, walk.trail, shell, walk.turn if self._offer else Turn.BEFORE)
        if isinstance(joined, Joined) and len(walk.trail) + joined.height > DEPTH_LIMIT:
            walk.asked.update(joined.asked)
            joined = problem("fragment-depth", f"fragments are nested deeper than {DEPTH_LIMIT}")
            walk.problems.append(_placed(joined, origin, f"slot:{slot.src}", nth))
            return
        if not isinstance(joined, Joined):
            self._failed(joined, slot, variant, origin, walk)
            return
        if walk.weight + joined.weight > OUTPUT_LIMIT:
            walk.asked.update(joined.asked)
            found = problem("too-large", f'with "{variant}" the page goes beyond {OUTPUT_LIMIT // 1024 // 1024} MiB')
            walk.problems.append(_placed(found, origin, f"slot:{slot.src}", nth))
            return
        if joined.alive and walk.in_head:
            has = "a shadow" if joined.inside else "behaviour"
            found = problem("bad-fragment-tag", f'"{variant}" has {has}, which nothing in the head can have')
            walk.problems.append(_placed(found, origin, f"slot:{slot.src}", nth))
            return
        if self._apart:
            self._set_apart(self._apart, slot, variant, joined, origin, walk, shell)
        else:
            self._put(slot, variant, joined, origin, walk)
        if slot.in_text and joined.blocks:
            message = f'"{variant}" yields block content, but stands in running text'
            found = problem("block-in-text", message, hint="put the tag on a line of its own")
            walk.problems.append(_placed(found, origin, f"slot:{slot.src}", nth))

    def _put(
        self, slot: Slot, variant: Variant, joined: Joined, origin: Origin, walk: Walk, *, within: str = ""
    ) -> None:
        """Join a fragment as it is, in its element if it has behaviour. `within`: the team whose scope it ends or
        begins."""
        walk.used.append(variant)
        if joined.alive and variant in self._islands:
            self._island(slot, variant, joined, origin, walk, within)
        else:
            walk.add(joined, bounded=bool(within and joined.bounded))

    def _set_apart(
        self, apart: Apart, slot: Slot, variant: Variant, joined: Joined, origin: Origin, walk: Walk, shell: str
    ) -> None:
        """Join a fragment where teams are kept apart."""
        team = variant.team
        meets = origin.team in apart.scoped and team != "theme" and (bool(walk.trail) or not shell)
        within = team if team in apart.scoped or meets else ""
        if team not in apart.shadows or walk.in_head:
            self._put(slot, variant, joined, origin, walk, within=within)
            return
        begin, sheets = apart.shadows.begin(slot, variant, joined.used)
        walk.text.append(tagged(begin, within) if within else begin)
        walk.files.update(sheets)
        walk.inside += [variant, *joined.used]
        if name := dict(slot.island).get("id"):
            walk.parts.append(Part(file=origin.file, team=origin.team, ids=(name,)))
        parts = tuple(msgspec.structs.replace(part, ids=()) for part in joined.parts)
        used = len(walk.used)
        its = msgspec.structs.replace(slot, island=tuple(pair for pair in slot.island if pair[0] not in NAMES))
        self._put(its, variant, msgspec.structs.replace(joined, parts=parts, used=()), origin, walk)
        del walk.used[used:]
        walk.text.append(SHADOW_END)
        walk.weight += len(begin) + len(SHADOW_END)

    def _island(self, slot: Slot, variant: Variant, joined: Joined, origin: Origin, walk: Walk, within: str) -> None:
        """Join a fragment that has behaviour, in its element."""
        begin = self._islands.begin(slot, variant)
        begin = tagged(begin, within) if within else begin
        walk.text.append(begin)
        walk.add(joined)
        walk.text.append(END)
        walk.weight += len(begin) + len(END)
        walk.islands.add(self._islands.on_page(slot, variant))
        if name := dict(slot.island).get("id"):
            walk.parts.append(Part(file=origin.file, team=origin.team, ids=(name,)))

    def _variant(
        self, variant: Variant, asker: Asker, trail: tuple[Variant, ...], shell: str, turn: Turn
    ) -> Joined | Problem:
        """A variant, joined. One with a circle is remembered, too: its error keeps the site from going live; one with
        a picture that is not encoded yet is not."""
        key = (variant, asker, shell, turn)
        if known := self._joined.get(key):
            return known
        pieces = self._fragments.cut(variant)
        if isinstance(pieces, Problem):
            return pieces
        owner, fragment = self._fragments.source(variant)
        walk = Walk(asker, (*trail, variant), shell, None)
        walk.turn = turn
        folder = fragment.template.rpartition("/")[0]
        self.join(pieces, Origin(owner.name, folder, owner.named(fragment.template)), walk)
        text: Text = walk.text if shell else ["".join(item for item in walk.text if isinstance(item, str))]
        bounded: Text = []
        if self._apart and self._apart.scoped and owner.name != "theme":
            bounded = marked(text, owner.name)
            text, bounded = (bounded, []) if owner.name in self._apart.scoped else (text, bounded)
        blocks = pieces.blocks or any(self._fragments.has_blocks(inner) for inner in walk.used)
        size = sum(len(item.encode()) for item in text if isinstance(item, str))
        walk.parts[-1] = msgspec.structs.replace(walk.parts[-1], size=size)  # its own: those in it came before
        joined = Joined(
            text=text,
            parts=tuple(walk.parts),
            used=tuple(dict.fromkeys(walk.used)),
            asked=frozenset(walk.asked),
            files=frozenset(walk.files),
            fallbacks=walk.fallbacks,
            problems=tuple(dict.fromkeys(walk.problems)),
            blocks=blocks,
            height=walk.height + 1,
            weight=walk.weight,
            shown=Shown(shell, [item for item in text if isinstance(item, str | Target)]) if shell else None,
            alive=variant in self._islands or bool(walk.islands or walk.inside),
            islands=frozenset(walk.islands),
            pictures=frozenset(walk.pictures),
            turn=walk.turn,
            missed=walk.missed,
            inside=tuple(dict.fromkeys(walk.inside)),
            bounded=bounded,
        )
        if not walk.missed:
            self._joined[key] = joined
        return joined

    def _failed(self, found: Problem, slot: Slot, variant: Variant, origin: Origin, walk: Walk) -> None:
        """A fragment failed: its severity decides what the user is told; what is shown is the fallback."""
        self.join(slot.children, origin, walk)
        walk.fallbacks += 1
        if found.code == "too-slow":  # a clock must not decide what a page shows
            walk.problems.append(found)
            return
        if slot.severity == "regular":
            return
        severity: Severity = "error" if slot.severity == "primary" else "warning"
        hint = found.hint or (_instead(slot, variant) if severity == "warning" else "")
        related = (*found.related, Related(file=origin.file, team=origin.team))
        walk.problems.append(msgspec.structs.replace(found, severity=severity, hint=hint, related=related))


def _instead(slot: Slot, variant: Variant) -> str:
    if any(not isinstance(piece, str) or piece.strip() for piece in slot.children.pieces):
        return f'the fallback of "{variant}" is shown instead'
    return f'nothing is shown in the place of "{variant}", as there is no fallback inside its tag'


def _placed(found: Problem, origin: Origin, sought: str, nth: int = 1) -> Problem:
    return msgspec.structs.replace(found, file=origin.file, team=origin.team, sought=sought, nth=nth)
