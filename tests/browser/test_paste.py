"""What a reader pastes into the field for errors leads to the entries of its messages; nothing of it leaves the page."""

import json
import re
import tomllib

import pytest
from playwright.sync_api import expect

from autograd_notes.extensions import all_messages
from tests.browser import LANGUAGES

WHERE = pytest.mark.parametrize("page_with_field", ["", "reference/errors/"], ids=["home", "gallery"])
# What is found in each text, without typing it: the function that the field calls.
DIAGNOSE = """async (texts) => {
    const site = await paste.load()
    return texts.map((text) => {
        const { found, unknown } = paste.diagnose(text, site)
        return { found: found.map(({ questions, addresses }) => questions?.location ?? addresses[0]), unknown }
    })
}"""
MESSAGE = "RuntimeError: grad can be implicitly created only for scalar outputs"
SEVERAL = "RuntimeError: element 0 of tensors does not require grad and does not have a grad_fn"
NOWHERE = "RuntimeError: mat1 and mat2 shapes cannot be multiplied (32x100 and 128x10)"
# Messages that share words with some of ours.
STRANGERS = (
    NOWHERE,
    "ValueError: not enough values to unpack (expected 2, got 1)",
    "TypeError: Net.forward() takes 2 positional arguments but 3 were given",
    "AttributeError: 'NoneType' object has no attribute 'shape'",
    "RuntimeError: Expected all tensors to be on the same device, but found at least two devices, cuda:0 and cpu!",
    "RuntimeError: The size of tensor a (3) must match the size of tensor b (4) at non-singleton dimension 0",
)


# What is said of each message that needs no entry.
EXCUSE = """async (texts) => {
    const [site, others] = [await paste.load(), await paste.loadListed()]
    return texts.map((text) => paste.diagnose(text, site).found.length > 0 || paste.excused(text, others)?.address)
}"""


@pytest.fixture(scope="module")
def pastes(project):
    """Texts as they come out of terminals and notebooks, and where they must lead."""
    return tomllib.loads((project / "tests" / "search" / "pastes.toml").read_text(encoding="utf-8"))["pastes"]


@pytest.fixture
def field(page):
    """Open the field of a page."""

    def open_field(path):
        page.goto(f"/{path}")
        return page.locator(".paste textarea")

    return open_field


@LANGUAGES
def test_each_paste_leads_to_its_entries_and_names_what_no_page_has(field, pastes, language):
    field(language).wait_for()
    missed = []
    for paste, answer in zip(
        pastes, field(language).page.evaluate(DIAGNOSE, [one["text"] for one in pastes]), strict=True
    ):
        places = paste["finds"]
        is_right = len(places) == len(answer["found"]) and all(map(str.startswith, answer["found"], places))
        if not is_right or paste.get("unknown", False) != bool(answer["unknown"]):
            missed.append(f"{paste['name']}: expected {places}, got {answer}")
    if missed:
        pytest.fail("\n".join(missed), pytrace=False)


def test_every_message_of_autograd_leads_to_what_explains_it_or_to_why_it_needs_no_entry(field, page, project):
    listed = all_messages.read(project / all_messages.FILE)
    field("").wait_for()
    explained = [f"RuntimeError: {text.replace(all_messages.VALUE, '3')}" for text in listed.explained]
    missed = [
        text for text, answer in zip(explained, page.evaluate(DIAGNOSE, explained), strict=True) if not answer["found"]
    ]
    others = {
        f"RuntimeError: {text.replace(all_messages.VALUE, '3')}": group.id
        for group in listed.groups
        for text in group.messages
    }
    for (text, group), answer in zip(others.items(), page.evaluate(EXCUSE, list(others)), strict=True):
        # Some are so like a message with an entry that this is shown, which is as good.
        if answer is not True and answer != f"reference/errors/all-messages/#{group}":
            missed.append(f"{text}: expected {group}, got {answer}")
    if missed:
        pytest.fail("\n".join(missed), pytrace=False)


def test_a_message_that_needs_no_entry_is_shown_with_the_reason(field, page):
    field("").fill("RuntimeError: vmap: chunk_size should be None or greater than 0. (got 0)")
    answer = page.locator(".paste-answer")
    expect(answer).to_contain_text("which has no entry here")
    expect(answer.locator("a")).to_have_attribute("href", re.compile("all-messages/#arguments$"))


def test_a_message_that_only_shares_words_with_ours_is_on_no_page(field, page):
    field("").wait_for()
    for text, answer in zip(STRANGERS, page.evaluate(DIAGNOSE, list(STRANGERS)), strict=True):
        assert answer == {"found": [], "unknown": [text]}


