"""What a person reads: frames line up, summaries can be read aloud, and no text of a user commands a terminal."""

import io
import re
import threading
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from mfe_static.problems import Problem, Related, problem
from mfe_static.report import LIMIT, Summary, Terminal, built, checked, clean, duration, frame, many, table
from mfe_static.report.frames import chosen

ESCAPE = "\x1b"


def text(found: Problem, width: int = 120) -> str:
    return "\n".join("".join(part for part, _ in line) for line in frame(found, width))


def unknown_page(**fields: object) -> Problem:
    values: dict[str, object] = {
        "file": "teams/checkout/pages/basket.md",
        "line": 12,
        "column": 23,
        "length": 23,
        "excerpt": "Back to [the machine](decide:produkt?id=AU-02)",
        "owner": "Team Checkout <checkout@tractors.example>",
        "hint": 'did you mean "decide:product"?',
    }
    return problem("unknown-page", 'no page "decide:produkt"', **{**values, **fields})


class Screen(io.StringIO):
    """A terminal, as far as programs can tell."""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "utf-8"

    def isatty(self) -> bool:
        return True


class Pipe(Screen):
    def isatty(self) -> bool:
        return False


class Latin(Pipe):
    @property
    def encoding(self) -> str:  # type: ignore[override]
        return "ascii"


def test_a_problem_is_framed_as_the_contract_shows() -> None:
    assert text(unknown_page()) == (
        'teams/checkout/pages/basket.md:12:23: error[unknown-page]: no page "decide:produkt"\n'
        "   12 | Back to [the machine](decide:produkt?id=AU-02)\n"
        "      |                       ^^^^^^^^^^^^^^^^^^^^^^^\n"
        '   owner: Team Checkout <checkout@tractors.example> · did you mean "decide:product"?'
    )


def test_related_places_stand_on_lines_of_their_own() -> None:
    others = (Related(file="teams/a/pages/x.md", line=3, owner="Team A"), Related(file="teams/b/pages/x.md"))
    found = problem("url-taken", "two pages claim /x/", file="teams/c/pages/x.md", related=others)
    assert text(found) == (
        "teams/c/pages/x.md: error[url-taken]: two pages claim /x/\n"
        "   see: teams/a/pages/x.md:3 (Team A)\n"
        "   see: teams/b/pages/x.md"
    )


def test_a_problem_without_a_file_names_the_page() -> None:
    found = problem("missing-description", "no description", url="/a/")
    assert text(found) == "warning[missing-description]: no description\n   page: /a/"


def test_a_problem_of_a_whole_line_has_no_carets() -> None:
    assert "^" not in text(unknown_page(column=0))
    assert "   12 | Back to" in text(unknown_page(column=0))


def test_carets_stand_under_what_follows_wide_characters() -> None:
    found = unknown_page(excerpt="日本 [x](a:b)", column=8, length=3)
    line, carets = text(found).splitlines()[1:3]
    before = line[: line.index("a:b")]
    assert cell_len(before) == carets.index("^")
    assert carets.count("^") == 3


def test_wide_characters_have_carets_as_wide_as_they_are() -> None:
    carets = text(unknown_page(excerpt="[x](日本)", column=5, length=2)).splitlines()[2]
    assert carets.count("^") == 4


def test_tabs_become_blanks_so_that_carets_line_up() -> None:
    line, carets = text(unknown_page(excerpt="\t\t[x](a:b)", column=7, length=3)).splitlines()[1:3]
    assert line.index("a:b") == carets.index("^")


def test_carets_end_where_the_line_ends() -> None:
    assert text(unknown_page(excerpt="[x](a:b", column=5, length=500)).splitlines()[2].count("^") == 3


def test_a_place_at_the_end_of_a_line_has_one_caret() -> None:
    assert text(unknown_page(excerpt="abc", column=4)).splitlines()[2] == "      |    ^"


def test_long_lines_are_cut_around_the_place() -> None:
    found = unknown_page(excerpt="a" * 5000 + "[x](b:c)" + "d" * 5000, column=5005, length=3)
    line, carets = text(found, 60).splitlines()[1:3]
    assert len(line) <= 60
    assert line[8] == "…"
    assert line[-1] == "…"
    assert line.index("b:c") == carets.index("^")


