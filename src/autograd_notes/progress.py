"""Show on a terminal how far long work is; say nothing where there is no terminal."""

from __future__ import annotations

import sys

CLEAR_LINE = "\r\x1b[K"


class Progress:
    """One line that says how far some work is, until something else is printed or the work is done.

    Args:
        what: What is being done.
        total: How many steps it has.
    """

    def __init__(self, what: str, total: int) -> None:
        self.what, self.total, self.done = what, total, 0

    def step(self) -> None:
        """Say that one more step is done; the line goes with the last one."""
        self.done += 1
        if sys.stderr.isatty() and self.done <= self.total:
            line = f"{self.what}: {self.done} of {self.total}" if self.done < self.total else ""
            print(f"{CLEAR_LINE}{line}", end="\r", file=sys.stderr, flush=True)
