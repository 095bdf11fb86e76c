"""One set of rules in the words of each host; what a host has no word for is said, with the rule."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from mfe_static.cli import program
from mfe_static.deploy.compile import COMPILERS, Compiler
from mfe_static.deploy.compile.pages import github, gitlab, with_policy
from mfe_static.deploy.host import Headers, Item, Redirect, Release, Rules
from mfe_static.digests import digest
from mfe_static.problems import Problem
from mfe_static.serve.headers import read_headers, with_rules
from mfe_static.serve.redirects import read_redirects
from serving import finished

POLICY = "default-src 'none'; script-src 'self' 'sha256-abc+/='; frame-ancestors 'none'; report-uri /r"
SECURE = Headers(
    "/*",
    (
        ("Content-Security-Policy", POLICY),
        ("Referrer-Policy", "no-referrer"),
        ("Strict-Transport-Security", "max-age=31536000; includeSubDomains"),
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "deny"),
        ("X-Which", "all"),
    ),
)
ASSETS = Headers("/_mfe/assets/*", (("Cache-Control", "public, max-age=31536000, immutable"),))
PAGE = '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<script src="/x.js"></script>'


def release(
    *redirects: Redirect, headers: tuple[Headers, ...] = (SECURE, ASSETS), base: str = "", **files: str
) -> Release:
    texts = {"index.html": PAGE, "docs/index.html": PAGE, "404.html": PAGE, "_mfe/assets/x.css": "b{}", **files}
    items = {
        path: Item(path=path, size=len(text), digest=digest(text), content=text.encode())
        for path, text in texts.items()
    }
    return Release(id="", base_url=f"https://shop.example{base}", items=items, rules=Rules(redirects, headers))


def texts(compiler: Compiler, given: Release) -> dict[str, str]:
    made = COMPILERS[compiler](given)
    assert isinstance(made, dict), made
    return made


def refused(made: object) -> list[str]:
    assert isinstance(made, list), made
    assert {found.code for found in made if isinstance(found, Problem)} <= {"host-cannot", "host-limit"}
    return [found.message for found in made]


def test_netlify_reads_the_rules_as_they_are_with_their_status() -> None:
    given = release(Redirect("/a", "/b/:id", 301, (("id", ":id"),)), Redirect("/x/*", "/docs/", 200))
    assert texts("netlify", given)["_redirects"] == "/a id=:id /b/:id 301\n/x/* /docs/ 200\n"


def test_a_rewrite_leads_to_a_file_wherever_the_site_is() -> None:
    given = release(Redirect("/x/*", "/shop/docs/", 200), Redirect("/y/", "/shop/docs/", 301), base="/shop")
    expected = "/x/* /docs/ 200\n/y/ /shop/docs/ 301\n"
    assert texts("netlify", given)["_redirects"] == expected
    assert set(expected.splitlines()) <= set(texts("cloudflare", given)["_redirects"].splitlines())


def test_cloudflare_gets_rules_without_wildcards_first_and_each_header_once() -> None:
    differing = Headers("/docs/*", (("X-Which", "docs"),))
    given = release(
        Redirect("/from/*", "/docs/:splat", 301), Redirect("/b/", "/", 302), Redirect("/a/", "/", 308),
        headers=(SECURE, differing, ASSETS),
    )  # fmt: skip
    made = texts("cloudflare", given)
    also = "/from /docs/ 301\n/from/ /docs/ 301\n/b / 302\n/a / 308\n"  # other spellings, which Netlify finds by itself
    assert made["_redirects"] == f"/b/ / 302\n/a/ / 308\n{also}/from/* /docs/:splat 301\n"
    assert read_redirects(made["_redirects"], "cloudflare")[1] == []
    rules, ignored = read_headers(made["_headers"], "cloudflare")
    assert ignored == []
    assert with_rules({}, rules, "/docs/", "cloudflare")["x-which"] == "docs"
    assert with_rules({}, rules, "/", "cloudflare")["x-which"] == "all"


def test_at_cloudflare_the_first_rule_that_fits_still_counts_and_spellings_stop_at_the_limit() -> None:
    given = release(Redirect("/a/*", "/docs/:splat", 301), Redirect("/a/b", "/never/", 302), Redirect("/c", "/", 302))
    assert texts("cloudflare", given)["_redirects"].splitlines() == [
        "/c / 302", "/a /docs/ 301", "/a/ /docs/ 301", "/c/ / 302", "/a/* /docs/:splat 301",
    ]  # fmt: skip
    many = texts("cloudflare", release(*(Redirect(f"/{number}", "/", 301) for number in range(1_500))))["_redirects"]
    assert many.count("\n") == 1_500


def test_other_origins_may_be_let_in_at_cloudflare() -> None:
    given = release(headers=(Headers("/data/*", (("Access-Control-Allow-Origin", "*"),)),))
    assert "Access-Control-Allow-Origin: *" in texts("cloudflare", given)["_headers"]


def test_what_cloudflare_would_drop_without_a_word_is_told() -> None:
    found = refused(COMPILERS["cloudflare"](release(Redirect("/x", "http://other.example/", 301))))
    assert all(said.endswith("a target at another host begins with https://") for said in found)
    assert found


@pytest.mark.parametrize("compiler", ["cloudflare", "cloudfront"])
def test_where_a_rule_wins_over_files_none_may_stand_over_one(compiler: Compiler) -> None:
    (said,) = refused(COMPILERS[compiler](release(Redirect("/docs/*", "/new/:splat", 301))))
    why = "there a rule wins over files, and /docs/ would not be reached"
    assert said.endswith(f"cannot be told /docs/* /new/:splat 301: {why}")


@pytest.mark.parametrize("compiler", ["cloudflare", "gitlab", "nginx", "caddy", "cloudfront"])
def test_only_netlify_looks_at_queries(compiler: Compiler) -> None:
    (said,) = refused(COMPILERS[compiler](release(Redirect("/a", "/b", 301, (("id", "1"),)))))
    assert said.endswith("cannot be told /a id=1 /b 301: it does not look at queries")


def test_gitlab_gets_the_path_of_the_project_and_the_statuses_that_it_knows() -> None:
    given = release(
        *(Redirect(f"/{status}/", "/shop/docs/", status) for status in (301, 302, 303, 307, 308)),
        Redirect("/app/*", "/shop/docs/", 200),
        Redirect("/own/*", "/docs/", 200),
        base="/shop",
    )
    made = gitlab(given)
    assert isinstance(made, Release)
    assert made.items["_redirects"].read().decode().splitlines() == [
        "/shop/301/ /shop/docs/ 301", "/shop/302/ /shop/docs/ 302", "/shop/303/ /shop/docs/ 302",
        "/shop/307/ /shop/docs/ 302", "/shop/308/ /shop/docs/ 301", "/shop/app/* /shop/docs/ 200",
        "/shop/own/* /shop/docs/ 200",
    ]  # fmt: skip
    assert b"Content-Security-Policy" in made.items["docs/index.html"].read()


def test_a_redirect_of_github_pages_is_a_page_that_leads_on() -> None:
    given = release(
        Redirect("/old/", "/shop/docs/?a=1&b=2#part", 301),
        Redirect("/gr%C3%B6sse", "https://else.example/", 302),
        Redirect("/was.html", "/shop/docs/", 308),
        base="/shop",
    )
    made = github(given)
    assert isinstance(made, Release)
    assert made.items[".nojekyll"].read() == b""
    old = made.items["old/index.html"].read().decode()
    assert '<meta http-equiv="refresh" content="0; url=/shop/docs/?a=1&amp;b=2#part">' in old
    assert '<link rel="canonical" href="https://shop.example/shop/docs/?a=1&amp;b=2#part">' in old
    assert "https://else.example/" in made.items["größe/index.html".replace("ß", "ss")].read().decode()
    assert "was.html" in made.items
    assert made.items["old/index.html"].digest == digest(old)


@pytest.mark.parametrize(
    ("start", "place"),
    [
        ("/functions/strings.trim", "functions/strings.trim/index.html"),
        ("/old.php", "old.php/index.html"),
        ("/old.htm", "old.htm"),
    ],
)
def test_a_page_that_leads_on_stands_at_names_with_a_dot_too(start: str, place: str) -> None:
    made = github(release(Redirect(start, "/docs/", 301)))
    assert isinstance(made, Release)
    assert place in made.items


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        (Redirect("/app/", "/docs/", 200), "it has no rewrites"),
        (Redirect("/old/*", "/docs/", 301), "a page that leads on stands at one address"),
        (Redirect("/feed.xml", "/docs/", 301), "only where a page can be, another can lead on"),
        (Redirect("/404.html/x/", "/docs/", 301), "404.html is a file, so nothing can be below it"),
    ],
)
def test_what_no_page_can_do_github_pages_cannot_be_told(rule: Redirect, why: str) -> None:
    (said,) = refused(github(release(rule)))
    assert said.endswith(f": {why}")


def test_what_has_no_rewrites_is_told_with_a_way_out() -> None:
    made = github(release(Redirect("/app/", "/docs/", 200)))
    assert not isinstance(made, Release)
    (found,) = made
    assert found.hint.startswith("give each such address a page")


def test_a_document_says_its_policy_before_anything_is_loaded_but_not_what_only_a_header_can() -> None:
    made = github(release())
    assert isinstance(made, Release)
    text = made.items["docs/index.html"].read().decode()
    said = (
        '<meta http-equiv="Content-Security-Policy" content="default-src &#x27;none&#x27;; '
        'script-src &#x27;self&#x27; &#x27;sha256-abc+/=&#x27;"><meta name="referrer" content="no-referrer">'
    )
    assert text == PAGE.replace('<meta charset="utf-8">', f'<meta charset="utf-8">{said}')
    assert made.items["docs/index.html"].size == len(text)
    assert made.items["_mfe/assets/x.css"].read() == b"b{}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("<!doctype html><title>x</title>", "<!doctype html>@<title>x</title>"),
        ("\ufeff<!-- <head> --><html><head data-x='>'><link>", "\ufeff<!-- <head> --><html><head data-x='>'>@<link>"),
        ("<HEAD><script></script><meta charset=utf-8>", "<HEAD>@<script></script><meta charset=utf-8>"),
        ("<html><header>x</header>", "<html>@<header>x</header>"),
        ("<p>a part</p>", "<p>a part</p>"),
        ("text", "text"),
    ],
)
def test_a_policy_comes_first_in_any_document_and_into_no_part_of_one(before: str, after: str) -> None:
    said = '<meta http-equiv="Content-Security-Policy" content="img-src a">'
    made = with_policy(before.encode(), {"Content-Security-Policy": "img-src a"}).decode()
    assert made == after.replace("@", said)


def test_bytes_that_are_no_utf_8_stay_as_they_are() -> None:
    made = with_policy(b"<!doctype html>\xff\xfe", {"Referrer-Policy": "origin"})
    assert made == b'<!doctype html><meta name="referrer" content="origin">\xff\xfe'


@pytest.mark.parametrize(
    ("compiler", "value", "why"),
    [
        ("nginx", "x" * 4_001, "it reads 4,000 bytes of a value"),
        ("caddy", "a{env.HOME}", "it would put something of its own into X-A"),
        ("caddy", "`\\", "it has no quotation marks for the value of X-A"),
        ("caddy", "}", "it has no quotation marks for the value of X-A"),
    ],
)
def test_a_value_that_a_server_cannot_be_given_is_refused(compiler: Compiler, value: str, why: str) -> None:
    (said,) = refused(COMPILERS[compiler](release(headers=(Headers("/*", (("X-A", value),)),))))
    assert said.endswith(f"cannot be told the headers of /*: {why}")


def test_nginx_knows_a_file_s_type_by_its_name_and_is_not_told_another_one() -> None:
    kind = "application/speculationrules+json"
    given = release(
        headers=(Headers("/x.speculationrules", (("Content-Type", kind),)),), **{"x.speculationrules": "{}"}
    )
    made = "".join(texts("nginx", given).values())
    assert f'"{kind}; charset=utf-8" speculationrules;' in made
    assert "add_header Content-Type" not in made


@pytest.mark.parametrize("start", ["/%60%5C/", "/%7B$HOME%7D"])
def test_a_path_that_caddy_cannot_be_given_is_refused(start: str) -> None:
    (said,) = refused(COMPILERS["caddy"](release(Redirect(start, "/", 301))))
    assert said.endswith("it has no quotation marks for its path")


def test_more_wildcards_than_nginx_counts_are_refused() -> None:
    start = "/x/" + "/".join(f":n{number}" for number in range(10))
    (said,) = refused(COMPILERS["nginx"](release(Redirect(start, "/", 301))))
    assert said.endswith("it counts 9 wildcards")


def policies(given: Release) -> dict[str, Any]:
    made = texts("cloudfront", given)
    return {name: json.loads(text) for name, text in made.items() if name.endswith(".json")}


def test_cloudfront_has_a_policy_for_all_paths_and_one_for_each_that_differs() -> None:
    differing = Headers("/docs/*", (("X-Which", "docs"), ("Cache-Control", "no-store")))
    made = policies(release(headers=(SECURE, differing, ASSETS)))
    assert list(made) == ["cloudfront-headers.json", "cloudfront-headers-1.json"]
    whole = made["cloudfront-headers.json"]
    assert whole["SecurityHeadersConfig"] == {
        "ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": POLICY},
        "ReferrerPolicy": {"Override": True, "ReferrerPolicy": "no-referrer"},
        "StrictTransportSecurity": {
            "Override": True, "AccessControlMaxAgeSec": 31536000, "IncludeSubdomains": True, "Preload": False,
        },
        "ContentTypeOptions": {"Override": True},
        "FrameOptions": {"Override": True, "FrameOption": "DENY"},
    }  # fmt: skip
    custom = [policy["CustomHeadersConfig"]["Items"] for policy in made.values()]
    assert custom == [
        [{"Header": "X-Which", "Value": "all", "Override": True}],
        [{"Header": "X-Which", "Value": "docs", "Override": True}],
    ]


def test_amazons_own_description_of_its_api_takes_the_policies() -> None:
    session = pytest.importorskip("botocore.session")
    validate = pytest.importorskip("botocore.validate")
    model = session.get_session().get_service_model("cloudfront").operation_model("CreateResponseHeadersPolicy")
    for policy in policies(release()).values():
        report = validate.ParamValidator().validate({"ResponseHeadersPolicyConfig": policy}, model.input_shape)
        assert not report.has_errors(), report.generate_report()


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        (Headers("/users/:id", (("X-A", "1"),)), "what it calls a path pattern has no :name"),
        (Headers("/*", (("Access-Control-Allow-Origin", "*"),)),
         "Access-Control-Allow-Origin is part of a policy that you write yourself"),
        (Headers("/*", (("Strict-Transport-Security", "forever"),)), "Strict-Transport-Security has no max-age"),
    ],
)  # fmt: skip
def test_headers_that_cloudfront_has_no_field_for_are_refused(headers: Headers, why: str) -> None:
    (said,) = refused(COMPILERS["cloudfront"](release(headers=(headers,))))
    assert said.endswith(why)


def test_a_function_that_cloudfront_would_not_take_is_refused_with_its_size() -> None:
    (said,) = refused(COMPILERS["cloudfront"](release(*(Redirect(f"/{n}/", "/docs/", 301) for n in range(600)))))
    assert said.startswith("CloudFront takes 10,240 bytes of a function, and with the site's redirects it has ")


@pytest.mark.node
@pytest.mark.skipif(shutil.which("node") is None, reason="node is not installed here")
def test_the_function_of_cloudfront_leads_where_the_rules_say(tmp_path: Path) -> None:
    given = release(
        Redirect("/old/", "/sh%C3%B6p/docs/", 301),
        Redirect("/part", "/sh%C3%B6p/docs/#part", 302),
        Redirect("/asks", "/sh%C3%B6p/docs/?x=1", 303),
        Redirect("/from/*", "/sh%C3%B6p/docs/:splat", 308),
        Redirect("/n/:y/:m", "/sh%C3%B6p/:m-:y/", 301),
        Redirect("/app/*", "/sh%C3%B6p/docs/", 200),
        base="/sh%C3%B6p",
    )
    query = {"a": {"value": "1", "multiValue": [{"value": "1"}, {"value": "2"}]}, "b": {"value": "%20"}}
    expected = {
        "/": "file /docs/x/index.html",
        "/sh%C3%B6p/": "file /sh%C3%B6p/index.html",
        "/sh%C3%B6p/docs/": "file /sh%C3%B6p/docs/index.html",
        "/sh%C3%B6p/a.css": "file /sh%C3%B6p/a.css",
        "/sh%C3%B6p/docs": "301 /sh%C3%B6p/docs/?a=1&a=2&b=%20",
        "//evil.example/docs": "301 /evil.example/docs/?a=1&a=2&b=%20",
        "/\\evil/docs": "file /\\evil/docs",
        "/sh%C3%B6p/old": "301 /sh%C3%B6p/docs/?a=1&a=2&b=%20",
        "/sh%C3%B6p/old/": "301 /sh%C3%B6p/docs/?a=1&a=2&b=%20",
        "/sh%c3%b6p/old/": "301 /sh%C3%B6p/docs/?a=1&a=2&b=%20",
        "/sh%C3%B6p/part": "302 /sh%C3%B6p/docs/?a=1&a=2&b=%20#part",
        "/sh%C3%B6p/asks": "303 /sh%C3%B6p/docs/?x=1",
        "/sh%C3%B6p/from/x/%0d%0a": "308 /sh%C3%B6p/docs/x/%0d%0a?a=1&a=2&b=%20",
        "/sh%C3%B6p/from": "308 /sh%C3%B6p/docs/?a=1&a=2&b=%20",
        "/sh%C3%B6p/n/2026/05": "301 /sh%C3%B6p/05-2026/?a=1&a=2&b=%20",
        "/sh%C3%B6p/app/x": "file /sh%C3%B6p/docs/index.html",
    }
    expected["/"] = "file /index.html"
    program = texts("cloudfront", given)["cloudfront-function.js"] + (
        f"var query = {json.dumps(query)};\n"
        f"console.log(JSON.stringify({json.dumps(list(expected))}.map(function (uri) {{\n"
        "  var got = handler({ request: { uri: uri, querystring: query, headers: {} } });\n"
        "  return got.statusCode ? got.statusCode + ' ' + got.headers.location.value : 'file ' + got.uri;\n"
        "})));\n"
    )
    (tmp_path / "function.js").write_text(program)
    done = subprocess.run(["node", str(tmp_path / "function.js")], capture_output=True, text=True, check=True)
    assert dict(zip(expected, json.loads(done.stdout), strict=True)) == expected


FINISHED = {
    "index.html": PAGE,
    "_mfe/site.json": '{"base_url": "https://shop.example"}',
    "_redirects": "/old/ / 301\n",
    "_headers": "/*\n  X-A: 1\n",
}
SITE = 'title = "x"\n[teams]\na = "/"\n'


def listed(root: Path, *args: str, files: dict[str, str] | None = None) -> Result:
    finished(root / "dist", FINISHED if files is None else files)
    (root / "site.toml").write_text(SITE)
    return CliRunner().invoke(program, ["list", "rules", "--root", str(root), *args])


def test_the_rules_are_printed_or_written_and_written_again(tmp_path: Path) -> None:
    assert listed(tmp_path, "--for", "netlify").output == "# _redirects\n/old/ / 301\n\n# _headers\n/*\n  X-A: 1\n\n"
    (row,) = json.loads(listed(tmp_path, "--for", "caddy", "--json").output)
    for _ in range(2):
        assert listed(tmp_path, "--for", "caddy", "-o", str(tmp_path / "a/b")).exit_code == 0
    assert (row["file"], row["text"]) == ("site.caddy", (tmp_path / "a/b/site.caddy").read_text())


def test_a_file_of_somebody_else_is_not_overwritten(tmp_path: Path) -> None:
    (tmp_path / "site.caddy").write_text("example.com {\n}\n")
    done = listed(tmp_path, "--for", "caddy", "-o", str(tmp_path))
    assert done.exit_code == 6
    assert "exists-already" in done.output
    assert (tmp_path / "site.caddy").read_text() == "example.com {\n}\n"


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        ([], 2, "list rules needs --for"),
        (["--for", "apache"], 2, "apache"),
        (["--for", "nginx", "--check", "x"], 2, "--check is for: list codeowners"),
        (["--for", "nginx", "-o", "/dev/null/x"], 1, "output-unwritable"),
    ],
)
def test_what_cannot_be_listed_is_said(tmp_path: Path, args: list[str], code: int, said: str) -> None:
    done = listed(tmp_path, *args)
    assert done.exit_code == code
    assert said in done.output


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({**FINISHED, "_redirects": "/old/ /x 404\n"}, "bad-rule"),
        ({**FINISHED, "_redirects": "/ /x 301\n"}, "redirect-over-file"),
        ({**FINISHED, "_redirects": "/a id=1 /b 301\n"}, "host-cannot"),
    ],
)
def test_rules_that_no_server_can_be_told_are_errors(tmp_path: Path, files: dict[str, str], code: str) -> None:
    done = listed(tmp_path, "--for", "nginx", "-o", str(tmp_path / "out"), files=files)
    assert done.exit_code == 1
    assert code in done.output
    assert not (tmp_path / "out").exists()


def test_without_a_finished_site_there_are_no_rules(tmp_path: Path) -> None:
    (tmp_path / "site.toml").write_text(SITE)
    done = CliRunner().invoke(program, ["list", "rules", "--root", str(tmp_path), "--for", "nginx"])
    assert done.exit_code == 1
    assert "nothing-to-serve" in done.output


def test_a_dollar_in_the_path_of_the_site_is_no_variable_of_nginx() -> None:
    made = texts("nginx", release(base="/a$b"))
    (name,) = {line.split()[1][1:-5] for line in made["nginx-server.conf"].splitlines() if line.startswith("set ")}
    assert f'error_page 404 "/a${{{name}_dollar}}b/404.html";' in made["nginx-server.conf"]
    assert f'geo ${name}_dollar {{ default "$"; }}' in made["nginx-http.conf"]
