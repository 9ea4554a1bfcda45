"""The Markdown extension: every pycon fence of a page runs, and the page shows what it printed."""

from __future__ import annotations

import doctest
import functools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import markdown_exec
from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from pymdownx.superfences import SuperFencesException

from autograd_notes.engine import session
from autograd_notes.engine.drift import find_drifts
from autograd_notes.engine.snippet import read_sections
from autograd_notes.engine.transcript import Block, Fence, InputError, fences, read_block
from autograd_notes.extensions import cells
from autograd_notes.extensions.place import Place, Step, find_place, relative
from autograd_notes.language import LANGUAGE
from autograd_notes.releases import lookup
from autograd_notes.releases.lookup import Elsewhere
from autograd_notes.releases.record import RECORDS

INCLUDE = re.compile(r'^(?P<prefix>[ \t>]*)-+8<-+[ \t]+"(?P<file>[^":]+)(?::(?P<section>[\w-]+))?"\s*$')

# Names and blanks have the colour of all code; their marks would be a third of a page.
UNCOLOURED = re.compile(r'<span class="[nw]">([^<]*)</span>')
# Stands for a failure until lines are normalized (at priority 30), which would destroy what the HTML stash stands for.
FAILURE = re.compile(r"(?P<prefix>[ \t>]*)pycon-failure-(?P<number>\d+)")
MOST_COLOURED = 10_000

log = markdown_exec.get_logger("autograd_notes")
# By settings, language and code: both languages of the site show the same code.
coloured: dict[tuple[str, str, str], str] = {}


@dataclass(frozen=True)
class Source:
    """Where a fence comes from, as an author would look it up: on the page, and in the snippet if it was included."""

    page: str
    line: int
    snippet: str = ""
    snippet_line: int = 0

    def __str__(self) -> str:
        return f"{self.page}:{self.line}" + (f" ({self.snippet}:{self.snippet_line})" if self.snippet else "")


@dataclass
class Shown:
    """A fence on its way to the page: where it comes from, then the block and what it did, or the failure."""

    source: Source
    fence: Fence
    block: Block | None = None
    outcomes: Sequence[session.Outcome] = ()
    elsewhere: Sequence[Elsewhere] = ()
    failure: str = ""
    is_shown: bool = False


@dataclass(frozen=True)
class Run:
    """What a page was last made of: its Markdown, includes and all, and its fences with what they did."""

    lines: tuple[str, ...]
    shown: tuple[Shown, ...]


runs: dict[str, Run] = {}
"""The run of each page, by its file, for what is made of a page beside its HTML."""


