"""What `_redirects` and `_headers` have in common: lines, and those of them that do nothing."""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from mfe_static.problems import Problem, problem

Dialect = Literal["netlify", "cloudflare"]
"""How a file is read."""


class Line(NamedTuple):
    """A line that says something."""

    number: int
    text: str


class Ignored(NamedTuple):
    """A line that does nothing, at the host or here."""

    line: Line
    why: str

    def problem(self, file: str) -> Problem:
        """For whoever wrote it."""
        said = f"this line does nothing: {self.why}"
        return problem("rule-ignored", said, file=file, line=self.line.number, excerpt=self.line.text)


def lines(text: str) -> Iterator[Line]:
    """The lines of a file without blank ones and comments."""
    for number, line in enumerate(text.split("\n"), 1):
        if (line := line.strip()) and not line.startswith("#"):
            yield Line(number, line)
