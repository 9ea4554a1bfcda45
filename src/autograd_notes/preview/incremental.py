"""Make a preview quick: after an edit, `mkdocs serve` makes again only the pages that were made from the edited file.

This is the one module that knows MkDocs' private names, and only `mkdocs serve` uses it. Why it shows nothing stale:

- Every file that is opened while a page is made is noted, whoever opens it, and a change of one makes the page anew.
  So code that makes pages opens its files each time; what it remembers, it remembers by their text, not by their date.
- Other pages show a page's title and front matter at most. Where these changed, everything is built anew.
- What belongs to a whole language, such as its search index, is written anew each time.
- Any other change builds everything anew: of a file that was opened for the whole site or for no page, of a template,
  of a file that appears or goes. Our modules are then imported anew; a change of anybody else's starts a new process.
"""

# Paths are text here, as MkDocs has them.
# ruff: noqa: PTH100, PTH118
from __future__ import annotations

import contextlib
import functools
import html
import logging
import os
import signal
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from material.plugins.search.plugin import SearchIndex
from mkdocs.commands import build
from mkdocs.config.config_options import Hooks
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort, MkDocsException
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import Files
from mkdocs.structure.pages import Page
from mkdocs.utils import CountHandler

from autograd_notes.extensions.place import relative
from autograd_notes.preview.reloading import ENGINE, ForeignCode, forget_engine
from autograd_notes.preview.watching import CHANGED, Listener, Watched, outermost

