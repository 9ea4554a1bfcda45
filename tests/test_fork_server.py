"""One process starts the sessions of all threads, so that PyTorch is imported once, and none of them disturbs another."""

import importlib.util
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from autograd_notes.engine import fork_server, pytorch, session
from tests.console import fence, live, refused

SERVER = ">>> import os\n>>> os.getppid()"


def _together(*calls):
    """Run calls in a thread each, and return what they return."""
    with ThreadPoolExecutor(len(calls)) as threads:
        return [call.result() for call in [threads.submit(call) for call in calls]]


@pytest.mark.skipif(not fork_server.CAN_FORK, reason="sessions run in the server itself")
def test_one_process_starts_the_sessions_of_all_threads():
    servers = _together(*[lambda: live(SERVER)[1]] * 4)
    assert len(set(servers)) == 1, "each of these processes has imported PyTorch for itself"


def _waiting_for(file: Path) -> str:
    """Return a session that waits for a file, for some seconds, none of its statements for long; it prints "True" then."""
    wait = f">>> for _ in range(40): os.path.exists({str(file)!r}) or time.sleep(0.05)\n"
    return f">>> import os, time\n{4 * wait}>>> os.path.exists({str(file)!r})"


@pytest.mark.skipif(not fork_server.CAN_FORK, reason="sessions run one after the other")
def test_sessions_of_several_threads_run_at_the_same_time(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"

    def session_with(mine, other):
        return lambda: live(f">>> open({str(mine)!r}, 'w').close()\n{_waiting_for(other)}")[-1]

    found = _together(session_with(first, second), session_with(second, first))
    assert found == ["True\n", "True\n"], "one waited for the other to end"


NEIGHBOURS = {
    "hangs": "while True: pass",
    "ends": "import os; os._exit(1)",
    "crashes": "import ctypes; ctypes.string_at(0)",
    "closes what it did not open": "import os; os.closerange(3, 1000)",
    "ends its group": "import os, signal; os.killpg(0, signal.SIGKILL)",
    "cuts itself off": "import socket\n... for fd in range(3, 100):\n"
    "...     try: socket.socket(fileno=fd).shutdown(socket.SHUT_RDWR)\n"
    "...     except OSError: pass\n"
    "... while True: pass",
}


@pytest.mark.skipif(not fork_server.CAN_FORK, reason="sessions run one after the other")
@pytest.mark.parametrize("code", NEIGHBOURS.values(), ids=NEIGHBOURS)
def test_a_session_that_fails_disturbs_no_other_that_runs_at_the_same_time(monkeypatch, tmp_path, code):
    monkeypatch.setattr(session, "SECONDS", 5)
    server = live(SERVER)[1]
    failed = tmp_path / "failed"
    found, _ = _together(
        lambda: live(_waiting_for(failed))[-1],
        lambda: (refused(fence(f">>> {code}")), failed.touch()),
    )
    assert found == "True\n"
    assert live(SERVER)[1] == server, "the process that starts sessions had to be started again"


@pytest.mark.skipif(not fork_server.CAN_FORK, reason="starts no process")
def test_a_session_for_which_there_is_no_process_is_told_so_and_the_server_goes_on(monkeypatch):
    def no_process():
        raise BlockingIOError("no room for a process")

    monkeypatch.setattr(fork_server.os, "fork", no_process)
    answer, other = fork_server.Pipe()
    copies = fork_server._Copies(other)
    copies._start(fork_server._Task(fork_server.Session((), 0, ".", 1), "nowhere"), other)
    assert isinstance(answer.recv(), BlockingIOError) and not copies.answers


def test_what_cannot_be_imported_beforehand_is_left_to_the_session(monkeypatch):
    def broken(name):
        raise ImportError(name)

    monkeypatch.setattr(pytorch.importlib, "import_module", broken)
    monkeypatch.delitem(pytorch.sys.modules, "matplotlib.figure", raising=False)
    pytorch.load(["import torch", "plot = 1"])


@pytest.mark.parametrize("name", pytorch.IMPORTS)
def test_what_a_session_is_to_find_imported_is_in_this_release(name):
    assert importlib.util.find_spec(name), f"no session finds {name} imported; see pytorch.IMPORTS for its new name"
