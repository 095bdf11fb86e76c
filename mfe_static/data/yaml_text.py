"""YAML as plain data. The only importer of PyYAML, of which it takes libyaml's events and nothing else.

Reading must be quick (every page has front matter) and must not surprise: a key said twice is a problem, `no` stays
text, no tag runs anything, and neither aliases nor nesting can explode. So values are built here from events, in one
loop without recursion; PyYAML's own constructors are not used at all. Keys are text as written: `2024: x` has the key
"2024". `<<` merges mappings, as everywhere.
"""

import re
from collections.abc import Iterator
from typing import Any

from yaml._yaml import CParser
from yaml.error import MarkedYAMLError, YAMLError
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
)
from yaml.reader import ReaderError

from mfe_static.data.formats import Unreadable, said_twice
from mfe_static.data.places import DEPTH, Entry, Path, nearest
from mfe_static.data.scalars import plain
from mfe_static.patterns import compiled

ALIAS_LIMIT = 20_000
"""How many values aliases may add to those that are written out."""

_CORE = "tag:yaml.org,2002:"
_TAB = compiled(r"^ *\t", re.MULTILINE)
_QUOTES = "put the text in quotes"
_YAML_SAYS: tuple[tuple[str, str, str, bool], ...] = (
    # what libyaml says, what we say, a way out, whether the place is where the construct began
    ("mapping values are not allowed", 'a ":" stands where no key can be', 'put text that holds ": " in quotes', False),
    ("found character that cannot start", "{char} cannot begin a value", _QUOTES, False),
    ("did not find expected key", "a key should begin here", "check quotes and indentation", False),
    ("could not find expected ':'", 'the line has no ":" after its key', "check quotes and indentation", True),
    ("found unexpected end of stream", "the quote that opens here is never closed", "", True),
    ("did not find expected ',' or ']'", 'the "[" is never closed, or a comma is missing', "", True),
    ("did not find expected ',' or '}'", 'the "{" is never closed, or a comma is missing', "", True),
    ("did not find expected '-' indicator", 'a list item "- …" should begin here', "check the indentation", False),
    ("block sequence entries are not allowed", "a list cannot begin here", 'begin the "- …" on a new line', False),
    ("found unknown escape", "this is no escape within double quotes", "use single quotes", False),
    ("did not find expected alphabetic", "a word cannot begin with `*` or `&`", _QUOTES, True),
    ("found undefined tag handle", "tags are not supported", "", False),
    ("did not find expected node content", "a value is missing before {char}", _QUOTES, False),
    ("exceeded maximum nesting depth", f"values are nested deeper than {DEPTH}", "", False),  # libyaml's own bound
    ("did not find expected <document start>", "the text goes on after its end", "", False),
)


class _Open:
    """A list or mapping whose end has not been seen."""

    __slots__ = ("anchor", "event", "height", "key", "merged", "size", "value")

    def __init__(self, value: Any, event: Any) -> None:
        self.value = value
        self.event = event
        self.anchor: str | None = event.anchor
        self.key: str | None = None
        self.merged: list[dict[str, Any]] = []
        self.size = 1
        """How many values it holds with all aliases written out."""
        self.height = 1
        """How many levels it has."""


