"""A Chromium for the browser tests: the installed one, else Playwright's own, else one from the package manager.

`make test` calls `python -m tests.browser.chromium` first, which installs one where there is none.
"""

from __future__ import annotations

import functools
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

# The one without windows first: it shows pages as the others do, and takes a third less of the processor.
NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
# Where browsers stand that are on no path.
PLACES = (
    Path("/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"),
    Path("/Applications/Chromium.app/Contents/MacOS/Chromium"),
    *(
        Path(os.environ.get(name, ""), "Google/Chrome/Application/chrome.exe")
        for name in ("PROGRAMFILES", "LOCALAPPDATA")
    ),
)
# The first one that there is.
APT_PACKAGES = ("chromium-headless-shell", "chromium")
# Chinese pages are looked at, too, so their characters must not be boxes. The driver needs the library.
WITH_THEM = ("fonts-noto-cjk", "libatomic1")
# The program by which Playwright drives a browser.
DRIVER = (sys.executable, "-m", "playwright")
LEFT_OUT = (
    "The browser tests are left out: there is no Chromium here that Playwright can drive, and none could be installed. "
    "Install Chromium or Chrome (Debian: `apt install chromium libatomic1`; else "
    "`.venv/bin/playwright install --with-deps chromium`) and run `make test` again."
)


@functools.cache
def find() -> str | None:
    """Return the path of a Chromium or Chrome that starts and can be driven; None where there is none."""
    if not _starts(*DRIVER):
        return None
    installed = [*filter(None, map(shutil.which, NAMES)), *map(str, filter(Path.is_file, PLACES))]
    return next(filter(_starts, installed), None) or _playwrights_own()


def get() -> str | None:
    """Return the path of a Chromium, and install one where there is none; None where that cannot be done."""
    for install in (_install_by_playwright, _install_by_apt):
        if found := find():
            return found
        print("Getting a Chromium for the browser tests, once.")
        install()
        find.cache_clear()
    return find()


def main() -> int:
    """Get a Chromium; say how to where that fails, which is an error where all tests must run (`CI=true`)."""
    if get():
        return 0
    print(LEFT_OUT, file=sys.stderr)
    return 1 if os.environ.get("CI") else 0


def _starts(*command: str) -> bool:
    """Whether a program runs at all: what was downloaded may lack libraries of the system."""
    if platform.system() == "Windows":
        # There a browser would open a window.
        return Path(command[0]).is_file()
    try:
        return subprocess.run([*command, "--version"], capture_output=True, timeout=60, check=False).returncode == 0
    except (OSError, subprocess.TimeoutExpired):
        return False


def _playwrights_own() -> str | None:
    with sync_playwright() as playwright:
        path = playwright.chromium.executable_path
    return path if _starts(path) else None


def _install_by_playwright() -> None:
    subprocess.run([sys.executable, "-m", "playwright", "install", "chromium"], capture_output=True, check=False)


def _install_by_apt() -> None:
    """Install Debian's Chromium and what it needs, where this may be done without asking for a password."""
    if not shutil.which("apt-get"):
        return
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if root and (not shutil.which("sudo") or subprocess.run([*root, "true"], capture_output=True).returncode):
        return
    apt_get = [*root, "env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    subprocess.run([*apt_get, "update"], capture_output=True, check=False)
    for package in APT_PACKAGES:
        install = [*apt_get, "install", "-y", package, *WITH_THEM]
        if subprocess.run(install, capture_output=True, check=False).returncode == 0:
            break


if __name__ == "__main__":
    sys.exit(main())