SEARCH = "material/search"
# What a page is made from: Markdown, a tutorial, the record of its outputs.
SOURCES = (".md", ".py", ".txt")
# Editors write a file in several steps.
SECONDS_OF_QUIET = 0.02
FAILURE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Not built</title></head>
<body><h1>The site could not be built</h1><pre style="white-space: pre-wrap">{message}</pre></body></html>
"""

log = get_plugin_logger("autograd_notes")
preview: Preview | None = None


@dataclass
class Made:
    """A page as it was made last.

    Attributes:
        page: The page.
        config: The settings of its language.
        files: The files of its language.
        opened: The files that were opened while it was made.
        index: The search index of its language, once it is written.
        entries: What that says about the page.
        populate: Makes its content again.
        write: Makes its file again.
    """

    page: Page
    config: MkDocsConfig
    files: Files
    opened: set[str] = field(default_factory=set)
    index: SearchIndex = field(default_factory=SearchIndex)
    entries: list[dict[str, Any]] = field(default_factory=list)
    populate: Callable[[], None] = lambda: None
    write: Callable[[], None] = lambda: None

    @property
    def name(self) -> str:
        """Its file, as an author would type it."""
        return relative(Path(self.page.file.abs_src_path or ""))

    @property
    def seen_elsewhere(self) -> tuple[object, ...]:
        """What other pages may show of it."""
        return self.page.title, self.page.meta


class _Errors(logging.Handler):
    """Collects the errors that are logged."""

    def __init__(self, messages: list[str]) -> None:
        super().__init__(logging.ERROR)
        self.messages = messages

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())


class Preview:
    """What `mkdocs serve` remembers of its last build, and how it brings the site up to date."""

    def __init__(self) -> None:
        self.made: dict[str, Made] = {}
        self.opened_for_all: set[str] = set()
        self.opened: set[str] | None = self.opened_for_all
        self.is_updating = self.is_attached = False
        self.errors: list[str] = []
        self.failure = ""
        self.started = time.time_ns()
        sys.addaudithook(self._note_opened)
        self._populate_page, build._populate_page = build._populate_page, self._populate
        self._build_page, build._build_page = build._build_page, self._write

    def attach(self, server: LiveReloadServer, config: MkDocsConfig, builder: Callable[[], None]) -> None:
        """Let the server hear of changes from the operating system, and do only what they ask for.

        Args:
            server: The server, after its first build.
            config: The settings of that build.
            builder: Builds everything.
        """
        self.server, self.build_all, self.site, self.is_attached = server, builder, server.root, True
        watched = list(server._watched_paths)
        for path in watched:
            server.unwatch(path)
        server.observer = Listener()
        for path in outermost(watched):
            server.watch(path)
        server.builder, server.build_delay = self.bring_up_to_date, SECONDS_OF_QUIET
        self.error_handler, server.error_handler = server.error_handler, self._error_page
        # A file that was saved during the first build may not be in it.
        self.watched = Watched([*watched, *map(os.path.abspath, config.watch)], since=self.started)
        server._want_rebuild = self.watched.are_missed
        self._hear_of_linked_files()
        self.foreign_code = ForeignCode()
        logging.getLogger("mkdocs").addHandler(_Errors(self.errors))
        self.opened = None

    def bring_up_to_date(self) -> None:
        """Take the place of the server's full build; show a failure in the browser, and go on."""
        start = time.perf_counter()
        self.errors.clear()
        happened = self.watched.look()
        self._hear_of_linked_files()
        try:
            self.foreign_code.start_anew_if_changed(self.site)
            if reason := self._reason_to_build_everything(happened) or self._make_again(happened.keys()):
                log.info("Building everything: %s", reason)
                self._build_everything(happened)
            self.failure, self.server.root = "", self.site
        except (Exception, SystemExit) as error:
            log.error("%s", _message(error))
            self.failure = "\n".join(self.errors)
            # Nothing is there, so that every request gets the failure.
            self.server.root = os.path.join(self.site, "failed")
        log.info("Up to date in %.2f s", time.perf_counter() - start)

    def _hear_of_linked_files(self) -> None:
        for path in self.watched.linked - self.server._watched_paths.keys():
            self.server.watch(path)

    def _reason_to_build_everything(self, happened: Mapping[str, str]) -> str:
        """Return why some pages are not enough; "" if they are."""
        if self.failure:
            return "the last build failed."
        for path, what in happened.items():
            name = relative(Path(path))
            if what != CHANGED or not path.endswith(SOURCES) or path.startswith(ENGINE):
                return f"{name} {what}."
            if path in self.opened_for_all:
                return f"{name} changed, which is read for the whole site."
            if not any(path in made.opened for made in self.made.values()):
                return f"{name} changed, and no page is made from it."
        return ""

    def _make_again(self, changed: Set[str]) -> str:
        """Make the pages again that were made from changed files; return why this is not enough, "" if it is."""
        stale = [made for made in self.made.values() if made.opened & changed]
        written = self._written(stale)
        for made in stale:
            before = made.seen_elsewhere
            made.populate()
            if made.seen_elsewhere != before:
                return f"{made.name} has another title or front matter."
        for made in stale:
            # MkDocs has one search plugin for all languages; it holds what the last language left in it.
            _search(made.config).search_index = made.index
            made.write()
            log.info("Made again: %s", made.name)
        for path in written - self._written(stale):
            # A page that cannot run offers no notebook.
            Path(path).unlink()
        self._finish({id(made.config): made for made in stale}.values())
        return ""

    def _written(self, made_pages: Iterable[Made]) -> set[str]:
        """Return the files of the site that were opened while pages were made."""
        return {path for made in made_pages for path in made.opened if path.startswith(self.site + os.sep)}

    def _finish(self, one_of_each_language: Iterable[Made]) -> None:
        """Write what belongs to the whole site of a language."""
        self.is_updating = True
        try:
            for one in one_of_each_language:
                all_made = [made for made in self.made.values() if made.config is one.config]
                one.index.entries = [entry for made in all_made for entry in made.entries]
                _search(one.config).search_index = one.index
                for made in all_made:
                    made.page.validate_anchor_links(files=one.files, log_level=one.config.validation.links.anchors)
                one.config.plugins.on_post_build(config=one.config)
        finally:
            self.is_updating = False

    def _build_everything(self, happened: Mapping[str, str]) -> None:
        if self.failure or any(path.startswith(ENGINE) for path in happened):
            forget_engine(happened)
            Hooks._load_hook.cache_clear()
        self.made.clear()
        self.opened_for_all.clear()
        with self._noting(self.opened_for_all):
            self.build_all()

    def _populate(self, page: Page, config: MkDocsConfig, files: Files, dirty: bool = False) -> None:
        """Take the place of MkDocs' `_populate_page`."""
        made = self.made.setdefault(page.file.abs_dest_path, Made(page, config, files))
        made.populate = functools.partial(self._populate, page, config, files, dirty)
        made.opened.clear()
        with self._noting(made.opened):
            self._populate_page(page, config, files, dirty)

    def _write(self, page: Page, config: MkDocsConfig, *rest: Any, **options: Any) -> None:
        """Take the place of MkDocs' `_build_page`."""
        made = self.made[page.file.abs_dest_path]
        made.write = functools.partial(self._write, page, config, *rest, **options)
        made.index = _search(config).search_index
        others, made.index.entries = made.index.entries, []
        with self._noting(made.opened):
            self._build_page(page, config, *rest, **options)
        made.entries, made.index.entries = made.index.entries, others + made.index.entries

    @contextlib.contextmanager
    def _noting(self, opened: set[str]) -> Iterator[None]:
        outside, self.opened = self.opened, opened
        try:
            yield
        finally:
            self.opened = outside

    def _note_opened(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event == "open" and self.opened is not None and isinstance(arguments[0], (str, os.PathLike)):
            self.opened.add(os.path.abspath(arguments[0]))

    def _error_page(self, code: int) -> bytes | None:
        """Take the place of the server's error page."""
        if not self.failure:
            return self.error_handler(code)
        page = FAILURE.format(message=html.escape(self.failure)).encode()
        shown: bytes = self.server._inject_js_into_html(page, self.server._visible_epoch)
        return shown


def start() -> None:
    """Begin a preview: remember what is built from now on."""
    global preview
    preview = preview or Preview()
    # What ends it takes its folder along, as Ctrl-C does.
    signal.signal(signal.SIGTERM, signal.default_int_handler)


def is_preview() -> bool:
    """Whether this process serves a preview."""
    return preview is not None


def refuse_used_address(config: MkDocsConfig) -> None:
    """End a preview whose address is taken before its first build, after which MkDocs would ask for it."""
    if preview is None or preview.is_attached:
        return
    host, port = config.dev_addr
    try:
        socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET).close()
    except OSError as error:
        remedy = "End what is there (a preview?), or name another address: mkdocs serve -a 127.0.0.1:8001"
        raise Abort(f"{host}:{port} cannot be served: {error.strerror}.\n  {remedy}") from error


def survive_warnings(config: MkDocsConfig) -> None:
    """Let a preview show what a strict build ends with; MkDocs counts warnings already when it asks for settings."""
    config.strict = False
    logger = logging.getLogger("mkdocs")
    for counter in [handler for handler in logger.handlers if isinstance(handler, CountHandler)]:
        logger.removeHandler(counter)


def is_update() -> bool:
    """Whether only a part of a language is being made again, so that the other language is to be left alone."""
    return preview is not None and preview.is_updating


def _search(config: MkDocsConfig) -> Any:
    """Return the plugin that collects what a search finds; it has no types."""
    return config.plugins[SEARCH]


def _message(error: BaseException) -> str:
    if isinstance(error, MkDocsException):
        return str(error)
    frame = traceback.extract_tb(error.__traceback__)[-1]
    return f"{relative(Path(frame.filename))}:{frame.lineno}: {type(error).__name__}: {error}"
