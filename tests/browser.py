"""The browser of the tests: an installed Chromium, else Debian's when we may install it, else Playwright's own.

`python tests/browser.py` sees to it that there is one; the tests ask `chromium()`.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
WITHOUT = [
    "WebUIOmniboxAimPopup",
    "WebUIOmniboxPopup",
    "SpareRendererForSitePerProcess",
    # The last list counts, so what Playwright leaves out has to be in it.
    "AimEnabled",
    "AvoidCorsURLLoaderRestartOnRedirect",
    "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose",
    "HttpsFirstBalancedModeAutoEnable",
    "HttpsUpgrades",
    "LensOverlay",
    "MediaRouter",
    "NetworkTimeServiceQuerying",
    "OptimizationHints",
    "PaintHolding",
    "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
]
"""Features of a browser that no page needs."""
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # No page in reserve behind the address bar of each window: half of what a window costs.
    f"--disable-features={','.join(WITHOUT)}",
]


def chromium() -> str | None:
    """The path of an installed browser; None: Playwright brings its own, or there is none."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def ensure() -> None:
    """Install a browser where there is none."""
    if chromium():
        return
    if os.geteuid() == 0 and shutil.which("apt-get"):
        quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
        subprocess.run(["apt-get", "-qq", "update"], check=False, env=quiet)
        install = ["apt-get", "-qq", "install", "--yes", "--no-install-recommends", "chromium"]
        if subprocess.run(install, check=False, env=quiet, stdout=subprocess.DEVNULL).returncode == 0 and chromium():
            return
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], check=True)


if __name__ == "__main__":
    ensure()
