"""A page on paper: light, whole, and without what only a screen needs."""

import pytest
from playwright.sync_api import Page, expect


@pytest.fixture
def paper(page: Page) -> Page:
    """A page as it is printed by a reader who likes the dark."""
    page.emulate_media(color_scheme="dark")
    page.goto("/notes/exercises/")
    page.wait_for_selector("body[data-md-color-scheme=slate]")
    page.emulate_media(media="print")
    return page


def test_paper_is_light(paper: Page):
    expect(paper.locator("article p").first).to_have_css("color", "rgb(31, 36, 48)")
    expect(paper.locator("body")).to_have_css("background-color", "rgb(255, 255, 255)")


def test_a_long_line_wraps_on_paper(paper: Page):
    expect(paper.locator(".cell-input pre").first).to_have_css("white-space", "pre-wrap")


@pytest.mark.parametrize("selector", [".cell-copy", ".md-header", ".md-sidebar--primary", ".md-footer"])
def test_paper_leaves_out(paper: Page, selector: str):
    expect(paper.locator(selector).first).to_be_hidden()


def test_paper_shows_what_other_releases_print_without_a_script(browser, browser_context_args: dict):
    page = browser.new_page(**browser_context_args, java_script_enabled=False)
    page.goto("/reference/errors/needed-for-backward/")
    message = page.locator(".cell-releases pre").first
    expect(message).to_be_hidden()
    page.emulate_media(media="print")
    expect(message).to_be_visible()
    page.close()
