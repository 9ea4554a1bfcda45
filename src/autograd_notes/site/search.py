"""The search index: what Material's search plugin collected, cut into files of which a query needs a few.

`search/index.json` holds the headings, what else people call them, and which file has which words; `search/words/`
which sections have which words; `search/texts/` what the pages say, for what is shown of a result.
"""

from __future__ import annotations

import functools
import hashlib
import html
import itertools
import json
import re
import shutil
import tomllib
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import material.plugins.search.plugin
from mkdocs.structure.pages import Page

from autograd_notes.engine.transcript import InputError, read_text
from autograd_notes.extensions.all_messages import Messages
from autograd_notes.site import messages
from autograd_notes.site.formula_text import with_formulas_as_text

BLOCK = re.compile(r"</?(?:p|pre|li|ol|ul)>")
TAG = re.compile(r"<[^>]+>")
WORKER = re.compile(r"assets/javascripts/workers/search\.[0-9a-f]+\.min\.js")
FILE_NAME = re.compile(r"(?:(?:^|/)index)?\.html")
OUR_WORKER = "assets/search/worker.js"
# Sections that repeat what others say: where to read on, and the messages of all error pages.
LISTS = ("#next", "#messages")
WORKER_ON_FILE = "assets/search/iframe-worker.js"
# What people type where the pages say something else.
TYPED = Path("docs/search.toml")
# As in docs/theme/assets/search/words.js.
HAN = r"\u3400-\u9fff\uf900-\ufaff"
LATIN = rf"(?:(?![{HAN}])\w)+"
# A power is one word, as people type it (x^2) and as results show it (x²).
WORD = re.compile(rf"[{HAN}]+|{LATIN}(?:\^{LATIN})*")
HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
# How large a file of words becomes, in bytes. Words that begin alike stay together: a query asks for one file for all
# forms of a word, and for one that is still being typed.
FILE_OF_WORDS = 2_000
ALIKE = 3
FILE_OF_TEXTS = 3_000

# Material cuts Chinese into words where this optional package happens to be installed, so that the index would differ
# from machine to machine. Our worker searches Chinese by pairs of characters, which needs no dictionary.
material.plugins.search.plugin.jieba = None


class _Parser(material.plugins.search.plugin.Parser):  # type: ignore[misc]  # It has no types.
    """Material's parser of a page, which would take of a formula the letters alone: t2 of t²."""

    def feed(self, data: str) -> None:
        super().feed(with_formulas_as_text(data))


material.plugins.search.plugin.Parser = _Parser


def write_index(
    site: Path, pages: list[Page], typed: Mapping[str, Any], listed: Messages, repository: str, offline: bool
) -> None:
    """Write the index of a built site for the worker, and leave Material an index with nothing but its settings.

    Every page loads Material's index, search or not; the rest is fetched with the first query. On `file://` nothing can
    be fetched, so there Material's index holds all files, as a script.

    Args:
        site: The folder of the built site of one language.
        pages: Its pages, in the order in which a reader would read them.
        typed: What people type in this language (`read_typed`).
        listed: All messages of autograd.
        repository: Where readers report what is missing; "" for nowhere.
        offline: Whether the site is to be read on `file://`.
    """
    folder = site / "search"
    index = json.loads((folder / "search_index.json").read_text(encoding="utf-8"))
    order = {page.url: place for place, page in enumerate(pages)}
    entries = [entry for entry in index["docs"] if not entry["location"].endswith(LISTS)]
    entries.sort(key=lambda entry: order.get(entry["location"].partition("#")[0], len(order)))
    summaries = {page.url: page.meta.get("description", "") for page in pages}
    sections = [_section(entry, summaries.get(entry["location"], "")) for entry in entries]
    files = _files(sections, typed)
    places = {place_of(section["location"]): section["location"] for section in sections}
    files |= messages.files(entries, pages, sections, places, typed.get("messages", {}), listed, repository)
    for name in ("words", "texts"):
        shutil.rmtree(folder / name, ignore_errors=True)
    index["docs"] = [files] if offline else []
    if offline:
        (folder / "search_index.json").unlink()
        (folder / "search_index.js").write_text(f"var __index = {_compact(index)}\n", encoding="utf-8")
        return
    for name, content in {**files, "search_index.json": index}.items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(_compact(content), encoding="utf-8")


def read_typed(path: Path, language: str) -> dict[str, Any]:
    """Return what people type in a language; nothing where there is no such file.

    Raises:
        InputError: The file is no TOML.
    """
    if not path.is_file():
        return {}
    try:
        typed: dict[str, Any] = tomllib.loads(read_text(path)).get(language, {})
        return typed
    except tomllib.TOMLDecodeError as error:
        raise InputError(str(path), 0, f"not TOML ({error}).", "Mend it; its head says what stands where.") from error


