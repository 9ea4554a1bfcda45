"""What a reader can do with a cell: tell its parts, scroll it by key, copy it and run what was copied."""

import json
import subprocess
import sys

import pytest
from playwright.sync_api import Page, expect

from tests.browser.survey import PHONE

ARTICLES = ["/notes/scalar/", "/zh/notes/scalar/"]
# Pages with messages that other releases word otherwise.
FOLDED = ["/reference/errors/needed-for-backward/", "/zh/reference/errors/needed-for-backward/"]
# Runs each piece as a console does: what it prints, the value of its last expression, and the error it ends with.
CONSOLE = """
import ast, json, sys, traceback, warnings
warnings.simplefilter("ignore")
namespace, printed = {}, []
for piece in json.load(sys.stdin):
    try:
        for statement in ast.parse(piece).body:
            exec(compile(ast.Interactive([statement]), "<copied>", "single"), namespace)
    except Exception as error:
        print("".join(traceback.format_exception_only(error)), end="")
"""


@pytest.mark.parametrize("path", ARTICLES)
def test_what_the_buttons_copy_runs_and_prints_what_the_page_shows(page: Page, path: str):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(path)
    page.locator("article > details").evaluate_all("boxes => boxes.forEach((box) => (box.open = true))")
    pieces = []
    for button in page.locator(".cell-copy").all():
        button.click()
        expect(button).to_have_class("cell-copy copied")
        pieces.append(page.evaluate("navigator.clipboard.readText()"))
    shown = page.locator(":is(.cell-text, .cell-error):not(.cell-releases *) pre").all_text_contents()
    result = subprocess.run(
        [sys.executable, "-c", CONSOLE], input=json.dumps(pieces), capture_output=True, text=True, check=True
    )
    assert result.stdout.splitlines() == "\n".join(shown).splitlines()


@pytest.mark.parametrize(
    "how", [{"button": "right"}, {"modifiers": ["Alt"]}], ids=["a long press, which is a right click", "Alt"]
)
def test_all_code_up_to_a_cell_can_be_copied_and_runs_alone(page: Page, how: dict):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/explanation/conventions/")
    page.locator(".cells", has_text="def around").locator(".cell-copy").first.click(**how)
    page.wait_for_selector(".cell-copy.copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied.startswith("import torch"), "the code before it is missing"
    result = subprocess.run([sys.executable, "-c", copied], capture_output=True, text=True, check=False)
    assert not result.returncode, result.stderr


def test_only_the_code_of_the_same_session_is_copied_along(page: Page):
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto("/reference/errors/carried-state/")
    copied = []
    for role in ("bug", "success"):
        page.locator(f".{role} .cell-copy").last.click(modifiers=["Alt"])
        page.wait_for_selector(".cell-copy.copied")
        copied.append(page.evaluate("navigator.clipboard.readText()"))
    assert [text.count("import torch") for text in copied] == [1, 1]


@pytest.mark.parametrize(
    ("path", "titles"),
    [
        ("/reference/errors/second-backward/", {"bug": "The mistake", "success": "The fix", "warning": "Not this"}),
        ("/zh/reference/errors/second-backward/", {"bug": "错误写法", "success": "怎么改", "warning": "不要这样改"}),
    ],
)
def test_the_gallery_says_which_code_is_the_mistake_and_which_the_fix(page: Page, path: str, titles: dict[str, str]):
    page.goto(path)
    colours = set()
    for box, title in titles.items():
        assert page.locator(f".{box} > :is(.admonition-title, summary)").inner_text() == title
        colours.add(page.locator(f".{box}").first.evaluate("box => getComputedStyle(box).borderInlineStartColor"))
    assert len(colours) == len(titles), "they must be told apart before they are read"


def test_a_short_output_stands_on_the_line_of_its_code(page: Page):
    page.goto("/how-to/check-a-gradient/")
    cell = page.locator(".cell-short").first
    code, output = (cell.locator(part).bounding_box() for part in (".cell-input", ".cell-output"))
    assert code["y"] == output["y"]
    assert code["x"] + code["width"] <= output["x"]


@pytest.mark.parametrize("path", ARTICLES)
def test_only_statements_can_be_copied(page: Page, path: str):
    page.goto(path)
    assert page.locator(".cell-copy").count() == page.locator(".cell-input").count() > 0
    assert page.locator(".cell-output button").count() == 0


@pytest.mark.parametrize(
    ("path", "labels"),
    [
        (ARTICLES[0], {"text": "Out", "warning": "Warning", "error": "Error"}),
        (ARTICLES[1], {"text": "输出", "warning": "警告", "error": "报错"}),
    ],
)
def test_every_output_says_what_it_is(page: Page, path: str, labels: dict[str, str]):
    page.goto(path)
    for kind, label in labels.items():
        outputs = page.locator(f".cell-{kind}")
        assert outputs.count() > 0
        assert set(outputs.locator(".cell-label").all_text_contents()) == {label}


def test_a_long_line_scrolls_inside_its_cell_by_key(page: Page):
    page.set_viewport_size(PHONE)
    page.goto(ARTICLES[0])
    page.locator(".cells pre[tabindex='0']").first.focus()
    page.keyboard.press("ArrowRight")
    page.wait_for_function("document.activeElement.scrollLeft > 0")


def test_what_does_not_scroll_is_no_stop_for_the_tab_key(page: Page):
    page.set_viewport_size(PHONE)
    page.goto(ARTICLES[0])
    page.wait_for_selector(".cells pre[tabindex='0']")
    assert page.locator(".cells pre:not(details:not([open]) *)").evaluate_all(
        "boxes => boxes.every((box) => box.hasAttribute('tabindex') === box.scrollWidth > box.clientWidth)"
    )


def test_a_long_message_wraps(page: Page):
    page.set_viewport_size(PHONE)
    page.goto(ARTICLES[0])
    for message in page.locator(":is(.cell-warning, .cell-error) pre").all():
        assert message.evaluate("message => message.scrollWidth <= message.clientWidth")


@pytest.mark.parametrize("path", FOLDED)
def test_what_other_releases_print_opens_by_key(page: Page, path: str):
    page.set_viewport_size(PHONE)
    page.goto(path)
    folded = page.locator(".cell-releases").first
    expect(folded.locator("pre").first).to_be_hidden()
    folded.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(folded.locator("pre").first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def test_what_other_releases_print_opens_without_a_script(browser, browser_context_args: dict):
    page = browser.new_page(**browser_context_args, java_script_enabled=False)
    page.goto(FOLDED[0])
    folded = page.locator(".cell-releases").first
    folded.locator("summary").click()
    expect(folded.locator("pre").first).to_be_visible()
    page.close()


def test_nothing_offers_to_copy_where_there_is_no_script(browser, browser_context_args: dict):
    page = browser.new_page(**browser_context_args, java_script_enabled=False)
    page.goto(ARTICLES[0])
    expect(page.locator(".cell-copy").first).to_be_hidden()
    page.close()
