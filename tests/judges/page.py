"""Read the Markdown of a page into its parts (the text between two headings), and what each part says and shows."""

from __future__ import annotations

import re
from bisect import bisect
from dataclasses import dataclass, field
from itertools import accumulate

from autograd_notes.engine.transcript import fences
from autograd_notes.extensions.fence import INCLUDE

FRONT_MATTER = re.compile(r"\A---\n(?P<lines>.*?)\n---(?:\n|\Z)", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
DISPLAY = re.compile(r"(?<!\\)\$\$(?P<tex>.+?)\$\$", re.DOTALL)
INLINE = re.compile(r"(?<![\\$])\$(?P<tex>(?!\s)[^$\n]+?(?<![\s\\]))\$(?!\d)")
CODE = re.compile(r"(?<!`)(?P<marks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=marks)(?!`)")
LINK = re.compile(
    r"(?P<image>!?)\[[^\]]*\]\((?P<target>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)[^)]*\)|<(?P<address>https?:[^>]+)>"
)
HEADING = re.compile(r"^(?P<marks>#{1,6})\s+(?P<title>.*?)(?:\s*\{(?P<attributes>[^}]*)\})?\s*$")
BOX = re.compile(r'^\s*(?P<kind>(?:!!!|\?\?\?\+?)\s+[\w -]+?)(?:\s+".*")?\s*$')
ID = re.compile(r"#([\w-]+)")
LIST_MARK = re.compile(r"^(?P<mark>[\s>]*(?:#{1,6}\s+|(?:!!!|\?\?\?\+?)[^\"]*\")?)\d+\.\s")
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
        codes: Inline code.
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
    return Page(
        name, text, _front_matter(text), _Reader(text).parts, [fence.line for fence in fences(text.split("\n"))]
    )


def _front_matter(text: str) -> dict[str, str]:
    match = FRONT_MATTER.match(text)
    pairs = (line.partition(":") for line in match["lines"].splitlines()) if match else ()
    return {key.strip(): value.strip() for key, _, value in pairs}


class _Reader:
    """Takes a page apart, from what must not be looked into (comments, formulas, code) to the running text."""

    def __init__(self, text: str) -> None:
        self.text = self.rest = text
        self.lines = text.split("\n")
        self.starts = [0, *accumulate(len(line) + 1 for line in self.lines)]
        self.parts = [Part("", 0, "", 1)]
        for pattern in (FRONT_MATTER, COMMENT):
            self.rest = pattern.sub(lambda match: _blank(match[0]), self.rest)
        self._headings()
        self._take(CODE, "code", "codes", skip=DISPLAY)
        self._take(DISPLAY, "tex", "formulas")
        self._take(INLINE, "tex", "formulas")
        self._lines()
        self._links()
        self._numbers()
        for part in self.parts:
            part.formulas.sort(key=lambda mark: mark.start)

    def _headings(self) -> None:
        for number, line in enumerate(self.rest.split("\n"), 1):
            if match := HEADING.match(line):
                explicit = ID.search(match["attributes"] or "")
                heading = Part(match["title"], len(match["marks"]), explicit[1] if explicit else "", number)
                self.parts.append(heading)

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
            getattr(self._part(mark.line), kind).append(mark)
        for match in found:
            self._blank_out(*match.span())

    def _lines(self) -> None:
        table: list[tuple[int, str]] = []
        for number, line in enumerate([*self.rest.split("\n"), ""], 1):
            if line.lstrip(" >").startswith("|"):
                table.append((number, line))
                continue
            if table:
                columns = table[0][1].strip(" >").strip("|").count("|") + 1
                self._part(table[0][0]).tables.append(Mark(f"{len(table)} x {columns}", table[0][0]))
                table = []
            if match := INCLUDE.match(line):
                section = f":{match['section']}" if match["section"] else ""
                self._part(number).includes.append(Mark(match["file"] + section, number))
                self._blank_out(self.starts[number - 1], self.starts[number - 1] + len(line))
            elif match := BOX.match(line):
                self._part(number).boxes.append(Mark(re.sub(r"\s+", " ", match["kind"]), number))

    def _links(self) -> None:
        for match in LINK.finditer(self.rest):
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
        lines = self.rest.split("\n")
        for number, line in enumerate(lines, 1):
            if OLDER_WORDING in [text.strip() for text in lines[number : number + 1]]:
                line = ""
            if marker := LIST_MARK.match(line):
                line = _blank(marker[0]) + line[marker.end() :]
            if heading := HEADING.match(line):
                line = line[: heading.end("title")]
            for match in NUMBER.finditer(line):
                self._part(number).numbers.append(self._mark(match[0], self.starts[number - 1] + match.start()))

    def _mark(self, text: str, start: int) -> Mark:
        number = bisect(self.starts, start)
        return Mark(text.strip(), number, start, self.lines[number - 1].lstrip().startswith(">"))

    def _part(self, line: int) -> Part:
        return next(part for part in reversed(self.parts) if part.line <= line)

    def _blank_out(self, start: int, end: int) -> None:
        self.rest = self.rest[:start] + _blank(self.rest[start:end]) + self.rest[end:]


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)
