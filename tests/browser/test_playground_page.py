"""What a reader can do on the playground's page: start from an example, type, share, step through a graph, read on."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser import LANGUAGES

FIELD = ".playground textarea"
# Of a first visit, which brings the engine along.
MOST_BYTES = 115_000
MOST_BYTES_OF_ENGINE = 38_000
OUTPUTS = """(box) => [...box.querySelectorAll(".cell-output pre")].map((output) => output.textContent.trimEnd())"""
TWICE = "x = torch.tensor(2.0, requires_grad=True)\ny = x * x\ny.backward()\ny.backward()"


@pytest.fixture
def field(page):
    """Open the playground in a language, with the program of an address if there is one."""

    def open_field(language="", address=""):
        page.goto(f"/{language}playground/{address}")
        page.locator(FIELD).wait_for()
        return page.locator(FIELD)

    return open_field


def printed(page):
    return page.locator(".playground-printed").evaluate(OUTPUTS)


def type_in(page, program):
    """Type a program, and wait until it has run."""
    before = program.count("\n") + 1
    page.locator(FIELD).fill(program)
    expect(page.locator(".playground-status")).to_contain_text(re.compile(rf"\b{before}\b"))


@LANGUAGES
def test_each_example_prints_in_the_playground_what_pytorch_printed_below_it(field, page, language):
    field(language)
    links = page.locator(".cell-try")
    assert links.count() >= 8
    for number in range(links.count()):
        links.nth(number).click()
        example = page.locator(".cells[data-try]").nth(number)
        expect(page.locator(FIELD)).to_be_focused()
        assert printed(page) == example.evaluate(OUTPUTS)
        assert page.locator(".playground-picture svg").count() == 1


@LANGUAGES
def test_a_program_is_shared_by_its_address_and_stays_when_the_language_changes(field, page, language):
    program = "x = torch.tensor([1., 2.], requires_grad=True)  # 梯度 & <b>\n(x ** 2).sum().backward()\nx.grad"
    field(language).fill(program)
    page.locator(".playground-buttons button").first.click()
    page.wait_for_url("**/playground/#program=*")
    address = page.url.partition("#")[2]
    # Who gets the link has not been there: on the same page, Material would fetch it anew while it is typed in.
    page.goto("about:blank")
    other = field(language, f"#{address}")
    expect(other).to_have_value(program)
    expect(page.locator(".playground-printed .cell-output pre")).to_have_text(["tensor([2., 4.])"])
    other.fill(f"{program}\nx")
    page.locator(".md-header .language-switch").click()
    page.wait_for_url("**/zh/playground/#program=*" if not language else re.compile(r"(?<!zh)/playground/#program="))
    expect(page.locator(FIELD)).to_have_value(f"{program}\nx")


@LANGUAGES
def test_every_message_that_is_explained_has_its_link_on_the_page(field, page, language):
    field(language)
    ids = page.evaluate("playground.page.EXPLAINED.map(([, id]) => id)")
    addresses = page.locator(".playground-messages a").evaluate_all("links => links.map(({ href }) => href)")
    assert sorted(re.split("[#/]", address.rstrip("/"))[-1] for address in addresses) == sorted(ids)
    type_in(page, TWICE)
    link = page.locator(".playground-printed .cell-error a")
    expect(link).to_have_attribute("href", re.compile(r"reference/errors/second-backward/$"))


@LANGUAGES
def test_what_the_playground_does_not_know_it_says_and_goes_no_further(field, page, language):
    field(language).fill("x = torch.tensor(2.0)\nx\ntorch.linalg.norm(x)\nx")
    warning = page.locator(".playground-printed .cell-warning")
    expect(warning).to_contain_text("torch.linalg")
    assert printed(page) == ["tensor(2.)"], "nothing may run after what is not known"


def test_a_program_is_copied_whole_to_be_run_in_pytorch(field, page, context):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    field().fill("x = torch.ones(2)\nx")
    page.get_by_role("button", name="Copy for PyTorch").click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).startsWith('import torch')")
    assert page.evaluate("navigator.clipboard.readText()") == "import torch\nx = torch.ones(2)\nx"


def test_the_backward_pass_is_stepped_through_by_key(field, page):
    type_in(field().page, "x = torch.tensor(3.0, requires_grad=True)\ny = x * x\ny.backward()")
    page.locator("backward-replay").focus()
    page.keyboard.press("End")
    assert page.locator(".replay-said").inner_text().endswith("x adds up the gradients that reached it: 3 + 3 = 6.")
    page.keyboard.press("Home")
    expect(page.locator(".replay-bar input")).to_have_value("0")


def test_of_several_backward_passes_each_can_be_seen(field, page):
    program = "x = torch.tensor(3.0, requires_grad=True)\n(x * x).backward()\ny = 2 * x\ny.backward()"
    type_in(field().page, program)
    choice = page.locator("#playground-pass")
    assert [option.inner_text() for option in choice.locator("option").all()] == [
        "Line 2: (x * x).backward()",
        "Line 4: y.backward()",
    ]
    assert page.locator(".playground-picture text.operation").all_text_contents() == ["MulBackward0"]
    choice.select_option(index=0)
    assert "adds up" in page.locator(".replay-reasons").text_content()


def test_text_of_a_program_is_never_markup(field, page):
    type_in(field().page, 'print("<img src=x>")\n"<b>"')
    assert page.locator(".playground-printed :is(img, b)").count() == 0
    assert printed(page) == ["<img src=x>", "'<b>'"]


def test_what_is_typed_is_sent_nowhere(field, page):
    box = field()
    page.wait_for_load_state("networkidle")
    sent = []
    page.on("request", lambda request: sent.append(request.url))
    box.fill(TWICE)
    page.locator(".playground-printed .cell-error").wait_for()
    assert not sent


def test_the_playground_works_again_after_a_walk_through_the_site(field, page):
    field()
    for _ in range(2):
        page.locator(".md-footer__link--next").click()
        page.wait_for_url("**/notes/scalar/")
        page.go_back()
        page.locator(FIELD).wait_for()
        assert printed(page)[-1] == "tensor(7.)"


@LANGUAGES
@pytest.mark.parametrize("width", [390, 1280])
def test_the_playground_takes_its_room_before_it_is_made(page, language, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.route("**/playground/page.js", lambda route: route.abort())
    page.goto(f"/{language}playground/")
    page.wait_for_load_state("networkidle")
    below = "document.querySelector('#examples').getBoundingClientRect().top"
    before = page.evaluate(below)
    page.unroute("**/playground/page.js")
    page.reload()
    page.locator(f"{FIELD} ~ .playground-picture svg").wait_for()
    assert abs(page.evaluate(below) - before) < 1


def test_without_a_script_the_examples_stand_there_and_no_empty_field(browser, browser_context_args):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    page.goto("/playground/")
    assert page.locator(".playground").is_hidden()
    assert page.locator(".playground-without").is_visible()
    assert page.locator(".cells .cell-output").count() > 10
    context.close()


def test_a_first_visit_to_the_playground_is_light(browser, browser_context_args, server):
    page = browser.new_page(**browser_context_args)
    server.sent.clear()
    page.goto("/playground/")
    page.locator(FIELD).wait_for()
    page.wait_for_load_state("networkidle")
    page.close()
    server.expect_at_most(MOST_BYTES, "the playground")
    server.expect_at_most(MOST_BYTES_OF_ENGINE, "its own files", "/assets/playground/")
