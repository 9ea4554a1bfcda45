"""The Markdown that pages and snippets are written in: what each mark looks like, and in which lines marks stand.

Whoever looks into Markdown asks here, so that all see the same headings, includes, fences, boxes and links.
A line ends at "\\n"; other characters that some take for line ends are text. Lines count from 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

# What stands in the midst of text. Inline code is between rows of as many backticks; a formula is TeX.
CODE = re.compile(r"(?<![`\\])(?P<marks>`+)(?!`)(?P<code>.+?)(?<!`)(?P=marks)(?!`)")
FORMULA = re.compile(r"(?<![\\$])\$(?P<tex>(?!\s)[^$\n]+?(?<![\s\\]))\$(?!\d)")
DISPLAY = re.compile(r"(?<!\\)\$\$(?P<tex>.+?)\$\$", re.DOTALL)
COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
LINK = re.compile(
    r"(?P<image>!?)\[(?:[^][]|\[[^][]*\])*\]\((?P<target>[^()\s]*(?:\([^()\s]*\)[^()\s]*)*)[^)]*\)"
    r"|<(?P<address>https?:[^>]+)>"
)
# The id of what stands before or above, and its classes: `{ #id }`, `{ .caption }`.
ATTRIBUTES = re.compile(r"[ \t]*\{:?[ \t]*(?P<attributes>[#.][^{}\n]*)\}[ \t]*$", re.MULTILINE)
ID = re.compile(r"#(?P<id>[\w-]+)")
# Running text up to the next blank line.
PARAGRAPH = re.compile(r"^(?![#<{]).+(?:\n.+)*", re.MULTILINE)

# What pymdownx.snippets cuts at, wherever in a line it stands.
SCISSORS = re.compile(r"-+8<-+")
# What is a line of its own, or starts there. A fence, an include or a box may stand in a list, a box or a quote.
FENCE = re.compile(
    r"(?P<prefix>[ \t>]*)(?P<marks>`{3,}|~{3,})"
    r"(?P<info>\s*\{?\s*\.?(?P<language>[\w+-]*)(?P<options>[^`]*?)\}?\s*)"
)
HEADING = re.compile(r"(?P<marks>#{1,6})[ \t]+(?P<title>.*?)[ \t]*")
INCLUDE = re.compile(
    rf'(?P<prefix>[ \t>]*){SCISSORS.pattern}(?:[ \t]+"(?P<file>[^":]+)(?::(?P<section>[\w-]+))?"\s*$|[ \t]|$)'
)
BOX = re.compile(
    r"(?P<indent>[ \t]*)(?P<mark>!!!|\?\?\?\+?)[ \t]+(?P<kind>[\w-]+(?:[ \t]+[\w-]+)*)"
    r'(?:[ \t]+"(?P<title>.*)")?[ \t]*'
)
MARKER = re.compile(r"<!-- (?P<name>[a-z][a-z-]*)(?: (?P<argument>\S+))? -->")
# In a snippet, around a part that pages include.
SECTION = re.compile(r"\s*<!-- --8<-- \[(?P<kind>start|end):(?P<name>[a-z][a-z0-9-]*)\] -->\s*")


@dataclass(frozen=True)
class Fence:
    """Lines between two rows of backticks or tildes.

    Attributes:
        line: Its opening line.
        prefix: What stands before its marks (indentation, block quote marks).
        marks: Its marks: backticks or tildes.
        info: What stands behind them: a language and options.
        language: The language of what it holds.
        options: What stands behind the language, as it is written.
        lines: The lines between the marks, prefix included.
        closed: Whether it has closing marks.
    """

    line: int
    prefix: str
    marks: str
    info: str
    language: str
    options: str
    lines: tuple[str, ...]
    closed: bool

    @property
    def is_pycon(self) -> bool:
        """Whether it holds a console session."""
        return self.language == "pycon"

    @property
    def inner(self) -> list[str]:
        """Its lines, without what stands before all of them."""
        return [without(self.prefix, line) for line in self.lines]

    @property
    def end(self) -> int:
        """The line of its closing marks; the last line of the text where it is not closed."""
        return self.line + len(self.lines) + self.closed


@dataclass(frozen=True)
class Heading:
    """A heading: how many # it has, its text as Markdown, and its explicit id; "" for none."""

    line: int
    level: int
    title: str
    id: str


@dataclass(frozen=True)
class Include:
    """A line in whose place stands what a file holds, or a section of it: `--8<-- "notes/scalar.md:backward"`.

    The file is "" where the line cannot be read; the section is "" for the whole file.
    """

    line: int
    prefix: str
    file: str
    section: str


