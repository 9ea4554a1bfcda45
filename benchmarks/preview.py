"""A running `mkdocs serve`, seen as a browser sees it."""

from __future__ import annotations

import contextlib
import http.client
import os
import re
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

SECONDS = 60
FIRST_BUILD_SECONDS = 600
# What a page of the preview waits for: a number that is higher than its own.
EPOCH = re.compile(r"livereload\((\d+), \d+\);")


class Preview:
    """A preview of a project; its first build is not done yet.

    Attributes:
        project: The folder of the project.
        address: Where it answers.
        log: The file that holds what it says.
    """

    def __init__(self, project: Path, work: Path) -> None:
        """Start it.

        Args:
            project: The folder of the project.
            work: An empty folder for what it writes.
        """
        self.project, self.work = project, work
        # Where an author may put it: in a folder of which one file is watched.
        self.log = project / "serve.log"
        self.address = f"http://127.0.0.1:{_free_port()}"
        command = [sys.executable, "-m", "mkdocs", "serve", "-a", self.address.removeprefix("http://")]
        with self.log.open("w", encoding="utf-8") as log:
            self.process = subprocess.Popen(
                command, cwd=project, env=environment(project) | {"TMPDIR": str(work)}, stdout=log, stderr=log
            )

    @property
    def site(self) -> Path:
        """The folder that it serves."""
        [folder] = self.work.glob("mkdocs_*")
        return folder

    def get(self, path: str) -> str:
        """Return what is served at a path now, a page of an error included."""
        try:
            with urllib.request.urlopen(self.address + path, timeout=SECONDS) as response:
                return response.read().decode()
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def epoch(self) -> int:
        """Return the number of the build that is served."""
        return int(EPOCH.search(self.get("/"))[1])

    def wait_for_build(self, epoch: int) -> int:
        """Return the number of the next build, as soon as it is served."""
        return int(self.get(f"/livereload/{epoch}/1"))

    def wait_for(self, path: str, expected: str, *, gone: bool = False, seconds: float = SECONDS) -> str:
        """Return the page at a path as soon as it holds a text (or does not, if `gone`), as an open browser shows it.

        Raises:
            TimeoutError: It never does, or the preview has ended.
        """
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.process.poll() is None:
            try:
                epoch, page = self.epoch(), self.get(path)
                if (expected in page) != gone:
                    return page
                self.wait_for_build(epoch)
            except (OSError, http.client.HTTPException):
                # It is starting, or starting again.
                time.sleep(0.05)
        raise TimeoutError(f"{path} never showed {expected!r}:\n{self.log.read_text(encoding='utf-8')[-3000:]}")

    def seconds_to_show(self, file: Path, text: str, path: str, expected: str) -> float:
        """Save a text in a file, and return how long it takes until the page at a path shows what is expected."""
        start = time.perf_counter()
        file.write_text(text, encoding="utf-8")
        self.wait_for(path, expected)
        return time.perf_counter() - start

    def megabytes(self) -> float:
        """Return how much memory it holds now."""
        result = subprocess.run(
            ["ps", "-o", "rss=", "-p", str(self.process.pid)], capture_output=True, text=True, check=True
        )
        return int(result.stdout) / 1024

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(SECONDS)


@contextlib.contextmanager
def running(project: Path, work: Path) -> Iterator[Preview]:
    """Run a preview for as long as the `with` block takes."""
    work.mkdir()
    preview = Preview(project, work)
    try:
        preview.wait_for("/", "", seconds=FIRST_BUILD_SECONDS)
        yield preview
    finally:
        preview.stop()


def environment(project: Path) -> dict[str, str]:
    """Return the environment in which a project uses its own copy of the engine."""
    return os.environ | {"PYTHONPATH": str(project / "src"), "NO_MKDOCS_2_WARNING": "1"}


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]
