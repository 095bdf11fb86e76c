"""The hosts' own tools, unmodified, beside ours: what both send for the same folder, and what both make of our rules.

Each deploys to the same stand-in, which writes down what it was asked. Then Cloudflare's tool serves what we deploy,
and Netlify's parsers read it.
"""

import json
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bringing import brought, cloudflare, netlify, planned, release, worker
from cloudflare_standin import ACCOUNT, PROJECT, Cloudflare
from mfe_static.deploy.host import Headers, Redirect, Release, Rules
from mfe_static.deploy.marker import MARKER
from mfe_static.deploy.rules import read_rules
from mfe_static.serve.view import standing as view_of
from netlify_standin import SITE_ID, Netlify
from npm import installed
from serving import Got, Server
from sites import built
from standins import TOKEN, Standin, standing
from test_demo import ROOT, copy_of_demo
from witnesses import Faltering, started
from workers_standin import Workers

pytestmark = [pytest.mark.slow, pytest.mark.node, pytest.mark.xdist_group("node")]


class Built(NamedTuple):
    """A built site, as a folder and as what we deploy of it."""

    root: Path
    wanted: Release


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The demo, with the rules of its repository."""
    root = copy_of_demo(tmp_path_factory.mktemp("demo"))
    assert built(root).published
    (root / "netlify.toml").write_text((ROOT / "netlify.toml").read_text())
    return of_folder(root)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """Another site: odd names, equal files, an empty one, and rules of each kind."""
    root = tmp_path_factory.mktemp("small")
    files = {
        "index.html": "<h1>Start</h1>",
        "404.html": "<h1>None</h1>",
        "docs/index.html": "<h1>Docs</h1>",
        "docs/start/index.html": "<h1>Start</h1>",
        "names/a b ä+&'(1).html": "<h1>Odd</h1>",
        "app/index.html": "<h1>App</h1>",
        "data/feed.json": "{}",
        "data/archive.tar.gz": "x",
        "no-extension": "x",
        "empty.txt": "",
        ".well-known/security.txt": "Contact: mailto:a@tractors.test",
        "_mfe/assets/look.0123456789.css": "h1 {}",
        "_redirects": REDIRECTS,
        "_headers": HEADERS,
    }
    for path, text in files.items():
        (root / "dist" / path).parent.mkdir(parents=True, exist_ok=True)
        (root / "dist" / path).write_text(text)
    listed = dict.fromkeys(files, "")
    (root / "dist/_mfe/manifest.json").write_text(json.dumps({"version": 1, "files": listed}))
    return of_folder(root)


REDIRECTS = """
/was /docs/ 301
/moved/ /docs/start/ 302
/old/* /docs/:splat 301
/people/:name /docs/?who=:name 307
/away https://other.example/x 308
/spa/* /app/ 200
"""
HEADERS = """
/*
  X-All: all
  X-Which: any
/docs/*
  X-Which: docs
/_mfe/assets/*
  Cache-Control: public, max-age=31536000, immutable
"""


def of_folder(root: Path) -> Built:
    dist = root / "dist"
    view = view_of(str(dist))
    assert view is not None
    rules, problems = read_rules(view)
    assert problems == []
    files = {str(path.relative_to(dist)): path.read_bytes() for path in sorted(dist.rglob("*")) if path.is_file()}
    return Built(
        root, release({path: it for path, it in files.items() if path not in {"_redirects", "_headers"}}, rules)
    )


def run(command: list[str | Path], site: Built, home: Path, **environ: str) -> None:
    """Run a tool in the folder of a site, as nobody in particular."""
    known = {"PATH": os.environ["PATH"], "HOME": str(home), "CI": "1", "NO_COLOR": "1", **environ}
    done = subprocess.run(command, cwd=site.root, env=known, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def netlify_cli(at: Netlify, site: Built, home: Path) -> None:
    tool = installed("netlify-cli", "26.2.0") / "node_modules/.bin/netlify"
    command: list[str | Path] = [tool, "deploy", "--no-build", "--dir", "dist", "--prod", "--json"]
    run(command, site, home, NETLIFY_API_URL=at.api, NETLIFY_AUTH_TOKEN=TOKEN, NETLIFY_SITE_ID=SITE_ID)


def wrangler() -> Path:
    return installed("wrangler", "4.86.0") / "node_modules/.bin/wrangler"


def wrangler_deploy(at: Cloudflare, site: Built, home: Path) -> None:
    command: list[str | Path] = [wrangler(), "pages", "deploy", "dist", "--project-name", PROJECT, "--branch", "main"]
    known = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT, "WRANGLER_SEND_METRICS": "false"}
    run(command, site, home, CLOUDFLARE_API_BASE_URL=at.api, **known)


def sent(at: Standin) -> list[str]:
    """The steps that change something, each once, in order."""
    steps = ["/".join(part for part in line.split("/") if not part.startswith("0000")) for line in at.asked()]
    steps = [line.partition("/files/")[0] if line.startswith("PUT") else line for line in steps]
    return list(dict.fromkeys(step for step in steps if not step.startswith("GET")))


@pytest.fixture(params=["demo", "small"])
def site(request: pytest.FixtureRequest) -> Built:
    found: Built = request.getfixturevalue(request.param)
    return found


# -- Netlify


def test_netlify_gets_from_us_what_its_own_tool_sends(site: Built, tmp_path: Path) -> None:
    with standing(Netlify()) as theirs, standing(Netlify()) as ours:
        netlify_cli(theirs, site, tmp_path)
        brought(netlify(ours, site=SITE_ID, root=str(site.root)), site.wanted)
        (its,), (own,) = theirs.deploys.values(), ours.deploys.values()
        expected = {path: sha for path, sha in its.files.items() if path != "netlify.toml"}
        assert {path: sha for path, sha in own.files.items() if path not in {"netlify.toml", MARKER}} == expected
        assert theirs.blobs.keys() - ours.blobs.keys() == {its.files["netlify.toml"]}
        assert (own.state, own.draft, own.branch) == (its.state, its.draft, its.branch)
        assert sent(ours) == sent(theirs)
        manifests = [
            next(request.json for request in at.requests if request.method == "PUT" and "/files/" not in request.path)
            for at in (theirs, ours)
        ]
        assert manifests[0].get("async") == manifests[1]["async"]
        assert rules_of(ours.rules()) == rules_of(theirs.rules())


def rules_of(toml: Mapping[str, Any]) -> tuple[list[Any], list[Any]]:
    """What a generated netlify.toml means."""
    keys = ("from", "to", "status", "force", "query", "conditions", "headers")
    redirects = [{key: rule[key] for key in keys if rule.get(key, {}) != {}} for rule in toml.get("redirects", [])]
    return redirects, [(rule["for"], rule["values"]) for rule in toml.get("headers", [])]


def test_after_us_netlifys_own_tool_has_nothing_to_send_but_its_rules(small: Built, tmp_path: Path) -> None:
    with standing(Netlify()) as at:
        brought(netlify(at, site=SITE_ID, root=str(small.root)), small.wanted)
        at.requests.clear()
        netlify_cli(at, small, tmp_path)
        assert [line.partition("/files/")[2] for line in at.asked() if "/files/" in line] == ["netlify.toml"]


PARSERS = """
import { pathToFileURL } from "node:url";
const [modules, config] = process.argv.slice(2);
const load = (name) => import(pathToFileURL(`${modules}/${name}/lib/index.js`));
const { parseAllRedirects } = await load("@netlify/redirect-parser");
const { parseAllHeaders } = await load("@netlify/headers-parser");
const none = { configRedirects: [], configHeaders: [], redirectsFiles: [], headersFiles: [], minimal: true };
const redirects = await parseAllRedirects({ ...none, netlifyConfigPath: config });
const headers = await parseAllHeaders({ ...none, netlifyConfigPath: config });
const said = ({ message }) => message;
console.log(JSON.stringify({
  redirects: redirects.redirects, headers: headers.headers,
  errors: [...redirects.errors.map(said), ...headers.errors.map(said)],
}));
"""


def test_netlifys_parsers_read_our_rules_without_a_word(site: Built, tmp_path: Path) -> None:
    modules = installed("netlify-cli", "26.2.0") / "node_modules"
    with standing(Netlify()) as at:
        compiled = planned(netlify(at, root=str(site.root)), site.wanted).release
    (tmp_path / "netlify.toml").write_bytes(compiled.items["netlify.toml"].content)
    (tmp_path / "read.mjs").write_text(PARSERS)
    command = ["node", str(tmp_path / "read.mjs"), str(modules), str(tmp_path / "netlify.toml")]
    found = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    assert found["errors"] == []
    read = [(rule["from"], rule["to"], rule["status"]) for rule in found["redirects"]]
    assert read[: len(site.wanted.rules.redirects)] == [
        (rule.start, rule.to, rule.status) for rule in site.wanted.rules.redirects
    ]
    headers = [(rule["for"], rule["values"]) for rule in found["headers"]]
    assert headers == [(rule.path, dict(rule.values)) for rule in site.wanted.rules.headers]


@contextmanager
def netlify_dev(site: Built, folder: Path) -> Iterator[Server]:
    """What we would deploy, served by Netlify's own tool; without edge functions, for which it would load Deno."""
    with standing(Netlify()) as at:
        compiled = planned(netlify(at, root=str(site.root)), site.wanted).release
    for path, item in compiled.items.items():
        place = folder / ("netlify.toml" if path == "netlify.toml" else f"site/{path}")
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(item.content)
    said = ["env", "-C", str(folder), f"HOME={folder}", "NO_COLOR=1"]
    tool = str(installed("netlify-cli", "26.2.0") / "node_modules/.bin/netlify")
    options = ["--offline", "--no-open", "--internal-disable-edge-functions", "--dir", "site", "--port"]
    with started(lambda port: [*said, tool, "dev", *options, str(port)], folder / "said", Faltering) as server:
        yield server


def test_netlifys_own_tool_answers_as_the_rules_say(small: Built, tmp_path: Path) -> None:
    with netlify_dev(small, tmp_path) as server:
        for path in ("/was", "/was/"):
            assert moved(server.get(path)) == (301, "/docs/")
        for path in ("/moved", "/moved/"):
            assert moved(server.get(path)) == (302, "/docs/start/")
        assert moved(server.get("/old/start/")) == (301, "/docs/start/")
        assert moved(server.get("/old")) == (301, "/docs/")
        assert moved(server.get("/people/ada")) == (307, "/docs/?who=ada")
        assert moved(server.get("/away")) == (308, "https://other.example/x")
        assert (server.get("/spa/any/where").status, server.get("/spa/any/where").body) == (200, b"<h1>App</h1>")
        assert (server.get("/nothing").status, server.get("/nothing").body) == (404, b"<h1>None</h1>")
        start, docs = server.get("/").headers, server.get("/docs/").headers
        assert (start["x-all"], start["x-which"]) == ("all", "any")
        assert (docs["x-all"], docs["x-which"]) == ("all", "docs")


def test_netlifys_own_tool_serves_the_demo_with_all_its_redirects(demo: Built, tmp_path: Path) -> None:
    with netlify_dev(demo, tmp_path) as server:
        for rule in demo.wanted.rules.redirects:
            assert moved(server.get(rule.start)) == (rule.status, rule.to)
        policy = dict(demo.wanted.rules.headers[0].values)
        said = server.get("/").headers
        assert {name: said.get(name.lower()) for name in policy} == policy
        assert moved(server.get("/product/AU-02?sku=AU-02-OG")) == (301, "/product/AU-02/AU-02-OG/?sku=AU-02-OG")
        assert server.get("/docs/").status == 200


# -- Cloudflare


def assert_media(ours: Cloudflare, theirs: Cloudflare) -> None:
    """The same types; of files that the other tool knows, and by their newer name."""
    newer = {"application/javascript": "text/javascript"}
    for mark, media in theirs.media.items():
        kind = media.partition(";")[0]
        if kind not in {"application/octet-stream", "application/null"}:
            assert ours.media[mark].partition(";")[0] == newer.get(kind, kind)


def test_cloudflare_gets_from_us_what_its_own_tool_sends(site: Built, tmp_path: Path) -> None:
    with standing(Cloudflare()) as theirs, standing(Cloudflare()) as ours:
        wrangler_deploy(theirs, site, tmp_path)
        brought(cloudflare(ours), site.wanted)
        (its,), (own,) = theirs.deployments.values(), ours.deployments.values()
        assert {path: mark for path, mark in own.files.items() if path != f"/{MARKER}"} == its.files
        assert (own.branch, own.state, own.rules.keys()) == (its.branch, its.state, its.rules.keys())
        assert {mark: ours.blobs[mark] for mark in theirs.blobs} == theirs.blobs
        assert_media(ours, theirs)
        assert sent(ours) == sent(theirs)
        assert ours.remembered - {own.files[f"/{MARKER}"]} == theirs.remembered


def test_after_us_cloudflares_own_tool_has_nothing_to_send(small: Built, tmp_path: Path) -> None:
    with standing(Cloudflare()) as at:
        brought(cloudflare(at), small.wanted)
        had = set(at.blobs)
        wrangler_deploy(at, small, tmp_path)
        assert set(at.blobs) == had


def wrangler_versions(at: Workers, site: Built, folder: Path) -> None:
    (folder / "wrangler.json").write_text(json.dumps(worker_config(site.root / "dist")))
    command: list[str | Path] = [wrangler(), "versions", "upload", "--config", folder / "wrangler.json"]
    known = {"CLOUDFLARE_API_TOKEN": TOKEN, "CLOUDFLARE_ACCOUNT_ID": ACCOUNT, "WRANGLER_SEND_METRICS": "false"}
    run(command, site, folder, CLOUDFLARE_API_BASE_URL=at.api, **known)


def worker_config(directory: Path) -> dict[str, Any]:
    handling = {"html_handling": "auto-trailing-slash", "not_found_handling": "404-page"}
    return {"name": "tractors", "compatibility_date": "2026-01-01", "assets": {"directory": str(directory), **handling}}


def test_a_worker_gets_from_us_what_cloudflares_own_tool_sends(site: Built, tmp_path: Path) -> None:
    with standing(Workers()) as theirs, standing(Workers()) as ours:
        wrangler_versions(theirs, site, tmp_path)
        brought(worker(ours), site.wanted)
        (its,), (own,) = theirs.versions.values(), ours.versions.values()
        assert {path: mark for path, mark in own.files.items() if path != f"/{MARKER}"} == its.files
        assert own.config.keys() == its.config.keys()
        assert {mark: ours.blobs[mark] for mark in theirs.blobs} == theirs.blobs
        assert [step for step in sent(ours) if not step.endswith("/deployments")] == sent(theirs)
        assert_media(ours, theirs)
        had = set(ours.blobs)
        wrangler_versions(ours, site, tmp_path)
        assert set(ours.blobs) == had


@contextmanager
def cloudflare_dev(wanted: Release, folder: Path, kind: str = "pages") -> Iterator[Server]:
    """What we would deploy, served by Cloudflare's own tool: as a project of Pages, or as the assets of a Worker."""
    with standing(Cloudflare()) as at:
        compiled = planned(cloudflare(at), wanted).release
    for path, item in compiled.items.items():
        (folder / "site" / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / "site" / path).write_bytes(item.content)
    places = {"HOME": str(folder), "XDG_CONFIG_HOME": str(folder), "WRANGLER_LOG_PATH": str(folder / "log")}
    quiet = {"WRANGLER_SEND_METRICS": "false", "CI": "1", "NO_COLOR": "1"}
    said = ["env", *(f"{key}={value}" for key, value in {**places, **quiet}.items())]
    (folder / "wrangler.json").write_text(json.dumps(worker_config(folder / "site")))
    named = {
        "pages": ["pages", "dev", str(folder / "site"), "--compatibility-date", "2026-01-01"],
        "worker": ["dev", "--config", str(folder / "wrangler.json")],
    }
    here = ["--cwd", str(folder), "--ip", "127.0.0.1", "--inspector-port", "0", "--port"]
    command = [*said, str(wrangler()), *named[kind], *here]
    with started(lambda port: [*command, str(port)], folder / "said", Faltering) as server:
        yield server


def moved(answer: Got) -> tuple[int, str]:
    return answer.status, answer.location


@pytest.mark.parametrize("kind", ["pages", "worker"])
def test_cloudflares_own_tool_answers_as_the_rules_say(small: Built, tmp_path: Path, kind: str) -> None:
    with cloudflare_dev(small.wanted, tmp_path, kind) as server:
        for path in ("/was", "/was/"):
            assert moved(server.get(path)) == (301, "/docs/")
        for path in ("/moved", "/moved/"):
            assert moved(server.get(path)) == (302, "/docs/start/")
        assert moved(server.get("/old/start/")) == (301, "/docs/start/")
        for path in ("/old", "/old/"):
            assert moved(server.get(path)) == (301, "/docs/")
        assert moved(server.get("/people/ada")) == (307, "/docs/?who=ada")
        assert moved(server.get("/away")) == (308, "https://other.example/x")
        for path in ("/spa/", "/spa/any/where"):
            assert (server.get(path).status, server.get(path).body) == (200, b"<h1>App</h1>")
        assert (server.get("/nothing").status, server.get("/nothing").body) == (404, b"<h1>None</h1>")
        start, docs = server.get("/").headers, server.get("/docs/").headers
        assert (start["x-all"], start["x-which"]) == ("all", "any")
        assert (docs["x-all"], docs["x-which"]) == ("all", "docs")
        assert server.get("/_mfe/assets/look.0123456789.css").headers["cache-control"].endswith("immutable")
        assert moved(server.get("/docs")) == (308 if kind == "pages" else 307, "/docs/")
        odd = server.get("/names/a%20b%20%C3%A4+&'(1)")  # or under another spelling
        assert (server.get(odd.location) if odd.location else odd).body == b"<h1>Odd</h1>"
        assert server.get("/.well-known/security.txt").status == 200


def test_cloudflares_own_tool_serves_the_demo_with_all_its_redirects(demo: Built, tmp_path: Path) -> None:
    with cloudflare_dev(demo.wanted, tmp_path) as server:
        for rule in demo.wanted.rules.redirects:
            assert moved(server.get(rule.start)) == (rule.status, rule.to)
            assert moved(server.get(rule.start.rstrip("/") or "/")) == (rule.status, rule.to)
        policy = dict(demo.wanted.rules.headers[0].values)
        said = server.get("/").headers
        assert {name.lower(): said.get(name.lower()) for name in policy} == {
            name.lower(): value for name, value in policy.items()
        }
        for path in demo.wanted.items:
            if path.endswith("/index.html"):
                assert server.get("/" + path.removesuffix("index.html")).status == 200


def test_rules_at_the_limit_are_all_taken_by_cloudflares_own_tool(tmp_path: Path) -> None:
    plain = [Redirect(f"/p/{number}", f"/to/{number}", 301) for number in range(1_990)]
    wild = [Redirect(f"/w{number}/*", f"/to/{number}/:splat", 302) for number in range(100)]
    headers = tuple(Headers(f"/h{number}/*", ((f"X-{number}", "1"),)) for number in range(100))
    wanted = release({"index.html": b"x", "h99/index.html": b"x"}, Rules((*wild, *plain), headers))
    with cloudflare_dev(wanted, tmp_path) as server:
        assert moved(server.get("/p/1989")) == (301, "/to/1989")
        assert moved(server.get("/w99/a/b")) == (302, "/to/99/a/b")
        assert server.get("/h99/").headers["x-99"] == "1"
