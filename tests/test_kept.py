"""What is kept of earlier builds is used where nothing changed that it depends on, and nowhere else."""

import datetime
import errno
import os
import shutil
import sys
import threading
import time
from pathlib import Path

import pytest
from jinja2 import DictLoader, Environment

from autograd_notes.engine import kept, session
from autograd_notes.engine.transcript import read_blocks
from autograd_notes.site import hooks
from tests.console import fence, section
from tests.small_project import SmallProject


class Made:
    """Counts how often a result is made."""

    def __init__(self):
        self.times = 0

    def __call__(self):
        self.times += 1
        return self.times


@pytest.fixture
def made(tmp_path, monkeypatch) -> Made:
    monkeypatch.setattr(kept, "FOLDER", tmp_path / "kept")
    return Made()


def test_a_result_is_made_once_for_a_key(made):
    assert [kept.kept(key, made) for key in ("a", "a", "b", "a")] == [1, 1, 2, 1]


def test_a_result_that_would_not_last_is_made_each_time(made):
    assert [kept.kept("a", made, lasts=lambda _: False) for _ in range(2)] == [1, 2]


def test_what_several_threads_ask_for_is_made_once(made):
    threads = [threading.Thread(target=kept.kept, args=("a", made)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert made.times == 1


class _Tomorrow(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return datetime.datetime(2999, 1, 1, tzinfo=tz)


def _another_day(monkeypatch, tmp_path):
    monkeypatch.setattr(kept.datetime, "datetime", _Tomorrow)


def _another_setting(monkeypatch, tmp_path):
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")


def _another_package(monkeypatch, tmp_path):
    (tmp_path / "new-1.0.dist-info").mkdir()
    monkeypatch.setattr(sys, "path", [*sys.path, str(tmp_path)])


def _another_machine(monkeypatch, tmp_path):
    monkeypatch.setattr(kept.platform, "uname", lambda: "another one")


def _our_code(monkeypatch, tmp_path):
    changed = tmp_path / "package"
    shutil.copytree(kept.PACKAGE, changed, ignore=shutil.ignore_patterns("__pycache__"))
    with (changed / "pictures/plot.py").open("a", encoding="utf-8") as file:
        file.write("# A comment.\n")
    monkeypatch.setattr(kept, "PACKAGE", changed)


@pytest.mark.parametrize("change", [_another_day, _another_setting, _another_package, _another_machine, _our_code])
def test_a_change_of_anything_around_makes_it_anew(made, monkeypatch, tmp_path, change):
    kept._installed.cache_clear()
    assert kept.kept("a", made) == 1
    change(monkeypatch, tmp_path)
    # As in a new process, or in a preview that imports our code anew.
    kept._installed.cache_clear()
    assert kept.kept("a", made) == 2
    monkeypatch.undo()
    kept._installed.cache_clear()


@pytest.mark.parametrize(
    ("name", "value"), [("TZ", "UTC-14"), ("TZ", "UTC+12"), ("PYTHONHASHSEED", "2"), ("HOME", "/")]
)
def test_what_no_session_hears_of_changes_nothing(made, monkeypatch, name, value):
    assert kept.kept("a", made) == 1
    monkeypatch.setenv(name, value)
    if hasattr(time, "tzset"):
        time.tzset()
    assert kept.kept("a", made) == 1
    monkeypatch.undo()
    if hasattr(time, "tzset"):
        time.tzset()


def test_where_there_is_no_room_it_is_made_again(made, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Path, "write_bytes", full)
    assert [kept.kept("a", made) for _ in range(2)] == [1, 2]


def test_where_there_is_no_room_for_a_compiled_template_it_is_used_all_the_same():
    cache = hooks._CompiledTemplates("/nowhere/at/all")
    environment = Environment(loader=DictLoader({"a.html": "{{ 1 + 1 }}"}), bytecode_cache=cache)
    assert environment.get_template("a.html").render() == "2"


@pytest.mark.parametrize(
    "damage", [b"", b"no pickle", b"\x80\x04cnowhere\nnothing\n."], ids=["empty", "text", "another"]
)
def test_what_cannot_be_read_is_made_again(made, damage):
    kept.kept("a", made)
    [file] = kept.FOLDER.glob("*/*")
    file.write_bytes(damage)
    assert [kept.kept("a", made) for _ in range(2)] == [2, 2]


def test_what_was_kept_for_states_that_are_gone_goes(made, monkeypatch):
    for number in range(kept.STATES + 2):
        monkeypatch.setenv("OMP_NUM_THREADS", str(number))
        kept.kept("a", made)
    assert len(list(kept.FOLDER.iterdir())) == kept.STATES


def test_a_statement_that_took_too_long_is_tried_again(made, monkeypatch):
    monkeypatch.setattr(session, "SECONDS", 1)
    blocks = read_blocks(fence(">>> while True: pass"), "a.md")
    for _ in range(2):
        with pytest.raises(session.InputError, match="did not end"):
            session.run_once(blocks, "a.md")
    assert not list(kept.FOLDER.glob("*/*"))


# A build that uses what is kept is the one that makes all anew


SNIPPET = section("one", ">>> x = 1\n>>> x + 1\n2") + section("two", ">>> print(2 * x)\n2")
BODY = '--8<-- "index.md:one"\n\n--8<-- "index.md:two"'
HEADER = "# ---\n# title: Tiny\n# description: A tutorial.\n# ---\n\n"
CHANGES = {
    "nothing": {},
    "a statement above others": {"snippets/index.md": ("x = 1", "x = 2")},
    "a documented output": {"snippets/index.md": ("\n2\n", "\n3\n")},
    "a sentence": {"docs/en/index.md": ("A page.", "The page.")},
    "a title, on its card": {"docs/zh/index.md": ("# 一页", "# 另一页")},
}


@pytest.mark.parametrize("changes", CHANGES.values(), ids=CHANGES)
def test_after_a_change_a_build_gives_what_a_first_build_gives(tmp_path, project, monkeypatch, changes):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(kept, "FOLDER", tmp_path / ".cache")
    small = SmallProject(tmp_path, project)
    small.write_snippet(SNIPPET)
    small.write_page(BODY)
    small.build()
    for name, (old, new) in changes.items():
        path = tmp_path / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")
    second = _built(small)
    shutil.rmtree(tmp_path / ".cache")
    assert second == _built(small)


def _built(small: SmallProject) -> tuple[dict[str, bytes], list[str]]:
    """Build it, and return the files of the site and what was warned of."""
    _, said = small.build()
    return _files(small.folder / "site"), [line for line in said.splitlines() if not line.startswith("INFO")]


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
