"""The Markdown extension that explains the site's terms, on the glossary page and where a page mentions one first.

Both are made from one file, docs/glossary.toml. A mention becomes a button that opens its explanation, by mouse, touch
or key, without a script; the explanations stand at the end of the page and are shown on request alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

import markdown_exec
from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from autograd_notes.engine.dialect import Marker
from autograd_notes.engine.transcript import InputError
from autograd_notes.extensions.marker import MarkerExtension, read_toml, refuse_keys
from autograd_notes.extensions.place import address_from, page_file, relative

KEYS = {"id", "group", "en", "zh", "about", "home"}
MORE_KEYS = {"forms", "avoid"}
# Where a mention is explained: in running text. A heading, a link, code or a picture stays as it is.
TEXT = {"p", "li", "td", "dd"}
INLINE = {"em", "strong"}
MORE = {"en": "Full explanation", "zh": "详细说明"}
# Kept on the line of the button before it: a browser may break the line on either side of a button.
CLOSING = tuple("，。：；、？！）」》,.:;?!)")

log = markdown_exec.get_logger("autograd_notes")


@dataclass(frozen=True)
class Term:
    """A term of the site, as one language has it.

    Attributes:
        id: Its name in addresses.
        group: The id of the group that it belongs to.
        name: The term.
        other: The term in the other language.
        about: What it means, as Markdown.
        home: The page that explains it, from the folder of the language.
        forms: The wordings at which a page explains it.
    """

    id: str
    group: str
    name: str
    other: str
    about: str
    home: str
    forms: tuple[str, ...]


@dataclass(frozen=True)
class Glossary:
    """The terms of the site in one language, and the titles of their groups by their ids."""

    groups: dict[str, str]
    terms: list[Term]


def read_glossary(path: Path, language: str) -> Glossary:
    """Read the file of terms.

    Args:
        path: The file.
        language: Whose words to take.

    Raises:
        InputError: The file cannot be read, or a term lacks something or has a key that nothing reads.
    """
    entries = read_toml(path, "the glossary")
    groups = {group["id"]: group[language] for group in entries["group"]}
    return Glossary(groups, [_term(entry, groups, language, path) for entry in entries["term"]])


def _term(entry: dict[str, Any], groups: dict[str, str], language: str, path: Path) -> Term:
    refuse_keys(entry, KEYS, MORE_KEYS, "a term", path)
    if entry["group"] not in groups:
        problem = f"{entry['id']} is of the unknown group {entry['group']!r}."
        raise InputError(relative(path), 0, problem, "Add the group above.")
    other = "zh" if language == "en" else "en"
    forms = tuple(entry.get("forms", {}).get(language, ()))
    about = entry["about"][language]
    return Term(entry["id"], entry["group"], entry[language], entry[other], about, entry["home"], forms)


class TermsExtension(MarkerExtension):
    """Fill in the glossary page, and explain each term where a page mentions it first."""

    markers = ("glossary",)
    file = "docs/glossary.toml"

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register with Python-Markdown: the glossary, and mentions after lines are joined (7)."""
        super().extendMarkdown(md)
        md.treeprocessors.register(_Terms(md, self), "terms", 6)

    def made(self, marker: Marker) -> Iterator[str]:
        """Yield all terms, group by group."""
        glossary = read_glossary(self.path, self.language)
        # A box of its own, so that what is made from the file can be told from what an author wrote on the page.
        yield from ['<div class="glossary" markdown="1">', ""]
        for group, title in glossary.groups.items():
            yield from [f"## {title} {{ #{group} }}", ""]
            for term in glossary.terms:
                if term.group == group:
                    yield from [f"### {term.name} {{ #{term.id} }}", "", f"*{term.other}*{{ .other-language }}"]
                    yield from [f"{term.about} [{MORE[self.language]}]({self.address(term)})", ""]
        yield from ["</div>", ""]

    @property
    def page(self) -> str:
        """The page that is converted, from the folder of its language; outside MkDocs it is not known."""
        file = page_file(self.md)
        return file.name if file else ""

    def address(self, term: Term) -> str:
        """Return where the page that explains a term is, from the page that is converted."""
        return address_from(self.page, term.home)


