"""What a statement did: the text that Python printed, and the pictures among it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from autograd_notes.engine import pytorch
from autograd_notes.language import LANGUAGE

# Addresses, frames and paths of builds and of installed packages: nothing else in an output differs between runs.
SCRUB = [
    (re.compile(r"0x[0-9a-fA-F]{6,16}"), "0x..."),
    (re.compile(r"(?m)^(Traceback \(most recent call last\):\n)(?:[ \t]+.*\n)+"), r"\1  ...\n"),
    (re.compile(r"(?:/|[A-Za-z]:\\)[^\s'\"()]*?[/\\]site-packages[/\\]"), "/.../site-packages/"),
    *pytorch.SCRUB,
]
# A line that names an error or a warning, and says what it is about.
MESSAGE = re.compile(r"\b(?P<kind>(?:[A-Za-z_]\w*\.)*\w*(?:Error|Exception|Warning))(?:: (?P<text>.*)|:?$)")
TRACEBACK = "Traceback (most recent call last):\n  ...\n"
PICTURE_METHODS = ("_repr_html_", "_repr_svg_")


@dataclass(frozen=True)
class Outcome:
    """What one statement did.

    Attributes:
        output: What Python printed: values echoed, text, warnings, and the traceback if it raised.
        pictures: The values it displayed that can draw themselves, by Jupyter's rich display protocol.
        echoes: Those parts of the output that are values, which a prompt shows for expressions.
        raised: The line of its code, from 1, that raised what the output ends with; 0 for none.
    """

    output: str
    pictures: tuple[Picture, ...] = ()
    echoes: tuple[str, ...] = ()
    raised: int = 0


@dataclass(frozen=True)
class Picture:
    """A value that has drawn itself: it stays where it was made, and its HTML goes on, in each language."""

    html: Mapping[str, str]

    def _repr_html_(self) -> str:
        return self.html[LANGUAGE.get()]


def is_warning(line: str) -> bool:
    """Whether a line that was printed is a warning."""
    message = MESSAGE.match(line)
    return message is not None and message["kind"].endswith("Warning") and message["text"] is not None


def draw(picture: object) -> str:
    """Return the HTML or SVG of a displayed value."""
    drawn: str = next(getattr(picture, method)() for method in PICTURE_METHODS if hasattr(type(picture), method))
    return drawn


def can_draw(value: object) -> bool:
    """Whether a value can draw itself."""
    return any(hasattr(type(value), method) for method in PICTURE_METHODS)


def scrub(text: str) -> str:
    """Return an output without what may differ from run to run: addresses, frames, paths of a machine."""
    for pattern, replacement in SCRUB:
        text = pattern.sub(replacement, text)
    return text
