"""What needs no span and follows on a match is taken along with it: blanks and punctuation.

That takes certainty about which rules would match there, without trying them (`sure`).

Invariant: a tail ends where a match of the rules would have ended too, and nothing that it took needs a span.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

from mfe_static.markdown.highlight.expressions import EVERY, beginning, bit, depends_on_flags, following, parser
from mfe_static.markdown.highlight.rules import Rule
from mfe_static.markdown.highlight.trees import ahead, any_of, behind, not_ahead, one_of, option, repeat, row

_LINE = bit("\n")
_BLANK = bit(" ")


class Sure(NamedTuple):
    """Of a state, the characters at which it is sure what matches, and that needs no span."""

    starts: dict[tuple[Rule, int], int]
    """By the rule, which matches a set or a run of one, and by the characters that must not follow."""
    anywhere: int
    """Those for which it does not matter whether a line begins there."""
    universe: int
    """All that the code may have."""


def sure(rules: Sequence[Rule], universe: int) -> Sure:
    """What `rules`, which are tried in order, make sure."""
    starts: dict[tuple[Rule, int], int] = {}
    anywhere = certain = 0
    for rule in rules:
        certain |= rule.written.whole.certain if rule.is_plain else 0
    for some in _parted(certain, rules):
        here = [rule for rule in rules if rule.written.possible & some]
        within = [rule for rule in here if not rule.written.whole.anchored]
        place = next(place for place, rule in enumerate(within) if rule.written.whole.certain & some)
        rule, before = within[place], within[:place]
        if not rule.is_plain or (before and rule.is_run):
            continue
        unless = 0
        for other in before:
            expression = other.written.chosen(other.written.choice(some))
            unless |= following(expression.tree.data, some, expression.flags)
        if EVERY & ~unless:
            starts[rule, unless] = starts.get((rule, unless), 0) | some
            anywhere |= 0 if any(other.written.whole.anchored for other in here[: here.index(rule)]) else some
    return Sure(starts, anywhere, universe)


def _parted(characters: int, rules: Sequence[Rule]) -> list[int]:
    """These characters in parts, lowest first: the same of each rule counts at all characters of a part."""
    edges = (
        some & characters
        for rule in rules
        for some in (rule.written.possible, rule.written.whole.certain, *rule.written.beginnings)
    )
    parts = [characters] if characters else []
    for edge in {*edges}:
        parts = [part for whole in parts for part in (whole & edge, whole & ~edge) if part]
    return sorted(parts, key=lambda part: part & -part)


def tail(sure: Sure, passing: Sequence[tuple[int, list[Any]]] = (), *, at_line: bool) -> list[Any]:
    """A row of parts that takes as much as follows on each other, up to where it matters that a line begins.

    `at_line` says whether one may begin where the tail does. At most one run counts, best that of blanks, and one
    character with conditions: that something must not follow, or what must follow (`passing`) so that it leads to
    another state and straight back.
    """
    kinds = parser()
    state = kinds.State()
    single = long = inner = 0
    inside: Any = None
    conditions = [*passing]
    for (rule, unless), starts in sorted(sure.starts.items(), key=lambda item: not item[1] & _BLANK):
        _, value = rule.written.whole.tree.data[0]
        if rule.move is not None:
            continue
        if unless:
            conditions.append((starts, [not_ahead(state, one_of(unless))]))
        elif not rule.is_run:
            single |= starts
        elif inside is None and not depends_on_flags(value[2].data[0], rule.written.whole.flags):
            long, inside = starts, value[2].data[0]
            inner = beginning([inside], 0)[0]
    known = sure.anywhere if at_line else EVERY
    some = (single & ~inner | long) & known
    # Where a run may contain a line's end, nothing in it begins with a line: that end would be of the same run.
    crosses = not some & ~sure.anywhere & ~(long if long & _LINE else 0)
    line = 0 if crosses else some & _LINE
    some &= ~line

    run = [repeat(state, one_of(some))] if some else []
    if long & some and inner & ~long & sure.universe:
        more = option(state, inside, behind(state, one_of(long & some), inside), repeat(state, inside))
        run = [option(state, one_of(some), *run, more)]
    known &= ~(inner | some | _LINE) & (sure.anywhere if some & _LINE else EVERY)
    rows = [row(state, one_of(starts & known), *then, *run) for starts, then in conditions if starts & known]
    parts = [*run, any_of([*rows, row(state)])] if rows else run
    if line & long:
        parts = [*parts, option(state, one_of(line), repeat(state, inside))]
    elif line:
        parts = [*parts, repeat(state, one_of(line)) if line & sure.anywhere else option(state, one_of(line))]
    return parts


def until(characters: int) -> Any:
    """That one of these comes next."""
    return ahead(parser().State(), one_of(characters))


def unless(characters: int) -> list[Any]:
    """That none of these comes next."""
    return [not_ahead(parser().State(), one_of(characters))] if characters else []
