"""Jinja, wrapped once: a team's templates, rendered in a sandbox, failures as problems with their line.

The sandbox is a guard-rail, not a boundary: teams are trusted but mistaken. So templates get plain data only, include
only their own team's `layouts/` and `fragments/`, and loops, output and time are bounded. Compiled code lives in the
process and never on disk (invariant 2).
"""

import re
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

import jinja2
import jinja2.exceptions
import jinja2.meta
from markupsafe import Markup

from mfe_static.html.marks import asset_mark, link_mark
from mfe_static.limits import OUTPUT_LIMIT, TooSlow, alarm, limited
from mfe_static.patterns import compiled
from mfe_static.problems import Problem, did_you_mean, problem
from mfe_static.templates.sandbox import LOOP_LIMIT, Endless, Sandbox

if TYPE_CHECKING:
    from mfe_static.templates import Templates

_EXPRESSION = compiled(r"\{[{%].*?(?:[%}]\}|$)")
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


class Engine:
    """Renders the templates of a team, or of the theme; see `Templates`."""

    def __init__(self, sources: Mapping[str, str], shown: Callable[[str], str], templates: "Templates") -> None:
        self._sources, self._shown, self._templates = sources, shown, templates
        self._expressions: dict[str, jinja2.environment.TemplateExpression] = {}
        """Pages that are made from data have the same ones; to compile one takes longer than all else about it."""
        self._environment = Sandbox(self._load)
        self._environment.globals.update(ref=_reference, asset=_asset)
        self._environment.own = frozenset({_reference, _asset})

    def _load(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        path = self._templates.find(name)
        return (self._sources[path], path, lambda: True) if path else None

    @property
    def literals(self) -> Collection[str]:
        """See `Templates`."""
        return self._environment.literals

    def printed(self, name: str, variables: Mapping[str, Any], url: str) -> tuple[str, Sequence[str]] | Problem:
        """Render a template of the team by its path: the text, and the parts that were printed."""
        try:
            return limited(_rendered, self._environment, self._environment.get_template, name, variables)
        except Exception as error:  # noqa: BLE001  whatever a template does wrong is its author's problem, not ours
            return self._problem(error, self._shown(name), self._sources.get(name, ""), url)

    def render_text(self, text: str, shown: str, variables: Mapping[str, Any], url: str) -> str | Problem:
        """Render a page; `shown` is its file as problems name it."""

        def compiled(text: str) -> jinja2.Template:
            code = self._environment.compile(text, name=shown, filename=shown)
            return jinja2.Template.from_code(self._environment, code, self._environment.make_globals(None))

        try:
            return limited(_rendered, self._environment, compiled, text, variables)[0]
        except Exception as error:  # noqa: BLE001  as in `printed`
            return self._problem(error, shown, text, url)

    def evaluate(self, expression: str, variables: Mapping[str, Any]) -> Any:
        """The value of an expression such as `data.products`. Raises ValueError with a sentence when it has none."""
        try:
            with alarm():
                return limited(self._value, expression, variables)
        except ValueError:
            raise
        except Exception as error:  # noqa: BLE001  as in `printed`
            raise ValueError(f'"{expression}": {_sentence(error)}') from None

    def references(self, text: str) -> frozenset[str] | None:
        """The names of templates that `text` itself includes; None when they cannot be told."""
        try:
            names = set(jinja2.meta.find_referenced_templates(self._environment.parse(text)))
        except (jinja2.TemplateError, RecursionError):
            return None
        return None if None in names else frozenset(name for name in names if name)

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
            circle = self._templates.circle(text)
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

    def _names(self) -> list[str]:
        return [path.partition("/")[2] for path in self._sources] + list(self._sources)


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


def _rendered(
    environment: Sandbox, template: Callable[[str], jinja2.Template], name: str, variables: Mapping[str, Any]
) -> tuple[str, list[str]]:
    """What `Template.generate` does, without a copy of the variables and a generator around the template's own."""
    its = template(name)
    environment.steps.left = LOOP_LIMIT
    names = {**its.globals, **variables, "range": environment.steps}
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
    return text, out


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
