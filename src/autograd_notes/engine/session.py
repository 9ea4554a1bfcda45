"""Run the blocks of a transcript in a clean PyTorch state and keep what Python prints, statement by statement."""

from __future__ import annotations

import contextlib
import doctest
import io
import re
import sys
import traceback
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from autograd_notes.engine.transcript import Block, InputError, Statement

try:
    import torch
except ModuleNotFoundError as error:
    if error.name != "torch":
        raise
    raise ModuleNotFoundError(
        "torch is not installed, so no example can run. `make serve` and `make test` install it; "
        "README.md has the pip commands.",
        name="torch",
    ) from error

# Addresses, frames and build paths are the only parts of an output that may differ between two runs.
SCRUB = [
    (re.compile(r"0x[0-9a-fA-F]{6,16}"), "0x..."),
    (re.compile(r"(?m)^(Traceback \(most recent call last\):\n)(?:[ \t]+.*\n)+"), r"\1  ...\n"),
    (re.compile(r" \(Triggered internally at [^)]*\)"), ""),
]
PICTURE_METHODS = ("_repr_html_", "_repr_svg_")
TRACEBACK = "Traceback (most recent call last):\n  ...\n"
# PyTorch warns of its own code, at the first forward-mode call of a process: a DeprecationWarning, and from 2.14 on a
# FutureWarning. Which session is first depends on what ran before, so it can stand in no transcript.
NOT_THE_READERS = r".*torch\.jit\.\w+` is (deprecated|not supported)"
SEEDS = (2_147_483_647, 2_147_483_629)


@dataclass(frozen=True)
class Outcome:
    """What one statement did.

    Attributes:
        output: What Python printed: values echoed, text, warnings, and the traceback if it raised.
        pictures: The values it displayed that can draw themselves, by Jupyter's rich display protocol.
        echoes: Those parts of the output that are values, which a prompt shows for expressions.
    """

    output: str
    pictures: tuple[object, ...] = ()
    echoes: tuple[str, ...] = ()


def run(blocks: Sequence[Block], name: str) -> list[list[Outcome]]:
    """Run the blocks in order, each in its session, and return the outcomes of each block's statements.

    Every session starts with an empty `__main__` and the same PyTorch state; nothing is left behind.

    Args:
        blocks: The blocks of one file or page.
        name: That file or page, for messages.

    Returns:
        A list for each block, with an `Outcome` for each of its statements.

    Raises:
        InputError: A statement ends the process, or an output depends on random numbers that were never seeded.
    """
    outcomes, unseeded = _run_all(blocks, name, SEEDS[0])
    if unseeded:
        again, _ = _run_all(blocks, name, SEEDS[1])
        refuse_chance(blocks, outcomes, again, name)
    return outcomes


def draw(picture: object) -> str:
    """Return the HTML or SVG of a displayed value."""
    return next(getattr(picture, method)() for method in PICTURE_METHODS if hasattr(type(picture), method))


def scrub(text: str) -> str:
    """Return an output without what may differ from run to run: addresses, traceback frames, build paths."""
    for pattern, replacement in SCRUB:
        text = pattern.sub(replacement, text)
    return text


def reset(seed: int = SEEDS[0]) -> None:
    """Set every global of PyTorch that a snippet may change to the value that each session starts from."""
    torch.manual_seed(seed)
    torch.set_default_dtype(torch.float32)
    if torch.get_default_device() != torch.device("cpu"):
        torch.set_default_device(None)
    torch.set_printoptions(profile="default")
    torch.set_grad_enabled(True)
    torch.autograd.set_detect_anomaly(False)
    if torch.are_deterministic_algorithms_enabled():
        # Its first call imports PyTorch's compiler, which takes a second.
        torch.use_deterministic_algorithms(False)
    torch.set_warn_always(True)
    torch.set_num_threads(1)


def _run_all(blocks: Sequence[Block], name: str, seed: int) -> tuple[list[list[Outcome]], bool]:
    """Run the blocks; also say whether random numbers were drawn from the seed that a session starts with."""
    outcomes: dict[int, list[Outcome]] = {}
    unseeded = False
    for session in dict.fromkeys(block.session for block in blocks):
        reset(seed)
        start, namespace = torch.get_rng_state(), {"__name__": "__main__"}
        try:
            for block in blocks:
                if block.session == session:
                    outcomes[block.line] = [_run(statement, namespace, name) for statement in block.statements]
            drawn = torch.initial_seed() == seed and not torch.equal(torch.get_rng_state(), start)
            unseeded = unseeded or drawn
        finally:
            reset()
    return [outcomes[block.line] for block in blocks], unseeded


def _run(statement: Statement, namespace: dict, name: str) -> Outcome:
    if statement.flags & doctest.SKIP:
        return Outcome(statement.documented)
    printed, displayed = io.StringIO(), []
    code = compile(statement.source, f"<{name}:{statement.line}>", "single")
    with _captured(printed, displayed):
        try:
            exec(code, namespace)
        except Exception as error:
            printed.write(TRACEBACK + "".join(traceback.format_exception_only(error)))
        except SystemExit as error:
            raise InputError(
                name,
                statement.line,
                f"this statement ends Python (SystemExit: {error}), and the examples after it would never run.",
                "Remove it.",
            ) from error
    output = scrub(printed.getvalue())
    pictures = tuple(value for value, _ in displayed if any(hasattr(type(value), method) for method in PICTURE_METHODS))
    echoes = tuple(scrub(f"{text}\n") for _, text in displayed)
    return Outcome(output if not output or output.endswith("\n") else output + "\n", pictures, echoes)


@contextlib.contextmanager
def _captured(printed: io.StringIO, displayed: list[tuple[object, str]]) -> Iterator[None]:
    """Send all that a console would show to `printed`, and the values among it, with their text, to `displayed`."""

    def display(value: object) -> None:
        if value is None:
            return
        text = repr(value)
        print(text)
        displayed.append((value, text))

    def show(message, category, *_) -> None:
        print(f"{category.__name__}: {str(message).splitlines()[0]}")

    displayhook, sys.displayhook = sys.displayhook, display
    try:
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed), warnings.catch_warnings():
            warnings.simplefilter("always")
            for category in (DeprecationWarning, FutureWarning):
                warnings.filterwarnings("ignore", NOT_THE_READERS, category)
            # The garbage collector gives this one, at any time and about anybody's files; a console does not show it.
            warnings.simplefilter("ignore", ResourceWarning)
            warnings.showwarning = show
            yield
    finally:
        sys.displayhook = displayhook


def refuse_chance(
    blocks: Sequence[Block], outcomes: list[list[Outcome]], again: list[list[Outcome]], name: str
) -> None:
    """Compare two runs from different seeds.

    Raises:
        InputError: An output of the second run is not that of the first.
    """
    for block, first, second in zip(blocks, outcomes, again, strict=True):
        for statement, one, other in zip(block.statements, first, second, strict=True):
            if one.output != other.output:
                raise InputError(
                    name,
                    statement.line,
                    f"this output depends on chance: {one.output.strip()!r}, then {other.output.strip()!r}.",
                    "Call torch.manual_seed(…) in the session before random numbers are drawn.",
                )
