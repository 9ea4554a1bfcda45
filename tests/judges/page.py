"""Read the Markdown of a page into its parts (the text between two headings), and what each part says and shows."""

from __future__ import annotations

import re
from bisect import bisect
from dataclasses import dataclass, field
from itertools import accumulate

from autograd_notes.engine import dialect
from autograd_notes.engine.dialect import Box, Fence, Heading, Include, blank

LIST_MARK = re.compile(r"[\s>#]*\d+\.\s")
MESSAGE = re.compile(r"\b\w*(?:Error|Exception|Warning): .*")
# The error pages quote messages of older releases, for search; nothing here can print them.
OLDER_WORDING = "{ .older-wording }"
NUMBER = re.compile(r"(?<![A-Za-z_\d.])\d+(?:[.,]\d+)*(?![A-Za-z_\d])")


@dataclass(frozen=True)
class Mark:
    """A piece of a page and the line where it stands, from 1.

    Attributes:
        text: The piece.
        line: The line in the file of the page.
        start: Where it starts in the text of the whole file.
        quoted: Whether it stands in a block quote: somebody else's words.
    """

    text: str
    line: int
    start: int = 0
    quoted: bool = False


@dataclass
class Part:
    """The text between two headings, taken apart.

    Attributes:
        heading: The line of the heading, without its id; "" above the first one.
        level: How many # it has; 0 above the first one.
        id: Its explicit id; "" for none.
        line: Its line, from 1.
        codes: Inline code, but for messages of older releases.
        messages: Messages in the running text that are no code.
        formulas: TeX, inline and display.
        numbers: Numbers in the running text: outside of code, formulas, addresses, and link texts that repeat these.
        includes: The snippets it shows, as `file:section`.
        links: Where its links lead.
        images: Where its images come from.
        boxes: The kinds of its boxes, `!!! note` or `??? success`.
        tables: The shapes of its tables, `rows x columns`.
    """

    heading: str
    level: int
    id: str
    line: int
    codes: list[Mark] = field(default_factory=list)
    messages: list[Mark] = field(default_factory=list)
    formulas: list[Mark] = field(default_factory=list)
    numbers: list[Mark] = field(default_factory=list)
    includes: list[Mark] = field(default_factory=list)
    links: list[Mark] = field(default_factory=list)
    images: list[Mark] = field(default_factory=list)
    boxes: list[Mark] = field(default_factory=list)
    tables: list[Mark] = field(default_factory=list)


@dataclass(frozen=True)
class Page:
    """One page.

    Attributes:
        name: The file, as an author would type it.
        text: Its whole text.
        front_matter: The keys of its front matter.
        parts: Its parts, in order; the first is what stands above the first heading.
        fences: The lines of the fences typed into it.
    """

    name: str
    text: str
    front_matter: dict[str, str]
    parts: list[Part]
    fences: list[int]

    @property
    def heading(self) -> str:
        """The heading of the page itself."""
        return next(part.heading for part in self.parts if part.level == 1)

    @property
    def includes(self) -> list[Mark]:
        """The snippets it shows, in order."""
        return [include for part in self.parts for include in part.includes]


def read_page(text: str, name: str) -> Page:
    """Read a page.

    Args:
        text: The whole text of its file.
        name: The file, as an author would type it.
    """
    reader = _Reader(text)
    return Page(name, text, reader.front_matter.values, reader.parts, reader.fences)


