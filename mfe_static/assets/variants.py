"""What a picture becomes for browsers to choose from, and where that is kept.

Encoding a photograph takes a second, a thousand times as long as a page, so it is done once: what came of it rests in
`.mfe/pictures/` under a name for all that it depends on, which are the picture's bytes, the settings and Pillow. It
outlives versions of the tool, and what else is remembered.

    <key>       what there is: sizes, formats, digests
    <digest>    the bytes of one variant

Only what saves bytes is offered: no variant weighs more than a wider one, and no format that saves nothing is there.
Invariant: what a picture becomes depends on nothing but what its key names, so it does not matter who encodes it.
"""

import contextlib
import os
import posixpath
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from mfe_static.assets import pool_path
from mfe_static.assets.encode import BYTES, PIXELS, Encoded, encode, too_large
from mfe_static.digests import Digest, digest, integrity
from mfe_static.files import put, read_bytes
from mfe_static.kept import Asset, Variant, Variants
from mfe_static.model import Pictures
from mfe_static.problems import Problem, problem

_RECIPE = "1"
"""Changes with what is made of a picture, so that nothing of before counts."""
_MARK = 32
_Files = list[tuple[Variant, bytes]]


class Wanted(msgspec.Struct, frozen=True):
    """A picture that somebody shows, and of which nothing is known."""

    key: Digest
    team: str
    path: str
    """In the team's folder."""
    asset: Asset


class Encoding(msgspec.Struct, frozen=True):
    """All that encoding a picture needs, the same for every process."""

    settings: Pictures
    kept: str
    """The folder in which earlier builds left something; empty: none counts."""
    folder: str
    """Where files go."""
    only_look: bool
    """Whether nobody needs the files: then what is not kept is decoded, to see that it can be, and not encoded."""


class Made(msgspec.Struct, frozen=True):
    """What came of a picture."""

    variants: Variants
    seconds: float
    """0: it was kept."""


class Unwritten(Exception):
    """The file system refused."""


def key_of(asset: Asset, settings: Pictures) -> Digest:
    """Names all that the variants of a picture depend on."""
    made_from = settings.widths, settings.formats, settings.quality, settings.encoder
    return digest(_RECIPE, asset.integrity, asset.path, msgspec.msgpack.encode(made_from))


def made(encoding: Encoding, wanted: Wanted) -> Made:
    """What the picture becomes, kept or encoded now. Raises `Unwritten`."""
    begun = time.perf_counter()
    if encoding.kept and (found := _kept(encoding.kept, wanted.key)):
        return Made(found, 0)
    variants, files = _encoded(encoding, wanted)
    if not variants.problem and not encoding.only_look:
        rows = msgspec.msgpack.encode(variants)
        try:
            for variant, content in files:
                put(Path(encoding.folder, variant.digest), content)
            put(Path(encoding.folder, wanted.key), digest(rows).encode() + rows)
        except OSError as error:
            raise Unwritten(f"cannot be written: {error.strerror}") from error
    return Made(variants, time.perf_counter() - begun)


def content_of(file: str) -> bytes | None:
    """The bytes of a variant; None where the file does not hold what its name says, and then it is taken away."""
    data = read_bytes(file, file)
    if not isinstance(data, Problem) and digest(data) == os.path.basename(file):
        return data
    with contextlib.suppress(OSError):
        os.unlink(file)
    return None


def trim(folder: str, used: Mapping[Digest, Variants]) -> None:
    """Take away what this build had no use for, where that is more than half: a branch may want it again tomorrow."""
    names = {*used, *(variant.digest for its in used.values() for variant in its.made)}
    with contextlib.suppress(OSError):
        sizes = {entry.name: entry.stat(follow_symlinks=False).st_size for entry in os.scandir(folder)}
        waste = sizes.keys() - names
        if sum(sizes[name] for name in waste) * 2 > sum(sizes.values()):
            for name in waste:
                os.unlink(f"{folder}/{name}")


def _kept(folder: str, key: Digest) -> Variants | None:
    try:
        data = Path(folder, key).read_bytes()
        if digest(data[_MARK:]).encode() != data[:_MARK]:
            return None
        found = msgspec.msgpack.decode(data[_MARK:], type=Variants)
        whole = all(os.path.getsize(f"{folder}/{variant.digest}") == variant.size for variant in found.made)
    except (OSError, msgspec.DecodeError):
        return None
    return found if whole else None


def _encoded(encoding: Encoding, wanted: Wanted) -> tuple[Variants, _Files]:
    asset, settings = wanted.asset, encoding.settings
    nothing = Variants(width=asset.width, height=asset.height)
    if asset.size > BYTES:
        why = f"the picture has {asset.size:,} bytes; the limit is {BYTES:,}"
        return msgspec.structs.replace(nothing, problem=too_large(why)), []
    if asset.width * asset.height > PIXELS:
        why = f"the picture has {asset.width:,} × {asset.height:,} pixels; the limit is {PIXELS:,}"
        return msgspec.structs.replace(nothing, problem=too_large(why)), []
    data = read_bytes(asset.real, "")
    found: Encoded | Problem
    if isinstance(data, Problem):
        found = data
    elif integrity(data) != asset.integrity:  # its key is that of what it was
        found = problem("busy", "the picture was changed while the site was built", hint="build again")
    else:
        found = encode(data, wanted.path, settings, only_look=encoding.only_look)
    if isinstance(found, Problem):
        return msgspec.structs.replace(nothing, problem=found), []
    nothing = Variants(width=found.width, height=found.height)
    by_format: dict[str, _Files] = {}
    stem = posixpath.basename(wanted.path).rpartition(".")[0]
    for kind, width, content in found.files:
        by_format.setdefault(kind, []).append((_variant(stem, kind, width, content), content))
    own = by_format.pop(found.format, [])
    if not own:
        return nothing, []
    original = found.clean and own[-1][0].width == found.width and own[-1][0].size >= asset.size
    if original:
        own[-1] = (Variant(asset.path, found.width, asset.size, ""), b"")
    own = _saving(own)
    others: list[tuple[str, _Files]] = []
    least = own[-1][0].size
    for name in reversed(settings.formats):
        its = _saving(by_format.get(name.upper(), []))
        if its and its[-1][0].size < least:
            least = its[-1][0].size
            others.insert(0, (f"image/{name}", its))
    variants = Variants(
        own=_rows(own),
        others=tuple((kind, _rows(its)) for kind, its in others),
        original=original,
        width=found.width,
        height=found.height,
    )
    files = [file for its in (own, *(its for _, its in others)) for file in its if file[0].digest]
    return variants, files


def _variant(stem: str, kind: str, width: int, content: bytes) -> Variant:
    ending = {"JPEG": "jpg"}.get(kind, kind.lower())
    return Variant(pool_path(f"{stem}-{width}.{ending}", content), width, len(content), digest(content))


def _saving(files: _Files) -> _Files:
    """Without those that weigh as much as a wider one."""
    out: _Files = []
    for file in reversed(files):
        if not out or file[0].size < out[0][0].size:
            out.insert(0, file)
    return out


def _rows(files: Sequence[tuple[Variant, bytes]]) -> tuple[Variant, ...]:
    return tuple(variant for variant, _ in files)
