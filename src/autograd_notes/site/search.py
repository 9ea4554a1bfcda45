"""The search index: what Material's search plugin collected, cut into files of which a query needs a few.

`search/words/` holds which sections have a word in their texts or in their names, `search/pages/` the headings of each
page, and `search/texts/` what the pages say, for what is shown of a result. Which file has a word, `search/starts/`
says, and which of these to ask, `search/index.json`. What a query loads of all this hardly grows with the site.
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
from collections.abc import Iterable, Iterator, Mapping, Sequence
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
# How large a file of words becomes, in bytes and as Python would write it; where words begin alike, twice as large
# before they are parted: mostly, a query needs one file for all forms of a word, or for one that is still being typed.
FILE_OF_WORDS = 2_600
ALIKE = 3
# A word that is more often in a text says no more.
MOST_TIMES = 9
# Of a word that more sections have in their texts, or in their names, those are kept where it counts most.
MOST_PLACES = 300
# With which words the files of words begin is said of so many in one file.
STARTS = 50
# A misspelt word may stand for one of so many in names, or for one that begins like it.
MOST_SPELLED = 1_000
# The texts of so many sections of a page are one file.
TEXTS = 2
# What a common word counts in a name: one that has only a word of the query beside them says little.
COMMON_IN_NAME = 0.3

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
    for name in ("starts", "words", "pages", "texts"):
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
    pages, stride = _numbered(sections)
    last = tuple(typed.get("last", ()))
    in_texts, in_names = _in_texts(sections), _in_names(sections, typed)
    words = {word: _places(in_texts.get(word, []), in_names.get(word, [])) for word in sorted({*in_texts, *in_names})}
    shelves = list(_shelves(words))
    starts = [next(iter(shelf)) for shelf in shelves]
    files: dict[str, object] = {f"words/{number}.json": shelf for number, shelf in enumerate(shelves)}
    for at in range(0, len(starts), STARTS):
        files[f"starts/{at // STARTS}.json"] = starts[at : at + STARTS]
    for number, page in enumerate(pages):
        headings = [[section["location"].partition("#")[2], section["title"]] for section in page]
        files[f"pages/{number}.json"] = {"path": _path(page[0]), "sections": headings}
    for number, part in itertools.groupby(sections, key=lambda section: section["number"] // TEXTS):
        files[f"texts/{number}.json"] = {section["number"]: section["blocks"] for section in part}
    files["spelling.json"] = _often(in_names, in_texts)
    index = {
        # A browser may have kept files of an older edition.
        "edition": hashlib.sha256(_compact(files).encode()).hexdigest()[:8],
        "pages": len(pages),
        "sections": len(sections),
        "stride": stride,
        # Of how many sections the texts are in one file.
        "texts": TEXTS,
        # With which word each file of starts begins; these say so of the files of words, each of so many.
        "starts": starts[::STARTS],
        "shelves": STARTS,
        "last": [number for number, page in enumerate(pages) if _path(page[0]).startswith(last)],
        "common": typed.get("common", []),
        "same": typed.get("same", []),
    }
    return {"index.json": index, **files}


def _numbered(sections: Sequence[dict[str, Any]]) -> tuple[list[list[dict[str, Any]]], int]:
    """Number the sections; return them by page, and of how many numbers each page has the first ones.

    So the number of a section says which page it is on, and nobody needs a list of all pages.
    """
    pages = [list(page) for _, page in itertools.groupby(sections, key=_path)]
    stride = max(map(len, pages), default=1)
    for number, page in enumerate(pages):
        for place, section in enumerate(page):
            section["number"] = number * stride + place
    return pages, stride


def _path(section: Mapping[str, Any]) -> str:
    path: str = section["location"].partition("#")[0]
    return path


def _in_texts(sections: Sequence[Mapping[str, Any]]) -> dict[str, list[tuple[int, int]]]:
    """Return for each word the sections that have it in their texts, with what it counts there, in hundredths."""
    counts = [_counts((one["summary"], *one["blocks"])) for one in sections]
    average = max(1, sum(count.total() for count in counts) / max(1, len(counts)))
    found: dict[str, list[tuple[int, int]]] = {}
    for section, count in zip(sections, counts, strict=True):
        # As of BM25: each further time counts less, and so does a word of a longer text.
        rest = 0.3 + 0.7 * count.total() / average
        for word, all_times in count.items():
            times = min(all_times, MOST_TIMES)
            found.setdefault(word, []).append((section["number"], round(100 * times / (times + rest))))
    return found


@functools.lru_cache(maxsize=20_000)
def _counts(texts: tuple[str, ...]) -> Counter[str]:
    """Return how often texts have each word; in a preview, most are those of the build before."""
    return Counter(word for text in texts for word in terms(text))


def _in_names(sections: Sequence[Mapping[str, Any]], typed: Mapping[str, Any]) -> dict[str, list[tuple[int, int, int]]]:
    """Return for each word the sections that have it in a name: in which one, and how much that name says, in tenths.

    The names of a section are its heading and what else people call it. How much one says is negative where the word is
    a part of one there: of a name in code.
    """
    common = {word for word in typed.get("common", ()) if not _is_han(word)}
    phrases = sorted(set(typed.get("common", ())) - common, key=len, reverse=True)
    found: dict[str, list[tuple[int, int, int]]] = {}
    for section in sections:
        names = [section["title"], *typed.get("names", {}).get(place_of(section["location"]), ())]
        for which, name in enumerate(names):
            rest = functools.reduce(lambda text, phrase: text.replace(phrase, " "), phrases, name)
            words = WORD.findall(rest)
            telling = [word for word in words if word.lower() not in common]
            others = len(words) - len(telling) + (len(rest) < len(name))
            tenths = round(10 * (sum(map(_size, telling)) + COMMON_IN_NAME * others))
            signs = {part: -1 for word in telling for part in _terms(word)}
            signs |= {whole: 1 for word in telling for whole in (_terms(word) if _is_han(word) else _terms(word)[:1])}
            for word, sign in signs.items():
                found.setdefault(word, []).append((section["number"], which, sign * tenths))
    return found


def _size(word: str) -> int:
    """Return how many words a name in code has, how many pairs a Chinese one; as `sizeOf` of ranking.js."""
    return len(_terms(word)) if _is_han(word) else max(1, len(_terms(word)) - 1)


def _places(in_texts: Sequence[tuple[int, int]], in_names: Sequence[tuple[int, int, int]]) -> list[Any]:
    """Return what a file of words says of one: its places in texts and in names, and in how many sections it is, where
    not all of them are kept.
    """
    if max(len(in_texts), len(in_names)) <= MOST_PLACES:
        return [_steps(in_texts), _steps(in_names)]
    named = {number for number, *_ in in_names}
    best = sorted(sorted(in_texts, key=lambda place: (place[0] not in named, -place[1]))[:MOST_PLACES])
    shortest = sorted(sorted(in_names, key=lambda place: abs(place[2]))[:MOST_PLACES])
    return [_steps(best), _steps(shortest), len({number for number, *_ in (*in_texts, *in_names)})]


def _often(in_names: Iterable[str], in_texts: Mapping[str, Sequence[object]]) -> list[str]:
    """Return the words in names that the most texts have; a misspelt word of three letters says too little."""
    latin = [word for word in in_names if len(word) > 3 and not _is_han(word)]
    return sorted(latin, key=lambda word: -len(in_texts.get(word, ())))[:MOST_SPELLED]


def _shelves(words: Mapping[str, list[Any]]) -> Iterator[dict[str, list[Any]]]:
    """Yield words that are in alphabetical order in parts of about one size."""
    shelf: dict[str, list[Any]] = {}
    size, before = 0, ""
    for word, places in words.items():
        is_alike = word.startswith(before[:ALIKE])
        if size > FILE_OF_WORDS * (2 if is_alike else 1):
            yield shelf
            shelf, size = {}, 0
        shelf[word], before = places, word
        size += len(word.encode()) + len(str(places))
    if shelf:
        yield shelf


def _steps(places: Sequence[tuple[int, ...]]) -> list[int]:
    """Return places in one row, each number of a section as its distance from the one before: a small number."""
    befores = [0, *(number for number, *_ in places)]
    steps = [(number - before, *rest) for before, (number, *rest) in zip(befores, places, strict=False)]
    return list(itertools.chain(*steps))


def terms(text: str) -> Iterator[str]:
    """Yield what a text is filed under: its words and their parts, of Chinese each pair of characters."""
    for word in WORD.findall(text):
        yield from _terms(word)


def _is_han(text: str) -> bool:
    return bool(re.match(f"[{HAN}]", text))


@functools.lru_cache(maxsize=20_000)
def _terms(word: str) -> tuple[str, ...]:
    if _is_han(word):
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
