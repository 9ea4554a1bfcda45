"""Compare the list of messages with what is found in the installed package."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from tests.raised import CUT, VALUE, Found, shortened
from tests.raised.libraries import SHORTEST, is_piece


class Comparison:
    """What is listed, against what is found.

    Args:
        texts: The messages of the list.
        python: The messages found in Python files.
        constants: The texts found in the libraries.
    """

    def __init__(self, texts: Collection[str], python: Collection[Found], constants: Collection[Found]) -> None:
        self.texts, self.python, self.constants = list(texts), list(python), {found.text for found in constants}
        self.pieces = {found.text: found for found in constants if is_piece(found.text)}
        self.parts = {part for text in self.texts for part in _parts(text)}

    def new(self) -> Iterator[Found]:
        """Yield what is found and not listed, each text once."""
        unlisted = [found for found in self.python if found.text not in set(self.texts)]
        unlisted += [found for text, found in self.pieces.items() if not self._is_listed(text)]
        yield from {found.text: found for found in reversed(unlisted)}.values()

    def gone(self) -> Iterator[str]:
        """Yield what is listed and not found."""
        in_python = {found.text for found in self.python}
        yield from (text for text in self.texts if text not in in_python and not self._is_in_libraries(text))

    def _is_listed(self, piece: str) -> bool:
        start = shortened(piece).removesuffix(CUT)
        # What the compiler stores before a text, without an end, can look like its beginning.
        return any(start in text for text in self.texts) or any(piece.endswith(part) for part in self.parts)

    def _is_in_libraries(self, text: str) -> bool:
        whole = text.removesuffix(CUT)
        rest = self._without_beginning(whole)
        for piece in sorted(self.pieces, key=len, reverse=True):
            rest = rest.replace(piece, VALUE)
        left = [part for part in _parts(rest) if is_piece(part)]
        if rest == whole or left:
            # The compiler stores other things before some texts, and texts at the end of others.
            return all(any(constant.endswith(part) for constant in self.constants) for part in left or _parts(whole))
        return True

    def _without_beginning(self, text: str) -> str:
        """Return a text without the piece of which its end is the beginning: the list may end there."""
        starts = {piece: text.rfind(piece[:SHORTEST]) for piece in self.pieces}
        ends = [start for piece, start in starts.items() if start >= 0 and piece.startswith(text[start:])]
        return text[: min(ends)] + VALUE if ends else text


def _parts(text: str) -> list[str]:
    return [part for part in map(str.strip, text.removesuffix(CUT).split(VALUE)) if len(part) >= 12]
