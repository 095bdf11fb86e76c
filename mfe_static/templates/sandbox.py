"""The sandbox that templates run in: plain data only, bounded, and the same output whenever it is asked.

It is Jinja's own, with three differences: keys of mappings win over their methods; what would grow without end is
stopped; and what has no text of its own cannot be printed, however it is turned into text.
"""

import datetime
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from types import CodeType, FunctionType
from typing import Any

import jinja2
import jinja2.compiler
import jinja2.nodes
import jinja2.runtime
import jinja2.sandbox
from markupsafe import Markup, escape, soft_str

from mfe_static.limits import OUTPUT_LIMIT
from mfe_static.model import Free

LOOP_LIMIT = 2_000_000
"""Steps that all `range()` loops of one page may take together."""
_REPEAT_LIMIT = 1_000_000
_MOMENTS = datetime.date | datetime.time | datetime.timedelta
_METHODS = frozenset(name for name in (*dir(dict), *dir(type)) if hasattr(dict, name))
"""Those of a mapping: to look whether it has one costs an exception where it has not."""


class Endless(Exception):
    """Output or loops went beyond their bound."""


class Missing(jinja2.StrictUndefined):
    """A missing free key: may be tested, but not printed."""

    __slots__ = ()

    def __bool__(self) -> bool:  # type: ignore[override]  # the point of this class
        return False


class _Compiler(jinja2.compiler.CodeGenerator):
    """Jinja's compiler, but that `~` and what is printed go through the sandbox in one call."""

    def visit_Concat(self, node: jinja2.nodes.Concat, frame: jinja2.compiler.Frame) -> None:  # noqa: N802  Jinja's name
        self.write("environment.concatenated((")
        for part in node.nodes:
            self.visit(part, frame)
            self.write(", ")
        self.write("))")

    def _output_child_pre(self, node: jinja2.nodes.Expr, frame: jinja2.compiler.Frame, finalize: Any) -> None:
        if frame.eval_ctx.volatile or not frame.eval_ctx.autoescape:
            super()._output_child_pre(node, frame, finalize)
        else:
            self.write("(environment.printed(")


class _Keyed(dict[type, bool]):
    """Whether a type is one of mappings; remembered, as Python asks an abstract class slowly, and templates ask for
    every `a.b`."""

    def __missing__(self, kind: type) -> bool:
        found = self[kind] = issubclass(kind, Mapping)
        return found


class Template(jinja2.Template):
    """A template whose macros remember nothing: what one page imports is made anew for the next."""

    def _get_default_module(self, ctx: jinja2.runtime.Context | None = None) -> Any:
        keys = ctx.globals_keys - self.globals.keys() if ctx is not None else ()
        return self.make_module({key: ctx.parent[key] for key in keys} if ctx is not None and keys else None)


class _Loader(jinja2.FunctionLoader):
    """What a sandbox loads. Sandboxes differ in what they load only, so what one has compiled the next need not: a team
    has several, and a process that builds again has all of them again."""

    def load(self, environment: jinja2.Environment, name: str, globals: Any = None) -> jinja2.Template:
        source, filename, up_to_date = self.get_source(environment, name)
        code = _code(source, name, filename)
        return environment.template_class.from_code(environment, code, globals or {}, up_to_date)


@lru_cache(maxsize=256)
def _code(source: str, name: str, filename: str | None) -> CodeType:
    return Sandbox(lambda _: None).compile(source, name, filename)


