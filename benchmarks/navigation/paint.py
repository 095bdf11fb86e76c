"""From a click on a link that somebody rested on to the first frame of the next page, from a server that is slow.

The machine's speed drifts, so the routers take turns, and what counts is the quotient to a page load of the same round.
"""

import statistics
from collections.abc import Sequence
from pathlib import Path

from playwright.sync_api import Browser

from benchmarks.navigation.answers import Server
from benchmarks.navigation.routers import Router

LATENCY = 0.15
"""Seconds until the server answers, whatever it is asked for."""
_REST = 300
"""Milliseconds that the pointer rests on the link before it is pressed, and then stays down for a while."""
_WATCH = """addEventListener("click", () => { sessionStorage.t0 = performance.timeOrigin + performance.now(); }, true);
(() => {
  const look = () => {
    if (document.querySelector("h1")?.textContent !== "Three") return requestAnimationFrame(look);
    requestAnimationFrame(() => setTimeout(() => { window.t1 = performance.timeOrigin + performance.now(); }));
  };
  requestAnimationFrame(look);
})()"""
_DONE = "window.t1 ? window.t1 - sessionStorage.t0 : 0"


def milliseconds(browser: Browser, folder: Path, attribute: str = "") -> float:
    """How long one visit took; `attribute`: `name=value` of the link, such as that which has the page loaded."""
    server = Server(folder / "now")
    server.latency = LATENCY
    context = browser.new_context(viewport={"width": 1000, "height": 700})
    try:
        context.add_init_script(_WATCH)
        page = context.new_page()
        page.goto(f"{server.origin}/t/", wait_until="networkidle")
        link = page.locator("nav a[href='/t/three/']")
        if attribute:
            name, _, value = attribute.partition("=")
            link.evaluate("(link, [name, value]) => link.setAttribute(name, value)", [name, value])
        link.hover()
        page.wait_for_timeout(_REST)
        page.mouse.down()
        page.wait_for_timeout(60)
        page.mouse.up()
        page.wait_for_timeout(1_200)
        return float(page.evaluate(_DONE))
    finally:
        context.close()
        server.close()


def compared(browser: Browser, routers: Sequence[tuple[Router, Path]], rounds: int) -> list[str]:
    """Lines of a table: medians, and the median quotient to a page load."""
    loads: list[float] = []
    times: dict[str, list[float]] = {router.name: [] for router, _ in routers}
    for _ in range(rounds):
        router, folder = routers[0]
        loads.append(milliseconds(browser, folder, router.reload))
        for router, folder in routers:
            times[router.name].append(milliseconds(browser, folder))
    rows = [("a page load", loads), *times.items()]
    return [
        "| click to paint | median ms | to a page load |",
        "|---|---|---|",
        *(
            f"| {name} | {statistics.median(its):.0f} | "
            f"{statistics.median(one / load for one, load in zip(its, loads, strict=True)):.2f} |"
            for name, its in rows
        ),
    ]
