"""What made the outputs of this build, and when: the programs, and the date of the last commit."""

from __future__ import annotations

import os
import platform
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version

# The variable that all programs take the date of a build from; `site.history` sets it.
EPOCH = "SOURCE_DATE_EPOCH"
PYTHON = platform.python_version()
try:
    PYTORCH = version("torch").partition("+")[0]
except PackageNotFoundError:
    # In a draft, which shows what the release that the pages document printed.
    [PYTORCH] = [
        asked.removeprefix("torch==") for asked in requires("autograd-notes") or () if asked.startswith("torch==")
    ]


def day() -> str:
    """Return the day of this edition, as 2026-11-30; "" where nothing says it."""
    return datetime.fromtimestamp(int(os.environ[EPOCH]), UTC).date().isoformat() if EPOCH in os.environ else ""
