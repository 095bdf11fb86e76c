"""`each`: which pages, or which variants of a fragment, data makes, and how front matter speaks of an item: in braces.

What authors write wrongly here is met deep in an expression; it comes up as a ValueError with a sentence, which whoever
knows the file makes a problem of.
"""

import datetime
from collections.abc import Iterator, Mapping
from math import isfinite
from typing import TYPE_CHECKING, Any

from mfe_static.model import Fragment, TeamSources
from mfe_static.patterns import compiled
from mfe_static.problems import Problem, problem
from mfe_static.settings import PageMatter
from mfe_static.state import unkeepable

if TYPE_CHECKING:
    from mfe_static.templates import Templates

_TAKEN = frozenset({"page", "team", "site", "data", "params", "content"})
_BRACE = compiled(r"\{([^{}]*)\}")


def bindings(
    each: str | Mapping[str, str], data: Mapping[str, Any], templates: "Templates"
) -> Iterator[dict[str, Any]]:
    """What each page or variant gets to see: the names that `each` gives, nested in order, and `item`, the innermost.

    Raises ValueError with a sentence where an expression has no value or is no list.
    """
    steps = [("item", each)] if isinstance(each, str) else list(each.items())
    if taken := sorted(_TAKEN.intersection(name for name, _ in steps)):
        raise ValueError(f'"{taken[0]}" is what templates call something else; choose another name in `each`')

    def bind(bound: dict[str, Any], rest: list[tuple[str, str]]) -> Iterator[dict[str, Any]]:
        if not rest:
            yield bound
            return
        name, expression = rest[0]
        items = templates.evaluate(expression, {"data": data, **bound})
        if isinstance(items, Mapping | str) or not hasattr(items, "__iter__"):
            raise ValueError(f'"{expression}" is not a list')
        for item in items:
            if why := unkeepable(item):
                raise ValueError(f'"{expression}": {why}')
            yield from bind({**bound, name: item}, rest[1:])

    for bound in bind({}, steps):
        yield bound if "item" in bound or not steps else {**bound, "item": bound[steps[-1][0]]}


def filled(text: str | None, bound: Mapping[str, Any], templates: "Templates") -> str:
    """A text of front matter; on pages made from data, which have values bound, braces in it are filled in.

    Raises ValueError with a sentence where an expression has no value.
    """
    if not text or not bound:
        return text or ""
    if "{{" in text:
        raise ValueError(f'"{text}": in front matter a value is filled in by single braces, as in {{p.id}}')
    return _BRACE.sub(lambda match: str(templates.evaluate(match[1], bound)), text)


def filled_in(value: Any, bound: Mapping[str, Any], templates: "Templates") -> Any:
    """The same for all texts in a value, which becomes one that JSON has. Raises ValueError as `filled` does."""
    if isinstance(value, Mapping):
        return {key: filled_in(item, bound, templates) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled_in(item, bound, templates) for item in value]
    if isinstance(value, str):
        return filled(value, bound, templates)
    has_form = value is None or isinstance(value, int) or (isinstance(value, float) and isfinite(value))
    return value if has_form else value.isoformat() if isinstance(value, datetime.date) else str(value)


def params_of(matter: PageMatter, bound: Mapping[str, Any], templates: "Templates") -> dict[str, str]:
    """By which params refs tell apart the pages of one file: as front matter says, else what is in its URL's braces.

    Raises ValueError with a sentence where an expression has no value.
    """
    if matter.params is not None:
        return {name: str(templates.evaluate(text, bound)) for name, text in matter.params.items()}
    braces = _BRACE.findall(matter.path or matter.slug or "")
    return {text.rpartition(".")[2].strip(): str(templates.evaluate(text, bound)) for text in braces}


def variants(fragment: Fragment, team: TeamSources, templates: "Templates") -> tuple[dict[str, Any], ...] | Problem:
    """The params of each variant that a fragment publishes by itself.

    A name of `each` that is a declared param is its value; in the short form, an item's keys are the params.
    """
    if fragment.each is None:
        return ()
    names = [param.name for param in fragment.params]
    defaults = {param.name: param.default for param in fragment.params if not param.required}
    out: list[dict[str, Any]] = []
    try:
        for bound in bindings(fragment.each, team.data, templates):
            item = bound.get("item")
            given = {**bound, **item} if isinstance(item, Mapping) else bound
            params = {**defaults, **{name: given[name] for name in names if name in given}}
            if missing := [name for name in names if name not in params]:
                raise ValueError(f'"each" gives no value for the param "{missing[0]}"')
            if params not in out:
                out.append(params)
    except ValueError as error:
        file = f"{team.shown}/{fragment.template}"
        return problem("bad-each", str(error), file=file, team=team.name, sought="key:each")
    return tuple(out)
