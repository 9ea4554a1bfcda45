"""What each page offers beside its HTML: its notebook, its text for machines, its code, and what made its outputs."""

from __future__ import annotations

import contextlib
import doctest
import functools
import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import urljoin

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from autograd_notes import edition
from autograd_notes.downloads import tutorial_files
from autograd_notes.downloads.markdown_export import llms_txt, markdown
from autograd_notes.downloads.page_notebook import notebook
from autograd_notes.downloads.page_python import python
from autograd_notes.downloads.portable import Example, Prose, parts
from autograd_notes.edition import PYTHON, PYTORCH
from autograd_notes.engine import tutorial
from autograd_notes.engine.outcome import Outcome
from autograd_notes.engine.snippet import FOLDER
from autograd_notes.engine.transcript import Block, InputError
from autograd_notes.engine.tutorial import Tutorial
from autograd_notes.extensions.fence import Run, runs
from autograd_notes.extensions.place import relative
from autograd_notes.language import say, speaking
from autograd_notes.site.history import last_changes

NOTEBOOK = ".ipynb"


@dataclass(frozen=True)
class Link:
    """A file that a page offers: what to call it, and its address, relative to the page."""

    name: str
    address: str


@dataclass(frozen=True)
class Offers:
    """What the foot of a page says: its files, what made its outputs, when, and where it is written.

    Attributes:
        links: The files.
        note: What made its outputs, and when.
        source: The file that it is written in, from the project's folder.
        changed: The day on which its text or its code last changed; "" where that is not known.
        release: The PyTorch that made its outputs.
    """

    links: tuple[Link, ...]
    note: str
    source: str
    changed: str = ""
    release: str = PYTORCH

    @property
    def notebook(self) -> str:
        """The address of its notebook; "" for none."""
        return next((link.address for link in self.links if link.address.endswith(NOTEBOOK)), "")


def site_url(config: MkDocsConfig) -> str:
    """Return the address of the site; where there is none, `hooks.on_config` has let no build begin."""
    return config.site_url or ""


def write(page: Page, config: MkDocsConfig, files: Files) -> Offers | None:
    """Write the files that a page offers into the site; none for a page that cannot run."""
    with speaking(config.theme["language"]), contextlib.suppress(InputError, ModuleNotFoundError):
        return _Writer(page, config, files).write()
    return None


def write_llms_txt(pages: Sequence[Page], config: MkDocsConfig) -> None:
    """Write the list of the pages' texts for machines."""
    sections: dict[str, list[tuple[str, str, str]]] = {}
    for page in pages:
        above = list(page.ancestors)
        section = (above[-1].title if above else None) or config.site_name
        address = urljoin(site_url(config), _text_path(page.file))
        sections.setdefault(section, []).append((page.title, address, page.meta.get("description", "")))
    english, chinese = urljoin(site_url(config), "../llms.txt"), urljoin(site_url(config), "zh/llms.txt")
    with speaking(config.theme["language"]):
        note = say(
            en=f"Each text holds its page's code, and what PyTorch {PYTORCH} printed.\nIn Chinese: {chinese}",
            zh=f"每篇文本都含有该页的代码，以及 PyTorch {PYTORCH} 打印的输出。\n英文版：{english}",
        )
    text = llms_txt(config.site_name, config.site_description or "", note, sections)
    Path(config.site_dir, "llms.txt").write_text(text, encoding="utf-8")


