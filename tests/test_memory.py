"""Memory in large pages: there where the system can, and never in the way."""

import platform
import re
import subprocess
import sys
from pathlib import Path

import pytest

from autograd_notes.engine import memory

SIZE_OF_LARGE = "import re; print(re.search(r'AnonHugePages: +([0-9]+)', open('/proc/self/smaps_rollup').read())[1])"
MOVED = f"""
from autograd_notes.engine import memory
filled = [bytearray(b'x' * 1000) for _ in range(50_000)]
{SIZE_OF_LARGE}
memory.use_large_pages()
{SIZE_OF_LARGE}
assert all(one == b'x' * 1000 for one in filled)
"""
SETTING = Path("/sys/kernel/mm/transparent_hugepage/enabled")


def _can_move() -> bool:
    if not SETTING.exists() or "[never]" in SETTING.read_text():
        return False
    return tuple(map(int, re.findall(r"\d+", platform.release())[:2])) >= (6, 1)


@pytest.mark.skipif(not _can_move(), reason="this system has no large pages, or is no Linux of 6.1 or newer")
def test_what_a_process_has_is_moved_and_stays_what_it_was():
    result = subprocess.run([sys.executable, "-c", MOVED], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    before, after = map(int, result.stdout.split())
    assert after > before, "nothing was moved"


@pytest.mark.parametrize("maps", ["nowhere", "empty"])
def test_where_the_system_cannot_nothing_happens(monkeypatch, tmp_path, maps):
    (tmp_path / "empty").touch()
    monkeypatch.setattr(memory, "MAPS", tmp_path / maps)
    memory.use_large_pages()
