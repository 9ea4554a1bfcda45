"""Processes that sessions run in: each session starts in a copy of one that has imported PyTorch and run nothing.

A session can then change whatever it likes, hang, or end its process: nobody else sees more of it than what it did.
Where processes cannot be copied (Windows), the sessions of a worker share its process, and only what `pytorch.reset`
knows is set back between them.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import itertools
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from multiprocessing import Pipe, connection

from autograd_notes.engine import console, memory, pytorch
from autograd_notes.engine.console import Finished, Refused, Session
from autograd_notes.engine.outcome import Outcome

CAN_FORK = hasattr(os, "fork")
# How often the length of what a session prints is looked at while it says nothing, in seconds.
GLANCE = 0.2
# As many bytes as a character may have: with more of them, an output is certainly too long.
MOST_BYTES = 4
# Part of the exit code of a session that has imported one of `pytorch.SLOW_IMPORTS`, beside one bit for each of them:
# its worker imports it too, and the next ones find it.
IMPORTED = 64
# Large pages of memory take most of a second, and save a thirtieth in each session.
MANY = 20
# Plots of `matplotlib.pyplot` become pictures of the page.
BACKEND = "module://autograd_notes.pictures.pyplot"
START = "import sys; sys.path[:] = {path!a}; from autograd_notes.engine import workers; workers.serve({arguments})"

End = Refused | Finished
Result = tuple[list[Outcome], End]


@dataclass(frozen=True)
class _Task:
    """A session, and the file that takes what it prints."""

    session: Session
    output: str


@dataclass(frozen=True)
class _Ended:
    """A session's process has ended: by its exit code, or by a signal, whose number is then negative."""

    code: int


# What a session's process says; what it says of its statements, `console.run` says.
_Message = Outcome | End | _Ended | Exception


class _StoppedError(Exception):
    """A session has to be ended; `refused` says what to say of it."""

    def __init__(self, refused: Refused) -> None:
        super().__init__(refused)
        self.refused = refused