class PyconExtension(Extension):
    """Run every pycon fence of a page through markdown-exec, in the sessions that the page's fences name."""

    def __init__(self, **options: object) -> None:
        self.config = {"language": ["en", "The language of the page, for the texts inside pictures."]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register with Python-Markdown and, by its public names, with markdown-exec."""
        markdown_exec.formatters["pycon"] = _format
        if "pycon" not in markdown_exec.MARKDOWN_EXEC_AUTO:
            markdown_exec.MARKDOWN_EXEC_AUTO.append("pycon")
        page = Page(md, self.getConfig("language"))
        md.autograd_notes_page = page
        # Snippets are expanded at priority 32 and fences are taken out at 25.
        md.preprocessors.register(Step(md, page.locate), "pycon-locate", 33)
        md.preprocessors.register(Step(md, page.run), "pycon-run", 30)
        md.postprocessors.register(_AllShown(md), "pycon-all-shown", 0)


class Page:
    """One page on its way from lines to HTML: locate the fences, run them, hand each its cells."""

    def __init__(self, md: Markdown, language: str) -> None:
        self.md, self.language = md, language
        self.place = Place()
        self.sources: list[Source] = []
        self.failures: list[str] = []
        self.shown: list[Shown] = []

    def locate(self, lines: list[str]) -> list[str]:
        """Note where each fence will come from, before snippets are expanded; show an include that cannot work."""
        self.place = find_place(self.md, lines)
        self.sources, self.failures = [], []
        literal = {fence.line for fence in fences(lines) if fence.is_pycon}
        located = []
        for number, line in enumerate(lines, 1):
            include = INCLUDE.match(line)
            if number in literal:
                self.sources.append(Source(self.place.name, self.place.line(number)))
            elif include:
                try:
                    self._locate_include(include, self.place.line(number))
                except InputError as error:
                    line = f"{include['prefix']}pycon-failure-{len(self.failures)}"
                    self.failures.append(self._fail(str(error)))
            located.append(line)
        return located

    def run(self, lines: list[str]) -> list[str]:
        """Run all fences of the expanded page and number them, so that each is handed its own cells."""
        numbered = [FAILURE.sub(self._stashed, line) if FAILURE.fullmatch(line) else line for line in lines]
        found = [fence for fence in fences(lines) if fence.is_pycon]
        sources = self.sources if len(self.sources) == len(found) else [Source(self.place.name, 0)] * len(found)
        self.shown = [Shown(source, fence) for source, fence in zip(sources, found, strict=True)]
        for number, shown in enumerate(self.shown):
            opening, fence = lines[shown.fence.line - 1], shown.fence
            numbered[fence.line - 1] = opening[: len(opening) - len(fence.info)] + f'pycon block="{number}"'
            try:
                shown.block = read_block(fence, self.place.name)
            except InputError as error:
                shown.failure = self._fail(self._placed(error, shown))
        self._run_readable()
        runs[self.place.name] = Run(tuple(lines), tuple(self.shown))
        return numbered

    def html(self, number: int) -> str:
        """Return the cells of a block, by the number that `run` wrote into its fence."""
        shown = self.shown[number]
        shown.is_shown = True
        if shown.failure or shown.block is None:
            return shown.failure
        drifts = find_drifts([shown.block], [shown.outcomes])
        token = LANGUAGE.set(self.language)
        try:
            where = str(shown.source)
            return cells.render(shown.block, shown.outcomes, drifts, shown.elsewhere, highlighter(self.md), where)
        finally:
            LANGUAGE.reset(token)

    def forgotten(self) -> list[Source]:
        """Return the fences that ran but are nowhere on the page."""
        return [shown.source for shown in self.shown if not shown.is_shown]

    def _run_readable(self) -> None:
        """Run the blocks that could be read; one that cannot run is shown where it stands."""
        readable = [shown for shown in self.shown if shown.block is not None]
        try:
            results = run_once([shown.block for shown in readable], self.place.name)
        except InputError as error:
            for shown in readable:
                if shown.fence.line <= error.line <= shown.fence.end:
                    shown.failure = self._fail(self._placed(error, shown))
                else:
                    shown.failure = cells.failure("not run: another block of this page cannot run")
            return
        others = elsewhere([shown.block for shown in readable], self.md)
        for shown, outcomes, of_block in zip(readable, results, others, strict=True):
            shown.outcomes, shown.elsewhere = outcomes, of_block
            for drift in find_drifts([shown.block], [outcomes]):
                place = self._where(shown, drift.statement.line)
                log.warning("%s: output drifted (- documented, + live)\n%s", place, drift)

    def _locate_include(self, include: re.Match[str], line: int) -> None:
        file, section = include["file"], include["section"]
        base = [Path(path) for path in self.md.preprocessors["snippet"].base_path]
        path = next((folder / file for folder in base if (folder / file).is_file()), None)
        if path is None:
            looked = ", ".join(relative(folder) for folder in base)
            raise InputError(
                self.place.name, line, f"there is no snippet {file!r} in {looked}.", "Write it, or correct the name."
            )
        if path.suffix != ".md":
            return
        sections = read_sections(path, relative(path))
        wanted = [entry for entry in sections if section in (None, entry.name)]
        if not wanted:
            known = ", ".join(entry.name for entry in sections)
            raise InputError(
                self.place.name, line, f"{relative(path)} has no section {section!r}.", f"It has: {known}."
            )
        self.sources += [Source(self.place.name, line, relative(path), entry.block.line) for entry in wanted]

    def _where(self, shown: Shown, line: int) -> str:
        """Say where a line of the expanded page is: on the page, and in the snippet if it was included."""
        offset, source = line - shown.fence.line, shown.source
        if source.snippet:
            return f"{source.page}:{source.line} ({source.snippet}:{source.snippet_line + offset})"
        return f"{source.page}:{source.line + offset}"

    def _placed(self, error: InputError, shown: Shown) -> str:
        return f"{self._where(shown, error.line)}: {error.problem}\n  {error.remedy}"

    def _fail(self, message: str) -> str:
        log.warning("%s", message)
        return cells.failure(message)

    def _stashed(self, failure: re.Match[str]) -> str:
        return failure["prefix"] + self.md.htmlStash.store(self.failures[int(failure["number"])])


def highlighter(md: Markdown) -> cells.Highlight:
    """Return what colours code on the pages of `md`."""
    fenced = md.preprocessors["fenced_code_block"]
    fenced.get_hl_settings()
    settings = repr(fenced.highlight_ext.getConfigs())

    def highlight(code: str, language: str) -> str:
        key = settings, language, code
        if key not in coloured:
            if len(coloured) == MOST_COLOURED:
                coloured.clear()
            html = fenced.highlight(src=code, language=language, options={}, md=md, classes=[], id_value="", attrs={})
            coloured[key] = UNCOLOURED.sub(r"\1", html)
        return coloured[key]

    return highlight


def elsewhere(blocks: Sequence[Block], md: Markdown) -> list[list[Elsewhere]]:
    """Return what other releases print for each statement of all blocks of a page; a record that is bad is reported."""
    try:
        return lookup.elsewhere(blocks, Path(md.preprocessors["snippet"].base_path[0], RECORDS.name))
    except InputError as error:
        log.warning("%s", error)
        return [[lookup.NOWHERE] * len(block.statements) for block in blocks]


def run_once(blocks: Sequence[Block], name: str) -> list[Sequence[session.Outcome]]:
    """Run blocks as `session.run` does, but each session once for each text of its statements.

    A clean session prints the same again: both languages of a page and all rebuilds of a preview share one run.
    """
    outcomes: dict[int, Sequence[session.Outcome]] = {}
    for session_name in dict.fromkeys(block.session for block in blocks):
        group = [block for block in blocks if block.session == session_name]
        try:
            results = _outcomes(tuple(_without_place(block, number) for number, block in enumerate(group)))
        except InputError:
            # Once more, so that the message names the lines of this page.
            results = session.run(group, name)
        outcomes.update({block.line: result for block, result in zip(group, results, strict=True)})
    return [outcomes[block.line] for block in blocks]


@functools.lru_cache(maxsize=2048)
def _outcomes(blocks: tuple[Block, ...]) -> Sequence[Sequence[session.Outcome]]:
    return session.run(blocks, "page")


def _without_place(block: Block, number: int) -> Block:
    """Return a block that is equal to every other one with the same statements."""
    statements = (
        # What is documented is no part of a run, unless the statement is skipped.
        replace(statement, line=0, prefix="", documented=statement.documented if statement.flags & doctest.SKIP else "")
        for statement in block.statements
    )
    return Block(number, block.session, True, tuple(statements))


class _AllShown(Postprocessor):
    def run(self, text: str) -> str:
        for source in self.md.autograd_notes_page.forgotten():
            log.warning(
                "%s: this block ran but the page does not show it: it stands in a comment or in raw HTML", source
            )
        return text


def _format(code: str, md: Markdown, extra: dict[str, str], **_: object) -> str:
    """Return the HTML of a block to markdown-exec, which hands it to the page."""
    try:
        return md.autograd_notes_page.html(int(extra["block"]))
    except Exception as error:
        # Anything but a SuperFencesException is swallowed, and the raw fence is left on the page.
        raise SuperFencesException(f"this pycon fence was not found before it was run: {code!r}") from error


def makeExtension(**options: object) -> PyconExtension:  # noqa: N802 (the name is Python-Markdown's)
    """Return the extension to Python-Markdown."""
    return PyconExtension(**options)