class _Builder:
    """Makes plain values of libyaml's events; a stack instead of recursion."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int, int]] = {}
        """Value, size and height of what aliases may name."""
        self.aliased = 0
        self.root: Any = None

    def build(self) -> Any:
        following = CParser(self.text).get_event
        following()
        if type(following()) is StreamEndEvent:
            return None
        while True:
            event = following()
            kind = type(event)
            if kind is ScalarEvent:
                self.scalar(event)
            elif kind is MappingStartEvent or kind is SequenceStartEvent:
                self.start(event, kind is MappingStartEvent)
            elif kind is MappingEndEvent or kind is SequenceEndEvent:
                self.end()
            elif kind is AliasEvent:
                self.alias(event)
            elif kind is DocumentEndEvent:
                event = following()
                if type(event) is StreamEndEvent:
                    return self.root
                raise _wrong("a second document begins here", event, "keep one document in the file")

    def scalar(self, event: Any) -> None:
        top = self.open[-1] if self.open else None
        value = (plain(event.value) if event.implicit[0] else event.value) if event.tag is None else _tagged(event)
        if top is not None and top.key is None and type(top.value) is dict:
            self.key(top, event)
            value = event.value
        else:
            self.add(top, value, 1, 0, event)
        if event.anchor is not None:
            self.anchors[event.anchor] = (value, 1, 0)

    def key(self, top: _Open, event: Any) -> None:
        key = event.value
        if key in top.value:
            path = (*(_step(item) for item in self.open[:-1]), key)
            first = nearest(yaml_entries(self.text, event.start_mark.index), path)
            raise said_twice(key, *_span(event), first.start if first else None)
        if not key and event.implicit[0]:
            raise _wrong('a key is missing before the ":"', event)
        top.key = key
        if key != "<<" or not event.implicit[0]:
            top.value[key] = None

    def add(self, top: _Open | None, value: Any, size: int, height: int, event: Any) -> None:
        if top is None:
            self.root = value
            return
        top.size += size
        if height >= top.height:
            top.height = height + 1
        if type(top.value) is list:
            top.value.append(value)
        elif top.key == "<<" and "<<" not in top.value:
            self.merge(top, value, event)
        else:
            top.value[top.key] = value
        top.key = None

    def merge(self, top: _Open, value: Any, event: Any) -> None:
        sources = value if isinstance(value, list) else [value]
        if not all(isinstance(source, dict) for source in sources):
            raise _wrong("`<<` takes a mapping, or a list of mappings", event)
        top.merged += sources

    def start(self, event: Any, mapping: bool) -> None:
        if event.tag is not None and event.tag not in {_CORE + ("map" if mapping else "seq"), "!"}:
            raise _unknown_tag(event)
        if self.open and self.open[-1].key is None and type(self.open[-1].value) is dict:
            raise _wrong("a key must be text", event, 'put text that begins with "{" or "[" in quotes')
        if len(self.open) >= DEPTH:
            raise _wrong(f"values are nested deeper than {DEPTH}", event)
        self.open.append(_Open({} if mapping else [], event))

    def end(self) -> None:
        done = self.open.pop()
        for source in done.merged:
            for key, value in source.items():
                done.value.setdefault(key, value)
        if done.anchor is not None:
            self.anchors[done.anchor] = (done.value, done.size, done.height)
        self.add(self.open[-1] if self.open else None, done.value, done.size, done.height, done.event)

    def alias(self, event: Any) -> None:
        if any(item.anchor == event.anchor for item in self.open):
            raise _wrong(f"the alias *{event.anchor} stands within what it names", event)
        if event.anchor not in self.anchors:
            raise _wrong(f"nothing is named &{event.anchor} above", event, 'put text that begins with "*" in quotes')
        value, size, height = self.anchors[event.anchor]
        top = self.open[-1]
        self.aliased += size
        if self.aliased > ALIAS_LIMIT:
            raise _wrong(f"aliases would add more than {ALIAS_LIMIT:,} values", event)
        if len(self.open) + height > DEPTH:
            raise _wrong(f"values are nested deeper than {DEPTH}", event)
        if top.key is None and type(top.value) is dict:
            raise _wrong("a key must be text, not an alias", event)
        self.add(top, value, size, height, event)


def _step(item: _Open) -> str | int:
    return len(item.value) if isinstance(item.value, list) else item.key or ""


def _span(event: Any) -> tuple[int, int]:
    return event.start_mark.index, event.end_mark.index


def _wrong(message: str, event: Any, hint: str = "") -> Unreadable:
    return Unreadable(message, *_span(event), hint=hint)


def _tagged(event: Any) -> Any:
    """A scalar with a tag: `!` and `!!str` make it text, the other tags of the core schema must fit."""
    tag = event.tag.removeprefix(_CORE)
    if tag in {"!", "str"}:
        return event.value
    if tag not in {"null", "bool", "int", "float"} or tag == event.tag:
        raise _unknown_tag(event)
    value = plain(event.value)
    if tag == "float" and type(value) is int:
        return float(value)
    if type(value).__name__.replace("NoneType", "null") != tag:
        raise _wrong(f'"{event.value}" does not fit its tag !!{tag}', event)
    return value


def _unknown_tag(event: Any) -> Unreadable:
    tag = event.tag
    name = "!!" + tag.removeprefix(_CORE) if tag.startswith(_CORE) else tag
    start = event.start_mark.index
    hint = "take the tag away, or put the text in quotes"
    return Unreadable(f"the tag {name} is not supported: only plain data is read", start, start + len(name), hint=hint)


def read_yaml(text: str) -> Any:
    """The value of a YAML document, None when it is empty; raises `Unreadable`."""
    try:
        return _Builder(text).build()
    except MarkedYAMLError as error:
        raise _yaml_error(text, error) from None
    except ReaderError as error:
        at = max(0, text.find(chr(error.character) if isinstance(error.character, int) else str(error.character)))
        raise Unreadable("a control character stands in the text", at) from None
    except YAMLError as error:
        raise Unreadable(str(error).splitlines()[0], 0) from None


def _yaml_error(text: str, error: MarkedYAMLError) -> Unreadable:
    at = error.problem_mark.index if error.problem_mark else 0
    began = error.context_mark.index if error.context_mark else at
    if found := _TAB.search(text, text.rfind("\n", 0, began) + 1, max(at, began) + 1):
        return Unreadable(
            "a tab stands in the indentation", found.end() - 1, hint="indent with blanks; YAML takes no tabs"
        )
    says = error.problem or ""
    for theirs, ours, hint, at_beginning in _YAML_SAYS:
        if says.startswith(theirs):
            char = text[at : at + 1]
            message = ours.replace("{char}", f"`{char}`" if char.strip() else "the end of the line")
            return Unreadable(message, _in_text(text, began if at_beginning else at), hint=hint)
    return Unreadable(says, _in_text(text, at))


def _in_text(text: str, at: int) -> int:
    """What is missing at the end is shown behind the last character, not on an empty line after it."""
    return min(at, len(text.rstrip()))


def yaml_entries(text: str, until: int | None = None) -> Iterator[Entry]:
    """All keys and items of a YAML document up to the offset `until`; what cannot be read ends it."""
    entries: list[Entry] = []
    levels: list[tuple[Path, bool, int]] = []
    """Path, whether it is a mapping, which entry it is the value of."""
    key: Entry | None = None
    counts: list[int] = []
    following = CParser(text).get_event
    try:
        while (event := following()) is not None:
            start, end = _span(event)
            if until is not None and start >= until:
                break
            kind = type(event)
            if kind is MappingEndEvent or kind is SequenceEndEvent:
                _, _, number = levels.pop()
                counts.pop()
                if number >= 0:
                    entries[number] = entries[number]._replace(value=(entries[number].value[0], end))
                continue
            if kind not in {ScalarEvent, AliasEvent, MappingStartEvent, SequenceStartEvent}:
                continue
            if levels and levels[-1][1] and key is None:
                key = Entry((*levels[-1][0], getattr(event, "value", "")), start, end, (start, end), "key")
                entries.append(key)
                continue
            path: Path = ()
            if key is not None:
                path = key.path
                entries[-1] = key._replace(value=(start, end))
            elif levels:
                path = (*levels[-1][0], counts[-1])
                counts[-1] += 1
                entries.append(Entry(path, start, end, (start, end), "key"))
            key = None
            if kind is MappingStartEvent or kind is SequenceStartEvent:
                levels.append((path, kind is MappingStartEvent, len(entries) - 1))
                counts.append(0)
    except YAMLError:
        pass
    return iter(entries)
