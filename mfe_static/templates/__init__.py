"""Jinja, wrapped once: a team's templates, rendered in a sandbox, failures as problems with their line.

The sandbox is a guard-rail, not a boundary: teams are trusted but mistaken. So templates get plain data only, include
only their own team's `layouts/` and `fragments/`, and loops, output and time are bounded. Compiled code lives in the
process and never on disk (invariant 2).
"""

import re
from collections.abc import Callable, Generator, Mapping
from functools import partial
from typing import Any, cast

import jinja2
import jinja2.exceptions
import jinja2.meta
from markupsafe import Markup

from mfe_static.html.marks import asset_mark, link_mark
from mfe_static.limits import TooSlow, alarm, limited
from mfe_static.patterns import compiled
from mfe_static.problems import Problem, did_you_mean, problem
from mfe_static.templates.sandbox import OUTPUT_LIMIT, Endless, Sandbox, Steps

__all__ = ["OUTPUT_LIMIT", "Templates"]

_EXPRESSION = compiled(r"\{[{%].*?(?:[%}]\}|$)")
_STATEMENT = compiled(
    r"""\{%[-+]?\s*(?:include|import|extends|from)\b(?:\s*(["'])([^"'\\]+)\1\s*"""
    r"""(?=[-+]?%\}|ignore\b|with\b|without\b|as\b|import\b))?"""
)
"""A statement that reaches for another template, with its name where that is a plain text."""
_NO_NAME = compiled(r"^'([^']+)' is undefined$")
_NO_KEY = compiled(r"^'[\w. ]+ object' has no attribute '([^']+)'$")
_QUOTED = compiled(r"'([^']+)'")


def _reference(name: str, **params: Any) -> Markup:
    """`ref("decide:product", id=…)`: the URL of a page by its name, closed when stitching."""
    from urllib.parse import quote, urlencode

    name, mark, anchor = name.partition("#")
    query = urlencode({key: str(value) for key, value in params.items()}, quote_via=quote)
    return Markup(link_mark(name + ("?" + query if query else "") + mark + anchor))  # noqa: S704  escaped by link_mark


def _asset(path: str) -> Markup:
    """`asset("logo.svg")`: the fingerprinted URL of a file in the team's `assets/`."""
    return Markup(asset_mark(path))  # noqa: S704  escaped by asset_mark


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
        self._expressions: dict[str, jinja2.environment.TemplateExpression] = {}
        """Pages that are made from data have the same ones; to compile one takes longer than all else about it."""
        self._environment = Sandbox(self._load)
        self._environment.globals.update(ref=_reference, asset=_asset)
        self._environment.own = frozenset({_reference, _asset})

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        path = self.find(name)
        return (self._sources[path], path, lambda: True) if path else None

    def find(self, name: str) -> str:
        """The path of the template called `name`, or an empty string."""
        for path in (name, f"layouts/{name}", f"fragments/{name}"):
            if path in self._sources:
                return path
        return ""

    def render(self, name: str, variables: Mapping[str, Any], *, url: str = "") -> str | Problem:
        """Render a template of the team by its path."""
        try:
            return limited(_rendered, self._environment, partial(self._environment.get_template, name), variables)
        except Exception as error:  # noqa: BLE001  whatever a template does wrong is its author's problem, not ours
            return self._problem(error, self._shown(name), self._sources.get(name, ""), url)

    def render_text(self, text: str, shown: str, variables: Mapping[str, Any], *, url: str = "") -> str | Problem:
        """Render a page; `shown` is its file as problems name it."""

        def compiled() -> jinja2.Template:
            code = self._environment.compile(text, name=shown, filename=shown)
            return jinja2.Template.from_code(self._environment, code, self._environment.make_globals(None))

        try:
            return limited(_rendered, self._environment, compiled, variables)
        except Exception as error:  # noqa: BLE001  as in render
            return self._problem(error, shown, text, url)

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """The value of an expression such as `data.products`. Raises ValueError with a sentence when it has none."""
        try:
            with alarm():
                return limited(self._value, expression, variables)
        except ValueError:
            raise
        except Exception as error:  # noqa: BLE001  as in render
            raise ValueError(f'"{expression}": {_sentence(error)}') from None

    def _value(self, expression: str, variables: Mapping[str, Any]) -> Any:
        found = self._expressions.get(expression)
        if found is None:
            found = self._environment.compile_expression(expression, undefined_to_none=False)
            self._expressions[expression] = found
        value = found(**variables)
        if isinstance(value, jinja2.Undefined):
            raise ValueError(f'"{expression}" is not defined')
        return value

    def _problem(self, error: Exception, shown: str, text: str, url: str) -> Problem:
        file, line = self._place(error, shown)
        code, hint = _CODES.get(type(error), "template-error"), ""
        message = _sentence(error)
        if isinstance(error, jinja2.TemplateSyntaxError):
            inner = error.filename or ""
            file, line = (self._shown(inner) if inner in self._sources else shown), error.lineno
        elif isinstance(error, jinja2.TemplateNotFound):
            wanted = str(error.name)
            message = f'there is no template "{wanted}" in this team\'s layouts/ or fragments/'
            hint = did_you_mean(wanted, self._names())
        elif isinstance(error, RecursionError):
            circle = self._circle(text)
            endless = "it calls itself without end, or is nested too deep"
            message = f"templates include each other in a circle: {' → '.join(circle)}" if circle else endless
            code = "template-cycle" if circle else "template-endless"
            if circle:  # how deep the stack was says nothing; where the circle closes does
                file, line = self._shown(circle[-2]), _line_of(circle[-1], self._sources[circle[-2]])
        elif isinstance(error, TooSlow):
            message = "rendering took longer than the time limit"
        if file != shown:
            text = next((text for path, text in self._sources.items() if self._shown(path) == file), "")
        column, length = _column(error, text, line)
        return problem(code, message, file=file, line=line, column=column, length=length, hint=hint, url=url)

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
        try:
            names = set(jinja2.meta.find_referenced_templates(self._environment.parse(text)))
        except (jinja2.TemplateError, RecursionError):
            return None
        return None if None in names else frozenset(name for name in names if name)

    def _names(self) -> list[str]:
        return [path.partition("/")[2] for path in self._sources] + list(self._sources)

    def _place(self, error: Exception, shown: str) -> tuple[str, int]:
        """The deepest line of a template in the traceback."""
        file, line = shown, 0
        trace = error.__traceback__
        while trace is not None:
            filename = trace.tb_frame.f_code.co_filename
            if filename in self._sources:
                file, line = self._shown(filename), trace.tb_lineno
            elif filename == shown:
                file, line = shown, trace.tb_lineno
            trace = trace.tb_next
        return file, line

    def _circle(self, text: str) -> list[str]:
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


