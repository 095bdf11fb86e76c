"""A picture in other sizes and formats. The only module that knows Pillow.

Pixels come out upright, in sRGB and without what cameras and editors write beside them: a place where a photograph was
taken is nobody's business. Whatever is decoded comes from files that somebody found somewhere, so the size is looked at
before a pixel is, only four decoders are let in, and whatever they raise is a problem of the picture (invariant 8).

Invariant: the same picture and settings give the same bytes with the same Pillow, on however many cores.
"""

import io
import math
import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from mfe_static.model import Pictures
from mfe_static.problems import Problem, problem

if TYPE_CHECKING:
    from PIL.Image import Image

PIXELS = 80_000_000
"""The most that is decoded: 320 MB, and 700 where colours are mixed with transparency. That is below the number from
which on Pillow warns of a decompression bomb."""
BYTES = 64 * 1024 * 1024
"""The largest file that is read."""
SIDE = 16_383
"""The longest side of what is encoded: WebP has no more (its container specification, VP8X)."""
AS_IT_IS = "?original"
"""What is written behind a picture's path to have it shown as it is."""

_ENDINGS = {**dict.fromkeys("jpg jpeg jfif pjpeg pjp".split(), "JPEG"), "png": "PNG", "webp": "WEBP", "avif": "AVIF"}
_OPTIONS: Mapping[str, Mapping[str, Any]] = {
    "JPEG": {"optimize": True, "progressive": True},
    "WEBP": {"method": 4},
    "AVIF": {"speed": 6, "max_threads": 1},  # the number of threads decides into which tiles it is cut
}
_ORIENTATION = 0x0112
"""The tag of Exif that says how a photograph is turned (Exif 3.0 §4.6.5.1)."""
_TURNS = "FLIP_LEFT_RIGHT ROTATE_180 FLIP_TOP_BOTTOM TRANSPOSE ROTATE_270 TRANSVERSE ROTATE_90".split()
"""What makes it upright, for 2 to 8."""
_ASIDE = frozenset({"exif", "xmp", "comment", "photoshop", "mp"})
"""What Pillow calls that which stands beside the pixels of a JPEG, a WebP or an AVIF."""


class Encoded(msgspec.Struct, frozen=True):
    """What was made of a picture."""

    format: str
    """Its own, as Pillow calls it."""
    width: int
    """As it is shown, as the next."""
    height: int
    clean: bool = False
    """Whether the file may be shown as it is: upright, and with nothing beside its pixels."""
    files: Sequence[tuple[str, int, bytes]] = ()
    """Format, width and content of each; nothing, where the picture is left alone."""


def version() -> str:
    """Pillow's version; empty: it is not installed."""
    try:
        from PIL import __version__
    except ImportError:
        return ""
    return str(__version__)


def known(path: str) -> bool:
    """Whether the file's name is that of a picture that can be encoded."""
    return _ending(path) in _ENDINGS


def widths(wanted: Sequence[int], own: int) -> list[int]:
    """Which widths a picture of the width `own` is offered in: none is larger, and where one would be, its own."""
    narrower = [width for width in wanted if width < own]
    return narrower if len(narrower) == len(wanted) else [*narrower, own]


def encode(data: bytes, path: str, settings: Pictures, *, only_look: bool = False) -> Encoded | Problem:
    """The picture in each size and format. `only_look`: decode it, and encode nothing."""
    from PIL import Image, UnidentifiedImageError, features

    if missing := [name for name in settings.formats if not features.check(name)]:
        message = f"this Pillow ({settings.encoder}) cannot write {' and '.join(missing)}"
        hint = 'pip install "mfe-static[pictures]" brings one that can; else take it out of formats'
        return problem("missing-library", message, file="site.toml", hint=hint, sought="key:pictures.formats")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(data), formats=sorted({*_ENDINGS.values()})) as picture:
                return _encode(picture, path, settings, only_look=only_look)
    except Image.DecompressionBombError:
        return too_large("it has more pixels than anybody would show")
    except UnidentifiedImageError:
        return _bad("the picture is of no kind that its name could mean")
    except MemoryError:
        return too_large("there is not enough memory to decode it")
    except Exception as error:  # noqa: BLE001  decoders raise whatever they meet: struct.error, SyntaxError, zlib.error
        return _bad(f"the picture cannot be decoded: {str(error).rstrip('.') or type(error).__name__}")


def too_large(why: str) -> Problem:
    """A picture that is not even looked at."""
    return problem("picture-too-large", why, hint=f'save it smaller, or write "{AS_IT_IS}" behind its path')


def _bad(why: str) -> Problem:
    return problem("bad-picture", why, hint="it is shown as it is; save it again with a picture editor")