class Sandbox(jinja2.sandbox.ImmutableSandboxedEnvironment):
    """Jinja's sandbox, in which the keys of mappings win over their methods."""

    intercepted_binops = frozenset({"*", "**", "%", "+"})
    code_generator_class = _Compiler
    template_class = Template

    def __init__(self, load: Callable[[str], tuple[str, str, Callable[[], bool]] | None]) -> None:
        super().__init__(
            loader=_Loader(load),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            keep_trailing_newline=True,
            finalize=_finalize,
            optimized=False,
            cache_size=-1,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
        )
        del self.globals["lipsum"], self.filters["random"]
        self.filters["string"] = _text
        self._compiled: dict[str, jinja2.Template] = {}
        self._has_keys = _Keyed()
        self.own: frozenset[Any] = frozenset()
        """Functions of ours, which may be called without a look at what they are."""
        self.steps = Steps()
        self.literals: set[str] = set()
        """The texts of all templates, and others that stand in their code."""

    def get_template(
        self, name: str | jinja2.Template, parent: str | None = None, globals: Any = None
    ) -> jinja2.Template:
        """Every page asks for a layout and all that it extends; their sources never change."""
        if not isinstance(name, str) or globals:
            return super().get_template(name, parent, globals)
        found = self._compiled.get(name)
        if found is None:
            found = self._compiled[name] = super().get_template(name, parent)
            for block in (found.root_render_func, *found.blocks.values()):
                self.literals.update(_texts(block.__code__))
        return found

    def make_globals(self, d: Any) -> Any:
        """The same for all templates, in one dictionary: it is copied for each page, and a chain of two is slow."""
        return super().make_globals(d) if d else self.globals

    def concatenated(self, parts: tuple[Any, ...]) -> str:
        """`a ~ b`."""
        out = jinja2.runtime.markup_join(map(printable, parts))
        if len(out) > OUTPUT_LIMIT:
            raise Endless
        return out

    @staticmethod
    def printed(value: Any) -> str:
        """`{{ a }}`."""
        if type(value) is str:
            if "<" in value or ">" in value or "&" in value or '"' in value or "'" in value:
                return escape(value)
            return value
        return value if type(value) is Markup else escape(printable(value))

    def call(self, context: jinja2.runtime.Context, obj: Any, /, *args: Any, **named: Any) -> Any:
        """`a(b)`."""
        if type(obj) is not FunctionType or obj not in self.own:
            return super().call(context, obj, *args, **named)
        named.pop("_loop_vars", None)  # what Jinja says beside
        named.pop("_block_vars", None)
        return obj(*args, **named)

    def getattr(self, obj: Any, attribute: str) -> Any:
        """`a.b`."""
        if not self._has_keys[type(obj)]:
            return super().getattr(obj, attribute)
        try:
            return obj[attribute]
        except (KeyError, TypeError):
            return self._without_key(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """`a["b"]`."""
        if not self._has_keys[type(obj)]:
            return super().getitem(obj, argument)
        try:
            return obj[argument]
        except (KeyError, TypeError):
            return self._without_key(obj, argument)

    def _without_key(self, obj: Mapping[Any, Any], key: Any) -> Any:
        if isinstance(obj, Free) and str(key) not in _METHODS:
            return Missing(obj=obj, name=key)
        return super().getattr(obj, key) if isinstance(key, str) else self.undefined(obj=obj, name=key)

    def call_binop(self, context: jinja2.runtime.Context, operator: str, left: Any, right: Any) -> Any:
        """Operators whose result could be huge."""
        if operator == "*" and _too_many(left, right):
            raise Endless
        if operator == "+" and isinstance(left, str | list) and len(left) > _REPEAT_LIMIT:
            raise Endless
        if operator == "**" and isinstance(right, int | float) and abs(right) > 64:
            raise Endless
        if operator == "%" and isinstance(left, str) and re.search(r"%[^a-zA-Z]*(?:\d{5}|\*)", left):
            raise Endless
        return super().call_binop(context, operator, left, right)


def _texts(code: CodeType) -> Iterator[str]:
    """The texts in a piece of code."""
    for item in code.co_consts:
        if isinstance(item, str):
            yield item
        elif isinstance(item, CodeType):
            yield from _texts(item)


def printable(value: Any) -> Any:
    """What may be printed: text, numbers, dates, and data of them. Raises TypeError for all else.

    Of other things only their address would show, and the same input would not give the same bytes.
    """
    if isinstance(value, str | int | float | _MOMENTS | jinja2.Undefined) or value is None:
        return value
    if not isinstance(value, list | tuple | dict):
        raise TypeError(f"a {type(value).__name__.lstrip('_')} cannot be printed")
    for item in value.values() if isinstance(value, dict) else value:
        str(item) if isinstance(item, jinja2.Undefined) else printable(item)
    return value


@jinja2.pass_context
def _finalize(_context: jinja2.runtime.Context, value: Any) -> Any:
    return printable(value)  # asking for the context keeps Jinja from printing constants when it compiles


def _text(value: Any) -> str:
    return soft_str(printable(value))


def _too_many(left: Any, right: Any) -> bool:
    text, times = (left, right) if isinstance(right, int) else (right, left)
    return isinstance(times, int) and isinstance(text, str | list | tuple) and len(text) * times > _REPEAT_LIMIT


class Steps:
    """A bounded `range()`; each rendering has all of it."""

    def __init__(self) -> None:
        self.left = LOOP_LIMIT

    def __call__(self, *bounds: int) -> range:
        """`range()`, while steps are left. Raises `Endless`."""
        steps = range(*bounds)
        self.left -= len(steps)
        if self.left < 0:
            raise Endless
        return steps
