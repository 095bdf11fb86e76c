"""Media types by the end of a file's name: a table of our own, so that every machine says the same.

Types are those of IANA's registry; text is UTF-8, and says so. What is not in the table is bytes (RFC 9110 §8.3).
"""

_TEXT = "; charset=utf-8"
HTML, UNKNOWN = "text/html" + _TEXT, "application/octet-stream"
_TYPES = {
    "html": HTML, "htm": HTML, "xhtml": "application/xhtml+xml" + _TEXT,
    "css": "text/css" + _TEXT, "js": "text/javascript" + _TEXT, "mjs": "text/javascript" + _TEXT,
    "json": "application/json" + _TEXT, "map": "application/json" + _TEXT, "jsonld": "application/ld+json" + _TEXT,
    "geojson": "application/geo+json" + _TEXT, "webmanifest": "application/manifest+json" + _TEXT,
    "speculationrules": "application/speculationrules+json" + _TEXT,
    "xml": "application/xml" + _TEXT, "xsl": "application/xslt+xml" + _TEXT, "rss": "application/rss+xml" + _TEXT,
    "atom": "application/atom+xml" + _TEXT, "txt": "text/plain" + _TEXT, "md": "text/markdown" + _TEXT,
    "csv": "text/csv" + _TEXT, "ics": "text/calendar" + _TEXT, "vcf": "text/vcard" + _TEXT, "vtt": "text/vtt" + _TEXT,
    "yaml": "application/yaml" + _TEXT, "yml": "application/yaml" + _TEXT, "toml": "application/toml" + _TEXT,
    "svg": "image/svg+xml" + _TEXT, "png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "gif": "image/gif",
    "webp": "image/webp", "avif": "image/avif", "jxl": "image/jxl", "apng": "image/apng", "bmp": "image/bmp",
    "tif": "image/tiff", "tiff": "image/tiff", "ico": "image/vnd.microsoft.icon",
    "woff2": "font/woff2", "woff": "font/woff", "ttf": "font/ttf", "otf": "font/otf",
    "mp4": "video/mp4", "m4v": "video/mp4", "webm": "video/webm", "mov": "video/quicktime", "ogv": "video/ogg",
    "mp3": "audio/mpeg", "m4a": "audio/mp4", "aac": "audio/aac", "ogg": "audio/ogg", "opus": "audio/ogg",
    "flac": "audio/flac", "wav": "audio/wav", "wasm": "application/wasm", "pdf": "application/pdf",
    "zip": "application/zip", "gz": "application/gzip", "tar": "application/x-tar", "epub": "application/epub+zip",
    "glb": "model/gltf-binary", "gltf": "model/gltf+json",
}  # fmt: skip
_PACKABLE = ("application/wasm", "application/pdf", "image/bmp", "image/vnd.microsoft.icon", "font/ttf", "font/otf")
"""Types without text that shrink all the same."""


def media_type(path: str) -> str:
    """The media type of the file at a URL path."""
    name = path.rpartition("/")[2]
    return _TYPES.get(name.rpartition(".")[2].lower() if "." in name else "", UNKNOWN)


def shrinks(media: str) -> bool:
    """Whether compressing content of this type is worth it."""
    return media.startswith("text/") or media.endswith(_TEXT) or "json" in media or media in _PACKABLE
