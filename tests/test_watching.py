"""The preview hears of each save of a file that it has to look at, and of nothing else."""

import queue
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from watchdog.events import FileSystemEvent, FileSystemEventHandler

from autograd_notes.preview.watching import CHANGED, GONE, NEW, Listener, Watched, outermost

SECONDS = 60
FUTURE = 2**63


class Heard(FileSystemEventHandler):
    """What is heard, in order."""

    def __init__(self) -> None:
        self.events: queue.Queue[FileSystemEvent] = queue.Queue()

    def on_any_event(self, event: FileSystemEvent) -> None:
        self.events.put(event)

    def next(self) -> set[str]:
        """Return the names of the files that the next event is about."""
        event = self.events.get(timeout=SECONDS)
        return {Path(path).name for path in (event.src_path, event.dest_path) if path}


@pytest.fixture
def listener() -> Iterator[Listener]:
    listener = Listener()
    listener.start()
    yield listener
    listener.stop()
    listener.join()


@pytest.fixture
def heard(listener, tmp_path) -> Heard:
    """What is heard of a folder, and of one file in another."""
    (tmp_path / "docs/notes/__pycache__").mkdir(parents=True)
    (tmp_path / "mkdocs.yml").write_text("a", encoding="utf-8")
    heard = Heard()
    listener.schedule(heard, str(tmp_path / "docs"), recursive=True)
    listener.schedule(heard, str(tmp_path / "mkdocs.yml"))
    return heard


def test_a_folder_in_a_watched_one_is_not_watched_once_more(tmp_path):
    names = ("docs/en", "docs", "src", "mkdocs.yml", "docs-old", "src/package/hooks.py", "docs/theme")
    outside = {"docs", "src", "mkdocs.yml", "docs-old"}
    assert set(outermost(str(tmp_path / name) for name in names)) == {str(tmp_path / name) for name in outside}


@pytest.mark.parametrize(
    "name",
    [
        "serve.log",
        "docs/.page.md.swp",
        "docs/page.md~",
        "docs/#page.md#",
        "docs/notes/__pycache__/cells.cpython-311.pyc",
    ],
)
def test_a_file_that_is_no_part_of_the_site_is_not_heard(heard, tmp_path, name):
    (tmp_path / name).write_text("a", encoding="utf-8")
    (tmp_path / "docs/page.md").write_text("a", encoding="utf-8")
    assert heard.next() == {"page.md"}


@pytest.mark.parametrize("name", ["docs/notes/page.md", "mkdocs.yml"])
def test_a_file_that_takes_the_place_of_another_is_heard(heard, tmp_path, name):
    new = tmp_path / "new"
    new.write_text("a", encoding="utf-8")
    new.replace(tmp_path / name)
    assert Path(name).name in heard.next()


def test_a_folder_that_is_moved_is_heard_by_its_files(heard, tmp_path):
    (tmp_path / "docs/notes/page.md").write_text("a", encoding="utf-8")
    while heard.next() != {"page.md"}:
        pass
    shutil.move(tmp_path / "docs/notes", tmp_path / "docs/moved")
    assert heard.next() == {"page.md"}


def test_a_look_tells_what_has_happened_since_the_last_one(tmp_path):
    for name in ("changed", "gone", "replaced", "same"):
        (tmp_path / name).write_text("a", encoding="utf-8")
    watched = Watched([str(tmp_path)], since=FUTURE)
    assert watched.look() == {}
    (tmp_path / "changed").write_text("ab", encoding="utf-8")
    (tmp_path / "gone").unlink()
    (tmp_path / "new").write_text("a", encoding="utf-8")
    shutil.copy2(tmp_path / "replaced", tmp_path / ".copy")
    (tmp_path / ".copy").replace(tmp_path / "replaced")
    happened = {"changed": CHANGED, "gone": GONE, "new": NEW, "replaced": CHANGED}
    assert watched.look() == {str(tmp_path / name): what for name, what in happened.items()}
    assert watched.look() == {}


def test_what_was_saved_since_a_given_time_has_changed_at_the_first_look(tmp_path):
    (tmp_path / "page.md").write_text("a", encoding="utf-8")
    assert Watched([str(tmp_path)], since=FUTURE).are_missed is False
    watched = Watched([str(tmp_path)], since=0)
    assert watched.are_missed
    assert watched.look() == {str(tmp_path / "page.md"): CHANGED}
    assert not watched.are_missed
