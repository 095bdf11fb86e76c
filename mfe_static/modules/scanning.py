"""What a JavaScript module imports and exports, which custom elements it defines and which events it listens to, found
by a parser that knows the language (tree-sitter), never by searching text.

Only what is written as a literal can be known before it runs; `import(name)` is left to whoever wrote it. The parser
goes on behind what it does not understand, so newer syntax elsewhere hides no import; where it would, in what is
imported itself, the parser is given an older form.
"""

import re
from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING

from mfe_static.digests import fingerprint, module_integrity
from mfe_static.kept import Element, Import, Listener, Scan
from mfe_static.patterns import compiled

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Parser, Query

_SOUGHT = """
    (import_statement) @speaks
    (export_statement) @speaks
    (import_statement source: (string) @static)
    (export_statement source: (string) @static)
    (export_statement "default" @exported)
    (export_statement "*" @exported)
    (export_statement declaration: (_ name: (_) @exported))
    (export_statement declaration: (_ (variable_declarator name: (_) @exported)))
    (export_specifier name: (_) @exported !alias)
    (export_specifier alias: (_) @exported)
    (namespace_export (_) @exported)
    (call_expression function: (import) arguments: (arguments) @dynamic)
    (call_expression
        function: (member_expression object: (_) @registry property: (property_identifier) @verb)
        arguments: (arguments . (string) @element)
        (#match? @registry "(^|[.])customElements$") (#eq? @verb "define"))
    (decorator (call_expression
        function: (identifier) @mark
        arguments: (arguments . (string) @element)
        (#eq? @mark "customElement")))
    (call_expression function: [(identifier) @how (member_expression property: (property_identifier) @how)]
        arguments: (arguments . [(string) (template_string) (identifier)] @heard) (#eq? @how "addEventListener"))
    (new_expression constructor: (identifier) @what
        arguments: (arguments . [(string) (template_string) (identifier)] @told) (#any-of? @what "CustomEvent" "Event"))
    (lexical_declaration "const" (variable_declarator name: (identifier) value: [(string) (template_string)] @constant))
    (for_in_statement left: (identifier) right: (array [(string) (template_string)] @listed))
"""
_CLAUSE = compiled(
    r"(?a)\b((?:import|export)\s*(?:[\w$]+\s*,\s*)?(?:\{[^{}]*\}|\*(?:\s*as\s+[\w$]+)?))"
    r"(?:(\s*from\s*(?:\"[^\"\n]*\"|'[^'\n]*')\s*)(with\s*\{[^{}]*\})?)?"
)
"""What a module imports or exports by name, from where, and with which attributes."""
_RESERVED = compiled(
    r"(?a)\b(?:break|case|catch|class|const|continue|debugger|delete|do|else|enum|export|extends|false|finally|for|"
    r"function|if|import|in|instanceof|new|null|return|super|switch|this|throw|true|try|typeof|var|void|while|with)\b"
)
_INK = compiled(r"\S")
_NO_ESCAPE = compiled(r"\\(?:u(?![0-9A-Fa-f]{4}|\{[0-9A-Fa-f]+\})|x(?![0-9A-Fa-f]{2}))")
"""What only a tagged template may hold (``String.raw`\\underline{a}` ``)."""
_NAME = compiled(r"[\w$]+|\*")
_EVENT = compiled(r"[a-z][a-z0-9-]*+:[^\s:]++")
_WORDS = (b"import", b"export", b"customElement", b"EventListener", b"Event(")
"""A module without any of them holds nothing that is sought."""
_ESCAPE = compiled(r"\\(?:u\{([0-9A-Fa-f]{1,6})\}|u([0-9A-Fa-f]{4})|x([0-9A-Fa-f]{2})|(\r\n|.))", re.DOTALL)
_MEANING = {"n": "\n", "t": "\t", "r": "\r", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_CONTINUED = frozenset({"\n", "\r", "\r\n", "\u2028", "\u2029"})
_LAST = 0x10FFFF
_PLAIN = frozenset("number string template_string regex array object true false null undefined".split())
"""What a constant is that no page can call."""


def scanned(data: bytes) -> Scan:
    """All that is known of a module by its bytes."""
    speaks, imports, elements = False, tuple[Import, ...](), tuple[Element, ...]()
    listeners, dispatched, exports = tuple[Listener, ...](), tuple[str, ...](), tuple[str, ...]()
    broken = None
    if any(word in data for word in _WORDS):
        from tree_sitter import QueryCursor

        root = _parser().parse(data).root_node
        if root.has_error:
            root = _parser().parse(_older(data)).root_node
        found = QueryCursor(_query()).captures(root)
        speaks = "speaks" in found
        imports = tuple(sorted(_imports(data, found), key=lambda it: (it.line, it.column)))
        elements = tuple(
            Element(*_literal(data, node)) for node in sorted(found.get("element", ()), key=lambda its: its.start_byte)
        )
        listeners = tuple(sorted(_listeners(data, found), key=lambda it: (it.line, it.column)))
        dispatched = tuple(sorted({event for event, _ in _events(data, found, "told")}))
        exports = tuple(sorted(_exports(data, found)))
        broken = _broken(data, root) if root.has_error else None
    return Scan(
        size=len(data),
        fingerprint=fingerprint(data),
        integrity=module_integrity(data),
        imports=imports,
        elements=elements,
        listeners=listeners,
        dispatched=dispatched,
        exports=exports,
        broken=broken,
        common=not speaks and any(word in data for word in (b"module.exports", b"exports.", b"require(")),
    )


@cache
def _language() -> "Language":
    import tree_sitter
    import tree_sitter_javascript

    return tree_sitter.Language(tree_sitter_javascript.language())


@cache
def _parser() -> "Parser":
    import tree_sitter

    return tree_sitter.Parser(_language())


@cache
def _query() -> "Query":
    import tree_sitter

    return tree_sitter.Query(_language(), _SOUGHT)


def _older(data: bytes) -> bytes:
    """The same, every letter in its place, without what tree-sitter-javascript 0.25 does not read: names that are
    reserved words (`export { remove as delete }`), attributes behind `export … from`, and what is no escape."""

    def plain(clause: re.Match[str]) -> str:
        names = _RESERVED.sub(lambda word: "_" * len(word[0]), clause[1][6:])
        return clause[1][:6] + names + (clause[2] or "") + _INK.sub(" ", clause[3] or "")

    return _NO_ESCAPE.sub("__", _CLAUSE.sub(plain, data.decode("latin-1"))).encode("latin-1")


def _imports(data: bytes, found: "dict[str, list[Node]]") -> Iterator[Import]:
    static = [(node, False) for node in found.get("static", ())]
    for node, dynamic in (*static, *((_first(call), True) for call in found.get("dynamic", ()))):
        if node is None or node.type not in {"string", "template_string"}:
            continue
        if any(child.type == "template_substitution" for child in node.children):
            continue
        yield Import(*_literal(data, node), dynamic)


def _exports(data: bytes, found: "dict[str, list[Node]]") -> set[str]:
    """Names under which something is exported that may be called; of a pattern (`const { a, b: c } = …`) all that
    stand in it."""
    nodes = (node for node in found.get("exported", ()) if not _unnamed(node) and not _plain(node))
    return {name for node in nodes for name in _NAME.findall(_raw(data, node).decode("utf-8", "replace"))}


def _unnamed(node: "Node") -> bool:
    """Whether this is the name of what is exported as `default`, by which no other module knows it."""
    above = node.parent and node.parent.parent
    return above is not None and above.type == "export_statement" and any(it.type == "default" for it in above.children)


def _plain(node: "Node") -> bool:
    """Whether this names a constant that is text, a number, a list …"""
    said = node.parent and node.parent.child_by_field_name("value")
    above = node.parent and node.parent.parent
    kind = above and above.child_by_field_name("kind")
    constant = kind is not None and kind.type == "const" and node.type == "identifier"
    return constant and said is not None and said.type in _PLAIN


def _broken(data: bytes, root: "Node") -> tuple[int, int]:
    """Where the first thing stands that is not understood, or is missing."""
    node = root
    while not (node.is_error or node.is_missing):
        within = next((child for child in node.children if child.has_error), None)
        if within is None:
            break
        node = within
    _, line, column, _ = _literal(data, node)
    return line, column - 1


def _listeners(data: bytes, found: "dict[str, list[Node]]") -> Iterator[Listener]:
    for event, node in _events(data, found, "heard"):
        _, line, column, length = _literal(data, node)
        unquoted = node.type == "identifier"
        yield Listener(event, line, column - unquoted, length + 2 * unquoted)


def _events(data: bytes, found: "dict[str, list[Node]]", kind: str) -> Iterator[tuple[str, "Node"]]:
    """The names of events that are said there: as they are, by a constant of the module, or by a loop over them."""
    meant: dict[bytes, list[tuple[Node, Node | None]]] = {}
    """What a name may stand for, and what is at fault then; None: who says the name."""
    for node in (*found.get("constant", ()), *found.get("listed", ())):
        above = node.parent
        listed = above.parent if above and above.type == "array" else None
        name = listed.child_by_field_name("left") if listed else above and above.child_by_field_name("name")
        if name:
            meant.setdefault(_raw(data, name), []).append((node, node if listed else None))
    for node in found.get(kind, ()):
        for said, fault in meant.get(_raw(data, node), ()) if node.type == "identifier" else ((node, None),):
            filled = any(child.type == "template_substitution" for child in said.children)
            if not filled and _EVENT.fullmatch(event := _literal(data, said)[0]):
                yield event, fault or node


def _raw(data: bytes, node: "Node") -> bytes:
    return data[node.start_byte : node.end_byte]


def _literal(data: bytes, node: "Node") -> tuple[str, int, int, int]:
    """What a string says, and its line, column and length, without quotes."""
    row, column = node.start_point
    before = data[node.start_byte - column : node.start_byte].decode("utf-8", "replace")
    text = data[node.start_byte + 1 : node.end_byte - 1].decode("utf-8", "replace")
    return _ESCAPE.sub(_unescaped, text), row + 1, len(before) + 2, max(1, len(text))


def _first(arguments: "Node") -> "Node | None":
    return next((node for node in arguments.named_children if node.type != "comment"), None)


def _unescaped(escape: re.Match[str]) -> str:
    """A character as an escape in a string writes it (ECMAScript §12.9.4)."""
    digits = escape[1] or escape[2] or escape[3]
    if digits:
        return chr(min(int(digits, 16), _LAST))
    return "" if escape[4] in _CONTINUED else _MEANING.get(escape[4], escape[4])
