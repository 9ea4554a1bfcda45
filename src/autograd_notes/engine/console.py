"""Run one session in this process as Python's own prompt would: what the copies of `fork_server` do."""

from __future__ import annotations
import __future__

import ast
import builtins
import contextlib
import ctypes
import io
import os
import sys
import traceback
import types
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from autograd_notes.engine import pytorch
from autograd_notes.engine.outcome import TRACEBACK, Outcome, Picture, can_draw, draw, scrub
from autograd_notes.language import LANGUAGES, speaking

FUTURES = [getattr(__future__, name) for name in __future__.all_feature_names]


@dataclass(frozen=True)
class Session:
    """What is to run, and where.

    Attributes:
        statements: Each statement's code, and how it is compiled: "single", as a prompt does, or "exec", as a notebook.
        seed: The seed of the random numbers.
        folder: The working folder.
        characters: How much a statement may print, and draw.
        module: A module that the server imports before it starts the session; "" for none.
        before: Code that prepares the process, and is no part of the session.
    """

    statements: tuple[tuple[str, str], ...]
    seed: int
    folder: str
    characters: int
    module: str = ""
    before: str = ""

    @property
    def sources(self) -> list[str]:
        """The code of its statements."""
        return [source for source, _ in self.statements]


@dataclass(frozen=True)
class Refused:
    """A statement that no page can show: what is wrong with it, and what to do."""

    problem: str
    remedy: str


@dataclass(frozen=True)
class Finished:
    """The end of a session; whether it drew random numbers without a seed of its own."""

    is_unseeded: bool


class _RefusedError(BaseException):
    """Ends a statement that no page can show, past any `except Exception` of its own."""


class _NoInput(io.TextIOBase):
    """Stands for the keyboard."""

    def __init__(self) -> None:
        self.was_asked = False

    def readline(self, *_: object) -> str:  # type: ignore[override]  # typeshed does the same in TextIOBase
        self.was_asked = True
        raise _RefusedError


ASKED = Refused("this statement waits for input, and nobody is there to type it.", "Remove it, or give it its data.")


def run(session: Session, output: int, send: Callable[[Outcome | Refused | Finished], object]) -> None:
    """Run a session and tell what each statement did.

    Args:
        session: The session.
        output: The file, open for reading and writing, that standard output and error go to.
        send: Gets an `Outcome` for each statement, then `Finished`; `Refused` for one, which is then the end.
    """
    os.chdir(session.folder)
    console = _Console(output, session.characters)
    uses_pytorch = pytorch.is_used(session.sources)
    if uses_pytorch:
        pytorch.reset(session.seed)
    exec(session.before, {})
    chance = pytorch.Chance(session.seed) if uses_pytorch else None
    for source, mode in session.statements:
        result = console.run(source, mode)
        send(result)
        if isinstance(result, Refused):
            return
    send(Finished(chance is not None and chance.was_drawn()))


