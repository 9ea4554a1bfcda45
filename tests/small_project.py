"""A project of few pages with the real configuration, theme and code: small enough to build in a test."""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path

from click.testing import CliRunner
from mkdocs.__main__ import cli

from autograd_notes.edition import EPOCH

NAV = re.compile(r"^nav:\n(?:[ -].*\n)+", re.MULTILINE)
PAGE = "---\ntitle: {title}\ndescription: A page.\n---\n\n# {title} {{ #page }}\n\n{body}\n"


class SmallProject:
    """Pages in both languages, and their snippets; the first page is `index`.

    Args:
        folder: Where to make it.
        root: The real project.
    """

    def __init__(self, folder: Path, root: Path) -> None:
        self.folder = folder
        for name in ("src", "docs/theme"):
            shutil.copytree(root / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        for name in ("mkdocs.yml", "mkdocs.zh.yml"):
            text = (root / name).read_text(encoding="utf-8")
            (folder / name).write_text(NAV.sub("nav: [index.md]\n", text), encoding="utf-8")
        (folder / "snippets").mkdir()
        self._write("docs/glossary.toml", "group = []\nterm = []\n")
        self._write("docs/pytorch.toml", 'root = ""\nown_page = []\nnowhere = []\nshort = {}\npart = {}\n')
        self.write_page("")

    def write_page(self, body: str, language: str = "", stem: str = "index") -> None:
        """Write a page, in one language or both; its body starts in line 8."""
        for code, title in (("en", "Page"), ("zh", "一页")):
            if language in ("", code):
                self._write(f"docs/{code}/{stem}.md", PAGE.format(title=title, body=body))

    def write_snippet(self, text: str, stem: str = "index") -> None:
        """Write the snippet of a page."""
        self._write(f"snippets/{stem}.md", text)

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def build(self) -> tuple[int, str]:
        """Run `mkdocs build` in its folder, the current one, and return its exit code and what it said."""
        # A build fixes its date in the environment, where the builds of later tests would find it.
        result = CliRunner().invoke(cli, ["build"], env={EPOCH: os.environ.get(EPOCH)})
        return result.exit_code, result.output

    def html(self, language: str = "en") -> str:
        """Return the built page."""
        folder = self.folder / "site" / ("" if language == "en" else language)
        return (folder / "index.html").read_text(encoding="utf-8")
