"""A team's templates: what they are called, what they reach for, and what comes of them.

Jinja itself is behind `engine`, which is read when something is rendered for the first time.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from mfe_static.patterns import compiled
from mfe_static.problems import Problem

if TYPE_CHECKING:
    from mfe_static.templates.engine import Engine

_STATEMENT = compiled(
    r"""\{%[-+]?\s*(?:include|import|extends|from)\b(?:\s*(["'])([^"'\\]+)\1\s*"""
    r"""(?=[-+]?%\}|ignore\b|with\b|without\b|as\b|import\b))?"""
)
"""A statement that reaches for another template, with its name where that is a plain text."""


class Templates:
    """All templates of one team, or of the theme.

    `sources` maps a path (`layouts/x.html`, `fragments/y.html`) to its text, in which a comment of as many lines
    replaces front matter, so that line numbers are the file's. A template includes another by that path, or by the
    path without its folder.
    """

    def __init__(self, sources: Mapping[str, str], shown: Callable[[str], str]) -> None:
        self._sources = sources
        self._shown = shown
        self._references: dict[str, frozenset[str] | None] = {}

    @cached_property
    def _engine(self) -> "Engine":
        """Jinja takes 30 ms to be read. Who renders nothing, as the process that others work for, never needs it."""
        from mfe_static.templates.engine import Engine

        return Engine(self._sources, self._shown, self)

    def find(self, name: str) -> str:
        """The path of the template called `name`, or an empty string."""
        for path in (name, f"layouts/{name}", f"fragments/{name}"):
            if path in self._sources:
                return path
        return ""

    def render(self, name: str, variables: Mapping[str, Any], *, url: str = "") -> str | Problem:
        """Render a template of the team by its path."""
        found = self.printed(name, variables, url=url)
        return found[0] if isinstance(found, tuple) else found

    def printed(self, name: str, variables: Mapping[str, Any], *, url: str = "") -> tuple[str, Sequence[str]] | Problem:
        """The same, with the parts that were printed one after the other."""
        return self._engine.printed(name, variables, url)

    @cached_property
    def literals(self) -> Collection[str]:
        """The parts that stand so in a template, of those that were rendered."""
        return self._engine.literals

    def render_text(self, text: str, shown: str, variables: Mapping[str, Any], *, url: str = "") -> str | Problem:
        """Render a page; `shown` is its file as problems name it."""
        return self._engine.render_text(text, shown, variables, url)

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """The value of an expression such as `data.products`. Raises ValueError with a sentence when it has none."""
        return self._engine.evaluate(expression, variables)

    def names(self, text: str) -> frozenset[str]:
        """The templates that `text` itself includes, imports or extends, as written; `*`: they cannot be told."""
        found = self._referenced(text)
        return frozenset("*") if found is None else found

    def closure(self, name: str) -> Mapping[str, str]:
        """The template called `name` and all that it may reach, by path, with their texts; all there are for `*`."""
        path = self.find(name)
        out: dict[str, str] = {path: self._sources[path]} if path else {}
        pending = ["*"] if name == "*" else list(out)
        while pending:
            names = self.names(self._sources[pending.pop()]) if out else frozenset("*")
            if "*" in names:
                return self._sources
            for path in filter(None, map(self.find, names)):
                if path not in out:
                    out[path] = self._sources[path]
                    pending.append(path)
        return dict(sorted(out.items()))

    def _referenced(self, text: str) -> frozenset[str] | None:
        """The names that `text` itself includes; None when they cannot be told."""
        found = self._references.get(text)
        if text not in self._references:
            found = self._references[text] = self._find_references(text)
        return found

    def _find_references(self, text: str) -> frozenset[str] | None:
        statements = _STATEMENT.findall(text)
        if all(name for _, name in statements):  # so it mostly is, and parsing takes a hundred times as long
            return frozenset(name for _, name in statements)
        return self._engine.references(text)

    def circle(self, text: str) -> list[str]:
        """The circle of includes that `text` leads into, such as a, b, a; empty when there is none."""
        trail: list[str] = []

        def visit(text: str) -> list[str]:
            for name in sorted(self._referenced(text) or ()):
                target = self.find(name)
                if target in trail:
                    return [*trail[trail.index(target) :], target]
                if target:
                    trail.append(target)
                    if found := visit(self._sources[target]):
                        return found
                    trail.pop()
            return []

        return visit(text)