def _encode(picture: "Image", path: str, settings: Pictures, *, only_look: bool) -> Encoded | Problem:
    from PIL.Image import Resampling

    own, told = {"MPO": "JPEG"}.get(picture.format or "", picture.format or ""), _ENDINGS[_ending(path)]
    if own != told:
        hint = "rename the file; until then it is shown as it is"
        return problem("bad-picture", f"the picture is a {own}, and no {told} as its name says", hint=hint)
    if picture.width * picture.height > PIXELS:
        return too_large(f"the picture has {picture.width} × {picture.height} pixels; the limit is {PIXELS:,}")
    if own != "JPEG" and getattr(picture, "n_frames", 1) > 1:
        return Encoded(own, picture.width, picture.height)
    turn = _turn(picture)
    turned = turn in {"TRANSPOSE", "ROTATE_270", "TRANSVERSE", "ROTATE_90"}
    width, height = (picture.height, picture.width) if turned else picture.size
    wanted = widths(settings.widths, width)
    if max(_size(wanted[-1], width, height)) > SIDE:
        return too_large(
            f"the picture would be {_size(wanted[-1], width, height)[1]:,} pixels high; the limit is {SIDE:,}"
        )
    scale = wanted[-1] / width
    picture.draft(None, (math.ceil(picture.width * scale), math.ceil(picture.height * scale)))
    picture.load()
    clean = not turn and not _ASIDE & picture.info.keys() and not (own == "PNG" and getattr(picture, "text", {}))
    if only_look:
        return Encoded(own, width, height, clean)
    files: list[tuple[str, int, bytes]] = []
    sizes = [_size(its, width, height) for its in wanted]
    largest = _pixels(picture, turn, sizes[-1])
    for size in sizes:
        sized = largest if size == largest.size else largest.resize(size, Resampling.LANCZOS, reducing_gap=3.0)
        for kind in dict.fromkeys((own, *(name.upper() for name in settings.formats))):
            files.append((kind, size[0], _written(sized, kind, dict(settings.quality))))
    return Encoded(own, width, height, clean, files)


def _written(picture: "Image", kind: str, quality: Mapping[str, int]) -> bytes:
    stream = io.BytesIO()
    if kind == "PNG":
        picture.save(stream, kind, optimize=True)
    else:
        picture.save(stream, kind, quality=quality[kind.lower()], **_OPTIONS[kind])
    return stream.getvalue()


def _pixels(picture: "Image", turn: str, size: tuple[int, int]) -> "Image":
    """What is shown, of this size: upright, 8 bits, sRGB, and nothing beside it."""
    from PIL.Image import Resampling, Transpose

    profile = picture.info.get("icc_profile", b"")
    if picture.mode.startswith(("I", "F")):  # 16 bits, of which Pillow would cut off the upper ones
        picture = picture.convert("I").point(lambda value: value * (1 / 256)).convert("L")
    elif picture.has_transparency_data:
        picture = picture if picture.mode == "RGBA" else picture.convert("RGBA")  # it would be a copy
        if picture.getextrema()[-1] == (255, 255):
            picture = picture.convert("RGB")
    elif picture.mode not in {"L", "RGB", "CMYK"}:
        picture = picture.convert("L" if picture.mode == "1" else "RGB")
    if turn:
        picture = picture.transpose(Transpose[turn])
    if picture.size != size:
        picture = picture.resize(size, Resampling.LANCZOS, reducing_gap=3.0)
    if profile:
        picture = _in_srgb(picture, profile)
    if picture.mode == "CMYK":
        picture = picture.convert("RGB")
    picture.info.clear()
    return picture


def _in_srgb(picture: "Image", profile: bytes) -> "Image":
    """The colours that the profile means, as browsers take them that know none; a damaged profile means nothing."""
    from PIL import ImageCms

    mode: Any = "RGB" if picture.mode == "CMYK" else picture.mode
    try:
        means = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "sRGB" in ImageCms.getProfileDescription(means):
            return picture
        return ImageCms.profileToProfile(picture, means, ImageCms.createProfile("sRGB"), outputMode=mode) or picture
    except (ImageCms.PyCMSError, OSError, ValueError):
        return picture


def _turn(picture: "Image") -> str:
    """What makes it upright; empty: it is."""
    try:
        said = picture.getexif().get(_ORIENTATION, 1)
    except Exception:  # noqa: BLE001  as above; browsers show what has damaged Exif as it lies
        return ""
    return _TURNS[said - 2] if isinstance(said, int) and 2 <= said <= 8 else ""


def _size(width: int, own_width: int, own_height: int) -> tuple[int, int]:
    return width, max(1, round(own_height * width / own_width))


def _ending(path: str) -> str:
    return path.rpartition(".")[2].lower()
