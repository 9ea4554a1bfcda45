"""A law over operations: what must hold for each call, and for which operations it does not."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import pytest

from tests.laws.observe import Call


@dataclass(frozen=True)
class Law:
    """A sentence about operations.

    Attributes:
        holds: Whether it holds for a call.
        applies: Whether it speaks of a call.
        exceptions: The operations for which it does not hold, each with the reason.
    """

    holds: Callable[[Call], bool]
    applies: Callable[[Call], bool] = lambda call: True
    exceptions: Mapping[str, str] = field(default_factory=dict)

    def tried(self, calls: Iterable[Call]) -> set[str]:
        """Return the operations that the law speaks of."""
        return {call.name for call in calls if self.applies(call)}

    def broken(self, calls: Iterable[Call]) -> set[str]:
        """Return the operations for which it does not hold."""
        return {call.name for call in calls if self.applies(call) and not self.holds(call)}


def expect(law: Law, calls: Iterable[Call]) -> None:
    """Fail where a law has other exceptions than those it names, or has been tried on nothing."""
    calls = list(calls)
    broken, named = law.broken(calls), set(law.exceptions)
    problems = [f"it does not hold for {name}, which is no exception" for name in sorted(broken - named)]
    problems += [f"it holds for {name}, which is named as an exception" for name in sorted(named - broken)]
    if not law.tried(calls):
        problems.append("it was tried on no operation")
    if problems:
        remedy = "Correct the sentence on every page that has it, in both languages; then the exceptions of this law."
        pytest.fail("\n".join([*problems, remedy]), pytrace=False)
