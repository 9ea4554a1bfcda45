"""Which blocks of the pages the playground runs, with all that comes before them; run as a program, write that down.

The pages link to the playground from the blocks whose names stand in the file: what is not known to run gets no link.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

from autograd_notes.engine.transcript import Block, Statement
from autograd_notes.extensions.tries import FILE
from autograd_notes.releases import examples
from tests.browser import chromium, reference
from tests.browser.notes_examples import said

PLAYGROUND = Path(__file__).parents[2] / "docs" / "theme" / "assets" / "playground"
ENGINE = ("tensors", "printing", "autograd", "functions", "parser", "interpreter")


def record(engine: Page) -> str:
    """Return the text of the file, as the engine in a page says."""
    files = [
        [section.block for section in examples.sections(name)] for name in examples.names() if name.endswith(".md")
    ]
    return "".join(f"{name}\n" for name in sorted({name for blocks in files for name in _running(engine, blocks)}))


def _running(engine: Page, blocks: list[Block]) -> Iterator[str]:
    """Yield the names of those blocks of a file that print in the playground what they document."""
    named = list(zip(blocks, (digests[-1] for digests in examples.digests(blocks)), strict=True))
    for session in {block.session: None for block in blocks}:
        shown = [(block, name) for block, name in named if block.session == session and block.shows_input]
        statements = [statement for block, _ in shown for statement in block.statements]
        program = "".join(statement.source for statement in statements)
        results = engine.evaluate(reference.IN_THE_PLAYGROUND, program)["results"]
        running = 0
        while running < min(len(results), len(statements)) and _is_as_documented(results[running], statements[running]):
            running += 1
        for block, name in shown:
            running -= len(block.statements)
            if running < 0:
                break
            yield name


def _is_as_documented(result: dict, statement: Statement) -> bool:
    return not result["unknown"] and said(result) == statement.documented


def main() -> None:
    """Write the file."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium.find(), args=["--no-sandbox"])
        page = browser.new_page()
        for name in ENGINE:
            page.add_script_tag(path=PLAYGROUND / f"{name}.js")
        text = record(page)
        browser.close()
    FILE.write_text(text, encoding="utf-8")
    print(f"{FILE}: {text.count(chr(10))} blocks")


if __name__ == "__main__":
    main()
