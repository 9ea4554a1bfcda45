"""All that knows MkDocs: one command builds and serves both languages, and a failing block does not end a preview."""

from __future__ import annotations

import contextlib
import functools
import gc
import itertools
import logging
import os
import posixpath
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket
from mkdocs.commands.build import build
from mkdocs.config import load_config
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.exceptions import Abort
from mkdocs.livereload import LiveReloadServer
from mkdocs.plugins import get_plugin_logger
from mkdocs.structure.files import Files
from mkdocs.structure.nav import Navigation
from mkdocs.structure.pages import Page
from mkdocs.utils import get_relative_url

from autograd_notes.engine import files as examples
from autograd_notes.engine import kept, session, tutorial
from autograd_notes.engine.dialect import PARAGRAPH
from autograd_notes.engine.transcript import InputError, read_text
from autograd_notes.extensions import all_messages, notebook
from autograd_notes.preview import incremental
from autograd_notes.progress import Progress
from autograd_notes.site import card, feed, font, history, offers, places, search, shared, weight

# Colab opens notebooks of repositories on GitHub alone.
GITHUB = "https://github.com/"
COLAB = "https://colab.research.google.com/github/"

# After so many new objects Python looks for garbage; with its own 700, a fifteenth of a build goes into that.
NEW_OBJECTS = 20_000

log = get_plugin_logger("autograd_notes")
contents: dict[str, list[str]] = {}
"""The HTML of the pages of each language, which have one font for their formulas."""


@dataclass(frozen=True)
class _Site:
    """The site of one language, as far as it is built: what hooks leave for later ones.

    Attributes:
        pages: Its pages, in reading order.
        files: All of its files.
        progress: How far the build is.
        offers: What each page offers, by its address.
    """

    pages: list[Page]
    files: Files
    progress: Progress
    offers: dict[str, offers.Offers | None] = field(default_factory=dict)


class _CompiledTemplates(FileSystemBytecodeCache):
    """Templates, kept as they were compiled, where there is room for it."""

    def dump_bytecode(self, bucket: Bucket) -> None:
        with contextlib.suppress(OSError):
            super().dump_bytecode(bucket)


def on_startup(command: str, dirty: bool) -> None:
    """Fix the date of this build; begin a preview, or to run what the pages will ask for."""
    if command != "serve" and session.DRAFT in os.environ:
        raise Abort(f"What is built has run: {session.DRAFT} is for `mkdocs serve` alone. Unset it.")
    gc.set_threshold(NEW_OBJECTS)
    history.fix_date(Path.cwd())
    _count_each_warning()
    if command == "serve":
        incremental.start()
    else:
        examples.run_ahead()


def on_serve(server: LiveReloadServer, config: MkDocsConfig, builder: Callable[[], None]) -> None:
    """Let a preview do no more than an edit asks for."""
    if incremental.preview:
        incremental.preview.attach(server, config, builder)


def on_config(config: MkDocsConfig) -> MkDocsConfig:
    """Let a preview show a failure in place, where a build ends with it; name the sections in the page's language."""
    if not config.site_url:
        raise Abort("There is no address of the site. Set SITE_URL to where it is published, or leave it unset.")
    # What a reader chose is remembered for this site, and not for all of its host; once for all languages.
    config.extra["scope"] = urlsplit(config.site_url).path.removesuffix(_folder(config))
    if incremental.is_preview():
        incremental.refuse_used_address(config)
        incremental.survive_warnings(config)
    config.nav = _in_language(config.nav, config.extra.get("sections", {}))
    if _is_offline(config):
        config.extra["polyfills"] = [search.WORKER_ON_FILE]
        # Nothing can be fetched on file://, and there this feature of Material ends most others.
        config.theme["features"] = [name for name in config.theme["features"] if name != "navigation.instant"]
    return config


def on_nav(nav: Navigation, config: MkDocsConfig, files: Files) -> None:
    """Remember the pages, for what is written when all of them are built."""
    # Each page is read, and then written.
    progress = Progress(config.site_name, 2 * len(files.documentation_pages()))
    config.extra["site"] = _Site(nav.pages, files, progress)