def _line_of(path: str, text: str) -> int:
    """The line of `text` that names the template `path`, with or without its folder."""
    name = path.partition("/")[2]
    return next((number for number, line in enumerate(text.split("\n"), 1) if name in line), 1)


def _column(error: Exception, text: str, line: int) -> tuple[int, int]:
    """Where the name that a message is about stands in its line, and its length, as far as that can be told."""
    wanted = str(error.name) if isinstance(error, jinja2.TemplateNotFound) else None
    if wanted is None and (quoted := _QUOTED.findall(str(error))):
        wanted = quoted[-1] if "has no" in str(error) else quoted[0]
    lines = text.split("\n")
    if not wanted or not 0 < line <= len(lines):
        return 0, 1
    word = re.compile(rf"(?<!\w){re.escape(wanted)}(?!\w)")
    for expression in _EXPRESSION.finditer(lines[line - 1]):
        if found := word.search(lines[line - 1], *expression.span()):
            return found.start() + 1, len(wanted)
    return 0, 1


def _rendered(environment: Sandbox, template: Callable[[], jinja2.Template], variables: Mapping[str, Any]) -> str:
    """What `Template.generate` does, without a copy of the variables and a generator around the template's own."""
    its = template()
    names = {**its.globals, **variables, "range": Steps()}
    parts = its.root_render_func(its.new_context(names, shared=True))
    out: list[str] = []
    size = 0
    try:
        for part in parts:
            size += len(part)
            if size > OUTPUT_LIMIT:
                cast("Generator[str]", parts).throw(Endless())  # inside the template, so that its line is known
            out.append(part)
    except Exception:  # noqa: BLE001  it is raised with the lines of the template
        environment.handle_exception()
    text = "".join(out)
    if not text.isascii():
        text.encode()  # half of a character cannot be written
    return text


_CODES: Mapping[type[Exception], str] = {
    jinja2.TemplateSyntaxError: "template-syntax",
    jinja2.TemplateAssertionError: "template-syntax",
    jinja2.UndefinedError: "undefined-variable",
    jinja2.exceptions.SecurityError: "template-forbidden",
    jinja2.TemplateNotFound: "template-missing",
    jinja2.TemplatesNotFound: "template-missing",
    Endless: "template-endless",
    MemoryError: "template-endless",
    TooSlow: "too-slow",
}


def _sentence(error: Exception) -> str:
    if isinstance(error, Endless | MemoryError):
        return f"its loops or its output go beyond every bound ({OUTPUT_LIMIT // 1024 // 1024} MiB)"
    if isinstance(error, UnicodeEncodeError):
        return "it prints half of a character (a lone surrogate)"
    if isinstance(error, jinja2.TemplateError):
        text = error.message or type(error).__name__
    else:
        text = f"{type(error).__name__}: {error}"
    text = " ".join(text.split()).rstrip(".")
    text = _NO_KEY.sub(r'there is no "\1" in it', _NO_NAME.sub(r'"\1" is not defined', text))
    if len(text) > 300:
        text = text[:300] + " …"
    return text
