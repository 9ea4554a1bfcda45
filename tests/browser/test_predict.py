"""Predicting outputs: they are hidden on request, shown one by one, counted, kept in this browser, and cleared."""

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.survey import PHONE

ARTICLE = "/notes/scalar/"
OUTPUTS = ".cell-output:not(details *)"
KEPT = "() => Object.values(localStorage).join()"


@pytest.fixture
def hidden(page: Page) -> Page:
    """A page whose outputs are hidden."""
    page.goto(ARTICLE)
    page.get_by_role("button", name="Predict").click()
    return page


def first(page: Page):
    return page.locator(OUTPUTS).first


def answer(page: Page, name: str) -> None:
    page.locator(".predict-cover").first.click()
    page.get_by_role("button", name=name).click()


def test_a_page_shows_its_outputs_until_it_is_asked_to_hide_them(page: Page):
    page.goto(ARTICLE)
    expect(first(page).locator("pre")).to_be_visible()
    page.get_by_role("button", name="Predict").click()
    # What hides them is fetched at the first time.
    page.locator(".predict-cover").first.wait_for()
    outputs = page.locator(OUTPUTS)
    assert outputs.count() == page.locator(".predict-cover").count() > 5
    assert not outputs.locator("pre").filter(visible=True).count(), "an output can be seen"
    page.get_by_role("button", name="Predict").click()
    expect(first(page).locator("pre")).to_be_visible()
    assert page.locator(".predict-cover, .predict-bar").count() == 0


def test_hiding_and_showing_moves_nothing(page: Page):
    page.set_viewport_size(PHONE)
    page.goto(ARTICLE)
    place = "document.querySelector('.page-foot').getBoundingClientRect().top + scrollY"
    before = page.evaluate(place)
    page.get_by_role("button", name="Predict").click()
    assert page.evaluate(place) == before
    answer(page, "right")
    assert page.evaluate(place) == before
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


def test_right_and_wrong_are_counted_and_marked(hidden: Page):
    left = hidden.locator(OUTPUTS).count()
    answer(hidden, "I had it right")
    answer(hidden, "I had it wrong")
    answer(hidden, "I had it right")
    expect(hidden.get_by_role("status").filter(has_text="right")).to_have_text(f"2 right, 1 wrong, {left - 3} to go")
    expect(first(hidden)).to_have_class(re.compile("right"))
    expect(first(hidden).locator("pre")).to_be_visible()


def test_all_of_it_works_by_key(hidden: Page):
    hidden.locator(".predict-cover").first.focus()
    hidden.keyboard.press("Enter")
    expect(hidden.get_by_role("button", name="I had it right")).to_be_focused()
    hidden.keyboard.press("Tab")
    hidden.keyboard.press("Enter")
    expect(first(hidden)).to_have_class(re.compile("wrong"))
    expect(hidden.locator(".predict-cover").first).to_be_focused()


def test_what_was_counted_is_there_on_the_next_visit_until_it_is_cleared(hidden: Page):
    answer(hidden, "right")
    hidden.reload()
    expect(hidden.locator(".predict-bar [role=status]")).to_contain_text("1 right, 0 wrong")
    hidden.get_by_role("button", name="Clear the count").click()
    expect(hidden.locator(".predict-bar [role=status]")).to_contain_text("0 right, 0 wrong")
    expect(first(hidden).locator(".predict-cover")).to_be_visible()
    hidden.reload()
    expect(hidden.locator(".predict-bar [role=status]")).to_contain_text("0 right, 0 wrong")


def test_the_next_page_has_a_count_of_its_own(hidden: Page):
    answer(hidden, "right")
    hidden.locator(".md-footer__link--next").click()
    expect(hidden.locator("h1#non-scalar")).to_be_visible()
    expect(hidden.locator(".predict-bar")).to_have_count(0)
    expect(hidden.locator(".predict-cover")).to_have_count(0)


def test_nothing_of_it_is_sent(hidden: Page):
    requests: list[str] = []
    hidden.on("request", lambda request: requests.append(request.url))
    answer(hidden, "right")
    hidden.get_by_role("button", name="Clear the count").click()
    assert not requests


def test_paper_and_a_page_without_script_show_all_outputs(hidden: Page, browser, browser_context_args: dict):
    hidden.emulate_media(media="print")
    expect(first(hidden).locator("pre")).to_be_visible()
    page = browser.new_page(**browser_context_args, java_script_enabled=False)
    page.goto(ARTICLE)
    expect(first(page).locator("pre")).to_be_visible()
    expect(page.get_by_role("button", name="Predict")).to_be_hidden()
    page.close()


def test_it_speaks_chinese(page: Page):
    page.goto("/zh/notes/scalar/")
    page.get_by_role("button", name="先猜后看").click()
    answer(page, "猜对了")
    expect(page.locator(".predict-bar [role=status]")).to_contain_text("对 1，错 0")


def test_a_page_that_was_read_to_its_end_gets_a_tick_in_both_languages(page: Page):
    ticks = page.locator(".md-nav--primary .tick")
    page.goto(ARTICLE)
    page.wait_for_selector("html.js")
    expect(ticks).to_have_count(0)
    page.locator(".page-foot").scroll_into_view_if_needed()
    expect(ticks).to_have_count(1)
    page.goto("/zh/notes/non-scalar/")
    expect(
        page.locator(".md-nav--primary a[href$='scalar/']", has_text="标量求导").first.locator(".tick")
    ).to_have_count(1)
    expect(ticks).to_have_count(1)
    page.get_by_role("button", name="清除已读标记").click()
    expect(ticks).to_have_count(0)
