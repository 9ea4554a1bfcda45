"""A fault that a judge found: where it is, what is wrong, and what to do about it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Problem:
    """One fault.

    Attributes:
        name: The file, as an author would type it.
        line: The line in that file, from 1; 0 when the whole file is meant.
        what: What is wrong there.
        remedy: What to do about it.
    """

    name: str
    line: int
    what: str
    remedy: str

    def __str__(self) -> str:
        place = f"{self.name}:{self.line}" if self.line else self.name
        return f"{place}: {self.what}\n  {self.remedy}"


def listed(problems: Iterable[Problem]) -> str:
    """Return the message for an author: every problem, in the order of files and lines."""
    return "\n".join(str(problem) for problem in sorted(problems))
