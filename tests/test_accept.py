"""`accept` writes what Python printed and nothing else, whole or not at all."""

import errno
import os
import re
import stat
import threading

import pytest

from autograd_notes.engine import accept as accept_module
from autograd_notes.engine import writing
from autograd_notes.engine.accept import accept
from autograd_notes.engine.transcript import InputError
from tests.console import fence, section, written

DRIFTED = section("a", ">>> 1 + 1\n3\n>>> 'b'\n'b'")
RECORDED = section("a", ">>> 1 + 1\n2\n>>> 'b'\n'b'")


def test_it_records_the_drift_and_nothing_else(tmp_path):
    path = written(tmp_path, DRIFTED)
    assert [drift.live for drift in accept(path)] == ["2\n"]
    assert path.read_text() == RECORDED


def test_a_second_accept_changes_nothing(tmp_path):
    path = written(tmp_path, DRIFTED)
    accept(path)
    before = path.stat()
    assert accept(path) == []
    assert (path.read_text(), path.stat().st_mtime_ns, path.stat().st_ino) == (
        RECORDED,
        before.st_mtime_ns,
        before.st_ino,
    )


@pytest.mark.parametrize(
    ("drifted", "recorded"),
    [
        (
            "# Title\n\nProse.\n\n" + fence(">>> 1\n2") + "\nMore prose.\n",
            "# Title\n\nProse.\n\n" + fence(">>> 1\n1") + "\nMore prose.\n",
        ),
        (fence(">>> 1  # a comment\n2"), fence(">>> 1  # a comment\n1")),
        (fence(">>> print('a\\n\\nb')"), fence(">>> print('a\\n\\nb')\na\n<BLANKLINE>\nb")),
        (fence(">>> print(' ')"), fence(">>> print(' ')\n<BLANKLINE>")),
        (fence(">>> x = 1\n1\n2\n>>> x\n1"), fence(">>> x = 1\n>>> x\n1")),
        (fence(">>> 1\n\n>>> 2\n3"), fence(">>> 1\n1\n\n>>> 2\n2")),
        (
            fence(">>> 1 / 0"),
            fence(">>> 1 / 0\nTraceback (most recent call last):\n  ...\nZeroDivisionError: division by zero"),
        ),
        ("- item\n\n    ```pycon\n    >>> 1\n    2\n    ```\n", "- item\n\n    ```pycon\n    >>> 1\n    1\n    ```\n"),
        (
            '!!! note "A"\n\n    ```pycon\n    >>> 1\n    ```\n',
            '!!! note "A"\n\n    ```pycon\n    >>> 1\n    1\n    ```\n',
        ),
        ("> ```pycon\n> >>> 1\n> 2\n> ```\n", "> ```pycon\n> >>> 1\n> 1\n> ```\n"),
        (fence(">>> 1\n2").rstrip("\n"), fence(">>> 1\n1").rstrip("\n")),
        (fence(">>> 1  # doctest: +SKIP\n2\n>>> 3\n4"), fence(">>> 1  # doctest: +SKIP\n2\n>>> 3\n3")),
    ],
    ids=[
        "prose",
        "comment",
        "empty line",
        "blanks",
        "too much",
        "nothing",
        "error",
        "list",
        "box",
        "quote",
        "no line end",
        "skip",
    ],
)
def test_all_around_the_outputs_stays(tmp_path, drifted, recorded):
    path = written(tmp_path, drifted)
    assert accept(path)
    assert path.read_text() == recorded
    assert accept(path) == []


def test_line_ends_of_windows_stay(tmp_path):
    path = tmp_path / "windows.md"
    path.write_bytes(DRIFTED.replace("\n", "\r\n").encode())
    accept(path)
    assert path.read_bytes() == RECORDED.replace("\n", "\r\n").encode()


def test_rights_of_the_file_stay(tmp_path):
    path = written(tmp_path, DRIFTED)
    path.chmod(0o640)
    accept(path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640


def _refused(path, message):
    before = path.read_bytes()
    with pytest.raises(InputError, match=message) as caught:
        accept(path)
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name], "something else was left behind"
    return caught.value


@pytest.mark.parametrize("chance", ["import torch; torch.rand(1)", "import time; time.perf_counter_ns()"])
def test_chance_is_refused(tmp_path, chance):
    _refused(written(tmp_path, fence(f">>> {chance}")), "depends on chance|differs between two runs")


def test_an_output_that_would_be_read_as_code_is_refused(tmp_path):
    error = _refused(written(tmp_path, fence(">>> 1\n1\n>>> print('>>> 1')")), "would be read as code or Markdown")
    assert error.line == 4


@pytest.mark.skipif(os.name == "nt", reason="rights are others on Windows")
def test_a_read_only_file_is_refused(tmp_path):
    path = written(tmp_path, DRIFTED)
    path.chmod(0o444)
    _refused(path, re.escape(f"{path}: is read-only.\n  Make it writable"))


def test_a_full_disk_leaves_the_file_as_it_was(tmp_path, monkeypatch):
    def full(_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(writing.os, "fsync", full)
    _refused(written(tmp_path, DRIFTED), "could not be written: No space left on device; it is as it was.\n  Make room")


def test_a_file_changed_meanwhile_is_not_overwritten(tmp_path):
    path = tmp_path / "changed.md"
    own = f">>> _ = open({str(path)!r}, 'a').write('x')\n>>> 1\n2"
    path.write_text(fence(own))
    with pytest.raises(InputError, match="was changed while its examples ran; nothing was written"):
        accept(path)
    assert ">>> 1\n2\n" in path.read_text()


def test_of_two_at_once_the_second_is_refused(tmp_path, monkeypatch):
    path = written(tmp_path, DRIFTED)
    started, go = threading.Event(), threading.Event()
    run = accept_module.session.run

    def slowly(*arguments):
        started.set()
        assert go.wait(10)
        return run(*arguments)

    monkeypatch.setattr(accept_module.session, "run", slowly)
    first = threading.Thread(target=accept, args=[path])
    first.start()
    try:
        assert started.wait(10)
        with pytest.raises(InputError, match="another accept is at work on it; nothing was written"):
            accept(path)
    finally:
        go.set()
        first.join()
    assert path.read_text() == RECORDED