@given(
    before=st.text(max_size=200), meant=st.text(min_size=1, max_size=200), after=st.text(max_size=200),
    width=st.integers(1, 200),
)  # fmt: skip
def test_no_line_is_wider_than_the_terminal_and_carets_stay_inside(
    before: str, meant: str, after: str, width: int
) -> None:
    line = before.replace("\n", " ") + meant.replace("\n", " ") + after.replace("\n", " ")
    found = unknown_page(excerpt=line, column=len(before) + 1, length=len(meant), owner="", hint="")
    for shown in text(found, width).splitlines()[1:]:
        assert cell_len(shown) <= max(width, 40)


@given(st.text(alphabet=st.characters(codec=None, categories=["Cc", "Cf", "Cs", "Zl", "Zp", "Lu"])))
def test_no_text_of_a_user_commands_the_terminal(wild: str) -> None:
    found = problem(
        "unknown-page", wild, file=wild or "x", line=1, column=1, excerpt=wild, owner=wild, hint=wild,
        related=(Related(file=wild, owner=wild),),
    )  # fmt: skip
    for line in frame(found):
        for part, _ in line:
            assert not re.search("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", part)


def test_control_characters_are_shown_as_pictures() -> None:
    assert clean(f"a{ESCAPE}[31m\x07b\x7f\u202ec") == "a␛[31m␇b␡\ufffdc"
    assert clean("two\nlines\tand\r\nmore") == "two lines and more"


def test_errors_come_before_warnings_when_not_all_fit_and_order_stays() -> None:
    problems = [problem("missing-alt", "w", file=f"{n:02}") for n in range(60)]
    problems[30] = problem("unknown-page", "e", file="30")
    problems[58] = problem("unknown-page", "e", file="58")
    shown = chosen(problems, LIMIT)
    assert [found.file for found in shown] == [f"{n:02}" for n in range(49)] + ["58"]


def test_what_is_not_shown_is_counted() -> None:
    out, err = Pipe(), Pipe()
    Terminal(out, err, "auto", {}).problems([problem("missing-alt", "w", file=f"{n}") for n in range(1060)])
    assert err.getvalue().count("warning[missing-alt]") == LIMIT
    assert "and 1,010 more (use -v, or --json)" in err.getvalue()
    assert not out.getvalue()


def test_all_are_shown_to_who_asks_for_all() -> None:
    err = Pipe()
    Terminal(Pipe(), err, "auto", {}).problems(
        [problem("missing-alt", "w", file=f"{n}") for n in range(60)], limit=None
    )
    assert err.getvalue().count("warning[missing-alt]") == 60
    assert "more" not in err.getvalue()


@pytest.mark.parametrize(
    ("stream", "color", "environ", "colored"),
    [
        (Screen, "auto", {}, True),
        (Screen, "auto", {"NO_COLOR": "1"}, False),
        (Screen, "auto", {"NO_COLOR": ""}, True),
        (Screen, "auto", {"TERM": "dumb"}, False),
        (Screen, "never", {}, False),
        (Pipe, "auto", {}, False),
        (Pipe, "always", {"NO_COLOR": "1"}, True),
    ],
)
def test_colour_is_for_terminals_that_want_it(
    stream: Callable[[], Screen], color: str, environ: dict[str, str], colored: bool
) -> None:
    err = stream()
    Terminal(Pipe(), err, color, environ).problems([unknown_page()])  # type: ignore[arg-type]
    assert (ESCAPE in err.getvalue()) is colored
    assert re.sub(r"\x1b\[[0-9;]*m", "", err.getvalue()).strip() == text(unknown_page())


def test_a_stream_that_cannot_hold_a_character_gets_another() -> None:
    err = Latin()
    Terminal(Pipe(), err, "auto", {}).problems([unknown_page(hint="größer")])
    assert "gr??er" in err.getvalue()


