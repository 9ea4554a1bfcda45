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


@pytest.mark.parametrize("line", [">>> 1", "```", "~~~~ text", "a --8<-- [end:a]", '--8<-- "a.md"'])
def test_an_output_that_would_be_read_as_code_or_markdown_is_refused(tmp_path, line):
    path = written(tmp_path, fence(f">>> 1\n1\n>>> print({line!r})"))
    assert _refused(path, "would be read as code or Markdown").line == 4


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


# The console's own signs, and what an author's file is made of


@pytest.mark.parametrize("old", ["", "0\n9\n", "old text\n"])
def test_the_line_with_which_a_console_ends_a_block_stays(tmp_path, old):
    code = ">>> for i in range(2):\n...     print(i)\n...\n"
    path = written(tmp_path, fence(f"{code}{old}>>> 1\n1"))
    assert accept(path)
    assert path.read_text() == fence(f"{code}0\n1\n>>> 1\n1")


def test_a_weaker_comparison_loses_no_line(tmp_path):
    code = ">>> for i in [0]:  # doctest: +IGNORE_EXCEPTION_DETAIL\n...     1 / i\n...\n"
    path = written(tmp_path, fence(f"{code}old text\n>>> 1\n1"))
    accept(path)
    error = "Traceback (most recent call last):\n  ...\nZeroDivisionError: division by zero"
    assert path.read_text() == fence(f"{code}{error}\n>>> 1\n1")


BYTES = {
    "mixed line ends": (b"a\r\nb\n```pycon\r\n>>> 1\r\n2\r\n```\n", b"a\r\nb\n```pycon\r\n>>> 1\r\n1\r\n```\n"),
    "an old line end in prose": (b"a\rb\n```pycon\n>>> 1\n2\n```\n", b"a\rb\n```pycon\n>>> 1\n1\n```\n"),
    "a byte order mark": (b"\xef\xbb\xbf```pycon\n>>> 1\n2\n```\n", b"\xef\xbb\xbf```pycon\n>>> 1\n1\n```\n"),
    "a form feed": (b"a\x0cb\n```pycon\n>>> 1\n2\n```\n", b"a\x0cb\n```pycon\n>>> 1\n1\n```\n"),
    "a line separator": (
        "a\u2028b\n```pycon\n>>> 1\n2\n```\n".encode(),
        "a\u2028b\n```pycon\n>>> 1\n1\n```\n".encode(),
    ),
    "a line separator in an output": (
        b"```pycon\n>>> print('a\\u2028b')\n```\n",
        "```pycon\n>>> print('a\\u2028b')\na\u2028b\n```\n".encode(),
    ),
    "a tab in an output": (b"```pycon\n>>> print('a\\tb')\n```\n", b"```pycon\n>>> print('a\\tb')\na\tb\n```\n"),
    "a tab in code": (b"```pycon\n>>> len('a\tb')\n```\n", b"```pycon\n>>> len('a\tb')\n3\n```\n"),
    "a progress bar": (b"```pycon\n>>> print('1%\\r99%')\n```\n", b"```pycon\n>>> print('1%\\r99%')\n99%\n```\n"),
    "an empty line in a quote": (
        b"> ```pycon\n> >>> 1\n> 1\n>\n> >>> 2\n> 3\n> ```\n",
        b"> ```pycon\n> >>> 1\n> 1\n>\n> >>> 2\n> 2\n> ```\n",
    ),
}


@pytest.mark.parametrize(("drifted", "recorded"), BYTES.values(), ids=BYTES.keys())
def test_each_byte_around_the_outputs_stays(tmp_path, drifted, recorded):
    path = tmp_path / "bytes.md"
    path.write_bytes(drifted)
    assert accept(path)
    assert path.read_bytes() == recorded
    assert accept(path) == []


def test_a_link_stays_one_and_its_target_is_recorded(tmp_path):
    target = written(tmp_path / "real", DRIFTED)
    link = tmp_path / "link.md"
    link.symlink_to(target)
    accept(link)
    assert link.is_symlink()
    assert target.read_text() == RECORDED


ONLY_HERE = {
    "a set": "{'apple', 'pear', 'fig', 'plum', 'lime', 'kiwi'}",
    "a hash": "hash('x')",
    "a process": "import os; os.getpid()",
    "an identity": "id(len)",
    "the folder": "import os; os.getcwd()",
    "a module's file": "import doctest; doctest",
    "today": "import datetime; datetime.date.today()",
    "today as text": "import datetime; str(datetime.date.today())",
    "random": "import random; random.random()",
}


@pytest.mark.parametrize("code", ONLY_HERE.values(), ids=ONLY_HERE.keys())
def test_what_another_process_folder_or_day_prints_otherwise_is_refused(tmp_path, code):
    _refused(written(tmp_path, fence(f">>> {code}")), "differs between two runs|holds (a path|today)")


@pytest.mark.parametrize("code", ["print('...')", "print('... a')"])
def test_an_output_that_would_go_on_with_its_statement_is_refused(tmp_path, code):
    _refused(written(tmp_path, fence(f">>> {code}")), "would be read as code or Markdown")


def test_no_lock_is_left(tmp_path, monkeypatch):
    locks = tmp_path / "tmp"
    locks.mkdir()
    monkeypatch.setattr(accept_module.tempfile, "tempdir", str(locks))
    accept(written(tmp_path / "files", DRIFTED))
    assert list(locks.iterdir()) == []
