"""The forms in which a Worker's files and versions travel to Cloudflare (RFC 7578), made file by file."""

import base64
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec

from mfe_static.deploy.cloudflare_upload import Load
from mfe_static.serve.media import media_type

_BOUNDARY = "mfe-static-6f0d1c3a52e94b7788"
MEDIA = f"multipart/form-data; boundary={_BOUNDARY}"
_END = f"--{_BOUNDARY}--\r\n".encode()


def version(metadata: Mapping[str, Any]) -> bytes:
    """What a version is made of."""
    head = f'--{_BOUNDARY}\r\nContent-Disposition: form-data; name="metadata"\r\n\r\n'.encode()
    return head + msgspec.json.encode(metadata) + b"\r\n" + _END


def files(bucket: Sequence[Load]) -> Iterator[bytes]:
    """The files of a bucket, in base64, so that no boundary can stand in them."""
    for load in bucket:
        before, after = _around(load)
        yield before
        yield base64.b64encode(load.item.read())
        yield after
    yield _END


def size(bucket: Sequence[Load]) -> int:
    """Bytes of `files`, without reading any."""
    around = sum(len(piece) for load in bucket for piece in _around(load)) + len(_END)
    return around + sum(4 * -(-load.item.size // 3) for load in bucket)


def _around(load: Load) -> tuple[bytes, bytes]:
    named = f'form-data; name="{load.mark}"; filename="{load.mark}"'
    media = media_type(load.item.path)
    return f"--{_BOUNDARY}\r\nContent-Disposition: {named}\r\nContent-Type: {media}\r\n\r\n".encode(), b"\r\n"
