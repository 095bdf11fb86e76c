"""Front matter: what a page or fragment says of itself above its text.

Between two lines `---` stands YAML, between two lines `+++` TOML; the first must be the file's first line. Lines are
counted from the top of the file, so that a problem is where the editor shows it. All that is wrong is said at once.
"""

from typing import Any, Literal, TypeVar

import msgspec

from mfe_static.data import Parsed, parse
from mfe_static.data.keys import Fault, read
from mfe_static.patterns import pattern
from mfe_static.problems import Problem, did_you_mean, problem
from mfe_static.settings import FragmentMatter, FrontMatterSettings, PageMatter

T = TypeVar("T", PageMatter, FragmentMatter)
Unknown = Literal["error", "warn", "extra"]

_OPENING = r"(---|\+\+\+)[ \t]*(?:\n|\Z)"
_CLOSING = {
    "---": r"\n---[ \t]*(?:\n|\Z)",
    "+++": r"\n\+\+\+[ \t]*(?:\n|\Z)",
}
"""To be looked for from the end of the opening line on."""
_ELSEWHERE = {
    "lastmod": "updated",
    "modified": "updated",
    "publishDate": "publish",
    "publishdate": "publish",
    "expiryDate": "expires",
    "url": "path",
    "permalink": "path",
    "template": "layout",
    "type": "layout",
    "lang": "language",
    "redirect_from": "aliases",
    "pagination": "paginate",
}
"""What other generators call our keys."""

_LATE = r"\s*\n(---|\+\+\+)[ \t]*\n[A-Za-z_][\w-]*[ \t]*[:=].*\n(?:.*\n)*?\1[ \t]*(?:\n|\Z)"
"""Front matter below empty lines, as its author must have meant it."""
_UNOPENED = (
    r"([A-Za-z_][\w-]*)[ \t]*[:=](?:[ \t].*)?\n"
    r"(?:(?:[A-Za-z_][\w-]*[ \t]*[:=]|[ \t]+\S|[-#] ).*\n)*+(---|\+\+\+)[ \t]*(?:\n|\Z)"
)
"""Keys and values that only a line below them says to be front matter; in Markdown they are a heading then."""


class Split(msgspec.Struct, frozen=True):
    """A source file, cut behind its front matter."""

    kind: Literal["yaml", "toml", ""]
    """Empty: there is none."""
    matter: str
    """The text between the two lines, which begins on line 2."""
    body: str
    body_line: int
    """1-based line of the file that the body begins on."""


def split(text: str, shown: str) -> Split | Problem:
    """Cut front matter off; a first line `---` opens it even where a thematic break was meant, as everywhere."""
    opening = pattern(_OPENING).match(text) if text.startswith(("---", "+++")) else None
    if opening is None and (late := pattern(_LATE).match(text)):
        line = text.count("\n", 0, late.start(1)) + 1
        message = "front matter begins on the first line of the file, or it is text"
        hint = "take away the empty lines above it"
        return problem("bad-front-matter", message, file=shown, line=line, column=1, length=3, hint=hint)
    if opening is None:
        return Split("", "", text, 1)
    mark = opening[1]
    closing = pattern(_CLOSING[mark]).search(text, opening.end() - 1)
    if closing is None:
        hint = f"end it with a line `{mark}`"
        if mark == "---":
            hint += "; for a thematic break on the first line write `***`"
        message = f"the front matter that `{mark}` opens is never closed"
        return problem("unclosed-front-matter", message, file=shown, line=1, column=1, length=3, hint=hint)
    matter = text[opening.end() : closing.start() + 1]
    return Split("yaml" if mark == "---" else "toml", matter, text[closing.end() :], matter.count("\n") + 3)


def lines_above(line: int) -> str:
    """What stands for front matter above a template that begins at `line`: lines that count, but print nothing."""
    return "{#" + "\n" * (line - 2) + "-#}\n" if line > 1 else ""