def on_page_read_source(page: Page, config: MkDocsConfig) -> str | None:
    """Name the page and the line that cannot be read."""
    try:
        read_text(Path(page.file.abs_src_path or ""))
    except InputError as error:
        log.warning("%s", error)
        return Path(page.file.abs_src_path or "").read_text(encoding="utf-8", errors="replace")
    return None


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Let a tutorial, of which mkdocs-jupyter made a page, be rendered like every page; name pages by their headings.

    The title in the front matter is for search engines and tabs, and has the words that people search with. Navigation
    and links between pages have the heading, which is shorter. An entry of the gallery is described by its first
    paragraph.
    """
    if tutorial.is_file(Path(page.file.src_uri)):
        vars(page).pop("render", None)
        page.meta.update(notebook.front_matter(markdown))
    # Of a year YAML makes a number.
    words = {key: str(page.meta.pop(key)) for key in ("title", "description") if key in page.meta}
    if "title" in words:
        words["title_for_search"] = words.pop("title")
    if "up" in page.meta and (lead := PARAGRAPH.search(markdown)):
        words.setdefault("description", lead[0].replace("`", "").replace("\n", " "))
    page.meta.update(words)


def on_page_content(html: str, page: Page, config: MkDocsConfig, files: Files) -> None:
    """Write the files that a page offers, to which its foot links."""
    _site(config).offers[page.url] = offers.write(page, config, files)
    _site(config).progress.step()


def on_env(env: Environment, config: MkDocsConfig, files: Files) -> None:
    """Order the pages, and let templates be compiled once for all languages and builds."""
    env.bytecode_cache = _CompiledTemplates(str(kept.folder()))
    _append_pages_outside(config, files)


def _append_pages_outside(config: MkDocsConfig, files: Files) -> None:
    """Let the pages outside of the navigation follow the ones above them, in the order in which these lead to them."""
    below: dict[str, list[Page]] = {}
    pages = _site(config).pages
    for page in (file.page for file in files.documentation_pages()):
        if page is None or page in pages:
            continue
        if not (above := places.above(page, files)):
            # A page that is being written; MkDocs says so as well.
            log.info("%s: is not in nav, and no `up:` names the page above it.", page.file.abs_src_path)
            continue
        page.parent = above  # type: ignore[assignment]  # templates ask a section and a page for the same.
        below.setdefault(above.url, []).append(page)
    for page in [page for page in pages if page.url in below]:
        place = pages.index(page) + 1
        pages[place:place] = sorted(below[page.url], key=functools.partial(places.of_link, page))


def on_post_build(config: MkDocsConfig) -> None:
    """Finish the search and the font of this language; after the main site, build the others below it."""
    project = Path(config.config_file_path).parent
    typed = search.read_typed(project / search.TYPED, config.theme["language"])
    listed = all_messages.read_if_there(project / all_messages.FILE)
    repository = config.extra.get("repository", "")
    pages = _site(config).pages
    search.write_index(Path(config.site_dir), pages, typed, listed, repository, _is_offline(config))
    offers.write_llms_txt(pages, config)
    Path(config.site_dir, feed.NAME).write_bytes(_feed(config))
    found = (file.page for file in _site(config).files.documentation_pages())
    contents[config.theme["language"]] = [page.content or "" for page in found if page]
    assets = Path(config.site_dir, *[".." for _ in Path(_folder(config)).parts], "assets")
    (assets / "formulas.woff2").write_bytes(font.cut(itertools.chain(*contents.values())))
    main, *others = config.extra["alternate"]
    if not incremental.is_update():
        if config.theme["language"] != main["lang"]:
            shared.remove_copies(Path(config.site_dir, "assets"))
        weight.lighten(Path(config.site_dir), Path(config.theme.custom_dir or "") / "assets")
    if config.theme["language"] == main["lang"]:
        (assets / "touch-icon.png").write_bytes(card.draw_icon())
        (Path(config.site_dir) / "robots.txt").write_text(_robots(config), encoding="utf-8")
    if config.theme["language"] != main["lang"] or incremental.is_update():
        return
    for other in others:
        build(_translated(config, other["lang"]))


def on_page_context(
    context: MutableMapping[str, Any], page: Page, config: MkDocsConfig, nav: object
) -> MutableMapping[str, Any]:
    """Tell the templates what a page offers, and where it is in each language: for readers relative, else absolute."""
    languages = {entry["lang"]: entry for entry in config.extra["alternate"]}
    folders = {code: entry["link"].removeprefix("/") for code, entry in languages.items()}
    here = _folder(config)
    context["translations"] = {
        code: get_relative_url(folder + page.url, here + page.url) for code, folder in folders.items()
    }
    root = offers.site_url(config).removesuffix(here)
    absolute = {languages[code].get("hreflang", code): f"{root}{folder}{page.url}" for code, folder in folders.items()}
    context["languages"] = absolute | {"x-default": f"{root}{page.url}"}
    context["offers"] = _site(config).offers.get(page.url)
    context["colab"] = _colab_address(page, config)
    if not incremental.is_preview():
        context["card"] = _write_card(page, config)
    return context


def on_post_page(output: str, page: Page, config: MkDocsConfig) -> str:
    """Let every page search with our worker, and take its styles and scripts from the folder of the main language."""
    _site(config).progress.step()
    return shared.with_shared_assets(search.with_our_worker(output), _folder(config))


def on_post_template(output_content: str, template_name: str, config: MkDocsConfig) -> str:
    """Let the page of an unknown address be like every page."""
    if template_name != "404.html":
        return output_content
    return shared.with_shared_assets(search.with_our_worker(output_content), _folder(config))


def _count_each_warning() -> None:
    """Let a build end with what it warns of, however little or much it was asked to say.

    MkDocs counts what it logs; with `--quiet` it logs no warnings, and with `--verbose` it looks for no broken anchors.
    """
    mkdocs = logging.getLogger("mkdocs")
    mkdocs.setLevel(min(mkdocs.level, logging.WARNING) if mkdocs.level else logging.WARNING)
    pages = logging.getLogger("mkdocs.structure.pages")
    pages.setLevel(max(pages.getEffectiveLevel(), logging.INFO))


def _robots(config: MkDocsConfig) -> str:
    """Return what tells search engines of the sitemap of each language."""
    root = offers.site_url(config).rstrip("/")
    sitemaps = (f"Sitemap: {root}{entry['link']}sitemap.xml" for entry in config.extra["alternate"])
    return "\n".join(["User-agent: *", "Allow: /", *sitemaps]) + "\n"


def _feed(config: MkDocsConfig) -> bytes:
    """Return the feed of the pages that changed last."""
    found = ((page, _site(config).offers.get(page.url)) for page in _site(config).pages)
    entries = [
        feed.Entry(page.title, page.canonical_url or "", page.meta.get("description", ""), offered.changed)
        for page, offered in found
        if offered
    ]
    return feed.write(offers.site_url(config), config.theme["language"], config.site_name, entries)


def _translated(config: MkDocsConfig, language: str) -> MkDocsConfig:
    """Return the settings of the site in another language, in a folder of this one."""
    return load_config(
        str(Path(config.config_file_path).parent / f"mkdocs.{language}.yml"),
        site_dir=str(Path(config.site_dir) / language),
        site_url=f"{offers.site_url(config)}{language}/",
        strict=config.strict,
        use_directory_urls=config.use_directory_urls,
    )


def _write_card(page: Page, config: MkDocsConfig) -> str:
    """Draw the card of a page into the site and return its address."""
    words = (page.title, config.site_name, page.meta.get("description", config.site_description))
    if unknown := card.unknown_characters("".join(words)):
        log.warning(
            "%s: the card of this page cannot show %r: add it to the font (src/autograd_notes/site/fonts/README.md).",
            page.file.abs_src_path,
            unknown,
        )
    address = f"assets/cards/{PurePosixPath(page.file.src_uri).with_suffix('.png')}"
    file = Path(config.site_dir) / address
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(card.draw(*words))
    return f"{offers.site_url(config)}{address}"


def _colab_address(page: Page, config: MkDocsConfig) -> str:
    """Return where Colab opens the notebook of a page (.ci/push-notebooks puts it there); "" where it cannot."""
    repository: str = config.extra.get("repository", "")
    made = _site(config).offers.get(page.url)
    if not made or not made.notebook or not repository.startswith(GITHUB):
        return ""
    path = posixpath.normpath(posixpath.join(_folder(config), page.url, made.notebook))
    return f"{COLAB}{repository.removeprefix(GITHUB)}/blob/notebooks/{path}"


def _site(config: MkDocsConfig) -> _Site:
    site: _Site = config.extra["site"]
    return site


def _folder(config: MkDocsConfig) -> str:
    """Return where in the site the pages of this language are: "", or "zh/"."""
    language = config.theme["language"]
    links: dict[str, str] = {entry["lang"]: entry["link"] for entry in config.extra["alternate"]}
    return links[language].removeprefix("/")


def _is_offline(config: MkDocsConfig) -> bool:
    """Whether the site is to be opened as files: then its addresses end in file names."""
    return not config.use_directory_urls


def _in_language(nav: list[Any] | str | None, sections: dict[str, str]) -> list[Any] | str | None:
    if not isinstance(nav, list):
        return nav
    return [
        {sections.get(name, name): _in_language(entry, sections) for name, entry in item.items()}
        if isinstance(item, dict)
        else item
        for item in nav
    ]
