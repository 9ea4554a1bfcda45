"""Run the cells of a tutorial in a Jupyter kernel, once for each text of the code, and keep what they print."""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import platform
import re
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import nbformat
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from mkdocs_jupyter.convert import get_nbconvert_app
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbconvert.preprocessors import ExecutePreprocessor
from traitlets import default

from autograd_notes.engine import kernel_start
from autograd_notes.engine.session import SEEDS, Outcome, scrub
from autograd_notes.engine.transcript import Block, InputError
from autograd_notes.progress import Progress

SECONDS = 60
CHARACTERS = 1_000_000
CACHE = Path(".cache/tutorials")
PACKAGES = ("torch", "numpy", "matplotlib", "matplotlib-inline", "ipykernel", "ipython", "mkdocs-jupyter", "nbclient")
OUTPUTS = {"stream", "display_data", "execute_result"}
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
FAILED_LINE = re.compile(r"Cell In\[(\d+)\], line (\d+)")
# What cannot run is asked for several times in a build, by its page and by the files beside it.
failed: dict[tuple, InputError] = {}


def _engine() -> str:
    """Return a name for the code that decides how cells run and look."""
    package = Path(__file__).parents[1]
    files = (
        package / name
        for name in ("engine/kernel.py", "engine/kernel_start.py", "engine/session.py", "pictures/plot.py")
    )
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


# Of the code that this process has loaded; a kernel loads what is there when it starts.
ENGINE = _engine()


@dataclass(frozen=True)
class Drawing:
    """A picture that a cell drew, as it came from the kernel."""

    svg: str

    def _repr_svg_(self) -> str:
        return self.svg


def run(blocks: Sequence[Block], name: str, seconds: int = SECONDS) -> list[list[Outcome]]:
    """Run the cells of a tutorial in order, or take their outcomes from the cache where nothing changed.

    Args:
        blocks: The cells, one statement in each.
        name: Their file, for messages.
        seconds: How long a cell may take.

    Returns:
        What `session.run` returns for blocks: here, a list with one `Outcome` for each cell.

    Raises:
        InputError: There is no kernel, or a cell raises, does not end, ends the kernel or prints too much.
    """
    cached = CACHE / f"{Path(name).stem}-{_key(blocks)}.json"
    outcomes = _load(cached)
    if outcomes is not None:
        return outcomes
    text = Path(name).resolve(), *blocks
    if text in failed:
        raise failed[text]
    try:
        outcomes = run_anew(blocks, name, seconds)
    except InputError as error:
        failed[text] = error
        raise
    if _engine() == ENGINE:
        _store(cached, outcomes)
    return outcomes


def run_anew(blocks: Sequence[Block], name: str, seconds: int = SECONDS, seed: int = SEEDS[0]) -> list[list[Outcome]]:
    """Run the cells as `run` does, but past the cache, and from a seed of the caller's choice."""
    ours = nbformat.v4.new_code_cell(f"from {kernel_start.__name__} import prepare\nprepare({seed})\ndel prepare")
    cells = [nbformat.v4.new_code_cell(block.statements[0].source) for block in blocks]
    executor = _Executor(seconds, Progress(f"Running {name}", len(blocks) + 1))
    try:
        with tempfile.TemporaryDirectory() as folder:
            executor.preprocess(nbformat.v4.new_notebook(cells=[ours, *cells]), {"metadata": {"path": folder}})
    except Exception as error:
        raise _explained(error, blocks, executor.running, name, seconds) from error
    return [[_outcome(cell, block, name)] for cell, block in zip(cells, blocks, strict=True)]


class _ThisPython(AsyncKernelManager):
    """The kernel of the Python that runs this, whatever kernels a person has installed elsewhere."""

    @default("kernel_spec_manager")
    def _own_kernels_only(self) -> KernelSpecManager:
        return KernelSpecManager(parent=self, kernel_dirs=[])


class _TooMuchError(Exception):
    """A cell printed or drew more than a page can carry."""


