"""Every problem code is real: the tool says it, and a test proves it."""

import re
from pathlib import Path

import pytest

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


@pytest.fixture(scope="module")
def said() -> frozenset[str]:
    """Codes that stand in the tool's sources."""
    return frozenset(_SAID.findall(sources(TOOL)))


@pytest.fixture(scope="module")
def proved() -> frozenset[str]:
    """Codes that a test expects, by name or in a line of a case."""
    return frozenset(_SAID.findall(sources(TESTS))) | expected()


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_is_said_by_the_tool_and_proved_by_a_test(
    code: str, said: frozenset[str], proved: frozenset[str]
) -> None:
    assert code in said, "nothing says it"
    assert code in proved, "no test proves it"


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_is_plain_words_and_explained(code: str) -> None:
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code)
    text = CODES[code].text
    assert text[0].isupper() or text[0] == "`"
    assert text.endswith(".")


def test_cases_expect_no_code_that_is_not_there() -> None:
    assert expected() <= set(CODES)