class _Reader:
    """Takes a page apart, from what must not be looked into (comments, formulas, code) to the running text."""

    def __init__(self, text: str) -> None:
        self.lines = text.split("\n")
        self.starts = [0, *accumulate(len(line) + 1 for line in self.lines)]
        self.front_matter = dialect.front_matter(self.lines)
        self.rest = dialect.without_comments(text)
        self._blank_out(0, self.starts[self.front_matter.end])
        self.parts = [Part("", 0, "", 1)]
        self.fences: list[int] = []
        self._elements()
        self._take(dialect.CODE, "code", "codes", skip=dialect.DISPLAY)
        self._messages()
        self._take(dialect.DISPLAY, "tex", "formulas")
        self._take(dialect.FORMULA, "tex", "formulas")
        self._tables()
        self._links()
        self._numbers()
        for part in self.parts:
            part.formulas.sort(key=lambda mark: mark.start)

    def _elements(self) -> None:
        for element in dialect.elements(self.rest.split("\n")):
            number, part = element.line, self.parts[-1]
            match element:
                case Heading():
                    self.parts.append(Part(element.title, element.level, element.id, number))
                case Include() if element.file:
                    part.includes.append(Mark(":".join(filter(None, [element.file, element.section])), number))
                    self._blank_out(self.starts[number - 1], self.starts[number] - 1)
                case Box():
                    part.boxes.append(Mark(f"{element.mark} {element.kind}", number))
                case Fence():
                    self.fences.append(number)

    def _take(self, pattern: re.Pattern[str], group: str, kind: str, skip: re.Pattern[str] | None = None) -> None:
        """Move what a pattern finds from the rest of the text into its part."""
        hidden = [match.span() for match in skip.finditer(self.rest)] if skip else []
        found = [
            match
            for match in pattern.finditer(self.rest)
            if not any(start <= match.start() < end for start, end in hidden)
        ]
        for match in found:
            mark = self._mark(match[group], match.start(group))
            if kind != "codes" or not self._is_of_older_release(mark.line):
                getattr(self._part(mark.line), kind).append(mark)
        for match in found:
            self._blank_out(*match.span())

    def _is_of_older_release(self, line: int) -> bool:
        return [below.strip() for below in self.lines[line : line + 1]] == [OLDER_WORDING]

    def _messages(self) -> None:
        for match in MESSAGE.finditer(self.rest):
            mark = self._mark(match[0], match.start())
            self._part(mark.line).messages.append(mark)

    def _tables(self) -> None:
        table: list[tuple[int, str]] = []
        for number, line in enumerate([*self.rest.split("\n"), ""], 1):
            if line.lstrip(" >").startswith("|"):
                table.append((number, line))
            elif table:
                columns = table[0][1].strip(" >").strip("|").count("|") + 1
                self._part(table[0][0]).tables.append(Mark(f"{len(table)} x {columns}", table[0][0]))
                table = []

    def _links(self) -> None:
        for match in dialect.LINK.finditer(self.rest):
            group = "target" if match["address"] is None else "address"
            mark = self._mark(match[group], match.start(group))
            part = self._part(mark.line)
            (part.images if match["image"] else part.links).append(mark)
            self._blank_out(*match.span(group))
            self._blank_out_repeated(match, mark.text)

    def _blank_out_repeated(self, link: re.Match[str], address: str) -> None:
        """Take out the numbers of a link's text that its address has too: they are names, of an issue or a volume."""
        for number in NUMBER.finditer(link[0]):
            if re.search(rf"(?<!\d){re.escape(number[0])}(?!\d)", address):
                self._blank_out(link.start() + number.start(), link.start() + number.end())

    def _numbers(self) -> None:
        rest = dialect.ATTRIBUTES.sub(lambda attributes: blank(attributes[0]), self.rest)
        for number, line in enumerate(rest.split("\n"), 1):
            marker = LIST_MARK.match(line)
            for match in NUMBER.finditer(line, marker.end() if marker else 0):
                self._part(number).numbers.append(self._mark(match[0], self.starts[number - 1] + match.start()))

    def _mark(self, text: str, start: int) -> Mark:
        number = bisect(self.starts, start)
        return Mark(text.strip(), number, start, self.lines[number - 1].lstrip().startswith(">"))

    def _part(self, line: int) -> Part:
        return next(part for part in reversed(self.parts) if part.line <= line)

    def _blank_out(self, start: int, end: int) -> None:
        self.rest = self.rest[:start] + blank(self.rest[start:end]) + self.rest[end:]
