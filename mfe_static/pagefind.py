"""The search index, made by Pagefind. The only room that knows it.

Pagefind (MIT) is a program: it reads HTML and writes files, of which a browser loads the few that a search needs.
PyPI has it as `pagefind-bin`, with wheels for Linux, macOS and Windows, and as `pagefind-bin-extended`, which also
parts Chinese, Japanese and Thai into words. Its package `pagefind` is not used: it asks for each page's answer only
every tenth of a second. So we speak with the program as that package does: base64 of JSON, and a comma behind it.

Pages are handed over one by one, in an order of ours, never by a folder, whose order depends on the file system: then
the same pages give the same files, but for orders in one of them, which are put right here. Its filters would give
other bytes each time, so none are used; instead we tell what it calls each page, and whoever wants may choose by that.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import subprocess

_PACKAGES = ("pagefind_bin_extended", "pagefind_bin")
"""The better one first."""
_ENTRY = "pagefind-entry.json"
_PROGRAM = ("pagefind.js", "pagefind-worker.js")
_INDEX = (".pf_meta", ".pf_index", ".pf_fragment", ".pagefind")
"""Ends of the names of what the program loads; the rest are user interfaces, of which we have our own."""
_PATIENCE = 120.0
"""Seconds for one answer; the longest is the last, which makes all files."""


class Failed(Exception):
    """Pagefind did not make an index; why is its text."""


class Index(NamedTuple):
    """What Pagefind made."""

    files: Mapping[str, bytes]
    """By path, sorted."""
    names: Mapping[str, str]
    """What it calls the result that leads to a URL (`id`, for its users)."""


class Document(NamedTuple):
    """A page as it is indexed."""

    url: str
    html: str


def installed() -> bool:
    """Whether Pagefind is there."""
    return any(find_spec(name) is not None for name in _PACKAGES)


def indexed(documents: Iterable[Document]) -> Index:
    """An index of these documents. Raises `Failed`."""
    import base64

    try:
        with _started() as program:
            index = _told(program, {"type": "NewIndex", "config": {}})["index_id"]
            for url, html in documents:
                _told(program, {"type": "AddFile", "index_id": index, "url": url, "file_contents": html})
            files = _told(program, {"type": "GetFiles", "index_id": index})["files"]
            made = {file["path"]: base64.b64decode(file["content"]) for file in files}
            made[_ENTRY] = _in_order(made[_ENTRY])
            names = dict(_named(path, made[path]) for path in sorted(made) if path.endswith(".pf_fragment"))
    except (OSError, EOFError, ValueError, LookupError, TypeError, ImportError) as error:
        raise Failed(f"its answer was not understood: {error!r}") from error
    return Index({path: content for path, content in sorted(made.items()) if _wanted(path)}, names)


def _wanted(path: str) -> bool:
    return path == _ENTRY or path in _PROGRAM or path.endswith(_INDEX)


def _named(path: str, fragment: bytes) -> tuple[str, str]:
    """The URL of a page, and its name: that of the file with what is shown of it, which is JSON behind a few bytes."""
    import gzip
    import json

    content = gzip.decompress(fragment)
    return json.loads(content[content.index(b"{") :])["url"], path.rpartition("/")[2].removesuffix(".pf_fragment")


def _in_order(entry: bytes) -> bytes:
    import json

    said = json.loads(entry)
    said["languages"] = dict(sorted(said["languages"].items()))
    said["include_characters"] = sorted(said.get("include_characters", ()))
    return json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()


@contextlib.contextmanager
def _started() -> "Iterator[subprocess.Popen[bytes]]":
    import importlib
    import subprocess

    package = next(name for name in _PACKAGES if find_spec(name) is not None)
    binary = str(importlib.import_module(package).get_executable())
    program = subprocess.Popen(  # noqa: S603  of a package that the user installed
        [binary, "--service"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, bufsize=0
    )
    try:
        yield program
    finally:
        program.kill()
        program.communicate()


def _told(program: "subprocess.Popen[bytes]", payload: Mapping[str, Any]) -> dict[str, Any]:
    """What the program answers. It is told nothing more before it has, so neither waits for the other to read."""
    import base64
    import json
    import select

    assert program.stdin is not None and program.stdout is not None
    message = base64.b64encode(json.dumps({"message_id": 1, "payload": payload}).encode()) + b","
    left = memoryview(message)
    while left:
        left = left[program.stdin.write(left) or 0 :]
    parts: list[bytes] = []
    while not parts or not parts[-1].endswith(b","):
        if not select.select([program.stdout], [], [], _PATIENCE)[0]:
            raise Failed(f"it did not answer for {_PATIENCE:.0f} seconds")
        part = program.stdout.read(1 << 20)
        if not part:
            raise Failed(f"it ended with the code {program.wait()}")
        parts.append(part)
    answer: dict[str, Any] = json.loads(base64.b64decode(b"".join(parts)[:-1]))["payload"]
    if answer["type"] == "Error":
        raise Failed(str(answer["message"]))
    return answer
