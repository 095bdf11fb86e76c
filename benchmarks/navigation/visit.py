"""Somebody who visits one router's site, for one question."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, TimeoutError

from benchmarks.navigation.answers import Server
from benchmarks.navigation.routers import Router

WATCH = """(() => {
  window.said = []; window.busy = 0; window.seen = [];
  const say = (text) => { text = text.trim(); if (text && said.at(-1) !== text) said.push(text); };
  Document.prototype.ariaNotify = Element.prototype.ariaNotify = say;
  new MutationObserver((changes) => {
    for (const { target, type } of changes) {
      if (type === "attributes") { if (target.ariaBusy === "true") busy++; continue; }
      const element = target.closest ? target : target.parentElement;
      const region = element?.closest("[aria-live], [role=status], [role=alert], output");
      if (region) say(region.textContent);
    }
  }).observe(document, { subtree: true, childList: true, characterData: true, attributeFilter: ["aria-busy"] });
  const look = () => {
    const heading = document.querySelector("h1");
    if (heading) seen.push([heading.textContent, getComputedStyle(heading).color, scrollY]);
    window.moved ||= document.getAnimations().some(({ playState, effect }) => playState === "running" &&
      effect.pseudoElement?.startsWith("::view-transition") && effect.getTiming().duration > 0);
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
})();"""
"""Notes in every document: what screen readers are told, what moves, and each frame's heading."""


class Broken(Exception):
    """A promise is not kept; what was seen instead."""


class Visit:
    """A tab with the first page open."""

    def __init__(self, context: BrowserContext, server: Server, router: Router) -> None:
        self.context, self.server, self.router = context, server, router
        self.errors: list[str] = []
        self.page: Page = context.new_page()
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.open()

    def open(self, path: str = "/t/") -> None:
        """Load a page, as from an address bar."""
        self.page.goto(self.server.origin + path)
        self.page.wait_for_timeout(150)
        self.js("window.here = 1")

    def js(self, script: str) -> Any:
        """What a script in the page gives."""
        return self.page.evaluate(script)

    def wait(self, seconds: float) -> None:
        """Let time go by, in the browser as well."""
        self.page.wait_for_timeout(seconds * 1000)

    def follow(self, href: str = "/t/two/", **attributes: str) -> None:
        """Follow the first link of the page, with another address and attributes."""
        self.page.locator("#go").evaluate(
            "(link, given) => given.forEach(([name, value]) => link.setAttribute(name, value))",
            [["href", href], *attributes.items()],
        )
        self.page.locator("#go").click()

    def back(self) -> None:
        """As the browser's button does."""
        with suppress(TimeoutError):
            self.page.go_back(wait_until="commit", timeout=3_000)

    def until(self, holds: Callable[[], bool], seconds: float = 5) -> bool:
        """Whether it comes to be."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            with suppress(Error):  # just between two documents
                if holds():
                    return True
            with suppress(Error):
                self.page.wait_for_timeout(25)
        return False

    def shows(self, title: str, seconds: float = 5) -> None:
        """The page of that heading comes, whole."""
        whole = f"document.querySelector('h1')?.textContent === {title!r} && document.readyState === 'complete'"
        if not self.until(lambda: bool(self.js(whole)), seconds):
            raise Broken(f"shows {self.heading()!r}")
        self.wait(0.35)  # transitions end, late answers arrive
        if self.heading() != title:
            raise Broken(f"goes on to {self.heading()!r}")

    def need(self, holds: object, otherwise: str) -> None:
        """What has to be so."""
        if not holds:
            raise Broken(otherwise)

    def heading(self) -> str:
        """What the page is."""
        with suppress(Error):
            return str(self.js("document.querySelector('h1')?.textContent ?? document.contentType"))
        return "nothing"

    def at(self) -> str:
        """Path, query and anchor of the address."""
        return str(self.js("location.pathname + location.search + location.hash"))

    def y(self) -> int:
        """How far it is scrolled."""
        return int(self.js("Math.round(scrollY)"))

    @property
    def soft(self) -> bool:
        """Whether it is still the first document."""
        with suppress(Error):
            return bool(self.js("window.here === 1"))
        return False

    def opens_tab(self, act: Callable[[], None], path: str = "/t/two/") -> None:
        """Another tab comes, and this one stays."""
        try:
            with self.context.expect_page(timeout=3_000) as opened:
                act()
            opened.value.wait_for_url(re.compile(re.escape(path)), timeout=3_000)
        except TimeoutError:
            raise Broken("no tab is opened") from None
        self.wait(0.2)
        self.need(self.at() == "/t/", f"this one went to {self.at()}")

    def downloads(self, act: Callable[[], None]) -> None:
        """A file is downloaded, and the page stays."""
        try:
            with self.page.expect_download(timeout=3_000):
                act()
        except TimeoutError:
            raise Broken(f"no download; shows {self.heading()!r}") from None
        self.need((self.heading(), self.at()) == ("One", "/t/"), f"shows {self.heading()!r} at {self.at()}")


@contextmanager
def visiting(browser: Browser, server: Server, router: Router) -> Iterator[Visit]:
    """A visit to the first page, in a browser that knows nothing."""
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    context.add_init_script(WATCH)
    context.set_default_timeout(5_000)
    try:
        yield Visit(context, server, router)
    finally:
        context.close()
