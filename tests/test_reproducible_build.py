"""Two builds of one state of the project are the same, wherever and whenever they are made.

What the examples print on another processor is compared elsewhere: tests/test_notebook.py, tests/test_tutorials.py.
"""

from pathlib import Path

import pytest

from tests.conftest import build_site

# Files that hold what a person reads, or a program.
TEXTS = {".css", ".html", ".ipynb", ".js", ".json", ".md", ".py", ".txt", ".xml"}


def test_a_build_in_another_time_zone_and_hash_order_gives_the_same(site, project, tmp_path):
    build_site(project, tmp_path / "again", PYTHONHASHSEED="1", TZ="Asia/Shanghai")
    first, second = _files(site), _files(tmp_path / "again")
    assert sorted(first) == sorted(second), "the two builds have different files"
    if differing := [name for name in first if first[name] != second[name]]:
        pytest.fail("\n".join(["differ between two builds:", *differing]), pytrace=False)


def test_no_file_tells_where_it_was_built(site, project):
    folders = [str(folder).encode() for folder in (project, site)]
    texts = {name: content for name, content in _files(site).items() if Path(name).suffix in TEXTS}
    assert texts
    if telling := [name for name, content in texts.items() if any(folder in content for folder in folders)]:
        pytest.fail(
            "\n".join([f"hold the folder of this project, {project}, or of the site:", *telling]), pytrace=False
        )


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
