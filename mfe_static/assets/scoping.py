"""A style sheet whose rules hold in some parts of a page only: `@scope` around them (CSS Cascade 6 §2.5).

    h2 { … }  →  @scope ([data-mfe-team="a"]) to ([data-mfe-team]:not([data-mfe-team="a"])) { h2 { … } }

Specificity stays, so rules mean what they meant, but that they match nothing outside. What a document has once is left
outside, because it is no rule about elements; imports are at the top already. As with layers, no `}` too many can end
the scope early.
"""

from itertools import groupby

from mfe_static.assets.css import Sheet, Statement, parsed

_OF_THE_DOCUMENT = frozenset(
    "@charset @import @namespace @font-face @keyframes @-webkit-keyframes @property @counter-style @page "
    "@font-feature-values @font-palette-values @view-transition @position-try @color-profile".split()
)


def roots(team: str) -> str:
    """Where rules of a team hold: in what is marked as its own, but for what is marked as another's in it."""
    own = f'[data-mfe-team="{team}"]'
    return f"({own}) to ([data-mfe-team]:not({own}))"


def scoped(sheet: Sheet, scope: str) -> str:
    """The sheet in a scope."""
    if sheet.ending:
        sheet = parsed(sheet.text + sheet.ending)
    text = sheet.text
    for start, end in sheet.shells:  # errors between rules are errors in a scope; the lengths stay
        text = text[:start] + " " * (end - start) + text[end:]
    for at in sheet.strays:
        text = f"{text[:at]}){text[at + 1 :]}"
    parts: list[str] = []
    done = 0
    for outside, group in groupby(sheet.statements, key=_is_of_the_document):
        *_, last = group
        inner = text[done : last.end]  # a selector may begin before its first name, as `:root` and `*` do
        parts.append(inner if outside else f"\n@scope {scope} {{{inner}\n}}")
        done = last.end
    return "".join((*parts, text[done:]))


def _is_of_the_document(statement: Statement) -> bool:
    return statement.name in _OF_THE_DOCUMENT or (statement.name == "@layer" and not statement.block)
