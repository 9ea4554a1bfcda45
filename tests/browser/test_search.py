"""What a reader types into the search finds the page that answers it, among the first three, in each language alone."""

import json
import re
import tomllib

import pytest
from playwright.sync_api import expect

from tests.browser import LANGUAGES

FIRST = 3
# Of all queries, for how many the right page is first, and among the first three.
FIRST_FLOOR, SOON_FLOOR = 0.85, 0.95
# For the first answer, scripts included.
MOST_BYTES = 46_000
SEARCH = re.compile("Search|搜索")
# A heading of a page; an entry of the error gallery is a page with one.
HEADING = re.compile(r"#|^reference/errors/[\w-]+/$")
ITEMS = "document.querySelectorAll('.md-search-result__item')"
META = "document.querySelector('.md-search-result__meta')"
# The worker of a page, asked as Material asks it. What Material folds away has a lower score than its first heading.
ASK = """async ({ root, queries }) => {
    const worker = new Worker(new URL(`${root}assets/search/worker.js`, location))
    const answer = (message) => new Promise((resolve) => {
        worker.onmessage = ({ data }) => resolve(data.data)
        worker.postMessage(message)
    })
    await answer({ type: 0, data: { docs: [] } })
    const found = []
    for (const data of queries) {
        const { items } = await answer({ type: 2, data })
        found.push(items.map((group) => group.filter(({ score }) => score >= group[0].score).map((one) => one.location)))
    }
    return found
}"""
TRACEBACK = (
    'Traceback (most recent call last):  File "/home/me/my project/train.py", line 31, in <module>    loss.backward()'
    '  File "/usr/lib/python3.11/site-packages/torch/_tensor.py", line 630, in backward    torch.autograd.backward('
)
# What is the reader's own in a message: the tensor, with its type, shape and version; numbers; names of nodes.
OWN = re.compile(r"\[torch\..*|\w*Backward\d*|\d+")
# What torchrun and a process that ends say after a message.
TAIL = (
    "\ntorch.distributed.elastic.multiprocessing.errors.ChildFailedError: \ntrain.py FAILED"
    "\nUserWarning: resource_tracker: There appear to be 6 leaked semaphore objects to clean up at shutdown"
)


@pytest.fixture(scope="module")
def queries(project):
    """What readers type, with the pages that answer it, by language."""
    return tomllib.loads((project / "tests" / "search" / "queries.toml").read_text(encoding="utf-8"))


@pytest.fixture
def ask(page):
    """Ask the worker of a language many queries at once; each answer is the addresses shown, page by page."""

    def ask(language, queries):
        page.goto(f"/{language}")
        return dict(zip(queries, page.evaluate(ASK, {"root": f"/{language}", "queries": queries}), strict=True))

    return ask


@pytest.fixture(scope="module", params=["", "zh/"], ids=["en", "zh"])
def answers(request, browser, browser_context_args, queries):
    """What readers of a language type, each with the pages that answer it, and what its worker answers."""
    table = queries[request.param.strip("/") or "en"]
    page = browser.new_context(**browser_context_args).new_page()
    page.goto(f"/{request.param}")
    found = page.evaluate(ASK, {"root": f"/{request.param}", "queries": list(table)})
    page.context.close()
    return table, dict(zip(table, found, strict=True))


class Search:
    """The search of one language, as a reader uses it."""

    def __init__(self, page, language):
        self.page, self.root = page, f"/{language}"
        page.goto(self.root)
        self.box = page.get_by_role("textbox", name=SEARCH)
        self.box.click()

    def type(self, query):
        """Type a query and return the addresses found, page by page; those folded away are not among them."""
        self.page.evaluate(f"{ITEMS}.forEach((item) => item.remove()); {META}.textContent = ''")
        self.box.fill(query)
        self.box.press("Shift")
        self.page.wait_for_function(f"{ITEMS}.length || /No |没有/.test({META}.textContent)")
        found = self.page.evaluate(f"""[...{ITEMS}].map((item) =>
            [...item.querySelectorAll("a:not(details a)")].map((link) => new URL(link.href).pathname + link.hash))""")
        assert all(address.startswith(self.root) for item in found for address in item), "another language was found"
        return [[address.removeprefix(self.root) for address in item] for item in found]


