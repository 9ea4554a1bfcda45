"""The derivatives that are short enough to be written down, as TeX."""

from __future__ import annotations

import tomllib
from pathlib import Path

FILE = Path(__file__).with_name("formulas.toml")


def read() -> dict[str, str]:
    """Return the formulas by the names of their operations."""
    return tomllib.loads(FILE.read_text(encoding="utf-8"))
