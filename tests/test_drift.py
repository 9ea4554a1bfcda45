"""A documented output that is not what Python printed is a drift; only a doctest directive asks for less."""

import pytest

from tests.console import drifts, fence

TRACE = "Traceback (most recent call last):\n  ...\n"
DIVISIONS = ">>> for i in [1, 0]: print(1 / i)"
DIVIDED = f"{TRACE}ZeroDivisionError: division by zero"

AGREEING = {
    "the same": ">>> 2\n2",
    "nothing": ">>> x = 1",
    "an empty line": ">>> print('a\\n\\nb')\na\n<BLANKLINE>\nb",
    "an exception": f">>> 1 / 0\n{TRACE}ZeroDivisionError: division by zero",
    "a print and an exception": f"{DIVISIONS}\n1.0\n{DIVIDED}",
    "an address, whichever": ">>> object()\n<object object at 0x7f0011223344>",
    "a warning": ">>> import warnings; warnings.warn('a b')\nUserWarning: a b",
    "a file name in a traceback": f">>> 1 / 0\n{TRACE.replace('...', 'File x.py')}ZeroDivisionError: division by zero",
}


@pytest.mark.parametrize("code", AGREEING.values(), ids=AGREEING.keys())
def test_what_python_prints_agrees(code):
    assert drifts(fence(code)) == []


DRIFTING = {
    "another digit": ">>> 12\n13",
    "a digit more": ">>> 12\n123",
    "another sign": ">>> -1\n1",
    "another dtype": ">>> 'torch.float32'\n'torch.float64'",
    "another spacing": ">>> [1, 2]\n[1,2]",
    "another case": ">>> 'a'\n'A'",
    "1 for True": ">>> True\n1",
    "0 for False": ">>> False\n0",
    "a line too many": ">>> 1\n1\n2",
    "a line too few": ">>> print('a\\nb')\na",
    "nothing documented": ">>> 1",
    "nothing printed": ">>> x = 1\n1",
    "a wildcard": ">>> 123\n1...",
    "another exception": f">>> 1 / 0\n{TRACE}ValueError: division by zero",
    "another message": f">>> 1 / 0\n{TRACE}ZeroDivisionError: division by one",
    "no exception": f">>> 1\n{TRACE}ValueError: x",
    "an unexpected exception": ">>> 1 / 0\n1",
    "another print before an exception": f"{DIVISIONS}\n2.0\n{DIVIDED}",
    "no print before an exception": f"{DIVISIONS}\n{DIVIDED}",
    "another warning before an exception": (
        f">>> import warnings; warnings.warn('a'); 1 / 0\nUserWarning: b\n{TRACE}ZeroDivisionError: division by zero"
    ),
    "a warning that did not come": ">>> x = 1\nUserWarning: a b",
    "a warning nobody documented": ">>> import warnings; warnings.warn('a b')",
    "another short hexadecimal": ">>> hex(255)\n'0xfe'",
}


@pytest.mark.parametrize("code", DRIFTING.values(), ids=DRIFTING.keys())
def test_anything_else_drifts(code):
    assert len(drifts(fence(code))) == 1


DIRECTIVES = {
    "ELLIPSIS": (
        ">>> 'a long text'  # doctest: +ELLIPSIS\n'a...text'",
        ">>> 'a long text'  # doctest: +ELLIPSIS\n'b...'",
    ),
    "NORMALIZE_WHITESPACE": (
        ">>> [1, 2]  # doctest: +NORMALIZE_WHITESPACE\n[1,\n 2]",
        ">>> [1, 2]  # doctest: +NORMALIZE_WHITESPACE\n[1,\n 3]",
    ),
    "IGNORE_EXCEPTION_DETAIL": (
        f">>> 1 / 0  # doctest: +IGNORE_EXCEPTION_DETAIL\n{TRACE}ZeroDivisionError: other words",
        f">>> 1 / 0  # doctest: +IGNORE_EXCEPTION_DETAIL\n{TRACE}ValueError: division by zero",
    ),
    "SKIP": (">>> 1 / 0  # doctest: +SKIP\nwhatever", ">>> 1  # doctest: -SKIP\n2"),
    "DONT_ACCEPT_BLANKLINE": (
        ">>> '<BLANKLINE>'  # doctest: +DONT_ACCEPT_BLANKLINE\n'<BLANKLINE>'",
        ">>> print()  # doctest: +DONT_ACCEPT_BLANKLINE\n<BLANKLINE>",
    ),
    "DONT_ACCEPT_TRUE_FOR_1": (
        ">>> 1  # doctest: +DONT_ACCEPT_TRUE_FOR_1\n1",
        ">>> True  # doctest: +DONT_ACCEPT_TRUE_FOR_1\n1",
    ),
    "two at once": (
        ">>> [1, 22]  # doctest: +ELLIPSIS, +NORMALIZE_WHITESPACE\n[1,\n   2...]",
        ">>> [1, 22]  # doctest: +ELLIPSIS, +NORMALIZE_WHITESPACE\n[2,\n   2...]",
    ),
}


@pytest.mark.parametrize(("agreeing", "drifting"), DIRECTIVES.values(), ids=DIRECTIVES.keys())
def test_a_doctest_directive_loosens_what_it_says_and_no_more(agreeing, drifting):
    assert drifts(fence(agreeing)) == []
    assert len(drifts(fence(drifting))) == 1


def test_a_skipped_statement_is_not_run():
    assert drifts(fence(">>> x = 1\n>>> x = 2  # doctest: +SKIP\n>>> x\n1")) == []


def test_a_drift_shows_the_statement_the_documented_and_the_live_text():
    (drift,) = drifts(fence(">>> print('a\\n'\n...       'b')\na\nc"))
    assert str(drift).splitlines() == [
        "    >>> print('a\\n'",
        "    ...       'b')",
        "  - a",
        "  - c",
        "  + a",
        "  + b",
    ]


def test_a_drift_says_so_where_nothing_was_documented_or_printed():
    assert "(nothing documented)" in str(drifts(fence(">>> 1"))[0])
    assert "(nothing printed)" in str(drifts(fence(">>> x = 1\n1"))[0])


def test_a_drift_of_a_long_statement_shows_its_end():
    lines = "".join(f"...     x = {number}\n" for number in range(10))
    (drift,) = drifts(fence(f">>> for _ in [1]:\n{lines}...     print(x)\n8"))
    assert str(drift).splitlines() == [
        "    (6 lines)",
        "    ...     x = 5",
        "    ...     x = 6",
        "    ...     x = 7",
        "    ...     x = 8",
        "    ...     x = 9",
        "    ...     print(x)",
        "  - 8",
        "  + 9",
    ]
