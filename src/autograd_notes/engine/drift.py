"""Compare documented outputs with live ones and say where they drifted."""

from __future__ import annotations

import doctest
from collections.abc import Sequence
from dataclasses import dataclass

from autograd_notes.engine.outcome import TRACEBACK, Outcome, scrub
from autograd_notes.engine.transcript import Block, Statement

# A cell of a tutorial can be long, and what printed is mostly its end.
MOST_LINES = 6


@dataclass(frozen=True)
class Drift:
    """A statement whose live output is not the documented one."""

    statement: Statement
    live: str

    def __str__(self) -> str:
        code = self.statement.source.rstrip("\n").split("\n")
        prompted = [f"    {'>>>' if number == 0 else '...'} {line}".rstrip() for number, line in enumerate(code)]
        if len(prompted) > MOST_LINES:
            prompted = [f"    ({len(prompted) - MOST_LINES} lines)", *prompted[-MOST_LINES:]]
        return "\n".join(
            [
                *prompted,
                *[f"  - {line}" for line in _lines(self.statement.documented) or ["(nothing documented)"]],
                *[f"  + {line}" for line in _lines(self.live) or ["(nothing printed)"]],
            ]
        )


def find_drifts(blocks: Sequence[Block], outcomes: Sequence[Sequence[Outcome]]) -> list[Drift]:
    """Return a `Drift` for each statement whose documented output is not what Python printed.

    Args:
        blocks: The blocks of one file or page.
        outcomes: What `session.run` returned for them.
    """
    return [
        Drift(statement, outcome.output)
        for block, results in zip(blocks, outcomes, strict=True)
        for statement, outcome in zip(block.statements, results, strict=True)
        if not agrees(statement, outcome.output)
    ]


def agrees(statement: Statement, live: str) -> bool:
    """Whether a live output is the documented one: the same text, unless a doctest directive asks for less.

    The comparison is that of the standard library's doctest, with two differences: a statement that prints (or warns)
    and then raises is compared in full, where doctest looks at the exception alone; and 1 does not stand for True.
    """
    documented = scrub(statement.documented)
    if statement.flags & doctest.IGNORE_EXCEPTION_DETAIL and TRACEBACK in documented and TRACEBACK in live:
        documented, live = _without_detail(documented), _without_detail(live)
    flags = statement.flags | doctest.DONT_ACCEPT_TRUE_FOR_1
    return doctest.OutputChecker().check_output(documented, live, flags)


def _lines(text: str) -> list[str]:
    return text.removesuffix("\n").split("\n") if text else []


def _without_detail(output: str) -> str:
    before, _, exception = output.rpartition(TRACEBACK)
    return f"{before}{TRACEBACK}{exception.partition(':')[0].rpartition('.')[2].strip()}\n"