@dataclass(frozen=True)
class Box:
    """The first line of a box, `!!! note "Title"`; what it holds is indented by four more.

    The mark is `!!!` for an open box, `???` for a folded one and `???+` for one that can be folded. The kind can have
    more than one word; the title is "" where there is none.
    """

    line: int
    indent: int
    mark: str
    kind: str
    title: str


@dataclass(frozen=True)
class Marker:
    """A line in whose place an extension puts what it makes: `<!-- topics -->`, `<!-- operations saves=input -->`."""

    line: int
    name: str
    argument: str


@dataclass(frozen=True)
class FrontMatter:
    """What a page says of itself above its text: values by their keys, and the last of its lines; 0 for none."""

    values: dict[str, str]
    end: int


Element = Fence | Heading | Include | Box | Marker


def elements(lines: Sequence[str]) -> Iterator[Element]:
    """Yield what stands in lines of its own, in order; what a fence holds is text."""
    number = 1
    while number <= len(lines):
        element = _element(lines, number)
        if element:
            yield element
        number = 1 + (element.end if isinstance(element, Fence) else number)


def fences(lines: Sequence[str]) -> Iterator[Fence]:
    """Yield every fence; a fence shown inside another one is not a fence."""
    return (element for element in elements(lines) if isinstance(element, Fence))


def markers(lines: Sequence[str]) -> list[Marker]:
    """Return every marker; what looks like one in a fence is text."""
    # Hardly a page has one, and several extensions ask.
    if not any(map(MARKER.fullmatch, lines)):
        return []
    return [element for element in elements(lines) if isinstance(element, Marker)]


def front_matter(lines: Sequence[str]) -> FrontMatter:
    """Return what stands between a first line `---` and the next one."""
    if not lines or lines[0] != "---" or "---" not in lines[1:]:
        return FrontMatter({}, 0)
    end = lines.index("---", 1)
    pairs = (line.partition(":") for line in lines[1:end])
    return FrontMatter({key.strip(): value.strip() for key, _, value in pairs}, end + 1)


def without(prefix: str, line: str) -> str:
    """Return a line without what stands before all lines of its fence; an editor may have cut the end of that."""
    return "" if line.rstrip() == prefix.rstrip() else line.removeprefix(prefix)


def without_comments(text: str) -> str:
    """Return a text with blanks in the place of its comments, so that all else stays where it is."""
    return COMMENT.sub(lambda comment: blank(comment[0]), text)


def blank(text: str) -> str:
    """Return as many blanks as a text has characters, in as many lines."""
    return re.sub(r"[^\n]", " ", text)


def inline_code(text: str) -> str:
    """Return a text as inline code, between more backticks than stand in a row within.

    Args:
        text: What is to be shown as it is.
    """
    longest = max((len(row) for row in re.findall("`+", text)), default=0)
    fence, space = "`" * (longest + 1), " " if longest else ""
    return f"{fence}{space}{text}{space}{fence}"


def with_targets(text: str, change: Callable[[str], str]) -> str:
    """Return a text whose links within the site lead elsewhere.

    Args:
        text: The text.
        change: Turns a target into another one; it does not get those that name a host.
    """

    def changed(link: re.Match[str]) -> str:
        if link["address"] or re.match(r"\w+:", link["target"]):
            return link[0]
        start, end = (place - link.start() for place in link.span("target"))
        # What is linked can be an image.
        return f"{with_targets(link[0][:start], change)}{change(link['target'])}{link[0][end:]}"

    return LINK.sub(changed, text)


def _element(lines: Sequence[str], number: int) -> Element | None:
    line = lines[number - 1]
    if match := FENCE.fullmatch(line):
        return _fence(match, lines, number)
    if match := HEADING.fullmatch(ATTRIBUTES.sub("", line)):
        return Heading(number, len(match["marks"]), match["title"], _id(line))
    if match := INCLUDE.match(line):
        return Include(number, match["prefix"], match["file"] or "", match["section"] or "")
    if match := BOX.fullmatch(line):
        return Box(number, len(match["indent"]), match["mark"], " ".join(match["kind"].split()), match["title"] or "")
    if match := MARKER.fullmatch(line):
        return Marker(number, match["name"], match["argument"] or "")
    return None


def _fence(opening: re.Match[str], lines: Sequence[str], number: int) -> Fence:
    """Return the fence that starts in a line.

    It ends, as for what shows it, at a line with the same marks and the same before them.
    """
    prefix, marks, info, language, options = opening.groups()
    end = next((end for end in range(number, len(lines)) if lines[end].rstrip() == prefix + marks), None)
    return Fence(number, prefix, marks, info, language, options, tuple(lines[number:end]), end is not None)


def _id(line: str) -> str:
    attributes = ATTRIBUTES.search(line)
    match = ID.search(attributes["attributes"]) if attributes else None
    return match["id"] if match else ""
