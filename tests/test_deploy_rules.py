"""What a built site tells hosts is read into one meaning, and what a host does not take is known before it is asked."""

from pathlib import Path

import msgspec
import pytest

from mfe_static.deploy.host import Headers, Item, Redirect, Rules
from mfe_static.deploy.limits import LIMITS, HostName, exceeded
from mfe_static.deploy.rules import line_of, over_files, read_rules
from mfe_static.problems import Problem
from mfe_static.serve.view import View, standing
from serving import finished
from sites import built
from test_demo import copy_of_demo


def read(tmp_path: Path, redirects: str = "", headers: str = "", *files: str) -> tuple[Rules, list[Problem]]:
    texts = {"_redirects": redirects, "_headers": headers, "index.html": "", **dict.fromkeys(files, "")}
    view = standing(str(finished(tmp_path / "site", texts)))
    assert view
    return read_rules(view)


def test_redirects_are_read_in_their_order_with_an_encoded_path(tmp_path: Path) -> None:
    text = "/gr%C3%B6sse/ /gr%C3%B6%C3%9Fe/ 301\n/a/* /b/:splat 308\n/n/:y/:m /:m-:y/ 302\n/app/* /app/ 200\n"
    rules, problems = read(tmp_path, text, "", "app/index.html")
    assert problems == []
    assert rules.redirects == (
        Redirect("/gr%C3%B6sse/", "/gr%C3%B6%C3%9Fe/", 301),
        Redirect("/a/*", "/b/:splat", 308),
        Redirect("/n/:y/:m", "/:m-:y/", 302),
        Redirect("/app/*", "/app/", 200),
    )
    assert "".join(f"{line_of(rule)}\n" for rule in rules.redirects) == text


def test_a_rewrite_may_say_where_its_file_stands_in_the_output(tmp_path: Path) -> None:
    text = "/one/* /shopping/ 200\n/two/:id/ /shop/shopping/ 200\n/three/* /shop/:splat 200\n"
    files = {"_redirects": text, "_mfe/site.json": '{"base_url": "https://a.example/shop"}', "shopping/index.html": ""}
    view = standing(str(finished(tmp_path / "site", {**files, "index.html": ""})))
    assert view
    rules, problems = read_rules(view)
    assert problems == []
    assert [rule.to for rule in rules.redirects] == ["/shop/shopping/", "/shop/shopping/", "/shop/:splat"]


def test_a_query_is_kept(tmp_path: Path) -> None:
    rules, problems = read(tmp_path, "/store id=:id /blog/:id 301")
    assert (rules.redirects, problems) == ((Redirect("/store", "/blog/:id", 301, (("id", ":id"),)),), [])
    assert line_of(rules.redirects[0]) == "/store id=:id /blog/:id 301"


def test_headers_are_read_with_all_their_values(tmp_path: Path) -> None:
    text = "/*\n  X-A: 1\n  x-a: 2\n  Access-Control-Allow-Origin: *\n/_mfe/assets/*\n  Cache-Control: immutable\n"
    rules, problems = read(tmp_path, "", text)
    assert problems == []
    assert rules.headers == (
        Headers("/*", (("X-A", "1, 2"), ("Access-Control-Allow-Origin", "*"))),
        Headers("/_mfe/assets/*", (("Cache-Control", "immutable"),)),
    )


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("/old /new 301!", "works at some hosts only"),
        ("/old /new 404", "do not agree on what 404 does"),
        ("/a/*/b /c 301", "on * for the last one"),
        ("/a* /c 301", "on * for the last one"),
        ("/a:b /c 301", "on * for the last one"),
        ("/a/* /c/:rest 301", "nothing of its path is called :rest"),
        ("/old //evil.example 301", "another host without saying so"),
        ("/old /new 302 Country=de", "conditions"),
        ("/old", "target"),
        ("/twice /x 301\n/twice/ /y 301", "an earlier line"),
        ("/all/* /x 301\n/all/of/it /y 301", "an earlier line"),
        ("/app/* /app/ 200", "no file for /app/"),
    ],
)
def test_a_redirect_that_hosts_read_differently_is_refused_with_its_line(tmp_path: Path, line: str, why: str) -> None:
    (found,) = read(tmp_path, f"# what moved\n{line}\n")[1]
    assert (found.code, found.file, found.line) == ("bad-rule", "_redirects", 2 + line.count("\n"))
    assert why in found.message
    assert found.excerpt == line.rsplit("\n", maxsplit=1)[-1]


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("X-A: 1", 1, "stands under no path"),
        ("https://a.example/*\n  X-A: 1", 1, "for another host"),
        ("/*\n  ! X-A", 2, "a name, a colon and a value"),
        ("/*\n  X-A: a\x7fb", 2, "a character that no header can"),
        ("/*\n  Content-Encoding: br", 2, "for the server to say"),
        ("/*/x\n  X-A: 1", 1, "on * for the last one"),
    ],
)
def test_a_header_that_no_host_can_send_is_refused_with_its_line(
    tmp_path: Path, text: str, line: int, why: str
) -> None:
    (found,) = read(tmp_path, "", text)[1]
    assert (found.code, found.file, found.line) == ("bad-rule", "_headers", line)
    assert why in found.message


@pytest.mark.parametrize("start", ["/docs/", "/docs", "/DOCS/", "/docs/index.html", "/file", "/file.html"])
def test_no_redirect_begins_at_a_file(tmp_path: Path, start: str) -> None:
    rules, (found,) = read(tmp_path, f"{start} / 301", "", "docs/index.html", "file.html")
    assert rules.redirects == ()
    assert (found.code, found.line) == ("redirect-over-file", 1)
    assert found.message.startswith("the redirect begins at /")


