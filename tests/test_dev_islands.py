"""Islands that fail while somebody works: over the page, and once in the terminal."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import expect

from developing import Dev
from sites import Files, site, team_toml
from test_islands_browser import Seen, seen

__all__ = ["seen"]

PAGE = '---\ntitle: One\n---\n<mfe-fragment src="shop:clicker" hydrate="load" />\n'
MODULE = "teams/shop/fragments/clicker/fragment.js"
FILES: Files = {
    "teams/shop/team.toml": team_toml("shop"),
    "teams/shop/pages/index.html": PAGE,
    "teams/shop/fragments/clicker/fragment.html": "<p>as it was</p>",
}
MENDED = "export const mount = ({ host }) => { host.dataset.mounted = '' }\n"


@pytest.fixture(scope="module")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    """A server for all that somebody breaks and mends again."""
    with Dev(site(tmp_path_factory.mktemp("site"), {**FILES, MODULE: MENDED}, routes={"shop": "/"})) as dev:
        assert dev.next("built", "failed")["ok"]
        yield dev


@pytest.mark.browser
@pytest.mark.parametrize(
    ("text", "said", "line", "hint"),
    [
        (
            "export function mount({ host }) {\n  host.querySelector('p').innerHTML = '<b>hi</b>'\n}\n",
            "shop:clicker failed in the browser: .*TrustedHTML",
            2,
            "write text by textContent",
        ),
        (
            "export async function mount() {\n\n  throw Error('no basket')\n}\n",
            ".* failed in the browser: no basket",
            3,
            "",
        ),
        ("export const mount = () => Promise.reject('never')\n", ".* failed in the browser: never", 0, ""),
        ("nobody()\nexport const mount = () => {}\n", ".* failed in the browser: nobody is not defined", 1, ""),
    ],
)
def test_an_island_that_fails_stands_over_the_page_until_it_is_mended(
    dev: Dev, seen: Seen, text: str, said: str, line: int, hint: str
) -> None:
    dev.changed(MODULE, text)
    seen.page.goto(dev.url)
    shown = seen.page.get_by_role("dialog").locator(".problem")
    expect(shown).to_have_count(1)
    expect(shown.locator(".message")).to_have_text(re.compile(said))
    expect(shown).to_contain_text("Team Shop")
    expect(shown.locator(".place")).to_have_text(re.compile(f"^{MODULE}{f':{line}:' if line else '$'}"))
    expect(shown).to_contain_text(hint)
    (told,) = dev.next("notice")["problems"]
    assert (told["code"], told["severity"], told["file"], told["line"]) == ("island-failed", "error", MODULE, line)
    assert told["excerpt"] == (text.splitlines()[line - 1] if line else "")
    assert (told["team"], told["owner"], told["url"]) == ("shop", "Team Shop <shop@site.example>", "/")
    seen.page.reload()
    expect(shown).to_have_count(1)
    dev.changed(MODULE, MENDED)
    expect(seen.page.locator("mfe-island[data-mounted]")).to_have_count(1)
    expect(shown).to_have_count(0)


@pytest.mark.browser
def test_the_terminal_says_it_once_for_each_build(dev: Dev, seen: Seen) -> None:
    dev.changed(MODULE, "export const mount = () => Promise.reject('never')\n")
    for _ in range(3):
        seen.page.goto(dev.url)
        expect(seen.page.get_by_role("dialog")).to_contain_text("never")
    assert dev.next("notice", "built", "failed")["event"] == "notice"
    seen.page.goto("about:blank")
    (dev.root / MODULE).write_text(MENDED)
    assert dev.next("notice", "built", "failed")["event"] == "built"


def test_who_is_not_the_client_says_nothing(tmp_path: Path) -> None:
    with Dev(site(tmp_path, FILES, routes={"shop": "/"})) as dev:
        assert dev.next("built", "failed")["ok"]
        one = b'{"team": "a", "fragment": "b", "message": "c", "module": "/x.js", "page": "/"}'
        for body, headers, status in (
            (one, {}, 403),
            (b'{"team": "a"}', {"X_MFE_Dev": "1"}, 400),
            (b"{}" * 10_000, {"X_MFE_Dev": "1"}, 413),
        ):
            assert dev.request("/_mfe/dev/failed", "POST", body, **headers).status == status
        row = dev.request("/_mfe/dev/failed", "POST", one, X_MFE_Dev="1").json
        assert (row["message"], row["file"], row["frame"]) == ("a:b failed in the browser: c", "", [])
