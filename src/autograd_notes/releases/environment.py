"""A throw-away environment with another release of PyTorch, in which examples run."""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from autograd_notes.engine.transcript import InputError

# PyTorch's own index has builds without CUDA. Where it cannot be reached, pip takes torch from where it takes the rest.
INDEX = ("--retries", "0", "--extra-index-url", "https://download.pytorch.org/whl/cpu")
# What the examples need beside torch.
PACKAGES = ("numpy", "filelock", "matplotlib", "graphviz-pure", "pygments", "pyyaml")
CONSTRAINTS = Path("constraints.txt")
SOURCE = Path(__file__).parents[2]
NAME = re.compile(r"[\w.-]+")
SECONDS = 1800


@contextlib.contextmanager
def throw_away(release: str) -> Iterator[Path]:
    """Make an environment with a release of PyTorch, and remove it afterwards.

    Args:
        release: Its version.

    Yields:
        The Python of the environment.

    Raises:
        InputError: The release cannot be installed.
    """
    with tempfile.TemporaryDirectory(prefix=f"torch-{release}-") as folder:
        _run([sys.executable, "-m", "venv", folder], release)
        python = Path(folder) / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
        pins = Path(folder) / "pins.txt"
        pins.write_text(_pins(), encoding="utf-8")
        # To compile each file of such packages takes longer than to run the examples.
        pip = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile"]
        _run([*pip, *INDEX, "--no-deps", f"torch=={release}"], release)
        _run([*pip, "--constraint", str(pins), f"torch=={release}", *PACKAGES], release)
        yield python


@dataclass(frozen=True)
class Ran:
    """What a file printed.

    Attributes:
        digest: The name of the text that ran (`examples.digest_of_file`).
        outputs: What each statement of each section printed.
    """

    digest: str
    outputs: Sequence[Sequence[str]]


def run(python: Path, names: Sequence[str]) -> dict[str, Ran | str]:
    """Run files of the working directory with this project's engine and another Python.

    Args:
        python: The Python.
        names: The files.

    Returns:
        For each file, what it printed; where it could not run there, the message.

    Raises:
        InputError: The engine itself does not run there.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "outputs.json"
        command = [str(python), "-m", "autograd_notes.releases.inside", str(target), *names]
        environment = {**os.environ, "PYTHONPATH": str(SOURCE), "PYTHONPYCACHEPREFIX": folder}
        result = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=SECONDS)
        if result.returncode or not target.exists():
            problem = f"the examples do not run with it:\n{_end(result.stderr)}"
            raise InputError(str(python), 0, problem, "Mend src/autograd_notes/engine, or do without this release.")
        found = json.loads(target.read_text(encoding="utf-8"))
    return {name: one if isinstance(one, str) else Ran(**one) for name, one in found.items()}


def _pins() -> str:
    """Return the lines of constraints.txt for what the examples need; what torch needs is for its release to say."""
    lines = CONSTRAINTS.read_text(encoding="utf-8").splitlines() if CONSTRAINTS.exists() else []
    pins = [line for line in lines if (match := NAME.match(line)) and match[0].lower() in PACKAGES]
    return "\n".join(pins) + "\n"


def _run(command: Sequence[str], release: str) -> None:
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        raise InputError(
            f"torch {release}",
            0,
            f"cannot be installed:\n{_end(result.stderr)}",
            "Is it published, for this Python, and is there room for it (up to 8 GB where PyTorch's index is blocked)?",
        )


def _end(text: str) -> str:
    return "\n".join(text.strip().splitlines()[-12:])