class Clock:
    """Time that passes when told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def test_short_work_shows_no_bar() -> None:
    err, clock = Screen(), Clock()
    with Terminal(Pipe(), err, "auto", {}).progress(quiet=False, clock=clock) as progress:
        for done in range(100):
            clock.now += 0.004
            progress("render", done, 100)
    assert not err.getvalue()


def test_long_work_shows_a_bar_that_leaves_no_line_and_starts_no_thread() -> None:
    before, (err, clock) = threading.active_count(), (Screen(), Clock())
    with Terminal(Pipe(), err, "auto", {}).progress(quiet=False, clock=clock) as progress:
        for done in range(100):
            clock.now += 0.05
            progress("render" if done < 50 else "stitch", done, 100)
        assert threading.active_count() == before
    assert "render" in err.getvalue()
    assert "stitch" in err.getvalue()
    assert err.getvalue().endswith("\x1b[1A\x1b[2K")


@pytest.mark.parametrize("quiet", [False, True])
def test_pipes_and_quiet_commands_show_no_bar(quiet: bool) -> None:
    err, clock = Screen() if quiet else Pipe(), Clock()
    with Terminal(Pipe(), err, "auto", {}).progress(quiet=quiet, clock=clock) as progress:
        clock.now += 100
        progress("render", 1, 2)
    assert not err.getvalue()


DONE = Summary(
    pages=1056,
    teams=3,
    rendered=12,
    reused=1043,
    seconds=1.912,
    errors=0,
    warnings=3,
    output="dist",
    published=True,
    previous=True,
)


def test_a_build_ends_in_a_line_that_can_be_read_aloud() -> None:
    assert built(DONE) == "built 1,056 pages of 3 teams in 1.9 s · 12 rendered, 1,043 reused · 3 warnings · dist/"
    assert "warning" not in built(DONE._replace(warnings=0))
    assert "1,043 reused, 1 listing ·" in built(DONE._replace(listings=1))
    assert "2 fallbacks shown" in built(DONE._replace(fallbacks=2))
    assert "and --strict lets none pass" in built(DONE._replace(strict=True))


def test_a_failed_build_says_that_the_previous_site_stands() -> None:
    failed = DONE._replace(published=False, errors=2, warnings=1)
    assert built(failed) == "not published: 2 errors, 1 warning · the previous site in dist/ is unchanged"
    assert built(failed._replace(previous=False)) == "not published: 2 errors, 1 warning"


def test_a_check_says_what_it_found() -> None:
    assert checked(DONE._replace(warnings=0)) == "checked 1,056 pages of 3 teams in 1.9 s · no problems"
    assert checked(DONE._replace(errors=1)).endswith("· 1 error, 3 warnings")
    assert checked(DONE._replace(pages=0, errors=1, warnings=0)) == "not checked: 1 error"


def test_numbers_read_well() -> None:
    assert (many(1, "page"), many(0, "page"), many(1055, "page")) == ("1 page", "0 pages", "1,055 pages")
    assert [duration(value) for value in (0.041, 1.912, 75.3, 3600)] == ["0.04 s", "1.9 s", "75 s", "3,600 s"]


def test_columns_line_up_whatever_the_width_of_characters() -> None:
    assert table([("日本", "x"), ("a", "y")]) == ["日本  x", "a     y"]


def test_a_table_is_folded_to_the_width_of_a_terminal_and_loses_nothing() -> None:
    assert table([("code", "text"), ("no-route", "a folder that the table lacks")], 26) == [
        "code      text",
        "no-route  a folder that",
        "          the table lacks",
    ]


@given(st.lists(st.tuples(st.text(), st.text(), st.text()), min_size=1), st.integers(28, 60))
def test_no_line_of_a_folded_table_is_wider_than_the_terminal(rows: list[tuple[str, str, str]], width: int) -> None:
    lines = table(rows, width)
    assert max(map(cell_len, lines)) <= width
    given = clean("".join(text for row in rows for text in row))
    assert Counter(re.sub(r"\s", "", "".join(lines))) == Counter(re.sub(r"\s", "", given))


def test_tables_are_folded_on_terminals_and_whole_on_pipes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    rows = [("url", "title"), ("/docs/", "word " * 20)]
    for stream, most in ((Screen(), 40), (io.StringIO(), 200)):
        Terminal(stream, io.StringIO(), "never", {}).table(rows)
        lines = stream.getvalue().splitlines()
        assert (len(lines) == 2) == (most == 200)
        assert max(map(len, lines)) <= most
