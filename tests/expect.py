"""What a test says when a judge finds something."""

from collections.abc import Iterable

import pytest

from tests.judges.problem import Problem, listed


def expect_none(problems: Iterable[Problem]) -> None:
    """Fail with what an author must know, and nothing about the test, where there are problems."""
    if message := listed(problems):
        pytest.fail(message, pytrace=False)
