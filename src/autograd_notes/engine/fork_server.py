"""The process that sessions start from: it has imported PyTorch and run nothing, and each runs in a copy of it.

A session can then change whatever it likes, hang, or end its process: nobody else sees more of it than what it did.
Where processes cannot be copied (Windows), sessions run in this process itself, one after the other, and only what
`pytorch.reset` knows is set back between them.
"""

from __future__ import annotations

import atexit
import contextlib
import gc
import importlib
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from multiprocessing import Pipe, connection, reduction

from autograd_notes.engine import console, memory, pytorch
from autograd_notes.engine.console import Finished, Refused, Session
from autograd_notes.engine.outcome import Outcome

CAN_FORK = hasattr(os, "fork")
# How often the length of what a session prints is looked at while it says nothing, in seconds.
GLANCE = 0.2
# As many bytes as a character may have: with more of them, an output is certainly too long.
MOST_BYTES = 4
# Plots of `matplotlib.pyplot` become pictures of the page.
BACKEND = "module://autograd_notes.pictures.pyplot"
START = "import sys; sys.path[:] = {path!a}; from autograd_notes.engine.fork_server import serve; serve({arguments})"

End = Refused | Finished
Result = tuple[list[Outcome], End]
_Connection = connection.Connection


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


class Server:
    """The process, seen from the one that asks it for sessions; threads may ask at the same time.

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
        self.can_fork = CAN_FORK
        self.control, other = Pipe()
        _let_inherit(other.fileno())
        start = START.format(path=path, arguments=f"{other.fileno()}, {self.can_fork}")
        self.process = subprocess.Popen(
            [sys.executable, "-c", start], env=environment, stdin=subprocess.DEVNULL, close_fds=False
        )
        other.close()
        self.asking = threading.Lock()

    def run(self, session: Session, seconds: float) -> Result:
        """Run a session; see `run` below."""
        outcomes: list[Outcome] = []
        with tempfile.TemporaryDirectory(prefix="autograd-notes-", ignore_cleanup_errors=True) as folder:
            task = _Task(session, os.path.join(folder, "output"))  # noqa: PTH118
            with self._ask(task) as answer:
                try:
                    return outcomes, self._listen(answer, task, seconds, outcomes)
                except _StoppedError as stopped:
                    if not self.can_fork:
                        self.stop()
                    return outcomes, stopped.refused

    @property
    def is_there(self) -> bool:
        """Whether it can be asked for another session."""
        return not self.control.closed and self.process.poll() is None

    def stop(self) -> None:
        """End the process, and with it the sessions that are under way."""
        with self.asking:
            self.control.close()
        try:
            # It sees that nobody is at the other end once it has imported what it is importing, and ends its copies.
            # While it runs a session itself, it does not see it.
            self.process.wait(60 if self.can_fork else 0.1)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def _ask(self, task: _Task) -> _Connection:
        """Ask for a session, and return where it answers; once that is closed, the session is ended."""
        answer, other = Pipe()
        with other, self.asking:
            try:
                reduction.send_handle(self.control, other.fileno(), self.process.pid)
                self.control.send(task)
            except BaseException:
                # It would take the next question for the rest of this one.
                self.control.close()
                raise
        return answer

    def _listen(self, answer: _Connection, task: _Task, seconds: float, outcomes: list[Outcome]) -> End:
        """Add to `outcomes` what the statements of a session do, and return how it ended."""
        end: End | None = None
        while True:
            message = self._next_message(answer, task, seconds)
            if isinstance(message, Outcome):
                outcomes.append(message)
            elif isinstance(message, _Ended):
                return end or _ended_python(message.code)
            elif isinstance(message, Exception):
                raise message
            else:
                end = message

    def _next_message(self, answer: _Connection, task: _Task, seconds: float) -> _Message:
        """Return what the session says next.

        Raises:
            _StoppedError: It says nothing for too long, or prints too much.
        """
        limit = time.monotonic() + seconds
        while not answer.poll(GLANCE):
            if time.monotonic() > limit:
                problem = f"this statement did not end within {seconds:g} seconds."
                raise _StoppedError(Refused(problem, "Make it smaller, or look for a loop that never ends."))
            with contextlib.suppress(FileNotFoundError):
                if os.path.getsize(task.output) > MOST_BYTES * task.session.characters:  # noqa: PTH202
                    raise _StoppedError(console.too_much(task.session.characters))
        try:
            message: _Message = answer.recv()
            return message
        except (EOFError, ConnectionError):
            # Of a session that ends, the server tells; so the server has ended, unless the session cut it off.
            with contextlib.suppress(subprocess.TimeoutExpired):
                return _Ended(self.process.wait(5))
            raise _StoppedError(_breaks_the_engine("it closes what is not its own")) from None
        except Exception as error:
            raise _StoppedError(_breaks_the_engine(type(error).__name__)) from error


_servers: dict[int, Server] = {}
_choosing = threading.Lock()
_turn = threading.Lock()
"""Held while a session runs in the server itself."""


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
    with contextlib.nullcontext() if CAN_FORK else _turn:
        with _choosing:
            server = _servers.get(hash_seed)
            if server is None or not server.is_there:
                server = _servers[hash_seed] = Server(hash_seed)
        return server.run(session, seconds)


@atexit.register
def stop() -> None:
    """End these processes; the next session starts a new one."""
    with _choosing:
        while _servers:
            _servers.popitem()[1].stop()


def serve(handle: int, can_fork: bool) -> None:
    """Run the sessions that the process at the other end of a connection asks for, until it is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    control = _connected(handle)
    with contextlib.suppress(EOFError, OSError):
        if can_fork:
            _Copies(control).serve()
        else:
            _serve_in_turn(control)
    # What was imported takes half a second to clean up, for nobody.
    os._exit(0)


