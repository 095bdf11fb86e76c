"""Bringing contents to Cloudflare: under a pass that lasts some minutes, by hashes, in buckets.

A content is named by BLAKE3 of its bytes in base64 and its file's extension, 16 bytes of it. The JSON of a bucket is
made while it is sent, file by file, so memory holds one file for each upload and not 40 MiB.

Source: packages/wrangler/src/pages/upload.ts of Cloudflare's workers-sdk.
"""

import base64
import contextlib
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

import msgspec
from blake3 import blake3

from mfe_static.deploy.host import Failed, Item, Mark, Plan
from mfe_static.deploy.http import Client, Refused
from mfe_static.deploy.marker import MARKER, made_item, marker
from mfe_static.deploy.wire import Body
from mfe_static.problems import problem
from mfe_static.serve.media import media_type

WORKERS = 3
"""Uploads side by side; this and the next as Cloudflare's command line has them."""
_BUCKET, _BUCKET_FILES = 40 * 1024 * 1024, 2000
_JSON = "application/json"

Value = TypeVar("Value")


class Result(msgspec.Struct, Generic[Value], frozen=True):
    """What each answer of Cloudflare's API stands in."""

    result: Value


class Load(NamedTuple):
    """A file that is to be brought."""

    mark: Mark
    item: Item


class _Jwt(msgspec.Struct, frozen=True):
    jwt: str


class _Claims(msgspec.Struct, frozen=True):
    exp: float = float("inf")
    max_file_count_allowed: int = 0


class Pass:
    """The right to bring files, asked for again when its time is over. Safe to share among threads."""

    def __init__(self, client: Client, project: str) -> None:
        """`project`: the path of its part of the API."""
        self._path, self._client = f"{project}/upload-token", client
        self._door = threading.Lock()
        self._jwt, self._until = "", 0.0

    def most(self) -> int:
        """How many files the account may have; 0: nobody says."""
        return _claims(self._token()).max_file_count_allowed

    def missing(self, marks: Iterable[Mark]) -> set[Mark]:
        """Which contents Cloudflare does not have. Raises `Failed`."""
        answer = self._asked("/pages/assets/check-missing", msgspec.json.encode({"hashes": sorted(marks)}))
        try:
            return set(msgspec.json.decode(answer, type=Result[list[str]]).result)
        except msgspec.DecodeError:
            raise Failed(problem("host-failed", "Cloudflare does not say which files it misses")) from None

    def upload(self, bucket: Sequence[Load]) -> None:
        """Bring some files. Raises `Failed`, and OSError."""
        size = 1 + sum(sum(map(len, _around(load))) + 4 * -(-load.item.size // 3) + 1 for load in bucket)
        self._asked("/pages/assets/upload", lambda: _pieces(bucket), size)

    def remember(self, marks: Iterable[Mark]) -> None:
        """Say that they are wanted. Without it they may have to be sent again some day, and nothing else happens."""
        with contextlib.suppress(Failed):
            self._asked("/pages/assets/upsert-hashes", msgspec.json.encode({"hashes": sorted(marks)}))

    def _asked(self, path: str, body: Body, size: int = 0) -> bytes:
        token = self._token()
        try:
            return self._client.ask("POST", path, body=body, size=size, media=_JSON, token=token).body
        except Refused as no:
            if no.status not in {401, 403}:
                raise
        with self._door:
            self._jwt = "" if self._jwt == token else self._jwt
        return self._client.ask("POST", path, body=body, size=size, media=_JSON, token=self._token()).body

    def _token(self) -> str:
        with self._door:
            if not self._jwt or self._until <= self._client.now() + 30:
                self._jwt = self._client.value(Result[_Jwt], "GET", self._path).result.jwt
                self._until = _claims(self._jwt).exp
            return self._jwt


def _claims(jwt: str) -> _Claims:
    """What a token says of itself (RFC 7519 §3)."""
    part = jwt.split(".")[1] if jwt.count(".") == 2 else ""
    with contextlib.suppress(ValueError, msgspec.DecodeError):
        return msgspec.json.decode(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)), type=_Claims)
    return _Claims()


def mark_of(path: str, content: bytes) -> Mark:
    """The name of a content; the extension is what follows the last dot of the file's name, but for a first one."""
    _, dot, extension = path.rpartition("/")[2].lstrip(".").rpartition(".")
    return blake3(base64.b64encode(content) + (extension if dot else "").encode()).hexdigest()[:32]


def marker_mark(plan: Plan) -> Mark:
    """The mark of a deployment's marker."""
    return mark_of(MARKER, marker(plan.release.id, plan.marks))


def loads_of(plan: Plan, rules: Collection[str]) -> Mapping[Mark, Load]:
    """One file for each content, in the order of the plan; the marker last. `rules`: files that are none."""
    ordered = {item.path: item for item in (*plan.upload, *plan.release.items.values()) if item.path not in rules}
    last = made_item(MARKER, marker(plan.release.id, plan.marks))
    out: dict[Mark, Load] = {}
    for mark, item in (*((plan.marks[path], item) for path, item in ordered.items()), (marker_mark(plan), last)):
        out.setdefault(mark, Load(mark, item))
    return out


def buckets(loads: Iterable[Load]) -> list[list[Load]]:
    """Largest first, dealt out in turn to the first bucket with room."""
    out: list[list[Load]] = [[] for _ in range(WORKERS)]
    room = [_BUCKET] * WORKERS
    for turn, load in enumerate(sorted(loads, key=lambda load: -load.item.size)):
        size = load.item.size
        turns = ((turn + offset) % len(out) for offset in range(len(out)))
        at = next((at for at in turns if room[at] >= size and len(out[at]) < _BUCKET_FILES), len(out))
        if at == len(out):
            out.append([])
            room.append(_BUCKET)
        out[at].append(load)
        room[at] -= size
    return [bucket for bucket in out if bucket]


def _pieces(bucket: Sequence[Load]) -> Iterator[bytes]:
    """The JSON of an upload."""
    between = b"["
    for load in bucket:
        before, after = _around(load)
        yield between + before
        yield base64.b64encode(load.item.read())
        yield after
        between = b","
    yield b"]"


def _around(load: Load) -> tuple[bytes, bytes]:
    """What stands around a file's content."""
    media = media_type(load.item.path).partition(";")[0]
    return (
        f'{{"base64":true,"key":"{load.mark}","value":"'.encode(),
        f'","metadata":{{"contentType":"{media}"}}}}'.encode(),
    )
