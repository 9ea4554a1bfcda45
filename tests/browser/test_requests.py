"""What a visit costs the reader: which requests it makes, to whom, and how many bytes."""

import gzip
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.server import Server

# Looked up, and not read on the way: hundreds of rows.
HEAVY = ("/reference/operations/",)
# Of a second page, in whatever language.
MOST_AGAIN = 30_000


@pytest.mark.parametrize("path", ["/notes/scalar/", "/zh/notes/scalar/"])
def test_a_reader_who_uses_everything_stays_on_the_site(page: Page, base_url: str, path: str):
    requests: list[str] = []
    page.context.on("request", lambda request: requests.append(request.url))
    page.goto(path)
    page.wait_for_selector("html.js")
    page.locator(".md-search__input").press_sequentially("grad_fn")
    page.locator(".md-search-result__item").first.wait_for()
    page.keyboard.press("Escape")
    page.locator("[data-md-component=palette] label:visible").click()
    page.locator(".md-footer__link--next").click()
    expect(page.locator("h1#non-scalar")).to_be_visible()
    page.locator(".md-header .language-switch").click()
    page.wait_for_load_state("networkidle")
    assert any("/search/index.json" in url for url in requests), "the search was not part of this visit"
    elsewhere = [url for url in requests if not url.startswith(base_url + "/")]
    assert not elsewhere, "\n".join(elsewhere)


def test_a_reader_who_changes_the_language_loads_little_again(page: Page, server: Server):
    server.sent.clear()
    page.goto("/notes/scalar/")
    page.wait_for_load_state("networkidle")
    there = {address for address, _ in server.sent}
    server.sent.clear()
    page.locator(".md-header .language-switch").click()
    page.wait_for_url("**/zh/notes/scalar/*")
    page.wait_for_load_state("networkidle")
    # This server lets a browser keep nothing; those of readers do.
    server.sent[:] = [entry for entry in server.sent if entry[0] not in there]
    server.expect_at_most(MOST_AGAIN, "the same page in the other language")


@pytest.mark.parametrize(
    ("is_heavy", "most_bytes"),
    [(False, 106_000), (True, 118_000)],
)
def test_a_first_visit_to_the_heaviest_page_is_light(
    browser: Browser,
    browser_context_args: dict,
    server: Server,
    site: Path,
    paths: list[str],
    is_heavy: bool,
    most_bytes: int,
):
    paths = [path for path in paths if path.endswith(HEAVY) == is_heavy]
    path = max(paths, key=lambda path: len(gzip.compress((site / path.strip("/") / "index.html").read_bytes())))
    page = browser.new_page(**browser_context_args)
    server.sent.clear()
    page.goto(path)
    page.wait_for_load_state("networkidle")
    page.close()
    server.expect_at_most(most_bytes, f"the heaviest page, {path}")
