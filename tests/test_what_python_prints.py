"""A statement's output is what a reader would see at Python's own prompt."""

import os
import subprocess
import sys

import pytest
import torch

from autograd_notes.engine import session
from autograd_notes.engine.transcript import read_blocks
from tests.console import NAME, fence, live, outputs


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (">>> 1 + 1", "2\n"),
        (">>> 'a\\nb'", "'a\\nb'\n"),
        (">>> None", ""),
        (">>> x = 1", ""),
        (">>> 1; 2", "1\n2\n"),
        (">>> print('a', end='')", "a\n"),
        (">>> for i in range(2):\n...     i\n...     print('-')", "0\n-\n1\n-\n"),
        (">>> import sys; _ = sys.stderr.write('to stderr\\n')", "to stderr\n"),
        (">>> (1 +\n...  2)", "3\n"),
        (">>> def f():\n...     return 1\n...\n...     # never\n>>> f()", "1\n"),
        (">>> print('a\\n\\nb')", "a\n\nb\n"),
    ],
)
def test_an_expression_is_echoed_and_a_print_is_kept(code, expected):
    assert live(code)[-1] == expected


def test_every_statement_has_its_own_output():
    assert live(">>> x = 2\n>>> x\n>>> x + 1") == ["", "2\n", "3\n"]


def test_outputs_are_those_of_a_real_console():
    lines = ["1 + 1", "[1.5, 'x', None]", "print('a\\n\\nb')", "for i in range(2): i\n", "None", "{}['k']"]
    prompt = subprocess.run(
        [sys.executable, "-i", "-q", "-c", ""],
        input="\n".join(lines) + "\n",
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHON_BASIC_REPL": "1", "NO_COLOR": "1"},
    )
    ours = "".join(live("\n".join(f">>> {line.strip()}" for line in lines))[:5])
    assert ours == prompt.stdout
    assert live(f">>> {lines[-1]}")[0].splitlines()[-1] in prompt.stderr


def test_an_exception_is_an_output_and_the_session_goes_on():
    first, second = live(">>> 1 / 0\n>>> 'still here'")
    assert first == "Traceback (most recent call last):\n  ...\nZeroDivisionError: division by zero\n"
    assert second == "'still here'\n"


def test_what_is_printed_before_an_exception_is_kept():
    (output,) = live(">>> for i in [1, 0]:\n...     print(1 / i)")
    assert output == "1.0\nTraceback (most recent call last):\n  ...\nZeroDivisionError: division by zero\n"


def test_a_warning_is_an_output_each_time_and_by_its_first_line():
    code = ">>> import warnings\n>>> for _ in range(2):\n...     warnings.warn('first line\\nsecond line')"
    assert live(code)[1] == "UserWarning: first line\n" * 2


def test_a_warning_can_be_shown_by_hand_with_all_that_python_takes():
    code = ">>> import warnings\n>>> warnings.showwarning('first line', UserWarning, filename='here.py', lineno=1)"
    assert live(code)[1] == "UserWarning: first line\n"


def test_what_is_printed_stays_where_a_statement_takes_away_pythons_own_streams():
    assert live(">>> import sys\n>>> sys.__stdout__ = sys.__stderr__ = None\n>>> print(1)")[2] == "1\n"


def test_a_warning_of_torch_that_comes_once_in_a_process_comes_in_every_session():
    code = ">>> import torch\n>>> y = torch.ones(1, requires_grad=True) * 2\n>>> y.grad"
    first, second = live(code)[2], live(code)[2]
    assert first.startswith("UserWarning: The .grad attribute of a Tensor that is not a leaf")
    assert first == second


def test_a_warning_that_no_reader_causes_is_no_output():
    code = [
        ">>> import warnings",
        ">>> warnings.warn('`torch.jit.script` is deprecated', DeprecationWarning)",
        ">>> warnings.warn('`torch.jit.script` is not supported', FutureWarning)",
        ">>> warnings.warn('unclosed file', ResourceWarning)",
        ">>> warnings.warn('`torch.jit.script` is deprecated', UserWarning)",
    ]
    assert live("\n".join(code)) == ["", "", "", "", "UserWarning: `torch.jit.script` is deprecated\n"]


