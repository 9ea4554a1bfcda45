"""What was made before, kept on disk for a day, so that nothing unchanged is made twice.

Its name is made of all that it depends on: what was asked for, this package, what is installed, the machine, the
environment. The day is part of it: what hangs on something else as well, such as a date, is made anew tomorrow.
"""

from __future__ import annotations

import contextlib
import datetime
import functools
import hashlib
import os
import pickle
import platform
import re
import shutil
import sys
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

# Where it is kept instead, for all processes that inherit this: a test run keeps its own.
ELSEWHERE = "AUTOGRAD_NOTES_KEPT"
FOLDER = Path(os.environ.get(ELSEWHERE, ".cache/kept"))
PACKAGE = Path(__file__).parents[1]
# What Python, PyTorch and the libraries below them ask the environment for. The order in sets is not among it, which
# each session sets for itself, nor the time zone: what prints the time cannot be documented.
ASKED = re.compile(r"(?i)(aten|c10|cuda|dnnl|gomp|kmp|lang|lc_|ld_|mkl|mpl|omp|onednn|openblas|python(?!hash)|torch)")
# States of the project, and of what is around it, whose results are kept side by side.
STATES = 4

T = TypeVar("T")
_under_way: defaultdict[Path, threading.Lock] = defaultdict(threading.Lock)


def kept(key: object, make: Callable[[], T], lasts: Callable[[T], bool] = lambda _: True) -> T:
    """Return what was made for a key in this state of the project, or make it; one thread makes it while others wait.

    Args:
        key: All that the result depends on, beside this package and what is around it; its `repr` must tell it.
        make: Makes the result, which must be one that can be pickled.
        lasts: Whether a result would be the same another time; else it is not kept.
    """
    file = folder() / hashlib.sha256(repr(key).encode()).hexdigest()
    with _under_way[file]:
        # Whatever became of a file that cannot be read, what it held can be made again.
        with contextlib.suppress(Exception):
            result: T = pickle.loads(file.read_bytes())
            return result
        result = make()
        if lasts(result):
            # Where there is no room, it is made again the next time.
            with contextlib.suppress(OSError):
                _write(file, pickle.dumps(result))
        return result


def folder() -> Path:
    """Return the folder for what is kept in this state of the project; what was kept for others goes, but for the last.

    It is not there where there is no room for it.
    """
    state = FOLDER.absolute() / _state()
    with contextlib.suppress(OSError):
        if not state.is_dir():
            state.mkdir(parents=True)
            for gone in sorted(state.parent.iterdir(), key=lambda other: other.stat().st_mtime)[:-STATES]:
                shutil.rmtree(gone, ignore_errors=True)
    return state


def _write(file: Path, content: bytes) -> None:
    """Write a file whole or not at all."""
    partial = file.with_suffix(f".{os.getpid()}")
    partial.write_bytes(content)
    partial.replace(file)


def _state() -> str:
    """Return a name for the state of this package, and of all that is around it."""
    asked = sorted(item for item in os.environ.items() if ASKED.match(item[0]))
    around = datetime.datetime.now(datetime.UTC).date(), asked, _installed(tuple(map(os.path.abspath, sys.path)))
    return hashlib.sha256(repr(around).encode()).hexdigest()[:16]


@functools.lru_cache(maxsize=4)
def _installed(path: tuple[str, ...]) -> str:
    """Return a digest of the machine, of Python, of what it can import, and of the files of this package."""
    packages = sorted(
        (info.name, info.stat().st_mtime_ns)
        for folder in path
        for kind in ("*.dist-info", "*.egg-info")
        for info in Path(folder).glob(kind)
    )
    ours = sorted(file for file in PACKAGE.rglob("*") if file.is_file() and "__pycache__" not in file.parts)
    digest = hashlib.sha256(repr((platform.uname(), sys.version, path, packages)).encode())
    for file in ours:
        digest.update(f"{file.relative_to(PACKAGE)}\0".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()