def test_a_wildcard_over_files_is_told_apart_for_hosts_where_a_rule_wins() -> None:
    rules = [Redirect("/docs/*", "/new/:splat", 301), Redirect("/gone/*", "/", 301), Redirect("/a/", "/b/", 301)]
    assert [(rule.start, url) for rule, url in over_files(rules, ["a/index.html", "docs/x/index.html"])] == [
        ("/docs/*", "/docs/x/")
    ]
    assert list(over_files([Redirect("/app/*", "/app/", 200)], ["app/index.html"])) == []


@pytest.mark.slow
def test_the_demo_means_one_thing(tmp_path: Path) -> None:
    site = copy_of_demo(tmp_path)
    built(site)
    view = standing(str(site / "dist"))
    assert view
    rules, problems = read_rules(view)
    assert problems == []
    assert "".join(f"{line_of(rule)}\n" for rule in rules.redirects) == view.redirects
    text = "\n".join(
        "".join([f"{under.path}\n", *(f"  {name}: {value}\n" for name, value in under.values)])
        for under in rules.headers
    )
    assert text == view.headers
    for limits in LIMITS.values():
        assert exceeded(limits, [], rules) == []


def site(count: int, *, size: int = 1, folder: str = "") -> list[Item]:
    return [Item(path=f"{folder}{number}.html", size=size, digest="") for number in range(count)]


MIB = 1024 * 1024


@pytest.mark.parametrize(
    ("host", "items", "rules", "said"),
    [
        ("cloudflare", site(20_001), Rules(), "Cloudflare takes 20,000 files, and the site has 20,001"),
        ("cloudflare", site(1, size=25 * MIB + 1), Rules(),
         "Cloudflare takes 26,214,400 bytes in a file, and 0.html has 26,214,401"),
        ("cloudflare", [], Rules(redirects=tuple(Redirect(f"/{n}/", "/", 301) for n in range(2_001))),
         "Cloudflare takes 2,000 redirects without wildcards, and the site has 2,001"),
        ("cloudflare", [], Rules(redirects=tuple(Redirect(f"/{n}/*", "/", 301) for n in range(101))),
         "Cloudflare takes 100 redirects with wildcards, and the site has 101"),
        ("cloudflare", [], Rules(redirects=(Redirect("/a/", "/" + "b" * 1_000, 301),)),
         "Cloudflare takes 1,000 characters of a redirect, and that of /a/ has 1,009"),
        ("cloudflare", [], Rules(headers=tuple(Headers(f"/{n}/*", (("X-A", "1"),)) for n in range(101))),
         "Cloudflare takes 100 paths with headers, and the site has 101"),
        ("cloudflare", [], Rules(headers=(Headers("/*", (("X-A", "a" * 2_000),)),)),
         "Cloudflare takes 2,000 characters of a header, and X-A has 2,005"),
        ("netlify", site(54_001, folder="a/"), Rules(),
         "Netlify takes 54,000 files in a folder, and /a has 54,001"),
        ("netlify", [], Rules(redirects=tuple(Redirect(f"/{n}/", "/", 301) for n in range(10_001))),
         "Netlify takes 10,000 redirects, and the site has 10,001"),
        ("github", site(20, size=60 * MIB), Rules(),
         "GitHub Pages takes 1,073,741,824 bytes in all, and the site has 1,258,291,200"),
        ("github", site(1, size=101 * MIB), Rules(),
         "GitHub Pages takes 104,857,600 bytes in a file, and 0.html has 105,906,176"),
        ("gitlab", [], Rules(redirects=tuple(Redirect(f"/{n}/", "/", 301) for n in range(1_001))),
         "GitLab Pages takes 1,000 redirects, and the site has 1,001"),
        ("gitlab", [], Rules(redirects=tuple(Redirect(f"/{n}/{'x' * 99}", "/", 301) for n in range(999))),
         "GitLab Pages takes 65,536 bytes of redirects, and the site has 110,779"),
        ("s3", site(1, size=5 * 1024 * MIB + 1), Rules(),
         "S3 takes 5,368,709,120 bytes in a file, and 0.html has 5,368,709,121"),
    ],
)  # fmt: skip
def test_a_site_beyond_a_limit_is_told_both_numbers(host: HostName, items: list[Item], rules: Rules, said: str) -> None:
    assert [(found.code, found.message) for found in exceeded(LIMITS[host], items, rules)] == [("host-limit", said)]


def test_a_plan_that_takes_more_is_a_changed_field() -> None:
    paid = msgspec.structs.replace(LIMITS["cloudflare"], files=100_000)
    assert exceeded(paid, site(20_001), Rules()) == []


def test_nothing_is_beyond_a_limit_that_is_reached() -> None:
    rules = Rules(
        tuple(Redirect(f"/{n}/", "/", 301) for n in range(2_000)),
        tuple(Headers(f"/{n}/*", (("X-A", "1"),)) for n in range(100)),
    )
    assert exceeded(LIMITS["cloudflare"], site(20_000), rules) == []


def test_a_file_of_rules_that_is_cut_is_no_site_to_deploy() -> None:
    (found,) = read_rules(View({}, redirects="#" * 4 * 1024 * 1024))[1]
    assert (found.code, found.file) == ("bad-rule", "_redirects")
