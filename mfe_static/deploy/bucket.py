"""A bucket of an S3-compatible store: the one module that knows obstore.

Requests are signed and repeated by obstore, where that is safe. Writing under a condition is not: when the answer is
lost, nobody knows who won. So after each such failure the object is read, and its content, which is unique, tells.
"""

import contextlib
import datetime
import functools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import obstore
from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError
from obstore.store import S3Store

from mfe_static.deploy.host import Failed
from mfe_static.hosting import S3Settings
from mfe_static.problems import problem

if TYPE_CHECKING:
    from obstore.store import S3Config

PATIENCE = 30.0
"""Seconds for one request; one that stalls is sent again. What is large has twenty times as long."""
_LARGE = 128 * 1024
TRIES = 5
PAUSE = datetime.timedelta(seconds=0.2)
"""Before the second attempt; then twice as long each time."""
_AT_ONCE = 16
"""Requests."""
_LISTED = 1000
"""Objects that a store lists in one answer."""

Work = TypeVar("Work")
Result = TypeVar("Result")


class Got(NamedTuple):
    """An object."""

    content: bytes
    tag: str
    """Changes with the content."""
    modified: datetime.datetime
    """By the store's clock."""
    encoding: str


class Listed(NamedTuple):
    """An object, as it is listed."""

    size: int
    tag: str
    modified: datetime.datetime


class Bucket:
    """Whatever the store refuses is `Failed`; secrets are in no message."""

    def __init__(self, settings: S3Settings, environ: Mapping[str, str]) -> None:
        token = environ.get("AWS_SESSION_TOKEN", "")
        self._shown = settings.bucket
        self._secrets = [secret for secret in (environ["AWS_SECRET_ACCESS_KEY"], token) if secret]
        config: S3Config = {
            "access_key_id": environ["AWS_ACCESS_KEY_ID"],
            "secret_access_key": environ["AWS_SECRET_ACCESS_KEY"],
            "region": settings.region,
            "virtual_hosted_style_request": not settings.endpoint,
            "checksum_algorithm": "SHA256",
        }
        if token:
            config["session_token"] = token
        if settings.endpoint:
            config["endpoint"] = settings.endpoint
        self._config, self._plain = config, settings.endpoint.startswith("http:")
        self._store = self._opened(PATIENCE)

    def _opened(self, seconds: float) -> S3Store:
        return S3Store(
            self._shown,
            config=self._config,
            client_options={"allow_http": self._plain, "timeout": datetime.timedelta(seconds=seconds)},
            retry_config={
                "max_retries": TRIES,
                "backoff": {"init_backoff": PAUSE, "max_backoff": 100 * PAUSE, "base": 2},
                "retry_timeout": datetime.timedelta(seconds=4 * seconds),
            },
        )

    @functools.cached_property
    def _patient(self) -> S3Store:
        """For what is large; opened when there is any."""
        return self._opened(20 * PATIENCE)

    def get(self, key: str) -> Got | None:
        """An object; None where there is none."""
        try:
            with self._refused("get", key):
                found = self._again(lambda: obstore.get(self._store, key))
                meta, encoding = found.meta, found.attributes.get("Content-Encoding", "")
                return Got(bytes(found.bytes()), meta["e_tag"] or "", meta["last_modified"], encoding)
        except FileNotFoundError:
            return None

    def put(self, key: str, content: bytes, attributes: Mapping[str, str]) -> None:
        """Write an object, whatever there is."""
        store = self._patient if len(content) > _LARGE else self._store
        with self._refused("put", key):
            self._again(lambda: obstore.put(store, key, content, attributes=dict(attributes), use_multipart=False))

    def swap(self, key: str, content: bytes, tag: str) -> str | None:
        """Write an object that still has this tag, or, with an empty one, is not there yet. Its new tag; None: somebody
        else was faster. `content` has to be nobody else's."""
        last: Exception | None = None
        for _ in range(TRIES):
            try:
                done = obstore.put(self._store, key, content, mode={"e_tag": tag} if tag else "create")
                return done["e_tag"] or ""
            except (BaseError, FileNotFoundError) as error:
                last = error
            found = self.get(key)
            if found and found.content == content:
                return found.tag
            if (found.tag if found else "") != tag:
                return None
        raise self._failed("put", key, last)

    def copy(self, start: str, to: str) -> None:
        """Copy an object, with all that is sent with it."""
        with self._refused("copy", start):
            self._again(lambda: obstore.copy(self._store, start, to))

    def delete(self, keys: Sequence[str]) -> None:
        """Remove objects; what is not there is fine."""
        for at in range(0, len(keys), _LISTED):
            with self._refused("delete", keys[at]):
                part = list(keys[at : at + _LISTED])
                self._again(lambda part=part: obstore.delete(self._store, part))  # type: ignore[misc]

    def listed(self, prefix: str) -> dict[str, Listed]:
        """All objects whose keys begin with a prefix, which ends with a slash or is empty, by what follows it."""
        with self._refused("list", prefix):
            return self._again(lambda: dict(self._list(prefix)))

    def each(self, work: Callable[[Work], object], on: Iterable[Work], told: Callable[[int], None]) -> None:
        """Do the work on all, some at once; the first failure ends it, and nothing runs on behind it."""
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            waiting = {pool.submit(work, each) for each in on}
            done = 0
            try:
                while waiting:
                    ready, waiting = wait(waiting, timeout=0.5, return_when=FIRST_EXCEPTION)
                    for future in ready:
                        future.result()
                    done += len(ready)
                    told(done)
            finally:
                pool.shutdown(cancel_futures=True)

    def _list(self, prefix: str) -> Iterator[tuple[str, Listed]]:
        for chunk in obstore.list(self._store, prefix or None, chunk_size=_LISTED):
            for found in chunk:
                path = found["path"].removeprefix(prefix)
                yield path, Listed(found["size"], found["e_tag"] or "", found["last_modified"])

    def _again(self, work: Callable[[], Result]) -> Result:
        """Once more what was refused without a reason that lasts."""
        try:
            return work()
        except (PermissionDeniedError, UnauthenticatedError):
            raise
        except BaseError:
            return work()

    @contextlib.contextmanager
    def _refused(self, what: str, key: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if "NoSuchBucket" in str(error) or what not in {"get", "delete"}:
                raise self._failed(what, key, error) from None
            raise
        except BaseError as error:
            raise self._failed(what, key, error) from None

    def _failed(self, what: str, key: str, error: Exception | None) -> Failed:
        text = str(error)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        if "NoSuchBucket" in text:
            return Failed(
                problem("host-refused", f"there is no bucket {self._shown}", hint="make it, or mend its name")
            )
        why = " ".join(text.partition("\n")[0].split())[:300]
        denied = isinstance(error, PermissionDeniedError | UnauthenticatedError) or " code: 403" in text
        hint = "AWS_ACCESS_KEY_ID must be one that may do this" if denied else "deploy again; what arrived is kept"
        code = "host-refused" if denied else "host-failed"
        return Failed(problem(code, f"{self._shown}: {what} {key} failed: {why}", hint=hint))