def test_what_a_reader_cannot_reproduce_is_scrubbed():
    address, chained = live(">>> object()\n>>> raise ValueError('x') from KeyError('y')")
    assert address == "<object object at 0x...>\n"
    assert "File" not in chained
    assert session.scrub("a (Triggered internally at /pytorch/x.cpp:1.)") == "a"
    for folder in ("/home/me/.venv/lib/python3.12", r"C:\me\Lib"):
        sep = "/" if "/" in folder else "\\"
        assert session.scrub(f"in ({folder}{sep}site-packages{sep}torch)") == "in (/.../site-packages/torch)"


def test_short_hexadecimal_numbers_are_values_and_stay():
    assert live(">>> hex(255)") == ["'0xff'\n"]


def test_blocks_of_a_file_share_a_session_unless_they_name_another():
    text = fence(">>> x = 1") + fence(">>> x", 'session="other"') + fence(">>> x") + fence(">>> x = 2", "session=other")
    first, other, third, _ = outputs(text)
    assert other[0].endswith("NameError: name 'x' is not defined\n")
    assert (first, third) == ([""], ["1\n"])


def test_the_session_is_main_so_that_reprs_read_as_at_a_prompt():
    assert live(">>> class A: pass\n>>> A\n>>> __name__")[1:] == ["<class '__main__.A'>\n", "'__main__'\n"]


def test_a_value_that_can_draw_itself_is_kept_as_a_picture_and_its_repr_is_the_output():
    code = [
        ">>> class Dot:",
        "...     def _repr_svg_(self):",
        "...         return '<svg/>'",
        "...     def __repr__(self):",
        "...         return 'dot'",
        ">>> Dot()",
    ]
    outcome = session.run(read_blocks(fence("\n".join(code)), NAME), NAME)[0][1]
    assert outcome.output == "dot\n"
    assert session.draw(outcome.pictures[0]) == "<svg/>"


CHANGES = {
    "default dtype": "torch.set_default_dtype(torch.float64)",
    "print options": "torch.set_printoptions(precision=1)",
    "grad mode": "torch.set_grad_enabled(False)",
    "anomaly mode": "torch.autograd.set_detect_anomaly(True)",
    "threads": "torch.set_num_threads(3)",
    "warn always": "torch.set_warn_always(False)",
    "default device": "torch.set_default_device('meta')",
    "deterministic algorithms": "torch.use_deterministic_algorithms(True)",
    "seed": "_ = torch.manual_seed(1)",
    "displayhook": "import sys; sys.displayhook = lambda value: print('mine')",
    "stdout": "import sys; sys.stdout = None",
    "warning filter": "import warnings; warnings.simplefilter('ignore')",
}
PROBE = """
>>> import torch, warnings
>>> torch.get_default_dtype(), torch.is_grad_enabled(), torch.is_anomaly_enabled(), torch.get_num_threads()
>>> torch.is_warn_always_enabled(), torch.are_deterministic_algorithms_enabled(), torch.initial_seed()
>>> torch.tensor([0.12345])
>>> torch.ones(1).device
>>> warnings.warn('heard')
"""


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES.keys())
def test_a_session_leaks_no_state_to_the_next(change):
    clean = live(PROBE)
    changed = fence(f">>> import torch\n>>> {change}", 'session="first"') + fence(PROBE, 'session="second"')
    assert outputs(changed)[1] == clean, "the second session of a file sees what the first one changed"
    assert live(PROBE) == clean, "the next file sees it"


def test_a_session_that_cannot_run_leaks_no_state_either():
    clean = live(PROBE)
    with pytest.raises(session.InputError):
        live(">>> import torch, sys\n>>> torch.set_default_dtype(torch.float64)\n>>> sys.exit()")
    assert live(PROBE) == clean


def test_definitions_do_not_leak_to_the_next_file():
    live(">>> leaked = 1")
    assert live(">>> leaked")[0].endswith("NameError: name 'leaked' is not defined\n")


def test_grad_mode_of_the_caller_does_not_reach_a_session():
    with torch.no_grad():
        assert live(">>> import torch\n>>> torch.is_grad_enabled()")[1] == "True\n"
