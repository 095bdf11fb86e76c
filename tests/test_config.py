"""Configuration: every value has an origin, every mistake a place, and a run goes on with what is right."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mfe_static.config import Loaded, keys, load_site, load_team, load_theme, routes, schema
from mfe_static.config.reference import File, definition
from mfe_static.problems import CODES, Problem
from mfe_static.settings import RouteSettings, SiteSettings, TeamSettings, ThemeSettings

FILES: tuple[File, ...] = ("site", "team", "theme", "page", "fragment")

SHOP = """\
title = "The Tractor Store"
base_url = "https://tractors.example/shop/"
theme = "tractor"

[teams]
explore = "/"
decide = "/product/"
docs = { path = "/docs/" }
inspire = {}

[shell]
header = "explore:header"

[checks]
missing-description = "off"
"""


def site(
    folder: Path, text: str, environ: Mapping[str, str] | None = None, flags: Mapping[str, Any] | None = None
) -> Loaded[SiteSettings]:
    (folder / "site.toml").write_text(text)
    return load_site(folder, environ=environ or {}, flags=flags)


def places(problems: list[Problem]) -> list[tuple[str, str, int, int]]:
    return [(found.code, found.file, found.line, found.column) for found in problems]


def test_a_sites_values_come_from_its_file(tmp_path: Path) -> None:
    found = site(tmp_path, SHOP)
    assert found.problems == []
    assert found.settings.title == "The Tractor Store"
    assert found.settings.base_url == "https://tractors.example/shop"
    assert found.settings.teams["docs"] == RouteSettings(path="/docs/")
    assert found.settings.checks == {"missing-description": "off"}
    expected = {
        "title": "site.toml:1",
        "teams.decide": "site.toml:7",
        "teams.docs.path": "site.toml:8",
        "teams.inspire": "site.toml:9",
        "shell.header": "site.toml:12",
        "shell.footer": "default",
        "output": "default",
        "checks.missing-description": "site.toml:15",
    }
    assert {key: found.origins[key] for key in expected} == expected
    assert found.place("teams.decide") == (7, 1, 6)
    assert found.place("output", value=True) is None


def test_a_folder_without_site_toml_is_no_site(tmp_path: Path) -> None:
    found = load_site(tmp_path, environ={})
    assert places(found.problems) == [("missing-site", "site.toml", 0, 0)]
    assert found.settings == SiteSettings()
    assert routes(found) == ({}, [])


def test_a_file_that_cannot_be_read_is_said_and_nothing_follows_from_it(tmp_path: Path) -> None:
    found = site(tmp_path, 'title = "x"\nlanguage = de\n')
    assert places(found.problems) == [("bad-toml", "site.toml", 2, 12)]
    assert routes(found) == ({}, [])
    assert places(site(tmp_path, "a = 1\na = 2\n").problems) == [("duplicate-key", "site.toml", 2, 1)]
    (tmp_path / "site.toml").write_bytes(b'title = "\xff"\n')
    assert [item.code for item in load_site(tmp_path, environ={}).problems] == ["bad-encoding"]
    (tmp_path / "site.toml").unlink()
    (tmp_path / "site.toml").mkdir()
    assert [item.code for item in load_site(tmp_path, environ={}).problems] == ["unreadable"]


def test_all_mistakes_are_said_at_once_and_the_defaults_stay_in_force(tmp_path: Path) -> None:
    found = site(
        tmp_path,
        'languag = "en"\n'
        "title = 3\n"
        'base_url = "tractors.example"\n'
        'language = "english language"\n'
        'theme = "../../etc"\n'
        'output = ""\n'
        "[teams]\n"
        "a = 3\n"
        'b = { pth = "/b/" }\n'
        "[markdown]\n"
        'html = "escpe"\n'
        "hilight = true\n"
        "[checks]\n"
        'broken-link = "wran"\n'
        'brokn-link = "warn"\n'
        'bad-toml = "off"\n'
        'missing-alt = "off"\n'
        "[links]\n"
        'schemes = ["x", 3]\n',
    )
    assert places(found.problems) == [
        ("unknown-key", "site.toml", 1, 1),
        ("bad-value", "site.toml", 2, 9),
        ("bad-value", "site.toml", 4, 12),
        ("bad-value", "site.toml", 5, 9),
        ("bad-value", "site.toml", 6, 10),
        ("bad-value", "site.toml", 8, 5),
        ("unknown-key", "site.toml", 9, 7),
        ("bad-value", "site.toml", 11, 8),
        ("unknown-key", "site.toml", 12, 1),
        ("bad-value", "site.toml", 14, 15),
        ("bad-value", "site.toml", 19, 17),
        ("unknown-key", "site.toml", 15, 1),
        ("bad-value", "site.toml", 16, 12),
        ("bad-value", "site.toml", 3, 12),
    ]
    hints = [item.hint for item in found.problems]
    assert [hints[number] for number in (0, 6, 7, 8, 9, 11)] == [
        f'did you mean "{word}"?' for word in ("language", "path", "escape", "highlight", "warn", "broken-link")
    ]
    defaults = SiteSettings()
    for key in ("title", "base_url", "language", "theme", "output", "markdown"):
        assert getattr(found.settings, key) == getattr(defaults, key)
    assert found.settings.checks == {"missing-alt": "off"}
    assert found.settings.links.schemes == ("x",)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("https://x.example", "https://x.example"),
        ("https://x.example/", "https://x.example"),
        ("http://localhost:8000/a/b/", "http://localhost:8000/a/b"),
        ("https://X.Example/Shop", "https://x.example/Shop"),
        ("HTTPS://x.example", "https://x.example"),
        ("https://x.example/größe", "https://x.example/gr%C3%B6%C3%9Fe"),
        ("https://x.example/gr%C3%B6%C3%9Fe/", "https://x.example/gr%C3%B6%C3%9Fe"),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_a_base_url_loses_its_last_slash_and_nothing_else(tmp_path: Path, written: str, read: str) -> None:
    found = site(tmp_path, f'base_url = "{written}"\n')
    assert found.problems == []
    assert found.settings.base_url == read


@pytest.mark.parametrize(
    "written",
    ["", "x.example", "//x.example", "ftp://x.example", "https://", "https:///x", "https://x.example?a=1",
     "https://x.example/#a", "https://me@x.example", "https://x example", "https://x.example:port",
     "https://x.example/a//b", "https://x.example/../b", "https://[x", "javascript:alert(1)"],
)  # fmt: skip
def test_a_base_url_that_cannot_be_is_a_problem(tmp_path: Path, written: str) -> None:
    found = site(tmp_path, f'title = "x"\nbase_url = "{written}"\n')
    assert places(found.problems) == [("bad-value", "site.toml", 2, 12)]
    assert found.settings.base_url == SiteSettings().base_url


def test_the_environment_lies_over_the_file(tmp_path: Path) -> None:
    environ = {
        "MFE_STATIC_BASE_URL": "https://preview.example",
        "MFE_STATIC_TITLE": "2026",
        "MFE_STATIC_DESCRIPTION": '"in quotes"',
        "MFE_STATIC_MARKDOWN__HIGHLIGHT": "false",
        "MFE_STATIC_FRONT_MATTER__UNKNOWN": "warn",
        "MFE_STATIC_TEAMS__DOCS": '"/handbook/"',
        "MFE_STATIC_TEAMS__SIGN_UP": "/join/",
        "MFE_STATIC_TEAMS__NEW_ONE": "{}",
        "MFE_STATIC_LINKS__SCHEMES": '["web+x"]',
        "MFE_STATIC_CHECKS__BROKEN_LINK": "warn",
        "MFE_STATIC_SECURITY__HEADERS": '{X-Frame-Options = "DENY"}',
        "MFE_STATIC_SECURITY__HEADERS__X_FRAME_OPTIONS": "SAMEORIGIN",
        "MFE_STATIC_DEPLOY__LIVE__GIT__BRANCH": "abc",
        "MFE_STATICS": "not ours",
        "PATH": "/bin",
    }
    found = site(tmp_path, SHOP.replace("[shell]", 'sign-up = "/sign-up/"\n[shell]'), environ)
    assert found.problems == []
    assert found.settings.base_url == "https://preview.example"
    assert (found.settings.title, found.settings.description) == ("2026", "in quotes")
    assert not found.settings.markdown.highlight
    assert found.settings.front_matter.unknown == "warn"
    assert found.settings.teams["docs"] == "/handbook/"
    assert found.settings.teams["sign-up"] == "/join/"
    assert found.settings.teams["new-one"] == RouteSettings()
    assert found.settings.links.schemes == ("web+x",)
    assert found.settings.checks["broken-link"] == "warn"
    assert found.settings.security.headers == {"X-Frame-Options": "SAMEORIGIN"}
    assert found.settings.deploy["live"].git.branch == "abc"
    assert found.origins["teams.docs"] == "MFE_STATIC_TEAMS__DOCS"
    assert "teams.docs.path" not in found.origins
    assert found.origins["security.headers.X-Frame-Options"] == "MFE_STATIC_SECURITY__HEADERS__X_FRAME_OPTIONS"
    assert found.origins["teams.explore"] == "site.toml:6"
    assert found.place("teams.docs") is None


def test_a_variable_for_a_table_replaces_it(tmp_path: Path) -> None:
    found = site(tmp_path, SHOP, {"MFE_STATIC_TEAMS": '{only = "/"}', "MFE_STATIC_TEAMS__MORE": "/more/"})
    assert found.settings.teams == {"only": "/", "more": "/more/"}
    assert "teams.explore" not in found.origins


@pytest.mark.parametrize(
    ("name", "text", "hint"),
    [
        ("MFE_STATIC_BAS_URL", "https://x.example", 'did you mean "MFE_STATIC_BASE_URL"?'),
        ("MFE_STATIC_MARKDOWN__HTLM", "allow", 'did you mean "MFE_STATIC_MARKDOWN__HTML"?'),
        ("MFE_STATIC_", "x", None),
        ("MFE_STATIC_TEAMS__", "/", None),
        ("MFE_STATIC_TITLE__X", "x", None),
        ("MFE_STATIC_MARKDOWN__HTML", "escap", ""),
        ("MFE_STATIC_MARKDOWN__HIGHLIGHT", "yes", ""),
        ("MFE_STATIC_LINKS__SCHEMES", "a\nb = 1", ""),
        ("MFE_STATIC_BASE_URL", "ftp://x", None),
        ("MFE_STATIC_CHECKS__BROKN_LINK", "off", 'did you mean "broken-link"?'),
        ("MFE_STATIC_CHECKS__BAD_TOML", "off", None),
    ],
)
def test_a_variable_that_means_nothing_is_named(tmp_path: Path, name: str, text: str, hint: str | None) -> None:
    found = site(tmp_path, SHOP, {name: text})
    assert places(found.problems) == [("bad-environment", "", 0, 0)]
    assert name in found.problems[0].message
    assert hint is None or found.problems[0].hint == hint
    assert found.settings.title == "The Tractor Store"


def test_the_command_line_has_the_last_word(tmp_path: Path) -> None:
    flags = {"base_url": "https://flag.example", "output": "out", "theme": None, "front_matter.unknown": "extra"}
    found = site(tmp_path, SHOP, {"MFE_STATIC_BASE_URL": "https://env.example"}, flags)
    assert found.problems == []
    assert (found.settings.base_url, found.settings.output) == ("https://flag.example", "out")
    assert (found.settings.theme, found.settings.front_matter.unknown) == ("tractor", "extra")
    assert found.origins["base_url"] == "--base-url"
    assert found.origins["front_matter.unknown"] == "--front-matter-unknown"
    wrong = site(tmp_path, SHOP, {}, {"base_url": "nowhere", "output": ""})
    assert places(wrong.problems) == [("bad-value", "", 0, 0)] * 2
    assert ["--output" in wrong.problems[0].message, "--base-url" in wrong.problems[1].message] == [True, True]
    assert wrong.settings.output == "dist"
    with pytest.raises(KeyError):
        site(tmp_path, SHOP, {}, {"no_such_key": 1})


@given(file=st.booleans(), variable=st.booleans(), flag=st.booleans(), key=st.sampled_from(["title", "shell.header"]))
def test_the_highest_layer_that_gives_a_value_is_its_origin(
    tmp_path_factory: pytest.TempPathFactory, file: bool, variable: bool, flag: bool, key: str
) -> None:
    name = "MFE_STATIC_" + key.upper().replace(".", "__")
    found = site(
        tmp_path_factory.mktemp("site"),
        f'{key} = "from file"\n' if file else "",
        {name: "from variable"} if variable else {},
        {key: "from flag"} if flag else {},
    )
    expected: list[tuple[str, str | None]] = [("default", None)]
    expected += [("site.toml:1", "from file")] if file else []
    expected += [(name, "from variable")] if variable else []
    expected += [("--" + key.replace(".", "-"), "from flag")] if flag else []
    value: Any = found.settings
    for word in key.split("."):
        value = getattr(value, word)
    assert found.problems == []
    assert found.origins[key] == expected[-1][0]
    assert expected[-1][1] in {None, value}


def test_the_route_table_gives_each_team_its_prefix(tmp_path: Path) -> None:
    found = site(tmp_path, SHOP)
    assert routes(found) == ({"explore": "/", "decide": "/product/", "docs": "/docs/", "inspire": ""}, [])


@pytest.mark.parametrize(
    ("line", "code", "column", "hint"),
    [
        ('Docs = "/d/"', "bad-team-name", 1, '"docs"'),
        ('"my team" = "/d/"', "bad-team-name", 1, '"my-team"'),
        ('1x = "/d/"', "bad-team-name", 1, ""),
        ('theme = "/d/"', "bad-team-name", 1, ""),
        ('mfe = "/d/"', "bad-team-name", 1, ""),
        ('mailto = "/d/"', "bad-team-name", 1, ""),
        ('own = "/d/"', "bad-team-name", 1, ""),
        ('d = "d/"', "bad-route", 5, '"/d/"'),
        ('d = "/d"', "bad-route", 5, '"/d/"'),
        ('d = ""', "bad-route", 5, "d = {}"),
        ('d = "/../d/"', "bad-route", 5, ""),
        ('d = "//"', "bad-route", 5, ""),
        ('d = "/a//b/"', "bad-route", 5, ""),
        ('d = "/a?b/"', "bad-route", 5, ""),
        ('d = "/a#b/"', "bad-route", 5, ""),
        ('d = "/.git/"', "bad-route", 5, ""),
        ('d = { path = "/_mfe/d/" }', "bad-route", 14, ""),
        ('d = "/_MFE/"', "bad-route", 5, ""),
        ('language = "de"', "bad-team-name", 1, '"language" belongs above the first line with [ ]'),
        ('base_url = "https://a.example"', "bad-team-name", 1, '"base_url" belongs above'),
        ('d = "/Shop/"', "route-taken", 5, 'd = "/d/"'),
        ('d = { path = "/shop/" }', "route-taken", 14, 'd = "/d/"'),
    ],
)
def test_a_route_that_cannot_be_is_shown_in_site_toml(
    tmp_path: Path, line: str, code: str, column: int, hint: str
) -> None:
    found = site(tmp_path, f'[links]\nschemes = ["own"]\n[teams]\nshop = "/shop/"\n{line}\n')
    assert found.problems == []
    table, problems = routes(found)
    assert places(problems) == [(code, "site.toml", 5, column)]
    assert hint in problems[0].hint
    assert table["shop"] == "/shop/"
    assert set(table.values()) <= {"/shop/", "/d/", "/a/b/"}, (
        "for the time being it has another, so that nothing follows"
    )
    assert len(set(table.values())) == len(table)
    related = [(other.file, other.line, other.team) for other in problems[0].related]
    assert related == ([("site.toml", 4, "shop")] if code == "route-taken" else [])


def test_a_bad_route_of_the_environment_names_its_variable(tmp_path: Path) -> None:
    found = site(tmp_path, SHOP, {"MFE_STATIC_TEAMS__DOCS": "handbook"})
    _, problems = routes(found)
    assert places(problems) == [("bad-route", "", 0, 0)]
    assert problems[0].message.startswith("MFE_STATIC_TEAMS__DOCS: ")


@pytest.mark.parametrize(("text", "line"), [("", 0), ('title = "x"\n[teams]\n', 2)])
def test_a_site_without_teams_has_nothing_to_build(tmp_path: Path, text: str, line: int) -> None:
    _, problems = routes(site(tmp_path, text))
    assert [(item.code, item.file, item.line) for item in problems] == [("no-teams", "site.toml", line)]


def test_a_team_says_who_it_is(tmp_path: Path) -> None:
    path = tmp_path / "team.toml"
    path.write_text(
        'owner = "Team Decide <decide@tractors.example>"\n'
        'architecture = "linked-universal-spa"\n'
        "[offers]\n"
        'fragments = ["add-to-basket"]\n'
        "[markdown]\n"
        'html = "escape"\n'
    )
    found = load_team(path, "teams/decide/team.toml")
    assert found.problems == []
    assert found.settings.offers.fragments == ("add-to-basket",)
    assert not isinstance(found.settings.markdown, msgspec.UnsetType)
    assert found.settings.front_matter is msgspec.UNSET
    assert found.origins["offers.fragments"] == "teams/decide/team.toml:4"


def test_a_teams_mistakes_have_places(tmp_path: Path) -> None:
    path = tmp_path / "team.toml"
    path.write_text(
        'architecture = "linked-page"\n[offers]\nfragment = []\n[budget]\nhtm = "1 KB"\n[checks]\nx = "off"\n'
    )
    found = load_team(path, "teams/a/team.toml")
    assert places(found.problems) == [
        ("bad-value", "teams/a/team.toml", 1, 16),
        ("unknown-key", "teams/a/team.toml", 3, 1),
        ("unknown-key", "teams/a/team.toml", 5, 1),
        ("unknown-key", "teams/a/team.toml", 7, 1),
    ]
    assert found.problems[0].hint == 'did you mean "linked-pages"?'
    assert found.settings == TeamSettings(architecture="linked-spa")  # which takes whatever pages say


def test_a_theme_may_extend_another(tmp_path: Path) -> None:
    path = tmp_path / "theme.toml"
    path.write_text('extends = "default"\n')
    assert load_theme(path, "themes/x/theme.toml").settings == ThemeSettings(extends="default")
    path.write_text('extend = "default"\n')
    assert places(load_theme(path, "themes/x/theme.toml").problems) == [("unknown-key", "themes/x/theme.toml", 1, 1)]


@pytest.mark.parametrize("kind", FILES)
def test_a_schema_knows_every_key_with_its_description(kind: File) -> None:
    made = schema(kind)
    json.dumps(made)
    assert made["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    root = made["$defs"][made["$ref"].rpartition("/")[2]]
    assert set(root["properties"]) == set(definition(kind).__struct_fields__)
    assert root["additionalProperties"] is False
    for table in made["$defs"].values():
        for key, item in table.get("properties", {}).items():
            assert item.get("description"), key


def test_a_schema_allows_what_reading_allows() -> None:
    page = schema("page")["$defs"]["PageMatter"]["properties"]
    assert {"type": "string"} in page["tags"]["anyOf"]
    assert {"format": "date-time"} in page["date"]["anyOf"][0]["anyOf"]
    checks = schema("site")["$defs"]["SiteSettings"]["properties"]["checks"]["propertyNames"]["enum"]
    assert checks == [code for code, known in CODES.items() if known.tunable]


@pytest.mark.parametrize("kind", FILES)
def test_the_reference_has_a_row_for_every_key(kind: File) -> None:
    rows = keys(kind)
    assert {row.key for row in rows} >= set(definition(kind).__struct_fields__)
    assert len({row.key for row in rows}) == len(rows)
    for row in rows:
        assert row.type, row.key
        assert row.description.endswith((".", ")")), row.key


def test_the_reference_names_nested_keys() -> None:
    rows = {row.key: row for row in keys("site")}
    assert rows["output"].default == '"dist"'
    assert rows["markdown.html"].type == 'one of "allow", "escape"'
    assert "teams.<name>.path" in rows
