"""How formulas look: in the site's own font, to the last glyph, and never wider than the page."""

import re

import pytest
from playwright.sync_api import Page

from tests.browser.kinds import one_of_each
from tests.browser.survey import PHONE

WIDE = "/notes/non-scalar/"
TOKEN = re.compile(r"<(m[ino]\b[^>]*)>([^<]+)")


@pytest.fixture(scope="session")
def with_formulas(site, paths: list[str]) -> list[str]:
    return [path for path in paths if "<math" in (site / path.strip("/") / "index.html").read_text(encoding="utf-8")]


@pytest.fixture(scope="session")
def with_all_glyphs(site, with_formulas: list[str]) -> list[str]:
    """Pages that have each character of all formulas between them, as each kind of element that it stands in."""
    texts = {path: (site / path.strip("/") / "index.html").read_text(encoding="utf-8") for path in with_formulas}
    return one_of_each(
        {path: {kind + sign for kind, signs in TOKEN.findall(text) for sign in signs} for path, text in texts.items()}
    )


def test_every_glyph_comes_from_the_fonts_of_the_site(page: Page, with_all_glyphs: list[str]):
    devtools = page.context.new_cdp_session(page)
    devtools.send("DOM.enable")
    devtools.send("CSS.enable")
    strangers = []
    for path in with_all_glyphs:
        page.goto(path)
        page.evaluate("document.fonts.ready")
        root = devtools.send("DOM.getDocument")["root"]["nodeId"]
        tokens = devtools.send("DOM.querySelectorAll", {"nodeId": root, "selector": "math :is(mi, mn, mo)"})["nodeIds"]
        for token in tokens:
            for font in devtools.send("CSS.getPlatformFontsForNode", {"nodeId": token})["fonts"]:
                if not font["isCustomFont"]:
                    markup = devtools.send("DOM.getOuterHTML", {"nodeId": token})["outerHTML"]
                    strangers.append(f"{path}: {markup} in {font['familyName']}")
    assert with_all_glyphs, "no page has a formula"
    assert not strangers, "\n".join(strangers)


def test_a_wide_formula_scrolls_in_a_box_that_a_key_reaches(page: Page):
    page.set_viewport_size({"width": 200, "height": 600})
    page.goto(WIDE)
    boxes = page.locator("div.math")
    wide = [box for box in boxes.all() if box.evaluate("box => box.scrollWidth > box.clientWidth")]
    assert wide, "no formula is wide enough to need its box"
    wide[0].focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_no_formula_shows_the_escape_of_its_source(page: Page, with_formulas: list[str], site):
    for path in with_formulas:
        text = (site / path.strip("/") / "index.html").read_text(encoding="utf-8")
        assert "&amp;amp;" not in text and "<mi>amp" not in text, path


def test_a_line_does_not_start_with_the_comma_behind_a_formula(page: Page):
    page.set_viewport_size(PHONE)
    page.goto("/zh" + WIDE)
    assert page.locator("span.math").evaluate_all(
        "formulas => formulas.every((formula) => !/^[，。：；、？！）]/.test(formula.nextSibling?.textContent ?? ''))"
    )
