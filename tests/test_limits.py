"""Whatever a statement does to its process, it is an output or is refused with its line, and the rest is checked."""

import subprocess
import sys
import threading
import time

import pytest

from autograd_notes.__main__ import main
from autograd_notes.engine import fork_server, session
from tests.console import NAME, fence, live, outputs, refused, written

TRACE = "Traceback (most recent call last):\n  ...\n"
RAISED = {
    "KeyboardInterrupt": "raise KeyboardInterrupt",
    "GeneratorExit": "raise GeneratorExit",
    "asyncio.exceptions.CancelledError": "import asyncio; raise asyncio.CancelledError",
    "Stop": "Stop = type('Stop', (BaseException,), {}); raise Stop",
}


@pytest.mark.parametrize(("name", "code"), RAISED.items(), ids=RAISED.keys())
def test_any_exception_is_an_output_and_the_session_goes_on(name, code):
    assert live(f">>> {code}\n>>> 1") == [f"{TRACE}{name}\n", "1\n"]


REFUSED = {
    "ends the process": ("import os; os._exit(0)", "this statement ends Python (exit code 0)"),
    "ends it by a signal": ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", "(signal SIGKILL)"),
    "ends it in C": ("import ctypes; ctypes.string_at(0)", "this statement ends Python"),
    "never ends": ("while True: pass", "did not end within 1 seconds"),
    "never ends and cannot be interrupted": ("import time; time.sleep(100)", "did not end within 1 seconds"),
    "prints without end": ("while True: print('x' * 1000)", "prints or draws more than 1,000,000 characters"),
    "prints too much": ("print('x' * 1_000_001)", "prints or draws more than 1,000,000 characters"),
    "asks": ("input('name? ')", "waits for input"),
    "asks and hides it": ("try: input()\n... except BaseException: pass", "waits for input"),
    "stops in a debugger": ("breakpoint()", "waits for input"),
    "cannot draw itself": (
        "type('A', (), {'_repr_svg_': lambda self: 1 / 0})()",
        "a A cannot draw itself: ZeroDivisionError: division by zero",
    ),
}


@pytest.mark.parametrize(("code", "problem"), REFUSED.values(), ids=REFUSED.keys())
def test_what_no_page_can_show_is_refused_with_its_line(monkeypatch, code, problem):
    monkeypatch.setattr(session, "SECONDS", 1)
    message = refused(fence(f">>> 1\n>>> {code}"))
    assert message.startswith(f"{NAME}:3: ")
    assert problem in message


def test_a_limit_holds_in_any_thread(monkeypatch):
    monkeypatch.setattr(session, "SECONDS", 1)
    messages = []
    thread = threading.Thread(target=lambda: messages.append(refused(fence(">>> while True: pass"))))
    thread.start()
    thread.join(30)
    assert "did not end within 1 seconds" in messages[0]


SURVIVED = {
    "closes standard output": (
        ">>> import sys; sys.stdout.close()\n>>> 1",
        f"{TRACE}ValueError: I/O operation on closed",
    ),
    "closes its descriptor": (">>> import os; os.close(1)\n>>> x = 2\n>>> 1", f"{TRACE}OSError: [Errno 9] Bad file"),
    "forks": (">>> import os\n>>> _ = os.fork()\n>>> 1", "1\n"),
    "leaves a thread": (
        ">>> import threading\n>>> threading.Thread(target=threading.Event().wait).start()\n>>> 1",
        "1\n",
    ),
    "leaves a process": (">>> import subprocess\n>>> _ = subprocess.Popen(['sleep', '1000'])\n>>> 1", "1\n"),
    "changes the folder": (">>> import os; os.chdir('/')\n>>> 1", "1\n"),
    "prints what is no text": (">>> import os; _ = os.write(1, b'\\xff\\n')", "\\xff\n"),
    "prints half of a sign": (">>> print('\\ud800')", f"{TRACE}UnicodeEncodeError"),
}


@pytest.mark.parametrize(("code", "last"), SURVIVED.values(), ids=SURVIVED.keys())
def test_what_it_does_to_its_process_reaches_nobody(code, last):
    assert live(code)[-1].startswith(last)
    assert live(">>> 1") == ["1\n"]


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_process_that_is_left_running_ends_with_its_session():
    (_, number) = live(">>> import subprocess\n>>> subprocess.Popen(['sleep', '1000']).pid")
    end = time.monotonic() + 5
    while subprocess.run(["kill", "-0", number.strip()], check=False, capture_output=True).returncode == 0:
        assert time.monotonic() < end, "the process that a session left behind is still there"
        time.sleep(0.05)


