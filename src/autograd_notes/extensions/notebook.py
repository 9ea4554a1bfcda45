"""The Markdown extension that turns a tutorial into a page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

import markdown_exec
from markdown import Markdown
from markdown.extensions import Extension

from autograd_notes.engine import tutorial
from autograd_notes.engine.drift import find_drifts
from autograd_notes.engine.outcome import Outcome, Picture
from autograd_notes.engine.transcript import Block, InputError
from autograd_notes.engine.tutorial import Tutorial
from autograd_notes.extensions import cells
from autograd_notes.extensions.chinese import JOIN
from autograd_notes.extensions.fence import elsewhere, highlighter
from autograd_notes.extensions.place import Step, find_place
from autograd_notes.language import speaking
from autograd_notes.pictures import drawing
from autograd_notes.releases.lookup import NOWHERE, Elsewhere

CAPTION = "{ .caption }"
BARE = "<svg "
LABEL = re.compile(r'(?P<before><svg[^>]* aria-label="[^:："]*(?:: |：))[^"]*"')

log = markdown_exec.get_logger("autograd_notes")


class NotebookExtension(Extension):
    """Show a page that is the text of a tutorial: its prose as Markdown, its cells with what they print and draw."""

    def __init__(self, **options: object) -> None:
        self.config = {"language": ["en", "The language of the page, for the words in cells and pictures."]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register with Python-Markdown: before all others, and again when HTML can be stored (below 30)."""
        page = _Page(md, self.getConfig("language"))
        md.preprocessors.register(Step(md, page.run), "notebook-run", 40)
        md.preprocessors.register(Step(md, page.show), "notebook-show", 26)


class _Page:
    """One page on its way from lines to HTML; lines keep their numbers, so that messages name the right ones."""

    def __init__(self, md: Markdown, language: str) -> None:
        self.md, self.language = md, language
        self.name = ""
        self.html: dict[str, str] = {}

    def run(self, lines: list[str]) -> list[str]:
        """Run the cells of a tutorial, and return it as Markdown with a mark for each of them."""
        self.html, self.name = {}, find_place(self.md, lines).name
        if not tutorial.is_file(Path(self.name)):
            return lines
        try:
            notebook = tutorial.read("\n".join(lines), self.name)
            blocks = tutorial.blocks(notebook)
        except InputError as error:
            return [self._mark(self._failed(error))]
        marks = iter([self._mark(html) for html in self._cells(notebook, blocks)])
        markdown = [""] * len(notebook.header)
        for cell in notebook.cells:
            below = [""] * (len(cell.lines) - 2)
            markdown += ["", next(marks), *below] if cell.name else ["", *cell.prose]
        return markdown

    def show(self, lines: list[str]) -> list[str]:
        """Put the cells in the places of their marks."""
        return [self.md.htmlStash.store(self.html[line]) if line in self.html else line for line in lines]

    def _cells(self, notebook: Tutorial, blocks: Sequence[Block]) -> list[str]:
        """Return the HTML of each cell; an error stands below the cell that made it."""
        with speaking(self.language):
            try:
                results = tutorial.run(blocks, self.name)
                others = elsewhere(blocks, self.md)
                return [
                    self._cell(block, outcome, of_block, notebook)
                    for block, [outcome], of_block in zip(blocks, results, others, strict=True)
                ]
            except (InputError, ModuleNotFoundError) as error:
                html = [cells.render(block, [Outcome("")], [], [NOWHERE], highlighter(self.md), "") for block in blocks]
                line = getattr(error, "line", 0)
                failing = max((number for number, block in enumerate(blocks) if block.line <= line), default=0)
                html[failing] += self._failed(error)
                return html

    def _cell(self, block: Block, outcome: Outcome, others: Sequence[Elsewhere], notebook: Tutorial) -> str:
        where = f"{self.name}:{block.statements[0].line}"
        drifts = find_drifts([block], [[outcome]])
        for drift in drifts:
            log.warning("%s: output drifted (- documented, + live)\n%s", where, drift)
        if outcome.pictures and block.shows_input:
            caption = _caption(notebook, block)
            outcome = Outcome(outcome.output, tuple(_labelled(picture, caption) for picture in outcome.pictures))
        return cells.render(block, [outcome], drifts, others, highlighter(self.md), where)

    def _failed(self, error: Exception) -> str:
        log.warning("%s", error)
        return cells.failure(str(error))

    def _mark(self, html: str) -> str:
        mark = f"autograd-notes-cell-{len(self.html)}"
        self.html[mark] = html
        return mark


def front_matter(text: str) -> dict[str, str]:
    """Return the title and the description of a tutorial; nothing where its text cannot be read."""
    try:
        notebook = tutorial.read(text, "")
    except InputError:
        return {}
    return {"title": notebook.title, "description": notebook.description}


def _labelled(picture: Picture, caption: str) -> Picture:
    """Return a picture that is called by its caption, which says more to a listener than its numbers."""

    def labelled(drawn: str) -> str:
        if drawn.startswith(BARE):
            # What code of the tutorial has drawn, without this site's help.
            svg = drawn.replace(BARE, f'{BARE}role="img" aria-label="{escape(caption)}" ', 1)
            return drawing.figure(drawing.scroll_box(svg, 0, ""))
        return LABEL.sub(lambda label: f'{label["before"]}{escape(caption)}"', drawn, count=1)

    return Picture({language: labelled(drawn) for language, drawn in picture.html.items()})


def _caption(notebook: Tutorial, block: Block) -> str:
    """Return the text of the caption below a cell that draws, which says it to those who cannot see it."""
    below = next((cell for cell in notebook.cells if cell.line > block.line), None)
    prose = below.prose if below and not below.name else ()
    if CAPTION not in prose:
        log.warning(
            "%s:%s: this cell draws, but no caption says what.\n  Begin the prose below it with one, and a line %r.",
            notebook.name,
            block.line,
            CAPTION,
        )
        return ""
    text = JOIN.sub("", "\n".join(prose[: prose.index(CAPTION)])).replace("\n", " ")
    return re.sub(r"[`*$]", "", text)


makeExtension = NotebookExtension  # noqa: N816 (the name is Python-Markdown's)
