"""The search index: what Material's search plugin collected, as the sections that our worker searches."""

from __future__ import annotations

import functools
import html
import json
import re
from pathlib import Path

import material.plugins.search.plugin
from mkdocs.structure.pages import Page

BLOCK = re.compile(r"</?(?:p|pre|li|ol|ul)>")
TAG = re.compile(r"<[^>]+>")
WORKER = re.compile(r"assets/javascripts/workers/search\.[0-9a-f]+\.min\.js")
OUR_WORKER = "assets/search/worker.js"
# Sections that repeat what others say: where to read on, and the messages of all error pages.
LISTS = ("#next", "#messages")
WORKER_ON_FILE = "assets/search/iframe-worker.js"

# Material cuts Chinese into words where this optional package happens to be installed, so that the index would differ
# from machine to machine. Our worker searches Chinese by pairs of characters, which needs no dictionary.
material.plugins.search.plugin.jieba = None


def write_sections(site: Path, pages: list[Page], offline: bool) -> None:
    """Write the sections of a built site for the worker, and leave Material an index with nothing but its settings.

    Every page loads Material's index, search or not; the sections are fetched with the first query. On `file://`
    nothing can be fetched, so there Material's index keeps them, as a script.

    Args:
        site: The folder of the built site of one language.
        pages: Its pages, in the order in which a reader would read them.
        offline: Whether the site is to be read on `file://`.
    """
    folder = site / "search"
    index = json.loads((folder / "search_index.json").read_text(encoding="utf-8"))
    entries = [entry for entry in index["docs"] if not entry["location"].endswith(LISTS)]
    places = {page.url: place for place, page in enumerate(pages)}
    entries.sort(key=lambda entry: places.get(entry["location"].partition("#")[0], len(places)))
    summaries = {page.url: page.meta.get("description", "") for page in pages}
    sections = [_section(entry, summaries.get(entry["location"], "")) for entry in entries]
    index["docs"] = sections if offline else []
    if offline:
        (folder / "search_index.json").unlink()
        (folder / "search_index.js").write_text(f"var __index = {_compact(index)}\n", encoding="utf-8")
    else:
        (folder / "search_index.json").write_text(_compact(index), encoding="utf-8")
        (folder / "sections.json").write_text(_compact(sections), encoding="utf-8")


def with_our_worker(page: str) -> str:
    """Return the HTML of a page with Material's search worker replaced by ours.

    Raises:
        ValueError: The page does not name Material's worker once: Material has changed.
    """
    changed, count = WORKER.subn(OUR_WORKER, page)
    if count != 1:
        raise ValueError(f"expected a page to name Material's search worker once, not {count} times: adapt {__name__}")
    return changed


def _section(entry: dict, summary: str) -> dict:
    return {
        "location": entry["location"],
        "title": _text(entry["title"]),
        "summary": summary,
        "blocks": _blocks(entry["text"]),
    }


@functools.lru_cache(maxsize=20_000)
def _blocks(markup: str) -> tuple[str, ...]:
    """Return the text of the blocks of a section; in a preview, most sections are those of the build before."""
    return tuple(text for block in BLOCK.split(markup) if (text := _text(block)))


def _text(markup: str) -> str:
    return html.unescape(TAG.sub("", markup)).strip()


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