class Worker:
    """A process that starts sessions, one after the other.

    Args:
        hash_seed: What the order of elements in a set depends on.
    """

    def __init__(self, hash_seed: int) -> None:
        environment = {name: value for name, value in os.environ.items() if name not in pytorch.UNWANTED}
        # macOS ends a copy of a process that has used its graphics, unless told not to.
        environment |= {"PYTHONHASHSEED": str(hash_seed), "OBJC_DISABLE_INITIALIZE_FORK_SAFETY": "YES"}
        # Of a file on the stack whose name is not UTF-8 to Python, PyTorch can tell nothing.
        environment["PYTHONUTF8"] = "1"
        environment["MPLBACKEND"] = BACKEND
        folders = map(os.path.abspath, sys.path)
        path = [os.fsencode(folder).decode(errors="surrogateescape") for folder in folders]
        self.connection, other = Pipe()
        _let_inherit(other.fileno())
        start = START.format(path=path, arguments=f"{other.fileno()}, {CAN_FORK}")
        self.process = subprocess.Popen(
            [sys.executable, "-c", start], env=environment, stdin=subprocess.DEVNULL, close_fds=False
        )
        other.close()

    def run(self, session: Session, seconds: float) -> Result:
        """Run a session; see `run` below."""
        outcomes: list[Outcome] = []
        end: End | None = None
        with tempfile.TemporaryDirectory(prefix="autograd-notes-", ignore_cleanup_errors=True) as folder:
            output = os.path.join(folder, "output")  # noqa: PTH118
            self.connection.send(_Task(session, output))
            try:
                while not isinstance(message := self._next_message(output, seconds, session.characters), _Ended):
                    if isinstance(message, Outcome):
                        outcomes.append(message)
                    elif isinstance(message, Exception):
                        raise message
                    else:
                        end = message
            except _StoppedError as stopped:
                self.stop()
                return outcomes, stopped.refused
        return outcomes, end or _ended_python(message.code)

    @property
    def is_there(self) -> bool:
        """Whether it can run another session."""
        return not self.connection.closed and self.process.poll() is None

    def stop(self) -> None:
        """End the process, and with it the session that runs in it."""
        self.connection.close()
        try:
            # It sees that nobody is at the other end, if it does not run a session itself.
            self.process.wait(5 if CAN_FORK else 0.1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _next_message(self, output: str, seconds: float, characters: int) -> _Message:
        """Return what the session says next.

        Raises:
            _StoppedError: It says nothing for too long, or prints too much.
        """
        limit = time.monotonic() + seconds
        while not self.connection.poll(GLANCE):
            if time.monotonic() > limit:
                problem = f"this statement did not end within {seconds:g} seconds."
                raise _StoppedError(Refused(problem, "Make it smaller, or look for a loop that never ends."))
            with contextlib.suppress(FileNotFoundError):
                if os.path.getsize(output) > MOST_BYTES * characters:  # noqa: PTH202
                    raise _StoppedError(console.too_much(characters))
        try:
            message: _Message = self.connection.recv()
            return message
        except (EOFError, ConnectionError):
            return _Ended(self.process.wait())
        except Exception as error:
            problem = f"what this statement leaves behind breaks the engine ({type(error).__name__})."
            raise _StoppedError(Refused(problem, "Let it set back what it changes of Python.")) from error


_workers: set[Worker] = set()
"""All of them: those that run a session, too."""
_idle: dict[int, list[Worker]] = defaultdict(list)
_choosing = threading.Lock()


def run(session: Session, hash_seed: int, seconds: float) -> Result:
    """Run a session in a process of its own.

    Args:
        session: The session.
        hash_seed: What the order of elements in a set depends on.
        seconds: How long each of its statements may take.

    Returns:
        What its statements did, and how it ended: it finished, or the statement behind the last outcome is refused.

    Raises:
        ModuleNotFoundError: PyTorch is not installed.
    """
    with _choosing:
        worker = _idle[hash_seed].pop() if _idle[hash_seed] else None
        if worker is None or not worker.is_there:
            worker = Worker(hash_seed)
            _workers.add(worker)
    try:
        return worker.run(session, seconds)
    except BaseException:
        # What is left to read would be taken for the answer to the next question.
        worker.stop()
        raise
    finally:
        with _choosing:
            if worker.is_there:
                _idle[hash_seed].append(worker)
            else:
                _workers.discard(worker)


@atexit.register
def stop() -> None:
    """End all of these processes; the next session starts new ones."""
    with _choosing:
        _idle.clear()
        while _workers:
            _workers.pop().stop()


def serve(handle: int, can_fork: bool) -> None:
    """Run the sessions that the process at the other end of a connection asks for, until it is gone."""
    parent = _connected(handle)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    run_session = _run_in_a_copy if can_fork else _run
    with contextlib.suppress(EOFError, OSError):
        for started in itertools.count(1):
            task = parent.recv()
            try:
                if task.session.uses_pytorch:
                    pytorch.load()
                if task.session.module:
                    importlib.import_module(task.session.module)
            except Exception as error:
                parent.send(error)
                continue
            code = run_session(task, parent)
            _import_too(code)
            parent.send(_Ended(code))
            if can_fork and started % MANY == 0:
                memory.use_large_pages()
    # What was imported takes half a second to clean up, for nobody.
    os._exit(0)


def _run_in_a_copy(task: _Task, parent: connection.Connection) -> int:
    """Run a session in a copy of this process, and return its exit code."""
    # A collector that visits what was imported would copy the memory that holds it.
    gc.freeze()
    with _told_of_ends() as told:
        copy = os.fork()
        if not copy:
            os.setsid()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            os._exit(_run(task, parent))
        while True:
            happened = connection.wait([told, parent])
            with contextlib.suppress(BlockingIOError):
                os.read(told, 100)
            ended, status = os.waitpid(copy, os.WNOHANG)
            if ended or parent in happened:
                # Whatever the session has started ends with it, or with who asked for it.
                with contextlib.suppress(ProcessLookupError, PermissionError):
                    os.killpg(copy, signal.SIGKILL)
                if not ended:
                    os.waitpid(copy, 0)
                    os._exit(0)
                return os.waitstatus_to_exitcode(status)


@contextlib.contextmanager
def _told_of_ends() -> Iterator[int]:
    """Give a descriptor that can be read when a process that this one has started ends."""
    told, tell = os.pipe()
    for end in (told, tell):
        os.set_blocking(end, False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(tell)
    try:
        yield told
    finally:
        signal.set_wakeup_fd(-1)
        os.close(told)
        os.close(tell)


def _run(task: _Task, parent: connection.Connection) -> int:
    """Run a session in this process, and return its exit code."""
    missing = [name for name in pytorch.SLOW_IMPORTS if name not in sys.modules]
    with open(task.output, "w+b", buffering=0) as output:  # noqa: PTH123
        for descriptor in (1, 2):
            os.dup2(output.fileno(), descriptor)
        try:
            console.run(task.session, output.fileno(), parent.send)
        except Exception as error:
            problem = f"what this statement leaves behind breaks the engine ({type(error).__name__}: {error})."
            parent.send(Refused(problem, "Let it set back what it changes of Python."))
    code = 0
    for bit, name in enumerate(pytorch.SLOW_IMPORTS):
        if name in missing and name in sys.modules:
            code |= IMPORTED | 1 << bit
    return code


def _import_too(code: int) -> None:
    """Import what the session has imported that ended with this exit code."""
    if code >= IMPORTED:
        for bit, name in enumerate(pytorch.SLOW_IMPORTS):
            if code & 1 << bit:
                importlib.import_module(name)


def _ended_python(code: int) -> Refused:
    """Say how a session ended that did not finish."""
    how = f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"
    return Refused(f"this statement ends Python ({how}), and the examples after it would never run.", "Remove it.")


def _let_inherit(handle: int) -> None:
    if sys.platform == "win32":
        os.set_handle_inheritable(handle, True)
    else:
        os.set_inheritable(handle, True)


def _connected(handle: int) -> connection.Connection:
    if sys.platform == "win32":
        return connection.PipeConnection(handle)
    return connection.Connection(handle)
