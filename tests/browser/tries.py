"""Which blocks of the pages the playground runs, below those before them that it runs; as a program, write it down.

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
    """Yield the names of those blocks that print what they document, each below those of its session before it."""
    before: dict[str, tuple[Statement, ...]] = {}
    for block, digests in zip(blocks, examples.digests(blocks), strict=True):
        program = (*before.get(block.session, ()), *block.statements)
        if block.shows_input and _is_as_documented(engine, program):
            before[block.session] = program
            yield digests[-1]


def _is_as_documented(engine: Page, program: tuple[Statement, ...]) -> bool:
    results = engine.evaluate(reference.IN_THE_PLAYGROUND, "".join(statement.source for statement in program))[
        "results"
    ]
    if len(results) != len(program) or results[-1]["unknown"]:
        return False
    return all(said(result) == statement.documented for result, statement in zip(results, program, strict=True))


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
