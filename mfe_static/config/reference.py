"""What `settings` says, for others: JSON Schemas for editors, and the rows of the reference.

Both come from the definitions themselves, descriptions from the docstrings that stand under the fields in the source.
So a key cannot be undocumented without a test noticing. Nothing here runs during a build.
"""

import itertools
import json
from typing import TYPE_CHECKING, Any, Literal, get_args, get_origin

import msgspec
from msgspec import UNSET

from mfe_static import hosting, settings
from mfe_static.data.keys import alternatives, wanted
from mfe_static.problems import CODES

if TYPE_CHECKING:
    import ast

File = Literal["site", "team", "theme", "page", "fragment"]

_DATE = {"type": "string", "format": "date"}
_TEXTS = {"type": "array", "items": {"type": "string"}}


class KeyText(msgspec.Struct, frozen=True):
    """One row of the reference."""

    key: str
    """Dotted; `<name>` stands for any name."""
    type: str
    """In plain words."""
    default: str
    """As JSON; empty: none."""
    description: str
    """Markdown, one sentence or two."""


def definition(file: File) -> type[msgspec.Struct]:
    """The definition behind one kind of file."""
    found: dict[File, type[msgspec.Struct]] = {
        "site": settings.SiteSettings,
        "team": settings.TeamSettings,
        "theme": settings.ThemeSettings,
        "page": settings.PageMatter,
        "fragment": settings.FragmentMatter,
    }
    return found[file]


def descriptions() -> dict[str, dict[str, str]]:
    """The docstring of every field: by class, by field."""
    import ast  # ast and inspect are slow to import, and no build needs them
    import inspect

    found: dict[str, dict[str, str]] = {}
    for module in (settings, hosting):
        for node in ast.parse(inspect.getsource(module)).body:
            if isinstance(node, ast.ClassDef):
                found[node.name] = dict(_documented(node.body))
    return found


def _documented(body: "list[ast.stmt]") -> list[tuple[str, str]]:
    import ast
    import inspect

    out = []
    for field, text in itertools.pairwise(body):
        if (
            isinstance(field, ast.AnnAssign)
            and isinstance(field.target, ast.Name)
            and isinstance(text, ast.Expr)
            and isinstance(text.value, ast.Constant)
        ):
            out.append((field.target.id.rstrip("_"), inspect.cleandoc(str(text.value.value))))
    return out


def schema(kind: File) -> dict[str, Any]:
    """The JSON Schema (2020-12) of one kind of file."""
    made = msgspec.json.schema(definition(kind))
    texts = descriptions()
    for name, table in made.get("$defs", {}).items():
        for key, item in table.get("properties", {}).items():
            if description := texts.get(name, {}).get(key):
                item["description"] = description
        if "checks" in table.get("properties", {}):
            table["properties"]["checks"]["propertyNames"] = {"enum": tunable()}
    out: dict[str, Any] = _widened(made, lenient=kind in {"page", "fragment"})
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **out}


def _widened(node: Any, *, lenient: bool) -> Any:
    """A date may have a time; in front matter one text may stand for a list of one."""
    if isinstance(node, list):
        return [_widened(item, lenient=lenient) for item in node]
    if not isinstance(node, dict):
        return node
    if node == _DATE:
        return {"type": "string", "anyOf": [{"format": "date"}, {"format": "date-time"}]}
    if lenient and node.items() >= _TEXTS.items() and "anyOf" not in node:
        rest = {key: item for key, item in node.items() if key not in _TEXTS}
        return {"anyOf": [_TEXTS, {"type": "string"}], **rest}
    return {key: _widened(item, lenient=lenient) for key, item in node.items()}


def tunable() -> list[str]:
    """The codes that `[checks]` may set."""
    return [code for code, known in CODES.items() if known.tunable]


def keys(kind: File) -> list[KeyText]:
    """Every key of one kind of file, nested ones dotted, in the order of the definitions."""
    return _rows(definition(kind), "", descriptions())


def _rows(table: type[msgspec.Struct], prefix: str, texts: dict[str, dict[str, str]]) -> list[KeyText]:
    rows = []
    for field in msgspec.structs.fields(table):
        key = prefix + field.encode_name
        rows.append(KeyText(key, wanted(field.type), _default(field), texts[table.__name__].get(field.encode_name, "")))
        for option in alternatives(field.type):
            if isinstance(option, type) and issubclass(option, msgspec.Struct):
                rows += _rows(option, key + ".", texts)
            elif get_origin(option) is dict:
                for each in alternatives(get_args(option)[1]):
                    if isinstance(each, type) and issubclass(each, msgspec.Struct):
                        rows += _rows(each, key + ".<name>.", texts)
    return rows


def _default(field: msgspec.structs.FieldInfo) -> str:
    default = field.default
    if default is msgspec.NODEFAULT and field.default_factory is not msgspec.NODEFAULT:
        default = field.default_factory()
    if default is None or default is UNSET or default is msgspec.NODEFAULT or isinstance(default, msgspec.Struct):
        return ""
    return json.dumps(default, ensure_ascii=False)
