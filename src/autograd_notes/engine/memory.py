"""Memory in large pages, so that a copy of a process costs half: on Linux 6.1 and newer, and nothing elsewhere."""

from __future__ import annotations

import contextlib
import ctypes
import re
from pathlib import Path

MAPS = Path("/proc/self/maps")
# Memory of this process that can be written and comes from no file, as `man proc_pid_maps` describes it.
OWN = re.compile(r"^([0-9a-f]+)-([0-9a-f]+) rw-p 00000000 00:00 0 *(?:\[heap\])?$", re.MULTILINE)
LARGE_PAGE = 2 * 1024 * 1024
# From Linux's mman-common.h; Python's `mmap` has no name for it.
MADV_COLLAPSE = 25


def use_large_pages() -> None:
    """Move the memory that this process has now into large pages, where the system can.

    To copy a process is to copy the list of its pages, and PyTorch alone fills 70,000 small ones.
    """
    # Where there is no such list, or no such function, there are no such pages.
    with contextlib.suppress(OSError, AttributeError):
        maps = MAPS.read_text(encoding="utf-8")
        madvise = ctypes.CDLL(None).madvise
        madvise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
        for start, end in OWN.findall(maps):
            first = -(-int(start, 16) // LARGE_PAGE) * LARGE_PAGE
            last = int(end, 16) // LARGE_PAGE * LARGE_PAGE
            if first < last:
                # It fails where it cannot, and changes nothing.
                madvise(first, last - first, MADV_COLLAPSE)
