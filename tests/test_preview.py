"""`mkdocs serve` keeps serving whatever an author writes: a failure is shown in place, and goes when it is mended."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable

import pytest

from tests.console import section
from tests.small_project import SmallProject

LONG = 60


class Preview:
    """A running `mkdocs serve`.

    Args:
        small: The project that it serves.
    """

    def __init__(self, small: SmallProject) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.log = small.folder / "serve.log"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "mkdocs", "serve", "--dev-addr", f"127.0.0.1:{self.port}"],
                cwd=small.folder,
                env={**os.environ, "NO_MKDOCS_2_WARNING": "1"},
                stdout=log,
                stderr=subprocess.STDOUT,
            )

    def page(self, path: str) -> str:
        """Return a page; "" where it cannot be had."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=5) as answer:
                return answer.read().decode()
        except (OSError, urllib.error.URLError):
            return ""

    def wait(self, path: str, holds: Callable[[str], bool], what: str) -> None:
        """Wait until a page is as it should be; fail where the server ends or never shows it."""
        end = time.monotonic() + LONG
        while not holds(html := self.page(path)):
            assert self.process.poll() is None, f"the server ended:\n{self.log.read_text()}"
            assert time.monotonic() < end, f"{path} never showed {what}:\n{html[-3000:]}\n{self.log.read_text()}"
            time.sleep(0.05)

    def stop(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        self.process.send_signal(signal.SIGINT)
        return self.process.wait(LONG)


@pytest.fixture
def small(tmp_path, project):
    small = SmallProject(tmp_path, project)
    small.write_snippet(section("a", ">>> 40 + 2\n42"))
    small.write_page('--8<-- "index.md:a"')
    return small


@pytest.fixture
def preview(small):
    preview = Preview(small)
    yield preview
    if preview.process.poll() is None:
        preview.process.kill()
        preview.process.wait()


def test_a_failure_is_shown_in_place_in_both_languages_and_goes_when_it_is_mended(small, preview):
    for path in ("/", "/zh/"):
        preview.wait(path, lambda html: "42" in html and 'class="failure"' not in html, "the output")

    small.write_snippet(section("a", ">>> 40 + 2\n43"))
    for path in ("/", "/zh/"):
        preview.wait(path, lambda html: "output drifted" in html and "+ 42" in html, "the drift")

    small.write_snippet(section("a", ">>> 40 +"))
    preview.wait("/", lambda html: "snippets/index.md:3: not Python" in html, "the syntax error")

    small.write_snippet(section("a", ">>> import sys\n>>> sys.exit(0)"))
    preview.wait("/", lambda html: "this statement ends Python" in html, "the exit")

    small.write_page('--8<-- "index.md:b"')
    preview.wait("/", lambda html: "has no section" in html, "the missing section")

    small.write_snippet(section("b", ">>> 40 + 3\n43"))
    for path in ("/", "/zh/"):
        preview.wait(path, lambda html: "40" in html and 'class="failure"' not in html, "the mended page")
    assert "output drifted" in preview.log.read_text(), "the failure is not in the terminal"
    assert preview.stop() == 0