class _Terms(Treeprocessor):
    def __init__(self, md: Markdown, extension: TermsExtension) -> None:
        super().__init__(md)
        self.extension = extension

    def run(self, root: Element) -> None:
        """Make a button of the first mention of each term, and add what the buttons open."""
        if self.extension.has_marker:
            return
        page, language = self.extension.page, self.extension.language
        try:
            # Anew for each page, so that a preview that saw the file opened makes the page again when it changes.
            terms = [term for term in read_glossary(self.extension.path, language).terms if term.forms]
        except InputError as error:
            log.warning("%s", error)
            return
        mentions = _Mentions([term for term in terms if term.home.partition("#")[0] != page], language)
        for element in list(root):
            mentions.mark(element)
        if mentions.found:
            root.append(self._notes(mentions.found))

    def _notes(self, terms: list[Term]) -> Element:
        notes = Element("div", {"class": "term-notes", "data-search-exclude": ""})
        for term in terms:
            note = SubElement(notes, "div", {"class": "term-note", "id": f"term-{term.id}", "popover": ""})
            SubElement(note, "strong").text = term.name
            about = SubElement(note, "span")
            _write(about, f" {term.about} ")
            SubElement(note, "a", {"href": self.extension.address(term)}).text = MORE[self.extension.language]
        return notes


class _Mentions:
    """Finds the first mention of each term, and makes a button of it.

    Args:
        terms: The terms to look for.
        language: The language of the text.
    """

    def __init__(self, terms: list[Term], language: str) -> None:
        self.terms = {form.lower(): term for term in terms for form in term.forms}
        self.found: list[Term] = []
        forms = "|".join(re.escape(form) for form in sorted(self.terms, key=len, reverse=True))
        pattern = rf"(?<![\w-])(?:{forms})(?![\w-])" if language == "en" else forms
        self.pattern = re.compile(pattern if self.terms else "(?!)", re.IGNORECASE)

    def mark(self, element: Element, in_text: bool = False) -> None:
        """Make buttons in an element and in what it holds."""
        in_text = element.tag in TEXT or (in_text and element.tag in INLINE)
        if not in_text and element.tag in {"h1", "h2", "h3", "h4", "h5", "h6", "a", "code", "pre", "summary"}:
            return
        children = list(element)
        if in_text:
            self._mark_text(element, None, element.text, 0)
        for child in children:
            self.mark(child, in_text)
            if in_text:
                self._mark_text(element, child, child.tail, list(element).index(child) + 1)

    def _mark_text(self, parent: Element, before: Element | None, text: str | None, position: int) -> None:
        """Replace the first mentions in a text that stands before the child at `position`, behind `before`."""
        text = text or ""
        for match in self.pattern.finditer(text):
            term = self.terms[match[0].lower()]
            if term in self.found:
                continue
            self.found.append(term)
            holder, rest = _button(term, match[0], text[match.end() :])
            _set_text(parent, before, text[: match.start()])
            parent.insert(position, holder)
            holder.tail = rest
            self._mark_text(parent, holder, rest, position + 1)
            return


def _button(term: Term, words: str, rest: str) -> tuple[Element, str]:
    """Return the button of a mention, with the punctuation behind it, and the text that is left."""
    button = Element("button", {"type": "button", "class": "term", "popovertarget": f"term-{term.id}"})
    button.text = words
    if not rest.startswith(CLOSING):
        return button, rest
    holder = Element("span", {"class": "term-and-mark"})
    holder.append(button)
    button.tail = rest[0]
    return holder, rest[1:]


def _set_text(parent: Element, before: Element | None, text: str) -> None:
    if before is None:
        parent.text = text
    else:
        before.tail = text


def _write(element: Element, markdown: str) -> None:
    """Put a text with `code` into an element."""
    element.text, *parts = markdown.split("`")
    for code, tail in zip(parts[::2], parts[1::2], strict=True):
        child = SubElement(element, "code")
        child.text, child.tail = code, tail


makeExtension = TermsExtension  # noqa: N816 (the name is Python-Markdown's)