def with_our_worker(page: str) -> str:
    """Return the HTML of a page with Material's search worker replaced by ours.

    Raises:
        ValueError: The page does not name Material's worker once: Material has changed.
    """
    changed, count = WORKER.subn(OUR_WORKER, page)
    if count != 1:
        raise ValueError(f"expected a page to name Material's search worker once, not {count} times: adapt {__name__}")
    return changed


def place_of(location: str) -> str:
    """Return how `docs/search.toml` names a section, also of a site whose addresses end in file names."""
    return FILE_NAME.sub("/", location).removeprefix("/") if ".html" in location else location


def _section(entry: Mapping[str, str], summary: str) -> dict[str, Any]:
    return {
        "location": entry["location"],
        "title": text_of(entry["title"]),
        "summary": summary,
        "blocks": _blocks(entry["text"]),
    }


def _files(sections: Sequence[dict[str, Any]], typed: Mapping[str, Any]) -> dict[str, object]:
    """Return the files of the index by their names."""
    names = typed.get("names", {})
    pages: list[dict[str, Any]] = []
    words: dict[str, list[int]] = {}
    lengths: list[int] = []
    for number, section in enumerate(sections):
        path, _, anchor = section["location"].partition("#")
        if not pages or pages[-1]["path"] != path:
            pages.append({"path": path, "sections": []})
        counts = Counter(word for text in (section["summary"], *section["blocks"]) for word in terms(text))
        lengths.append(round(counts.total() / 10))
        pages[-1]["sections"].append([anchor, section["title"], *names.get(place_of(section["location"]), ())])
        for word, count in counts.items():
            words.setdefault(word, []).extend((number, min(count, 9)))
    shelves = list(_shelves(words))
    texts = list(_texts(sections))
    index = {
        "pages": pages,
        # Of each section in turn, how many times ten words it has.
        "lengths": lengths,
        # With which word each file of words begins, and how many sections each file of texts has.
        "shelves": [min(shelf) for shelf in shelves],
        "texts": [len(text) for text in texts],
        "last": typed.get("last", []),
        "common": typed.get("common", []),
        "same": typed.get("same", []),
    }
    files: dict[str, object] = {f"words/{number}.json": shelf for number, shelf in enumerate(shelves)}
    files |= {f"texts/{number}.json": text for number, text in enumerate(texts)}
    # A browser may have kept files of an older edition.
    index["edition"] = hashlib.sha256(_compact(files).encode()).hexdigest()[:8]
    return {"index.json": index, **files}


def _shelves(words: Mapping[str, list[int]]) -> Iterator[dict[str, list[int]]]:
    """Yield the words in alphabetical order, in parts of about one size."""
    shelf: dict[str, list[int]] = {}
    for _, alike in itertools.groupby(sorted(words), key=lambda word: word[:ALIKE]):
        shelf |= {word: _steps(words[word]) for word in alike}
        if len(_compact(shelf).encode()) > FILE_OF_WORDS:
            yield shelf
            shelf = {}
    if shelf:
        yield shelf


def _texts(sections: Sequence[Mapping[str, Any]]) -> Iterator[dict[int, Sequence[str]]]:
    """Yield the texts of sections by their numbers, in parts of about one size."""
    part: dict[int, Sequence[str]] = {}
    for number, section in enumerate(sections):
        part[number] = section["blocks"]
        if len(_compact(part).encode()) > FILE_OF_TEXTS:
            yield part
            part = {}
    if part:
        yield part


def _steps(places: Sequence[int]) -> list[int]:
    """Return the places of a word, each as its distance from the one before, which makes small numbers."""
    numbers = [0, *places[::2]]
    steps = [number - before for before, number in itertools.pairwise(numbers)]
    return [number for pair in zip(steps, places[1::2], strict=True) for number in pair]


def terms(text: str) -> Iterator[str]:
    """Yield what a text is filed under: its words and their parts, of Chinese each pair of characters."""
    for word in WORD.findall(text):
        yield from _terms(word)


@functools.lru_cache(maxsize=20_000)
def _terms(word: str) -> tuple[str, ...]:
    if re.match(f"[{HAN}]", word):
        return tuple(word[at : at + 2] for at in range(len(word) - 1)) or (word,)
    word = unicodedata.normalize("NFKC", word.replace("^", ""))
    parts = (part.rstrip("0123456789").lower() for part in HUMP.sub("_", word).split("_"))
    return tuple(dict.fromkeys([word.lower(), *(part for part in parts if len(part) > 1)]))


@functools.lru_cache(maxsize=20_000)
def _blocks(markup: str) -> tuple[str, ...]:
    """Return the text of the blocks of a section; in a preview, most sections are those of the build before."""
    return tuple(text for block in BLOCK.split(markup) if (text := text_of(block)))


def text_of(markup: str) -> str:
    """Return the text of a piece of HTML."""
    return html.unescape(TAG.sub("", markup)).strip()


def _compact(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
