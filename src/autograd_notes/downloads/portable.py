"""A page in parts that need nothing of this site: prose in plain Markdown, and examples with what they did."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass

from autograd_notes.engine.dialect import ATTRIBUTES, Box, Fence, elements, with_targets
from autograd_notes.engine.outcome import Outcome
from autograd_notes.engine.transcript import Block
from autograd_notes.extensions.chinese import JOIN
from autograd_notes.extensions.fence import Ran, Run

FORMULA = "$$"
# An element of HTML whose content is Markdown (md_in_html), opened or closed; an empty one, which a script fills.
ELEMENT = re.compile(r"<div [^>]*markdown[^>]*>|</div>|<div [^>]*></div>")
# A line that begins something new, or is all of it: no sentence goes on there.
OWN_LINE = re.compile(r"[> ]*(?:$|#|\||[-*+] |\d+\. |\$\$|[`~]{3})")
EMPTY = re.compile(r"[> ]*")
# What a notebook says of itself: any Python 3 that the reader has will do.
NOTEBOOK = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}


@dataclass(frozen=True)
class Prose:
    """A piece of text.

    Attributes:
        text: The text, in Markdown; boxes are quotes.
    """

    text: str


@dataclass(frozen=True)
class Example:
    """A block of the page, with what its statements did."""

    block: Block
    outcomes: Sequence[Outcome]


def parts(run: Run, address: Callable[[str], str]) -> list[Prose | Example]:
    """Return the parts of a page, in order.

    Args:
        run: What the page was made of.
        address: Turns the path in a link ("" for the page itself) into an address that works anywhere.
    """
    shown = {entry.fence.line: entry for entry in run.shown}
    found: list[Prose | Example] = []
    for lines, line in _cut(run, shown):
        prose = _joined(_tidy(lines))
        if prose:
            found.append(Prose(with_addresses("\n".join(prose), address)))
        if line and isinstance(entry := shown[line], Ran):
            found.append(Example(entry.block, entry.outcomes))
    return found


def with_addresses(text: str, address: Callable[[str], str]) -> str:
    """Return Markdown whose links work anywhere.

    Args:
        text: The Markdown.
        address: As in `parts`.
    """

    def changed(target: str) -> str:
        path, mark, anchor = target.partition("#")
        return f"{address(path)}{mark}{anchor}"

    return with_targets(text, changed)


def steps(example: Example) -> Iterator[tuple[str, Outcome]]:
    """Yield the code of an example up to each output, with the outcome of the last statement in it."""
    for code, number in example.block.run_on(lambda number: bool(example.outcomes[number].output)):
        yield code.rstrip(), example.outcomes[number]


def _cut(run: Run, shown: Container[int]) -> Iterator[tuple[list[str], int]]:
    """Yield the prose before each example, and the line of the example; 0 at the end of the page."""
    lines = list(run.lines)
    boxes: list[int] = []
    prose: list[str] = []
    other = {element.line: element for element in elements(lines)}
    number = 1
    while number <= len(lines):
        boxes = [indent for indent in boxes if indent <= _next_indent(lines, number)]
        quote, indent = "> " * len(boxes), max(boxes, default=0)
        text = lines[number - 1][indent:]
        last, element = number, other.get(number)
        if isinstance(element, Fence):
            last = element.end
            if number in shown:
                yield prose, number
                prose = []
            else:
                prose += [quote + line[indent:] for line in lines[number - 1 : last]]
        elif isinstance(element, Box):
            prose += [f"{quote}> **{element.title or element.kind.title()}**", f"{quote}>"]
            boxes.append(element.indent + 4)
        elif text.strip() == FORMULA:
            # On one line: in a quote, the marks of the other lines would become part of the formula.
            last = next(end for end in range(number + 1, len(lines) + 1) if lines[end - 1].strip() == FORMULA)
            prose.append(quote + " ".join(line.strip() for line in lines[number - 1 : last]))
        elif not ATTRIBUTES.fullmatch(text) and not ELEMENT.fullmatch(text.strip()):
            prose.append(quote + ATTRIBUTES.sub("", text))
        number = last + 1
    yield prose, 0


def _next_indent(lines: list[str], number: int) -> int:
    """Return how far the next line that is not blank is indented."""
    text = next((line for line in lines[number - 1 :] if line.strip()), "")
    return len(text) - len(text.lstrip())


def _tidy(lines: list[str]) -> list[str]:
    """Drop blank lines, quoted or not, at either end and behind others."""
    tidy = [line.rstrip() for line in lines]
    tidy = [
        line for line, before in zip(tidy, ["", *tidy], strict=False) if not _is_empty(line) or not _is_empty(before)
    ]
    return tidy[:-1] if tidy and _is_empty(tidy[-1]) else tidy


def _joined(lines: list[str]) -> list[str]:
    """Join the lines of a Chinese paragraph, where a line break would be shown as a space."""
    joined: list[str] = []
    for line in lines:
        text = line.lstrip("> ")
        if joined and not OWN_LINE.match(line) and not OWN_LINE.match(joined[-1]):
            with_it = JOIN.sub("", f"{joined[-1]}\n{text}")
            if "\n" not in with_it:
                joined[-1] = with_it
                continue
        joined.append(line)
    return joined


def _is_empty(line: str) -> bool:
    return EMPTY.fullmatch(line) is not None