def test_check_never_exits_0_where_a_statement_ends_the_process(tmp_path, capsys):
    drifted, ended, last = (
        written(tmp_path, fence(code), name)
        for name, code in (("i.md", ">>> 1\n2"), ("j.md", ">>> import os; os._exit(0)"), ("k.md", ">>> 1\n2"))
    )
    assert main(["check", *map(str, (drifted, ended, last))]) == 2
    printed = capsys.readouterr()
    assert f"{drifted}:2: output drifted" in printed.out and f"{last}:2: output drifted" in printed.out
    assert f"{ended}:2: this statement ends Python" in printed.err


SEEN = {
    "by descriptor": (">>> import os; _ = os.write(1, b'hi\\n')", ["hi\n"]),
    "by a process": (
        ">>> import subprocess, sys\n>>> _ = subprocess.run([sys.executable, '-c', 'print(123)'])",
        ["", "123\n"],
    ),
    "by C": (">>> import ctypes; _ = ctypes.CDLL(None).puts(b'c')", ["c\n"]),
    "to the first standard output": (">>> import sys; print('x', file=sys.__stdout__)", ["x\n"]),
    "in order": (
        ">>> import os, sys\n>>> for i in range(2):\n...     print(i)\n...     _ = os.write(2, b'-\\n')",
        ["", "0\n-\n1\n-\n"],
    ),
    "by logging, each time": (
        ">>> import logging\n>>> logging.warning('a')\n>>> logging.warning('b')",
        ["", "WARNING:root:a\n", "WARNING:root:b\n"],
    ),
    "nowhere, once redirected": (">>> import io, sys\n>>> sys.stdout = io.StringIO()\n>>> print(1)", ["", "", ""]),
    "over itself": (">>> print('10%\\r100%')", ["100%\n"]),
}


@pytest.mark.parametrize(("code", "expected"), SEEN.values(), ids=SEEN.keys())
def test_what_a_console_shows_is_seen_however_it_is_printed(code, expected):
    assert live(code) == expected


def test_main_is_the_session():
    code = [
        ">>> import pickle, io, torch, __main__",
        ">>> class A: pass",
        ">>> type(pickle.loads(pickle.dumps(A()))) is A",
        ">>> torch.save(A(), io.BytesIO())",
        ">>> __main__.A is A",
        ">>> 41",
        ">>> _ + 1",
    ]
    assert live("\n".join(code))[2:] == ["True\n", "", "True\n", "41\n", "42\n"]


def test_a_future_of_one_statement_holds_for_the_next_ones():
    code = ">>> def f(a: int): pass\n>>> f.__annotations__\n>>> from __future__ import annotations\n"
    assert live(f"{code}>>> def f(a: int): pass\n>>> f.__annotations__")[1::3] == [
        "{'a': <class 'int'>}\n",
        "{'a': 'int'}\n",
    ]


def test_without_fork_sessions_run_one_after_the_other_and_what_examples_change_is_set_back(monkeypatch):
    monkeypatch.setattr(fork_server, "CAN_FORK", False)
    fork_server.stop()
    try:
        probe = ">>> import torch\n>>> torch.get_default_dtype()\n>>> 'x' in globals()"
        change = ">>> import torch\n>>> torch.set_default_dtype(torch.float64)\n>>> x = 1"
        text = fence(change, 'session="a"') + fence(probe, 'session="b"')
        assert outputs(text)[1][1:] == ["torch.float32\n", "False\n"]
        monkeypatch.setattr(session, "SECONDS", 1)
        messages = []
        other = threading.Thread(target=lambda: messages.append(refused(fence(">>> while True: pass"))))
        other.start()
        assert live(">>> 1") == ["1\n"], "what another thread ran reached this one"
        other.join()
        assert "did not end" in messages[0]
        assert live(">>> 1") == ["1\n"]
    finally:
        fork_server.stop()


WITHOUT_TORCH = """
import sys
from autograd_notes.engine import accept, drift, files, session, transcript
text = "```pycon\\n>>> import re, sys; _ = re.compile('plot'); 'to' 'rch' in sys.modules\\n```\\n"
[[outcome]] = session.run(transcript.read_blocks(text, "a.md"), "a.md")
assert outcome.output == "False\\n", outcome.output
assert "torch" not in sys.modules
"""


def test_torch_is_imported_where_a_session_uses_it_and_nowhere_else():
    result = subprocess.run([sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