@LANGUAGES
@WHERE
def test_a_paste_without_a_key_shows_the_entry_with_its_mistake_and_its_fix(field, page, language, page_with_field):
    box = field(f"{language}{page_with_field}")
    box.wait_for()
    # As a paste by mouse or touch: an event of input and no key.
    box.evaluate("(box, text) => { box.value = text; box.dispatchEvent(new InputEvent('input')) }", MESSAGE)
    answer = page.locator(".paste-answer")
    link = answer.locator(".paste-title a")
    expect(link).to_have_attribute("href", re.compile(rf"/{language}reference/errors/non-scalar-output/$"))
    expect(answer.locator("details .cells")).to_have_count(2)
    assert answer.get_attribute("role") == "status"


@LANGUAGES
def test_a_message_with_several_causes_shows_the_questions_with_their_links(field, page, language):
    field(language).fill(SEVERAL)
    page.locator(".paste-answer summary").click()
    questions = page.locator(".paste-answer li")
    expect(questions.first).to_contain_text(re.compile("[?？]"))
    assert questions.count() >= 6
    expect(questions.first.locator("a")).to_have_attribute("href", re.compile("errors/nothing-requires-grad/$"))


@LANGUAGES
def test_questions_are_asked_one_by_one_by_key_and_yes_shows_the_mistake_with_its_fix(field, page, language):
    field(language).fill(SEVERAL)
    page.locator(".paste-question").wait_for()
    yes, no = page.locator(".paste-answer .paste-button").all()
    asked = page.locator(".paste-question").inner_text()
    no.press("Enter")
    expect(page.locator(".paste-question")).not_to_have_text(asked)
    expect(no).to_be_focused()
    yes.press("Enter")
    expect(page.locator(".paste-answer .admonition.bug")).to_be_visible()
    expect(page.locator(".paste-answer .admonition.success")).to_be_visible()


def test_who_answers_no_to_all_questions_gets_all_of_them_as_a_list(field, page):
    field("").fill(SEVERAL)
    page.locator(".paste-question").wait_for()
    _, no = page.locator(".paste-answer .paste-button").all()
    for _ in range(page.locator(".paste-answer li").count()):
        no.click()
    expect(page.locator(".paste-answer li").first).to_be_visible()
    expect(no).to_be_hidden()


@LANGUAGES
def test_a_message_that_no_page_has_is_said_to_be_on_none(field, page, language):
    field(language).fill(NOWHERE)
    expect(page.locator(".paste-answer")).to_contain_text(re.compile("No page has this message|没有页面收录这条报错"))
    expect(page.locator(".paste-found")).to_have_count(0)


def test_a_missing_message_can_be_reported_with_all_that_was_pasted(field, page, site):
    entries = json.loads((site / "search" / "entries.json").read_text(encoding="utf-8"))
    entries["repository"] = "https://example.org/notes"
    page.route("**/search/entries.json", lambda route: route.fulfill(json=entries))
    field("").fill(NOWHERE)
    address = page.locator(".paste-answer a[href*='/issues/new']").get_attribute("href")
    assert address.startswith("https://example.org/notes/issues/new?template=a-message-that-is-missing.yml&message=")
    assert "mat1+and+mat2" in address


def test_the_field_is_cleared_by_key_and_has_the_focus_again(field, page):
    box = field("")
    box.fill(MESSAGE)
    page.locator(".paste-found").wait_for()
    box.press("Tab")
    page.keyboard.press("Enter")
    expect(page.locator(".paste-answer")).to_be_empty()
    expect(box).to_be_focused()


def test_what_is_pasted_is_sent_nowhere(field, page, base_url):
    box = field("")
    box.wait_for()
    sent = []
    page.on("request", lambda request: sent.append((request.method, request.url, request.post_data)))
    box.fill("SecretError: my password is xyzzyplugh\n" + MESSAGE)
    page.locator(".paste-found").wait_for()
    page.wait_for_load_state("networkidle")
    assert sent, "the messages were not fetched in this visit"
    assert all(method == "GET" and url.startswith(base_url) and "xyzzyplugh" not in url for method, url, _ in sent)


@LANGUAGES
@pytest.mark.parametrize("width", [390, 1280])
def test_the_field_takes_its_room_before_it_is_made(page, language, width):
    page.set_viewport_size({"width": width, "height": 900})
    page.route("**/paste.js", lambda route: route.abort())
    page.goto(f"/{language}reference/errors/")
    page.wait_for_load_state("networkidle")
    below = "document.querySelector('.paste').nextElementSibling.getBoundingClientRect().top"
    before = page.evaluate(below)
    page.unroute("**/paste.js")
    page.reload()
    page.locator(".paste textarea").wait_for()
    assert abs(page.evaluate(below) - before) < 1


def test_without_a_script_the_list_of_messages_stands_there_and_no_empty_field(browser, browser_context_args):
    context = browser.new_context(**browser_context_args, java_script_enabled=False)
    page = context.new_page()
    page.goto("/reference/errors/")
    assert page.locator(".paste").is_hidden()
    assert page.locator(".error-index li").count() > 50
    context.close()