class _Executor(ExecutePreprocessor):
    """The executor of mkdocs-jupyter, with a time limit and an eye on how much a cell prints.

    Attributes:
        running: The index of the cell that runs, or ran last; 0 is the cell that prepares the kernel.
    """

    def __init__(self, seconds: int, progress: Progress) -> None:
        super().__init__(config=get_nbconvert_app(execute=True, kernel_name="python3", allow_errors=False).config)
        self.seconds, self.progress = seconds, progress
        self.shutdown_kernel = "immediate"
        self.kernel_manager_class = _ThisPython
        self.extra_arguments = ["--InlineBackend.figure_formats=svg"]
        # What it logs, it raises as well.
        self.log = logging.getLogger(f"{__name__}.executor")
        self.log.disabled = True
        self.running, self.size = 0, 0

    def setup_kernel(self, **options: object) -> contextlib.AbstractContextManager:
        """Start a kernel that neither a person's settings nor the time of day reach."""
        environment = os.environ | {"IPYTHONDIR": self.resources["metadata"]["path"], "SOURCE_DATE_EPOCH": "0"}
        return super().setup_kernel(env=environment, stderr=subprocess.DEVNULL, **options)

    def preprocess_cell(self, cell: nbformat.NotebookNode, resources: dict, index: int) -> tuple:
        """Run one cell."""
        self.running, self.size = index, 0
        self.timeout = self.seconds if index else SECONDS
        result = super().preprocess_cell(cell, resources, index)
        self.progress.step()
        if self.size > CHARACTERS:
            raise _TooMuchError
        return result

    def process_message(self, msg: dict, cell: nbformat.NotebookNode, cell_index: int) -> nbformat.NotebookNode | None:
        """Take one message of the kernel; drop what a cell prints beyond the limit."""
        content = msg["content"]
        self.size += len(content.get("text", "")) + sum(len(str(part)) for part in content.get("data", {}).values())
        if self.size > CHARACTERS and msg["msg_type"] in OUTPUTS:
            return None
        return super().process_message(msg, cell, cell_index)


def _explained(error: Exception, blocks: Sequence[Block], running: int, name: str, seconds: int) -> InputError:
    """Return the message for an author in place of an error of the executor."""
    if not running:
        return InputError(
            name,
            0,
            f"no Jupyter kernel could be started ({type(error).__name__}: {error}).",
            "Install this project and what it needs: `pip install -c constraints.txt -e .`",
        )
    block = blocks[running - 1]
    line = block.line
    match error:
        case CellExecutionError():
            frames = FAILED_LINE.findall(COLOUR.sub("", error.traceback))
            # Functions of earlier cells have frames, too. Jupyter counts from 1.
            lines = [line + int(offset) for number, offset in frames if int(number) == running + 1]
            line = max(lines[-1:], default=line)
            problem = f"this cell raises {error.ename}: {error.evalue}"
            remedy = "Correct it: a tutorial runs from top to bottom without an error."
        case CellTimeoutError():
            problem = f"this cell did not end within {seconds} seconds."
            remedy = "Make it smaller, or look for a loop that never ends."
        case DeadKernelError():
            problem = "this cell ended the kernel."
            remedy = "Remove what ends the process, or what takes all of its memory."
        case _TooMuchError():
            problem = f"this cell prints or draws more than {CHARACTERS:,} characters."
            remedy = "Print less, or draw fewer points."
        case _:
            raise error
    return InputError(name, line, problem, remedy)


def _outcome(cell: nbformat.NotebookNode, block: Block, name: str) -> Outcome:
    """Return what a cell printed or drew; the text of a picture is the one that the kernel gives it."""
    drawn = [output for output in cell.outputs if "image/svg+xml" in output.get("data", {})]
    texts = [output.text if "text" in output else f"{output.data.get('text/plain', '')}\n" for output in cell.outputs]
    text = scrub("".join(texts)).rstrip()
    if drawn and len(drawn) < len(texts):
        problem = f"this cell prints and draws, and a page shows one of the two. It prints:\n{text}"
        raise InputError(name, block.line, problem, "Make two cells of it; one that draws ends with `plt.show()`.")
    pictures = tuple(Drawing(output.data["image/svg+xml"]) for output in drawn)
    return Outcome(f"{text}\n" if text else "", pictures)


def _key(blocks: Sequence[Block]) -> str:
    """Return a name for all that decides what the cells print and draw."""
    code = [block.statements[0].source for block in blocks]
    versions = [platform.python_version(), platform.machine(), *(version(package) for package in PACKAGES)]
    capability = os.environ.get("ATEN_CPU_CAPABILITY", "")
    return hashlib.sha256(json.dumps([code, versions, capability, ENGINE]).encode()).hexdigest()[:24]


def _load(cached: Path) -> list[list[Outcome]] | None:
    """Return the outcomes of an earlier run, or None where there are none that can be read."""
    try:
        found = json.loads(cached.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return [[Outcome(cell["text"], tuple(Drawing(svg) for svg in cell["drawings"]))] for cell in found]


def _store(cached: Path, outcomes: list[list[Outcome]]) -> None:
    """Keep the outcomes of a run, in the place of those of the same tutorial's earlier texts."""
    cells = [{"text": one.output, "drawings": [drawing.svg for drawing in one.pictures]} for [one] in outcomes]
    cached.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile("w", dir=cached.parent, delete=False, encoding="utf-8") as file:
        json.dump(cells, file)
    Path(file.name).replace(cached)
    stem = cached.name.rpartition("-")[0]
    for older in cached.parent.glob(f"{stem}-*.json"):
        if older != cached and older.name.rpartition("-")[0] == stem:
            older.unlink(missing_ok=True)
