"""What the browser tests share: a Chromium, and the built site under the address that it was built for."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from tests.browser import chromium
from tests.browser.server import Server, serve
from tests.browser.survey import DESKTOP


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[Server]:
    """The server of the built site, which knows what it sent."""
    with serve(site) as running:
        yield running


@pytest.fixture(scope="session")
def base_url(site: Path) -> str:
    """The address that the site was built for: its scripts compare addresses with its sitemap."""
    parts = urlsplit(_addresses(site / "sitemap.xml")[0])
    return f"{parts.scheme}://{parts.netloc}"


@pytest.fixture(scope="session")
def paths(site: Path) -> list[str]:
    """The path of every page of both languages, as the sitemaps list them."""
    sitemaps = [site / "sitemap.xml", site / "zh" / "sitemap.xml"]
    return [urlsplit(address).path for sitemap in sitemaps for address in _addresses(sitemap)]


@pytest.fixture(scope="session")
def program() -> str:
    """The browser. Where there is none, only CI comes here: elsewhere these tests are left out (tests/conftest.py)."""
    return chromium.find() or pytest.fail(chromium.LEFT_OUT, pytrace=False)


@pytest.fixture(scope="session")
def browser_without_site(playwright: Playwright, program: str) -> Iterator[Browser]:
    """A browser for what needs a page of its own, and not the site."""
    browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
    yield browser
    browser.close()


@pytest.fixture
def visit(browser_without_site: Browser, file: Path) -> Iterator[Callable[..., Page]]:
    """Open the file of a module's fixture, at an address in it, for a reader of whom tests say what differs."""
    contexts = []

    def open_file(address: str = "", **options: object) -> Page:
        contexts.append(browser_without_site.new_context(**{"viewport": DESKTOP, **options}))
        page = contexts[-1].new_page()
        page.goto(file.as_uri() + address)
        return page

    yield open_file
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def browser_type_launch_args(request: pytest.FixtureRequest, program: str) -> dict:
    """How pytest-playwright starts the browser: it finds the server under the site's address, and nothing else."""
    host = urlsplit(request.getfixturevalue("base_url")).netloc
    port = request.getfixturevalue("server").port
    rules = f"MAP {host} 127.0.0.1:{port}, MAP * ~NOTFOUND"
    return {"executable_path": program, "args": ["--no-sandbox", f"--host-resolver-rules={rules}"]}


@pytest.fixture(scope="session")
def browser_context_args(base_url: str) -> dict:
    """A reader with a desktop, who likes it light and without motion; tests say what differs."""
    return {"base_url": base_url, "viewport": DESKTOP, "reduced_motion": "reduce"}


@pytest.fixture(scope="session")
def reader(browser: Browser, browser_context_args: dict) -> BrowserContext:
    """What the pages of most tests share: a new process for each of them would take a second.

    It goes on as long as a page of the site is open.
    """
    reader = browser.new_context(**browser_context_args)
    reader.new_page().goto("/robots.txt")
    return reader


@pytest.fixture
def context(reader: BrowserContext) -> Iterator[BrowserContext]:
    """A reader's browser that nobody has used yet; it is emptied again."""
    yield reader
    first, *others = reader.pages
    for page in others:
        page.close()
    reader.unroute_all(behavior="ignoreErrors")
    reader.clear_permissions()
    first.evaluate("localStorage.clear()")


def _addresses(sitemap: Path) -> list[str]:
    return re.findall(r"<loc>(.*?)</loc>", sitemap.read_text(encoding="utf-8"))
