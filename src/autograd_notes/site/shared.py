"""One folder of styles and scripts for all languages, so that a reader who changes the language loads nothing twice."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

# Cards differ with the language, and the search looks for its index beside its worker, which no element names.
OWN = ("cards", "search")
RELATIVE = re.compile(r'(?<=\s)((?:href|src)="(?:\.{1,2}/)*)assets/')


def with_shared_assets(page: str, folder: str) -> str:
    """Return the HTML of a page with the assets of the main language.

    Args:
        page: The HTML.
        folder: Where in the site the pages of its language are: "", or "zh/".
    """
    if not folder:
        return page
    absolute = re.compile(rf'(?<=\s)((?:href|src)="[^"]*/){folder}assets/')
    return RELATIVE.sub(r"\1../assets/", absolute.sub(r"\1assets/", page))


def remove_copies(assets: Path) -> None:
    """Remove from the assets of another language what it takes from the main one."""
    for path in assets.iterdir():
        if path.name in OWN:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
