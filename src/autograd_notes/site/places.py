"""Where a page stands that is in no navigation: its front matter names the page above it, as `up: backward.md` does."""

from __future__ import annotations

import posixpath

from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page


def above(page: Page, files: Files) -> Page | None:
    """Return the page above a page, of which the front matter was read; None where it names none that there is."""
    path = posixpath.join(posixpath.dirname(page.file.src_uri), page.meta.get("up", ""))
    file = files.get_file_from_path(path)
    return file.page if file else None


def of_link(page: Page, other: Page) -> int:
    """Return where a page links to another one of its folder."""
    return (page.markdown or "").find(f"({posixpath.basename(other.file.src_uri)}")
