"""A block with a link to the playground prints there what it prints on the page."""

import re

from playwright.sync_api import expect

from autograd_notes.engine.transcript import Block, Statement
from autograd_notes.extensions.tries import FILE, tried
from autograd_notes.releases import examples
from tests.browser import LANGUAGES

# How many blocks in each language, at least: where there are fewer, `python -m tests.browser.tries` finds them anew.
FEWEST = 80
# For each link of each page, its program, what it prints in the playground and on the page, and what is not known there.
FOLLOW = """async (paths) => {
  const found = []
  for (const path of paths) {
    const page = new DOMParser().parseFromString(await (await fetch(path)).text(), "text/html")
    for (const block of page.querySelectorAll(".cells[data-try]")) {
      const program = programOf(block)
      const { results } = playground.interpreter.run(program)
      const isOfSession = (other) => other.dataset.session === block.dataset.session
      const all = [...page.querySelectorAll(".cells")]
      const before = all.slice(0, all.indexOf(block) + 1).filter(isOfSession)
      const shown = before.filter((one) => "try" in one.dataset)
      found.push({
        place: `${path}: ${program}`,
        here: results.flatMap(({ printed, error }) => [...printed, ...(error ? [`${error.type}: ${error.message}`] : [])]).join("\\n"),
        there: shown.flatMap((one) => [...one.querySelectorAll(".cell > .cell-output pre")]).map((one) => one.textContent).join("\\n"),
        unknown: results.at(-1)?.error?.unknown ?? null,
      })
    }
  }
  return found
}"""


def test_every_link_leads_to_a_program_that_prints_what_the_page_shows(page, paths):
    page.goto("/playground/")
    page.locator(".playground textarea").wait_for()
    found = page.evaluate(FOLLOW, paths)
    print(f"{len(found)} links to the playground")
    wrong = [f"{one['place']}\n{one}" for one in found if one["unknown"] is not None or one["here"] != one["there"]]
    assert not wrong, "\n\n".join(wrong)
    assert len(found) >= 2 * FEWEST, "fewer blocks than before have a link: `python -m tests.browser.tries` finds them"


@LANGUAGES
def test_a_link_opens_the_playground_with_the_block_below_those_before_it(page, language):
    page.goto(f"/{language}notes/scalar/")
    link = page.locator(".cell-try").nth(2)
    link.click()
    page.wait_for_url(f"**/{language}playground/#program=*")
    field = page.locator(".playground textarea")
    expect(field).to_have_value(re.compile("^import torch\nx = torch.arange"))
    assert field.input_value().count("\n") > 3
    expect(page.locator(".playground-printed .cell-output").first).to_be_visible()


def test_a_block_that_was_not_tried_or_has_changed_has_no_link(tmp_path):
    blocks = [Block(1, "", shows_input=True, statements=(Statement("x = 1\n", "", 1),)) for _ in range(2)]
    [[first], _] = examples.digests(blocks)
    (tmp_path / FILE.name).write_text(f"{first}\n", encoding="utf-8")
    assert tried(blocks, [tmp_path]) == [True, False]
    assert tried([Block(1, "", shows_input=True, statements=(Statement("x = 2\n", "", 1),))], [tmp_path]) == [False]
    assert tried([Block(1, "", shows_input=False, statements=blocks[0].statements)], [tmp_path]) == [False]