def _serve_in_turn(control: _Connection) -> None:
    """Run sessions in this process, one after the other."""
    while True:
        task, answer = _next_task(control)
        with answer:
            try:
                _prepare(task.session)
            except Exception as error:
                _refuse(answer, error)
                continue
            _run(task, answer)
            answer.send(_Ended(0))


def _next_task(control: _Connection) -> tuple[_Task, _Connection]:
    """Return the next session that is asked for, and where it has to answer."""
    answer = _connected(reduction.recv_handle(control))
    return control.recv(), answer


def _prepare(session: Session) -> None:
    """Import what a session is to find imported."""
    before = len(sys.modules)
    pytorch.load(session.sources)
    if session.module:
        importlib.import_module(session.module)
    if len(sys.modules) > before:
        memory.use_large_pages()


def _refuse(answer: _Connection, error: Exception) -> None:
    """Answer that a session cannot be started, if somebody still waits for it."""
    # Another exception may be one that cannot be sent.
    is_plain = isinstance(error, ModuleNotFoundError | OSError)
    with contextlib.suppress(OSError):
        answer.send(error if is_plain else RuntimeError(f"{type(error).__name__}: {error}"))


class _Copies:
    """The sessions that are under way, each in a copy of this process.

    Args:
        control: Where sessions are asked for.
    """

    def __init__(self, control: _Connection) -> None:
        self.control = control
        self.answers: dict[int, _Connection] = {}
        self.told, self.tell = os.pipe()

    def serve(self) -> None:
        """Start what is asked for, and tell of what has ended, until nobody asks any more."""
        for end in (self.told, self.tell):
            os.set_blocking(end, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self.tell)
        # What is imported stays.
        gc.disable()
        try:
            while True:
                happened = connection.wait([self.told, self.control, *self.answers.values()])
                with contextlib.suppress(BlockingIOError):
                    os.read(self.told, 100)
                for copy, answer in list(self.answers.items()):
                    self._look_after(copy, is_wanted=answer not in happened)
                if self.control in happened:
                    self._start(*_next_task(self.control))
        finally:
            for copy in list(self.answers):
                self._look_after(copy, is_wanted=False)

    def _start(self, task: _Task, answer: _Connection) -> None:
        try:
            _prepare(task.session)
            # In a copy the collector is on; where it visits what was imported, it copies the memory that holds it.
            gc.freeze()
            copy = os.fork()
        except Exception as error:
            with answer:
                _refuse(answer, error)
            return
        if copy:
            self.answers[copy] = answer
            return
        # Whatever goes wrong in a copy, it is no server.
        try:
            os.setsid()
            self._let_go()
            _run(task, answer)
        finally:
            os._exit(0)

    def _let_go(self) -> None:
        """Leave to the server what is the server's, in a copy."""
        gc.enable()
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        os.close(self.told)
        os.close(self.tell)
        for other in (self.control, *self.answers.values()):
            other.close()

    def _look_after(self, copy: int, *, is_wanted: bool) -> None:
        """Tell of a session that has ended; end one that nobody waits for any more."""
        if not is_wanted:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(copy, signal.SIGKILL)
        ended, status = os.waitpid(copy, os.WNOHANG if is_wanted else 0)
        if not ended:
            return
        # Whatever the session has started ends with it.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(copy, signal.SIGKILL)
        code = os.waitstatus_to_exitcode(status)
        with self.answers.pop(copy) as answer, contextlib.suppress(OSError):
            answer.send(_Ended(code))


def _run(task: _Task, answer: _Connection) -> None:
    """Run a session in this process."""
    with open(task.output, "w+b", buffering=0) as output:  # noqa: PTH123
        for descriptor in (1, 2):
            os.dup2(output.fileno(), descriptor)
        try:
            console.run(task.session, output.fileno(), answer.send)
        except Exception as error:
            answer.send(_breaks_the_engine(f"{type(error).__name__}: {error}"))


def _breaks_the_engine(how: str) -> Refused:
    """Say that a session can go on no more because of what a statement did."""
    problem = f"what this statement leaves behind breaks the engine ({how})."
    return Refused(problem, "Let it set back what it changes of Python.")


def _ended_python(code: int) -> Refused:
    """Say how a session ended that did not finish."""
    names = {known.value: known.name for known in signal.Signals}
    how = f"exit code {code}" if code >= 0 else f"signal {names.get(-code, -code)}"
    return Refused(f"this statement ends Python ({how}), and the examples after it would never run.", "Remove it.")


def _let_inherit(handle: int) -> None:
    if sys.platform == "win32":
        os.set_handle_inheritable(handle, True)
    else:
        os.set_inheritable(handle, True)


def _connected(handle: int) -> _Connection:
    if sys.platform == "win32":
        return connection.PipeConnection(handle)
    return connection.Connection(handle)