@pytest.fixture
def search(page):
    return lambda language: Search(page, language)


def test_the_right_page_comes_first_or_among_the_first_three(answers):
    table, found = answers
    ranks = {query: _rank([item[0] for item in found[query]], wanted) for query, wanted in table.items()}
    later = [
        f"{query!r}: wanted {' or '.join(table[query])}, got {_heads(found[query])}" for query in table if ranks[query]
    ]
    first = sum(rank == 0 for rank in ranks.values()) / len(table)
    soon = sum(rank is not None and rank < FIRST for rank in ranks.values()) / len(table)
    print(f"{len(table)} queries: {first:.0%} first, {soon:.0%} among the first {FIRST}")
    if first < FIRST_FLOOR or soon < SOON_FLOOR:
        floors = f"wanted are {FIRST_FLOOR:.0%} first and {SOON_FLOOR:.0%} among the first {FIRST}"
        pytest.fail("\n".join([f"{first:.0%} and {soon:.0%}; {floors}. Not first:", *later]), pytrace=False)


def test_where_a_heading_is_wanted_it_is_shown_and_not_folded(answers):
    table, found = answers
    headings = {query: wanted for query, wanted in table.items() if all(map(HEADING.search, wanted))}
    shown = {query: [place for item in found[query][:FIRST] for place in item] for query in headings}
    folded = [f"{query!r}: {headings[query]}" for query in headings if not set(headings[query]) & set(shown[query])]
    if len(folded) > (1 - SOON_FLOOR) * len(headings):
        pytest.fail("\n".join([f"{len(folded)} of {len(headings)}:", *folded]), pytrace=False)


@LANGUAGES
def test_a_pasted_message_finds_first_a_page_that_shows_it(ask, site, language):
    shown = _messages(site / language)
    assert shown, "no error page shows a message"
    same = {message: OWN.sub("", message) for message in shown}
    missed = []
    for text, found in ask(
        language, [form for message in shown for form in (message, TRACEBACK + message + TAIL)]
    ).items():
        plain = OWN.sub("", text)
        pages = {page for message, pages in shown.items() if same[message] in plain for page in pages}
        if not found or found[0][0].partition("#")[0] not in pages:
            missed.append(f"{text!r}: expected one of {pages}, found {_heads(found)}")
    if missed:
        pytest.fail("\n".join(missed), pytrace=False)


def _rank(found, wanted):
    pages = {place.partition("#")[0] for place in wanted}
    return next((rank for rank, place in enumerate(found) if place.partition("#")[0] in pages), None)


def _heads(found):
    return [item[0] for item in found[:FIRST]]


def test_the_best_heading_opens_with_enter_and_its_words_are_marked(search):
    box = search("")
    box.type("version counters")
    box.box.press("Enter")
    box.page.wait_for_url("**/explanation/in-place-and-views/?h=*#counter")
    expect(box.page.locator(".md-content mark", has_text=re.compile("^version counter$")).first).to_be_attached()


@LANGUAGES
@pytest.mark.parametrize("typed", ["x^2", "x²"])
def test_a_formula_is_found_as_it_is_typed_and_shown_as_mathematics(search, language, typed):
    box = search(language)
    found = box.type(typed)
    assert "#first" in found[0], f"{typed!r} found {found[:FIRST]}"
    expect(box.page.locator(".md-search-result__item").first).to_contain_text("x² + x")


@LANGUAGES
def test_what_comes_without_a_key_is_searched_for_as_well(page, language):
    """As from dictation, from a keyboard that completes words, or pasted by touch."""
    page.goto(f"/{language}")
    box = page.get_by_role("textbox", name=SEARCH)
    box.click()
    box.fill("detach")
    expect(page.locator(".md-search-result__item").first).to_be_visible()


