"""The examples of the CommonMark specification, 0.31.2, which are not part of this repository.

They come with the source distribution of markdown-it-py, fetched with pip into `.cache/` under the repository's
root, which tells git to ignore it. The specification's text has them as fenced blocks: Markdown, a line with a
dot, HTML; `→` stands for a tab.
"""

import re
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import NamedTuple

CACHE = Path(__file__).parents[1] / ".cache" / "commonmark-0.31.2.md"
DISTRIBUTION = "markdown-it-py==4.3.0"
_EXAMPLE = re.compile(r"^`{32} example\n(.*?)^\.\n(.*?)^`{32}$|^#{1,6} *(.*?)$", re.DOTALL | re.MULTILINE)


class Example(NamedTuple):
    number: int
    section: str
    markdown: str
    html: str


def examples() -> list[Example]:
    """All examples; OSError where they are not cached and cannot be fetched."""
    if not CACHE.exists():
        _fetch()
    text = CACHE.read_text(encoding="utf-8").partition("<!-- END TESTS -->")[0].replace("→", "\t")
    found: list[Example] = []
    section = ""
    for match in _EXAMPLE.finditer(text):
        if match[3] is not None:
            section = match[3]
        else:
            found.append(Example(len(found) + 1, section, match[1], match[2]))
    return found


def _fetch() -> None:
    folder = CACHE.parent / "sdist"
    folder.mkdir(parents=True, exist_ok=True)
    (CACHE.parent / ".gitignore").write_text("*\n", encoding="utf-8")
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-binary", ":all:", DISTRIBUTION]
    try:
        subprocess.run([*command, "--dest", str(folder)], check=True, capture_output=True, timeout=120)
    except subprocess.SubprocessError as error:
        raise OSError(f"pip cannot download {DISTRIBUTION}: {error}") from error
    with tarfile.open(next(folder.glob("*.tar.gz"))) as archive:
        name = next(name for name in archive.getnames() if name.endswith("/test_cmark_spec/spec.md"))
        member = archive.extractfile(name)
        assert member is not None
        CACHE.write_bytes(member.read())


if __name__ == "__main__":
    print(len(examples()), "examples in", CACHE)
