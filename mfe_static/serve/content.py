"""From a file to an answer of HTTP: conditional requests, ranges, encodings (RFC 9110 §12.5.3, §13, §14).

What is small is read whole, and its tag is the digest of the bytes that are sent: whatever changed a file, a client
never keeps old bytes under a new tag. What is large is sent in pieces, as it is, under a tag of size and time.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from mfe_static.digests import digest
from mfe_static.serve.encoding import SMALLEST, Packed, chosen, compressed, offered
from mfe_static.serve.media import media_type, shrinks
from mfe_static.serve.ranges import part
from mfe_static.serve.view import File, opened

SMALL = 16 * 1024 * 1024
"""Bytes of a file that are read at once; no page is larger."""
_QUICK = 256 * 1024
"""Bytes that are read in less time than handing the work to a thread takes, which doubles that of a page."""
_PIECE = 256 * 1024

Transform = Callable[[Request, str, bytes], bytes]
"""Changes a page before it is sent: told the request, the URL path of the page's file, and its HTML."""


class Content(NamedTuple):
    """What a file holds."""

    tag: str
    size: int
    whole: bytes | None
    """None: it is large."""


class Contents:
    """Answers with the content of files, and remembers what it compressed."""

    def __init__(self, transform: Transform | None) -> None:
        self._transform = transform
        self._encodings = offered()
        self._packed = Packed()

    async def answer(
        self, request: Request, status: int, path: str, file: File, headers: Mapping[str, str]
    ) -> Response:
        """The file at a URL path, as the client wants it. Raises OSError where it is not there any more."""
        media = media_type(path)
        content = _read(file, _QUICK)
        if _QUICK < content.size <= SMALL:
            content = await run_in_threadpool(_read, file, SMALL)
        if self._transform and media.startswith("text/html") and content.whole is not None:
            whole = self._transform(request, path, content.whole)
            content = Content(digest(whole), len(whole), whole)
        out = {"content-type": media, **headers, "accept-ranges": "bytes"}
        encoding = ""
        if content.whole is not None and shrinks(media) and content.size >= SMALLEST:
            out["vary"] = ", ".join(filter(None, (out.get("vary"), "Accept-Encoding")))
            if "range" not in request.headers:
                encoding = chosen(request.headers.get("accept-encoding", ""), self._encodings)
        tag = f'"{content.tag}-{encoding}"' if encoding else f'"{content.tag}"'
        if status == 200:
            out["etag"] = tag
            if _known(request.headers.get("if-none-match", ""), tag):
                del out["content-type"], out["accept-ranges"]
                return Response(status_code=304, headers=out)
        if encoding:
            assert content.whole is not None
            return await self._encoded(request, status, content.whole, tag, encoding, out)
        return _whole_or_part(request, status, file, content, tag, out)

    async def _encoded(
        self, request: Request, status: int, content: bytes, tag: str, encoding: str, headers: dict[str, str]
    ) -> Response:
        body = self._packed.get(tag)
        if body is None:
            body = await run_in_threadpool(compressed, content, encoding)
            self._packed.put(tag, body)
        headers["content-encoding"] = encoding
        return _bytes(request, status, body, headers)


def _whole_or_part(
    request: Request, status: int, file: File, content: Content, tag: str, headers: dict[str, str]
) -> Response:
    wanted = range(content.size)
    if status == 200 and request.method == "GET" and request.headers.get("if-range", tag) == tag:
        found = part(request.headers.get("range", ""), content.size)
        if found == "none":
            headers["content-range"] = f"bytes */{content.size}"
            return Response(status_code=416, headers=headers)
        if isinstance(found, range):
            status, wanted = 206, found
            headers["content-range"] = f"bytes {found.start}-{found.stop - 1}/{content.size}"
    if content.whole is not None:
        return _bytes(request, status, content.whole[wanted.start : wanted.stop], headers)
    headers["content-length"] = str(len(wanted))
    pieces = _pieces(file, wanted) if request.method != "HEAD" else iter(())
    return StreamingResponse(pieces, status, headers)


def _bytes(request: Request, status: int, body: bytes, headers: dict[str, str]) -> Response:
    headers["content-length"] = str(len(body))
    return Response(b"" if request.method == "HEAD" else body, status, headers)


def _read(file: File, limit: int) -> Content:
    """What the file holds, unless it is larger than `limit`. Raises OSError."""
    with opened(file) as found:
        status = os.fstat(found)
        if status.st_size > limit:
            return Content(digest(f"{file.digest} {status.st_size} {status.st_mtime_ns}"), status.st_size, None)
        with open(found, "rb", closefd=False) as stream:
            whole = stream.read()
    return Content(digest(whole), len(whole), whole)


def _pieces(file: File, wanted: range) -> Iterator[bytes]:
    with opened(file) as found:
        for start in range(wanted.start, wanted.stop, _PIECE):
            yield os.pread(found, min(_PIECE, wanted.stop - start), start)


def _known(header: str, tag: str) -> bool:
    """Whether the client has what has this tag (RFC 9110 §13.1.2; compared weakly)."""
    return header.strip() == "*" or tag in (item.strip().removeprefix("W/") for item in header.split(","))