@LANGUAGES
def test_a_word_that_is_nowhere_finds_nothing_and_what_to_try_is_said(search, language):
    box = search(language)
    assert box.type("xyzzyplugh") == []
    expect(box.page.locator(".md-search-result__meta")).to_have_text(re.compile("Try one word|可以只用其中一个词"))


@LANGUAGES
def test_a_message_that_no_page_has_is_said_to_be_on_none(search, language):
    box = search(language)
    box.type("RuntimeError: Expected all tensors to be on the same device, but found at least two devices")
    expect(box.page.locator(".md-search-result__meta")).to_have_text(re.compile("No page has this|没有页面收录"))


@LANGUAGES
def test_a_search_that_cannot_be_loaded_says_so_and_tries_again(page, language):
    def refuse(route):
        route.abort()

    page.context.route("**/search/index.json", refuse)
    page.goto(f"/{language}")
    box, line = page.get_by_role("textbox", name=SEARCH), page.locator(".md-search-result__meta")
    box.click()
    box.fill("detach")
    box.press("Shift")
    expect(line).to_have_text(re.compile("could not be loaded|未能加载"))
    page.context.unroute("**/search/index.json", refuse)
    box.fill("detached")
    box.press("Shift")
    page.locator(".md-search-result__item").first.wait_for()
    expect(line).not_to_have_text(re.compile("could not be loaded|未能加载"))


@LANGUAGES
def test_a_slow_search_says_that_it_is_under_way(page, language):
    waiting = []
    page.context.route("**/search/index.json", lambda route: waiting.append(route))
    page.goto(f"/{language}")
    box, line = page.get_by_role("textbox", name=SEARCH), page.locator(".md-search-result__meta")
    box.click()
    box.fill("detach")
    box.press("Shift")
    expect(line).to_have_text(re.compile("Searching|正在搜索"))
    while not waiting:
        page.wait_for_timeout(50)
    for route in waiting:
        route.continue_()
    page.locator(".md-search-result__item").first.wait_for()
    expect(line).not_to_have_text(re.compile("Searching|正在搜索"))


def test_a_reader_who_does_not_search_loads_no_index(page):
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto("/explanation/graph/")
    page.wait_for_load_state("networkidle")
    assert not [address for address in requested if "/search/index.json" in address or "ranking" in address]


@LANGUAGES
@pytest.mark.parametrize(
    "query", ["how to freeze layers", "PyTorch 梯度 backward", TRACEBACK + "RuntimeError: grad can be implicitly"]
)
def test_the_first_answer_is_light(page, server, language, query):
    page.goto(f"/{language}explanation/graph/")
    page.wait_for_load_state("networkidle")
    server.sent.clear()
    box = page.get_by_role("textbox", name=SEARCH)
    box.click()
    box.fill(query)
    box.press("Shift")
    page.locator(".md-search-result__item").first.wait_for()
    total = sum(size for _, size in server.sent)
    table = "\n".join(f"{size:8,} {address}" for address, size in server.sent)
    print(f"{query!r}: {total:,} bytes in {len(server.sent)} answers")
    assert 0 < total <= MOST_BYTES, f"{total:,} bytes, more than {MOST_BYTES:,}:\n{table}"


def _messages(site):
    """Each message that an entry of the gallery is about, with the pages that show it."""
    found, entries = (
        json.loads((site / "search" / f"{name}.json").read_text(encoding="utf-8")) for name in ("messages", "entries")
    )
    shown = {}
    for text, *numbers in found["messages"]:
        pages = {entries["entries"][number]["address"].partition("#")[0] for number in numbers}
        # Dots stand for the rest of a long one, and, in the middle, for what differs: nobody pastes these.
        pasted = text.rstrip(" …")
        if any("errors/" in page for page in pages) and "…" not in pasted:
            shown[pasted] = pages
    return shown