class _Console:
    """A prompt: what it shows goes into a file, and is cut between statements."""

    def __init__(self, output: int, characters: int) -> None:
        self.output, self.characters, self.flags = output, characters, 0
        self.seen = os.fstat(output).st_size
        self.process = os.getpid()
        self.builtins = vars(builtins).copy()
        self.echoes: list[str] = []
        self.pictures: list[Picture] = []
        self.drawn_characters = 0
        main = types.ModuleType("__main__")
        sys.modules["__main__"], self.namespace = main, main.__dict__
        self.keyboard = sys.stdin = _NoInput()
        sys.stdout, sys.stderr = _stream(1), _stream(2)
        vars(sys).update(__stdin__=sys.stdin, __stdout__=sys.stdout, __stderr__=sys.stderr)
        sys.displayhook = self.display
        _show_each_warning()

    def run(self, source: str, mode: str) -> Outcome | Refused:
        """Run one statement."""
        self.echoes, self.pictures, self.drawn_characters, raised = [], [], 0, 0
        self.keyboard.was_asked = False
        refused = None
        try:
            with self._with_its_builtins():
                for code in self._compiled(source, mode):
                    exec(code, self.namespace)
        except _RefusedError as error:
            refused = error.args[0] if error.args else ASKED
        except SystemExit as error:
            problem = f"this statement ends Python (SystemExit: {error}), and the examples after it would never run."
            refused = Refused(problem, "Remove it.")
        except BaseException as error:
            raised = _line_of(error)
            self._print(TRACEBACK + "".join(traceback.format_exception_only(error)))
        if os.getpid() != self.process:
            # A statement has forked; what goes on here is its copy.
            os._exit(0)
        text = self._printed()
        if refused or self.keyboard.was_asked:
            return refused or ASKED
        if max(len(text), self.drawn_characters) > self.characters:
            return too_much(self.characters)
        return Outcome(_ended(scrub(text)), tuple(self.pictures), tuple(map(scrub, self.echoes)), raised)

    @contextlib.contextmanager
    def _with_its_builtins(self) -> Iterator[None]:
        """Let a statement see the built-in functions as earlier ones have left them, and the engine as they were."""
        ours = vars(builtins).copy()
        vars(builtins).update(self.builtins)
        try:
            yield
        finally:
            self.builtins = vars(builtins).copy()
            vars(builtins).update(ours)

    def display(self, value: object) -> None:
        """Show the value of an expression, and let it draw itself where it can."""
        if value is None:
            return
        self._flush()
        start = os.fstat(self.output).st_size
        sys.__displayhook__(value)
        self._flush()
        self.echoes.append(_text(os.pread(self.output, os.fstat(self.output).st_size - start, start)))
        if can_draw(value):
            html = {}
            for language in LANGUAGES:
                try:
                    with speaking(language):
                        html[language] = draw(value)
                except Exception as error:
                    problem = f"a {type(value).__name__} cannot draw itself: {type(error).__name__}: {error}."
                    raise _RefusedError(Refused(problem, "Correct what draws it.")) from error
            self.pictures.append(Picture(html))
            self.drawn_characters += max(map(len, html.values()))

    def _compiled(self, source: str, mode: str) -> list[types.CodeType]:
        """Compile a statement as a prompt does; a cell as Jupyter does, which shows an expression at its end."""
        tree = compile(source, "<stdin>", mode, self.flags | ast.PyCF_ONLY_AST, dont_inherit=True)
        trees = [tree]
        if mode == "exec" and tree.body and isinstance(tree.body[-1], ast.Expr):
            trees = [ast.Module(tree.body[:-1], tree.type_ignores), ast.Interactive(tree.body[-1:])]
        codes = [
            compile(part, "<stdin>", "single" if isinstance(part, ast.Interactive) else "exec", self.flags, True)
            for part in trees
        ]
        for future in FUTURES:
            self.flags |= codes[0].co_flags & future.compiler_flag
        return codes

    def _printed(self) -> str:
        """Return what was printed since the last statement, by whatever."""
        self._flush()
        start, self.seen = self.seen, os.fstat(self.output).st_size
        # More than a page can carry is not read; a character takes up to four bytes.
        return _text(os.pread(self.output, min(self.seen - start, 4 * self.characters + 4), start))

    def _print(self, text: str) -> None:
        self._flush()
        os.write(self.output, text.encode(errors="backslashreplace"))

    def _flush(self) -> None:
        for stream in (sys.__stdout__, sys.__stderr__):
            with contextlib.suppress(ValueError, OSError):
                if stream is not None:
                    stream.flush()
        if LIBC:
            LIBC.fflush(None)


def too_much(characters: int) -> Refused:
    """Return what to say of a statement that prints or draws without end."""
    problem = f"this statement prints or draws more than {characters:,} characters."
    return Refused(problem, "Print less, or draw fewer points.")


def _line_of(error: BaseException) -> int:
    """Return the line of a statement, from 1, that raised an exception, itself or in what it called."""
    lines = [line for frame, line in traceback.walk_tb(error.__traceback__) if frame.f_code.co_filename == "<stdin>"]
    return lines[0] if lines else 1


def _c_library() -> ctypes.CDLL | None:
    try:
        return ctypes.CDLL(None)
    except (OSError, TypeError):
        # Windows has several, and which one printed cannot be told.
        return None


LIBC = _c_library()


def _stream(descriptor: int) -> io.TextIOWrapper:
    raw = open(descriptor, "wb", buffering=0, closefd=False)  # noqa: SIM115
    return io.TextIOWrapper(raw, encoding="utf-8", newline="\n", write_through=True)


def _text(printed: bytes) -> str:
    """Return what a terminal shows: of what was overwritten in a line, the last."""
    text = printed.decode(errors="backslashreplace")
    return "\n".join(map(_overwritten, text.split("\n"))) if "\r" in text else text


def _overwritten(line: str) -> str:
    shown = ""
    for part in line.split("\r"):
        shown = part + shown[len(part) :]
    return shown


def _ended(text: str) -> str:
    return text if not text or text.endswith("\n") else text + "\n"


def _show_each_warning() -> None:
    """Print a warning each time, as its class and its first line."""

    def show(message: Warning | str, category: type[Warning], *_: object, **__: object) -> None:
        print(f"{category.__name__}: {(str(message).splitlines() or [''])[0]}", file=sys.stderr)

    warnings.resetwarnings()
    warnings.simplefilter("always")
    for category in (DeprecationWarning, FutureWarning):
        warnings.filterwarnings("ignore", pytorch.NOT_THE_READERS, category)
    # The garbage collector gives this one, at any time and about anybody's files; a console does not show it.
    warnings.simplefilter("ignore", ResourceWarning)
    warnings.showwarning = show