class _Writer:
    """Writes the files of one page."""

    def __init__(self, page: Page, config: MkDocsConfig, files: Files) -> None:
        self.page, self.config, self.files = page, config, files
        self.path = Path(page.file.abs_src_path or "")
        self.is_tutorial = tutorial.is_file(self.path)

    @functools.cached_property
    def tutorial(self) -> Tutorial:
        """The tutorial that the page is made of."""
        return tutorial.read_file(self.path)

    def write(self) -> Offers:
        found = self._parts(self._text_address)
        self._save(_text_path(self.page.file), markdown(found, self._facts()))
        statements = [line for part in found if isinstance(part, Example) for line in part.block.statements]
        compared = sum(not statement.flags & doctest.SKIP for statement in statements)
        links = [*self._code(compared), Link("Markdown", _text_path(self.page.file))]
        relative_links = (Link(link.name, get_relative_url(link.address, self.page.url)) for link in links)
        source = relative(self.path)
        day = self._changed(source)
        said = day and say(en=f"Last changed on {day}.", zh=f"最后修改于 {day}。")
        note = " ".join(filter(None, [_note(compared, self.is_tutorial), said]))
        return Offers(tuple(relative_links), note, source, day)

    def _changed(self, source: str) -> str:
        """Return the day on which the text or the code of the page last changed; "" where that is not known."""
        code = f"{FOLDER}/{self.page.file.src_uri}"
        days = last_changes(Path(self.config.config_file_path).parent)
        return max(days.get(file, "") for file in (source, code, str(Path(code).with_suffix(".txt"))))

    def _code(self, compared: int) -> Iterator[Link]:
        """Write the notebook and the code of a page with examples."""
        if not compared:
            return
        beside = PurePosixPath(self.page.file.dest_uri).parent / self.path.name
        notebook_path, python_path = (str(beside.with_suffix(suffix)) for suffix in (NOTEBOOK, ".py"))
        if self.is_tutorial:
            self._save(python_path, tutorial_files.python(self.tutorial, self._page_address))
            cells = tutorial_files.parts(self.tutorial, *self._ran(), self._page_address)
            self._save(notebook_path, notebook(cells))
        else:
            found = self._parts(self._page_address)
            self._save(python_path, python(found, self._origin()))
            self._save(notebook_path, notebook(found, self._origin()))
        yield Link(say(en="Notebook", zh="笔记本"), notebook_path)
        yield Link("Python", python_path)

    def _parts(self, address: Callable[[str], str]) -> list[Prose | Example]:
        if not self.is_tutorial:
            # Of an empty page Markdown sees nothing, and what was there before does not count.
            run = runs[relative(self.path)] if (self.page.markdown or "").strip() else Run((), ())
            return parts(run, address)
        examples = map(Example, *self._ran())
        found: list[Prose | Example] = []
        for cell in self.tutorial.cells:
            found += [next(examples)] if cell.name else parts(Run(cell.prose, ()), address)
        return found

    def _ran(self) -> tuple[Sequence[Block], Sequence[Sequence[Outcome]]]:
        """Return the cells of a tutorial, and what they did."""
        blocks = tutorial.blocks(self.tutorial)
        return blocks, tutorial.run(blocks, str(self.path))

    def _page_address(self, link: str) -> str:
        """Return what a link to a page leads to, wherever it stands."""
        file = self._target(link)
        return urljoin(site_url(self.config), file.url) if file else link

    def _text_address(self, link: str) -> str:
        """Return where the text for machines is of the page that a link leads to."""
        file = self._target(link)
        return urljoin(site_url(self.config), _text_path(file)) if file else link

    def _target(self, link: str) -> File | None:
        path = posixpath.join(posixpath.dirname(self.page.file.src_uri), link)
        return self.files.get_file_from_path(posixpath.normpath(path)) if link else self.page.file

    def _save(self, path: str, text: str) -> None:
        file = Path(self.config.site_dir, path)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def _facts(self) -> dict[str, str]:
        return {
            "title": self.page.title,
            "description": self.page.meta.get("description", ""),
            "url": self._page_address(""),
            "language": self.config.theme["language"],
            "outputs": f"PyTorch {PYTORCH}, Python {PYTHON}",
        }

    def _origin(self) -> str:
        """Return what a notebook says about itself."""
        name, address = self.config.site_name, self._page_address("")
        install = f"`pip install torch=={PYTORCH} numpy`"
        return say(
            en=f"A page of [{name}]({address}), run by PyTorch {PYTORCH}. To run it yourself: {install}",
            zh=f"来自[{name}]({address})，由 PyTorch {PYTORCH} 运行。要自己运行，请先 {install}",
        )


def _note(compared: int, is_tutorial: bool) -> str:
    """Return what made the outputs of a page, and when, as far as it has any."""
    day = edition.day()
    if not compared:
        return day and say(en=f"Edition of {day}.", zh=f"{day} 版。")
    named = day and say(en=f" (edition of {day})", zh=f"（{day} 版）")
    what = say(en="Cells", zh="单元") if is_tutorial else say(en="Statements", zh="语句")
    return say(
        en=f"PyTorch {PYTORCH} and Python {PYTHON} made the outputs of this page{named}. "
        f"{what} run and compared with the record: {compared}.",
        zh=f"本页{named}的输出由 PyTorch {PYTORCH} 和 Python {PYTHON} 得到。"
        f"运行并与记录核对过的{what}：{compared} {'个' if is_tutorial else '条'}。",
    )


def _text_path(file: File) -> str:
    return str(PurePosixPath(file.src_uri).with_suffix(".md"))
