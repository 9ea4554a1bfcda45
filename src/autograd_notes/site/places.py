"""Where a page stands that is in no navigation: its front matter names the page above it, as `up: backward.md` does."""

from __future__ import annotations

import posixpath

from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page

from autograd_notes.engine.dialect import LINK


def above(page: Page, files: Files) -> Page | None:
    """Return the page above a page, of which the front matter was read; None where it names none that there is."""
    path = posixpath.join(posixpath.dirname(page.file.src_uri), page.meta.get("up", ""))
    file = files.get_file_from_path(path)
    return file.page if file else None


def of_link(page: Page, other: Page) -> int:
    """Return where a page first links to another one of its folder; -1 for nowhere."""
    name = posixpath.basename(other.file.src_uri)
    links = LINK.finditer(page.markdown or "")
    return next((link.start() for link in links if (link["target"] or "").partition("#")[0] == name), -1)
