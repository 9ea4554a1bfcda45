"""The Markdown extension: every pycon fence of a page runs, and the page shows what it printed.

A fence is run where markdown-exec runs fences: superfences finds it and calls our formatter, by markdown-exec's public
names, and that runs it and returns its cells. A block needs what earlier ones of its session defined, and whether it
depends on chance can be told at the end of a session; so the first block of a session that comes by runs the session.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast
from xml.etree.ElementTree import Element

import markdown_exec
from markdown import Markdown
from markdown.extensions import Extension
from markdown.postprocessors import Postprocessor
from markdown.treeprocessors import Treeprocessor

from autograd_notes.engine import session
from autograd_notes.engine.dialect import COMMENT, Fence, Include, elements, fences
from autograd_notes.engine.drift import Drift, find_drifts
from autograd_notes.engine.outcome import Outcome
from autograd_notes.engine.snippet import read_sections
from autograd_notes.engine.transcript import Block, InputError, read_block, refuse_unseen
from autograd_notes.extensions import cells
from autograd_notes.extensions.place import Place, Step, find_place, relative, snippet_folders
from autograd_notes.extensions.tries import tried
from autograd_notes.language import speaking
from autograd_notes.releases import lookup
from autograd_notes.releases.lookup import Elsewhere
from autograd_notes.releases.record import RECORDS

# Names and blanks have the colour of all code; their marks would be a third of a page.
UNCOLOURED = re.compile(r'<span class="[nw]">([^<]*)</span>')
# Stands for a failure until lines are normalized (at priority 30), which would destroy what the HTML stash stands for.
FAILURE = re.compile(r"(?P<prefix>[ \t>]*)autograd-notes-failure-(?P<number>\d+)")
MOST_COLOURED = 10_000
ASSEMBLED = "pycon-assembled"

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

    def at(self, line: int) -> Source:
        """Return the place of another line of the file that the fence stands in."""
        if self.snippet:
            return Source(self.page, self.line, self.snippet, line)
        return Source(self.page, line)


@dataclass(frozen=True)
class Ran:
    """A block of a page that has run, and what it did; its fence is that of the page, includes and all."""

    fence: Fence
    block: Block
    outcomes: Sequence[Outcome]
    drifts: Sequence[Drift]
    elsewhere: Sequence[Elsewhere] = ()
    is_tried: bool = False


@dataclass(frozen=True)
class Failed:
    """A fence of a page that has no outputs, and why."""

    fence: Fence
    message: str


@dataclass(frozen=True)
class Run:
    """What a page was last made of: its Markdown, includes and all, and its fences with what they did."""

    lines: tuple[str, ...]
    shown: tuple[Ran | Failed, ...]


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
        # Snippets are expanded at priority 32 and fences are taken out at 25.
        md.preprocessors.register(Step(md, page.locate), "pycon-locate", 33)
        md.preprocessors.register(Step(md, page.expect), "pycon-expect", 30)
        md.treeprocessors.register(_Assembled(md, page), ASSEMBLED, -100)
        md.postprocessors.register(_End(md, page), "pycon-end", 0)


@dataclass(frozen=True)
class _Located:
    """A fence that is to be on the page, and what it holds, read from the file where it stands; or why it cannot be."""

    source: Source
    read: Block | InputError


@dataclass(frozen=True)
class _Unreadable:
    """A fence on the page that cannot be read, and what the page shows in its place."""

    source: Source
    result: Failed
    html: str


@dataclass
class _Readable:
    """A fence on the page, on its way to the formatter.

    Attributes:
        source: Where it comes from.
        fence: The fence on the page, includes and all.
        block: What it holds.
        result: What became of it; None until its session has run.
        html: What the page is to show of it.
        is_taken: Whether it was handed to the page.
    """

    source: Source
    fence: Fence
    block: Block
    result: Ran | Failed | None = None
    html: str = ""
    is_taken: bool = False


class Page:
    """One page on its way from lines to HTML: locate the fences, run each when it comes by, see that all are shown."""

    def __init__(self, md: Markdown, language: str) -> None:
        self.md, self.language = md, language
        self.place = Place()
        self.lines: tuple[str, ...] = ()
        self.located: list[_Located] = []
        self.expected: list[_Readable | _Unreadable] = []
        self.failures: list[str] = []
        self.is_assembled = False

    def locate(self, lines: list[str]) -> list[str]:
        """Read each fence where it stands, before snippets are expanded; show an include that cannot work."""
        self.place = find_place(self.md, lines)
        self.located, self.failures = [], []
        found = list(elements(lines))
        try:
            refuse_unseen(lines, [element for element in found if isinstance(element, Fence)], "")
        except InputError as error:
            log.warning("%s", self._message(Source(self.place.name, self.place.line(error.line)), error))
        changed = list(lines)
        for element in found:
            number = self.place.line(element.line)
            if isinstance(element, Fence) and element.is_pycon:
                self.located.append(_Located(Source(self.place.name, number), self._read(element)))
            elif isinstance(element, Include):
                try:
                    self._locate_include(element, lines[element.line - 1], number)
                except InputError as error:
                    changed[element.line - 1] = f"{element.prefix}autograd-notes-failure-{len(self.failures)}"
                    self.failures.append(self._fail(str(error)))
        return changed

    def expect(self, lines: list[str]) -> list[str]:
        """Note which fences of the expanded page are to come by; show those that cannot be read."""
        self.lines = tuple(lines)
        changed = [FAILURE.sub(self._stashed, line) if FAILURE.fullmatch(line) else line for line in lines]
        found = [fence for fence in fences(lines) if fence.is_pycon]
        if len(found) != len(self.located):
            problem = "an include brings a fence onto this page that is in no section of a snippet."
            error = InputError("", 0, problem, "Write it into the page's snippet.")
            self.located = [_Located(Source(self.place.name, 0), error) for _ in found]
        self.expected = []
        for located, fence in zip(self.located, found, strict=True):
            source, block = located.source, located.read
            if isinstance(block, InputError):
                message = self._message(source, block)
                shown = self._fail(message)
                self.expected.append(_Unreadable(source, Failed(fence, message), shown))
                changed[fence.line - 1 : fence.end] = [""] * (fence.end - fence.line + 1)
                changed[fence.line - 1] = fence.prefix + self.md.htmlStash.store(shown)
            else:
                self.expected.append(_Readable(source, fence, block))
                # As superfences reads it, whatever an author's spelling.
                hidden = "" if block.shows_input else ' input="hidden"'
                info = f'pycon session="{block.session}"{hidden}'
                changed[fence.line - 1] = f"{fence.prefix}{fence.marks}{info}"
        return changed

    def run(self, code: str) -> str:
        """Run the next fence, which superfences has found on the page, and return its HTML."""
        words = code.split()
        waiting = [entry for entry in self._readable() if not entry.is_taken]
        expected = next((entry for entry in waiting if "\n".join(entry.fence.inner).split() == words), None)
        if expected is None:
            return self._fail(f"{self.place.name}: a fence that this page should not have:\n{code}")
        expected.is_taken = True
        try:
            if expected.result is None:
                self._run_session(expected.block.session)
            if isinstance(expected.result, Ran):
                with speaking(self.language):
                    expected.html = cells.render(
                        expected.block,
                        expected.result.outcomes,
                        expected.result.drifts,
                        expected.result.elsewhere,
                        highlighter(self.md),
                        str(expected.source),
                        expected.result.is_tried,
                    )
        except Exception as error:
            # superfences would swallow it and leave the raw fence on the page.
            self._give_up(expected, f"{expected.source}: {type(error).__name__}: {error}")
        return expected.html

    def end(self, html: str) -> None:
        """See that what ran is shown; keep the run for what else is made of the page."""
        comments = [comment.span() for comment in COMMENT.finditer(html)]
        position = 0
        for entry in self.expected:
            if isinstance(entry, _Readable) and not entry.is_taken:
                self._give_up(entry, f"{entry.source}: this block did not run. {self._why_not()}")
                continue
            # Equal blocks look alike, but stand in the order of the page.
            found = html.find(entry.html, position)
            position = max(position, found + 1)
            if found < 0 or any(start < found < end for start, end in comments):
                why = "it stands in a comment, or is indented where no box and no list goes on"
                log.warning("%s: the page does not show this block: %s.", entry.source, why)
        results = tuple(entry.result for entry in self.expected if entry.result)
        runs[self.place.name] = Run(self.lines, results)

    def _run_session(self, name: str) -> None:
        """Run the blocks of a session; one that cannot run is shown where it stands."""
        group = [entry for entry in self._readable() if entry.block.session == name]
        try:
            results = session.run_once([entry.block for entry in group], self.place.name)
        except ModuleNotFoundError as error:
            # Without PyTorch nothing runs. What is no end would be shown in place, on each page after the other.
            raise SystemExit(str(error)) from error
        except InputError as error:
            for entry in group:
                if any(statement is error.statement for statement in entry.block.statements):
                    place = entry.source.at(error.line)
                    self._give_up(entry, f"{place}: {error.problem}\n  {error.remedy}")
                else:
                    message = "not run: another block of this session cannot run"
                    entry.result, entry.html = Failed(entry.fence, message), cells.failure(message)
            return
        others = elsewhere([entry.block for entry in group], self.md)
        tries = tried([entry.block for entry in group], snippet_folders(self.md))
        for entry, outcomes, of_block, is_tried in zip(group, results, others, tries, strict=True):
            drifts = find_drifts([entry.block], [outcomes])
            entry.result = Ran(entry.fence, entry.block, outcomes, drifts, of_block, is_tried)
            for drift in drifts:
                place = entry.source.at(drift.statement.line)
                log.warning("%s: output drifted (- documented, + live)\n%s", place, drift)

    def _readable(self) -> list[_Readable]:
        return [entry for entry in self.expected if isinstance(entry, _Readable)]

    def _read(self, fence: Fence) -> Block | InputError:
        """Read a fence that is typed into the page; its lines are counted as those of the file."""
        moved = replace(fence, line=self.place.line(fence.line))
        try:
            return read_block(moved, self.place.name)
        except InputError as error:
            return error

    def _locate_include(self, include: Include, line: str, number: int) -> None:
        if not include.file:
            problem = f"an include that cannot be read: {line.strip()!r}."
            raise InputError(self.place.name, number, problem, 'Write --8<-- "folder/file.md:section".')
        file, section = include.file, include.section
        base = snippet_folders(self.md)
        path = next((folder / file for folder in base if (folder / file).is_file()), None)
        if path is None or not any(path.resolve().is_relative_to(folder.resolve()) for folder in base):
            looked = ", ".join(relative(folder) for folder in base)
            raise InputError(
                self.place.name, number, f"there is no snippet {file!r} in {looked}.", "Write it, or correct the name."
            )
        if path.suffix != ".md":
            return
        sections = read_sections(path, relative(path))
        wanted = [entry for entry in sections if section in ("", entry.name)]
        if not wanted:
            known = ", ".join(entry.name for entry in sections)
            raise InputError(
                self.place.name, number, f"{relative(path)} has no section {section!r}.", f"It has: {known}."
            )
        for entry in wanted:
            source = Source(self.place.name, number, relative(path), entry.block.line)
            self.located.append(_Located(source, entry.block))

    def _why_not(self) -> str:
        """Say why superfences did not bring a fence by."""
        if not any(fence["name"] == "pycon" for fence in _superfences(self.md).extension.superfences):
            return "The plugin markdown-exec, with `languages: [pycon]`, is not at work."
        return "Nobody took it for a fence: it stands in raw HTML, or is indented less than what is around it."

    def _message(self, source: Source, error: InputError) -> str:
        """Return what to say of a statement, or of a fence."""
        place = source.at(error.line) if error.name in (source.snippet, source.page) else source
        return f"{place}: {error.problem}\n  {error.remedy}"

    def _give_up(self, entry: _Readable, message: str) -> None:
        entry.result, entry.html = Failed(entry.fence, message), self._fail(message)

    def _fail(self, message: str) -> str:
        log.warning("%s", message)
        return cells.failure(message)

    def _stashed(self, failure: re.Match[str]) -> str:
        number = int(failure["number"])
        if number >= len(self.failures):
            # An author wrote this.
            return failure[0]
        return failure["prefix"] + self.md.htmlStash.store(self.failures[number])


class _Assembled(Treeprocessor):
    """Knows when the page is complete: before, others let postprocessors see its headings, one by one."""

    def __init__(self, md: Markdown, page: Page) -> None:
        super().__init__(md)
        self.page = page

    def run(self, root: Element) -> None:
        self.page.is_assembled = True


class _End(Postprocessor):
    def __init__(self, md: Markdown, page: Page) -> None:
        super().__init__(md)
        self.page = page

    def run(self, text: str) -> str:
        if self.page.is_assembled:
            self.page.is_assembled = False
            self.page.end(text)
        return text


def _format(code: str, md: Markdown, **_: object) -> str:
    """Run a fence for markdown-exec, and return its HTML."""
    return cast(_Assembled, md.treeprocessors[ASSEMBLED]).page.run(code)


def _superfences(md: Markdown) -> Any:
    """Return the step that finds fences; pymdownx, which it is of, has no types."""
    return md.preprocessors["fenced_code_block"]


def highlighter(md: Markdown) -> cells.Highlight:
    """Return what colours code on the pages of `md`."""
    fenced = _superfences(md)
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
    """Return what other releases print for each statement of all blocks of a session; a bad record is reported."""
    try:
        return lookup.elsewhere(blocks, snippet_folders(md)[0] / RECORDS.name)
    except InputError as error:
        log.warning("%s", error)
        return [[lookup.NOWHERE] * len(block.statements) for block in blocks]


makeExtension = PyconExtension  # noqa: N816 (the name is Python-Markdown's)
