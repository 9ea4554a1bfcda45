"""The switch between the languages: the same page, the same heading, the same colours."""

import re

import pytest
from playwright.sync_api import Browser, Page, expect

PAIRS = [("/notes/scalar/", "/zh/notes/scalar/"), ("/zh/notes/scalar/", "/notes/scalar/"), ("/", "/zh/"), ("/zh/", "/")]


@pytest.mark.parametrize(("here", "there"), PAIRS)
def test_the_switch_leads_to_the_same_page(page: Page, base_url: str, here: str, there: str):
    page.goto(here)
    page.locator(".md-header .language-switch").click()
    expect(page).to_have_url(base_url + there)


@pytest.mark.parametrize(("here", "there"), PAIRS[:2])
def test_the_switch_keeps_the_heading_in_view(page: Page, base_url: str, here: str, there: str):
    page.goto(here)
    page.locator("#accumulate").evaluate("heading => heading.scrollIntoView()")
    page.locator(".md-header .language-switch").click()
    expect(page).to_have_url(f"{base_url}{there}#accumulate")
    expect(page.locator("#accumulate")).to_be_in_viewport()


def test_the_switch_follows_the_reader_from_page_to_page(page: Page, base_url: str):
    page.goto("/zh/notes/scalar/")
    page.evaluate("window.samePage = true")
    page.locator(".md-sidebar--primary a[href*=non-scalar]").click()
    expect(page.locator("h1#non-scalar")).to_be_visible()
    assert page.evaluate("window.samePage"), "the page was loaded anew: instant navigation is not at work"
    page.locator(".md-header .language-switch").click()
    expect(page).to_have_url(f"{base_url}/notes/non-scalar/")


def test_the_switch_works_without_script(browser: Browser, browser_context_args: dict, base_url: str):
    page = browser.new_page(**browser_context_args, java_script_enabled=False)
    page.goto("/notes/scalar/")
    page.locator(".md-header .language-switch").click()
    expect(page).to_have_url(f"{base_url}/zh/notes/scalar/")
    page.close()


def test_the_other_language_keeps_the_colours_that_the_reader_chose(page: Page):
    page.goto("/")
    page.get_by_title("Switch to dark colours").click()
    page.locator(".md-header .language-switch").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


def test_a_dark_page_is_dark_before_any_script_file_has_arrived(page: Page):
    page.emulate_media(color_scheme="dark")
    page.route(re.compile(r"\.js$"), lambda route: route.abort())
    page.goto("/notes/scalar/")
    expect(page.locator("body")).to_have_attribute("data-md-color-scheme", "slate")


@pytest.mark.parametrize(("system", "other"), [("dark", "default"), ("light", "slate")])
def test_the_first_press_of_the_switch_leads_to_the_other_colours(page: Page, system: str, other: str):
    page.emulate_media(color_scheme=system)
    page.goto("/notes/scalar/")
    label = page.locator("[data-md-component=palette] label:visible")
    before = {"dark": "slate", "light": "default"}[system]
    for scheme in (other, before, before):
        label.click()
        expect(page.locator("body")).to_have_attribute("data-md-color-scheme", scheme)


def test_an_unknown_address_can_be_searched_for(page: Page):
    page.goto("/notes/non_scalar-outputs.html")
    page.locator("div[lang=en] .search-again [name=q]").press("Enter")
    page.wait_for_url("**/?q=*")
    expect(page.locator(".md-search__input")).to_have_value("non scalar outputs")
    page.locator(".md-search-result__item").first.wait_for()


@pytest.mark.parametrize("path", ["/404.html", "/zh/404.html"])
def test_an_unknown_address_offers_both_languages(page: Page, base_url: str, path: str):
    page.goto(path)
    links = page.locator("article a:not(.headerlink)")
    assert {link.evaluate("link => link.href") for link in links.all()} == {f"{base_url}/", f"{base_url}/zh/"}