def page_matter(text: str, shown: str, settings: FrontMatterSettings) -> tuple[PageMatter, str, int, list[Problem]]:
    """A page's front matter, its body, the body's first line, and all problems.

    A key that is wrong keeps its default. Where front matter is never closed there is no body.
    """
    return _matter(PageMatter, text, shown, settings.unknown)


def fragment_matter(text: str, shown: str) -> tuple[FragmentMatter, str, int, list[Problem]]:
    """The same for a fragment."""
    return _matter(FragmentMatter, text, shown, "error")


def _matter(kind: type[T], text: str, shown: str, unknown: Unknown) -> tuple[T, str, int, list[Problem]]:
    cut = split(text, shown)
    if isinstance(cut, Problem):
        return kind(), "", 1, [cut]
    if not cut.kind or not cut.matter:
        return kind(), cut.body, cut.body_line, [] if cut.kind else _unopened(kind, text, shown)
    parsed = parse(cut.matter, cut.kind, shown, first_line=2, code="bad-front-matter")
    if isinstance(parsed, Problem):
        return kind(), cut.body, cut.body_line, [parsed]
    value, problems = _read(kind, parsed, shown, unknown)
    return value, cut.body, cut.body_line, problems


def _unopened(kind: type[msgspec.Struct], text: str, shown: str) -> list[Problem]:
    """That front matter lacks its first line, where the text begins with a key that we know."""
    found = pattern(_UNOPENED).match(text)
    if found is None or found[1] not in {*kind.__struct_fields__, *_ELSEWHERE}:
        return []
    message, hint = "this is text, as nothing opens it as front matter", f"write a line `{found[2]}` above it"
    wrong = problem("bad-front-matter", message, file=shown, line=1, column=1, length=len(found[1]), hint=hint)
    return [msgspec.structs.replace(wrong, severity="warning")]  # it may be a heading, after all


def _read(kind: type[T], parsed: Parsed, shown: str, unknown: Unknown) -> tuple[T, list[Problem]]:
    table = {} if parsed.value is None else parsed.value
    if not isinstance(table, dict):
        what = "a list" if isinstance(table, list) else "a text"
        message = f"front matter must be keys with values, not {what}"
        return kind(), [
            problem("bad-front-matter", message, file=shown, line=2, column=1, hint='such as "title: Start"')
        ]
    free: dict[str, Any] = {}
    if unknown != "error":
        ours = _ours(kind, table)
        free = {key: item for key, item in table.items() if key not in ours}
    known = {key: item for key, item in table.items() if key not in free} if free else table
    faults: list[Fault] = []
    try:
        value = msgspec.convert(known, kind, strict=True)
    except msgspec.ValidationError:
        value, faults = read(kind, known, written=parsed.written)
    problems = [_problem(fault, parsed, shown) for fault in faults]
    if free:
        value = msgspec.structs.replace(value, extra=free | value.extra)
        if unknown == "warn":
            problems += [_kept(key, parsed, shown, kind.__struct_fields__) for key in free]
    return value, problems


def _ours(kind: type[T], table: dict[str, Any]) -> set[str]:
    """The keys we know; `params` of a page that is not made by `each` is another generator's word for free keys."""
    ours = set(kind.__struct_fields__)
    return ours - {"params"} if kind is PageMatter and "each" not in table else ours


def _problem(fault: Fault, parsed: Parsed, shown: str, free: str = "free keys go under `extra`") -> Problem:
    place = parsed.place(fault.path, value=fault.code == "bad-value")
    hint = fault.hint
    if fault.code == "unknown-key" and len(fault.path) == 1:
        ours = _ELSEWHERE.get(str(fault.path[0]), "")
        hint = f'here it is called "{ours}"' if ours else hint or free
    return problem(
        fault.code,
        fault.message,
        file=shown,
        line=place.line,
        column=place.column,
        length=place.length,
        hint=hint,
    )


def _kept(key: str, parsed: Parsed, shown: str, known: tuple[str, ...]) -> Problem:
    fault = Fault((key,), "unknown-key", f'unknown key "{key}", kept under `extra`', did_you_mean(key, known))
    return msgspec.structs.replace(_problem(fault, parsed, shown, free=""), severity="warning")
