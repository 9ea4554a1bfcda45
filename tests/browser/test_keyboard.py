"""All that can be done with a mouse can be done with keys."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.survey import DESKTOP, PHONE

ACTIONABLE = """() => [...document.querySelectorAll("a[href], button, summary, input, [tabindex='0']")]
  .filter((element) => element.tabIndex >= 0 && element.checkVisibility({ visibilityProperty: true }))
  .filter((element) => element.type !== "radio" || element.checked)"""
UNREACHED = f"""() => ({ACTIONABLE})().filter((element) => !element.dataset.reached)
  .map((element) => element.outerHTML.slice(0, 120))"""
MARK_FOCUSED = "() => { document.activeElement.dataset.reached = true; return document.activeElement.tagName }"
RING = """() => { const style = getComputedStyle(document.activeElement);
  return style.outlineStyle !== "none" || style.boxShadow !== "none" }"""


@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
@pytest.mark.parametrize("path", ["/notes/scalar/", "/zh/notes/exercises/"])
def test_tab_reaches_every_control(page: Page, path: str, size: dict):
    page.set_viewport_size(size)
    page.goto(path)
    # What a page that was read to its end offers is there before the first key, however fast they follow.
    page.locator(".page-foot").scroll_into_view_if_needed()
    page.locator(".forget").wait_for()
    for _ in range(400):
        page.keyboard.press("Tab")
        if page.evaluate(MARK_FOCUSED) == "BODY":
            break
    unreached = page.evaluate(UNREACHED)
    assert not unreached, "\n".join(unreached)


def test_the_first_tab_offers_to_skip_to_the_text(page: Page):
    page.goto("/notes/scalar/")
    page.keyboard.press("Tab")
    expect(page.locator(".md-skip")).to_be_focused()


def test_the_focus_is_seen(page: Page):
    page.goto("/notes/scalar/")
    page.wait_for_selector("html.js")
    for selector in (".md-skip", ".md-header .language-switch", ".md-nav__link[href]", ".cell-copy", "article p a"):
        page.locator(selector).first.focus()
        page.keyboard.press("Shift+Tab")
        page.keyboard.press("Tab")
        assert page.evaluate(RING), selector


def test_a_solution_opens_by_key(page: Page):
    page.goto("/notes/exercises/")
    page.locator("summary").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("details .cells").first).to_be_visible()


def test_the_drawer_opens_and_closes_by_key(page: Page):
    page.set_viewport_size(PHONE)
    page.goto("/zh/notes/scalar/")
    page.wait_for_selector("html.js")
    page.get_by_role("button", name="导航栏").focus()
    page.keyboard.press("Enter")
    link = page.locator(".md-sidebar--primary a[href*=non-scalar]")
    expect(link).to_be_visible()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()


def test_the_colours_change_by_key(page: Page):
    page.goto("/notes/scalar/")
    page.wait_for_selector("html.js")
    page.get_by_role("radio", name="Switch to dark colours").focus()
    page.keyboard.press("Enter")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


def test_a_wide_table_scrolls_by_key(page: Page):
    page.set_viewport_size({"width": 240, "height": 600})
    page.goto("/explanation/how-this-stays-true/")
    page.locator(".md-typeset__scrollwrap[tabindex='0']").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")
