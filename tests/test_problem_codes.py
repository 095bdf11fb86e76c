"""Every problem code is real: the tool says it, and a test proves it."""

import re
from pathlib import Path

from mfe_static.problems import CODES

TESTS = Path(__file__).parent
TOOL = TESTS.parent / "mfe_static"
_SAID = re.compile(r'"([a-z]+(?:-[a-z]+)+|busy|unreadable)"')
_EXPECTED = re.compile(r": (?:error|warning)\[([a-z-]+)\]: ")


def sources(folder: Path) -> str:
    own = {Path(__file__), TOOL / "problems.py"}
    return "\n".join(file.read_text(encoding="utf-8") for file in sorted(folder.rglob("*.py")) if file not in own)


def expected() -> frozenset[str]:
    """Codes that the lines of cases expect."""
    files = (TESTS / "cases").glob("*.txt")
    return frozenset(code for file in files for code in _EXPECTED.findall(file.read_text(encoding="utf-8")))


def test_every_code_is_said_by_the_tool() -> None:
    """They stand in the tool's sources."""
    assert sorted(CODES.keys() - _SAID.findall(sources(TOOL))) == []


def test_every_code_is_proved_by_a_test() -> None:
    """A test expects it, by name or in a line of a case."""
    assert sorted(CODES.keys() - _SAID.findall(sources(TESTS)) - expected()) == []


def test_every_code_is_plain_words_and_explained() -> None:
    for code, its in CODES.items():
        text = its.text
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
        assert text[0].isupper() or text[0] == "`", code
        assert text.endswith("."), code


def test_cases_expect_no_code_that_is_not_there() -> None:
    assert expected() <= set(CODES)
