"""The Markdown extension that links the first mention of each PyTorch name on a page to PyTorch's documentation.

The addresses stand in docs/pytorch.toml, so that a build asks no other host for them.
"""

from __future__ import annotations

from pathlib import Path
from xml.etree.ElementTree import Element

import markdown_exec
from markdown import Markdown
from markdown.extensions import Extension
from markdown.treeprocessors import Treeprocessor

from autograd_notes.engine.transcript import InputError
from autograd_notes.extensions.marker import read_toml, refuse_keys
from autograd_notes.extensions.place import relative

# Where a name is a mention: in running text. In a heading, a link or the title of a box it stays as it is.
TEXT = {"p", "li", "td", "dd"}
KEYS = {"root", "own_page", "nowhere", "short", "part"}

log = markdown_exec.get_logger("autograd_notes")


def read_addresses(path: Path) -> dict[str, str]:
    """Read where PyTorch's documentation describes a name, as a page writes it; "" for nowhere.

    Args:
        path: The file.

    Raises:
        InputError: The file cannot be read, lacks a list, or has a short form of a name that it does not know.
    """
    lists = read_toml(path, "the addresses")
    refuse_keys(lists, KEYS, (), "a list of addresses", path)
    root = lists["root"]
    addresses = {one: f"{root}generated/{one}.html" for one in lists["own_page"]}
    for address, names in lists["part"].items():
        addresses |= {one: root + address.format(name=one) for one in names}
    addresses |= dict.fromkeys(lists["nowhere"], "")
    for short, one in lists["short"].items():
        if one not in addresses:
            raise InputError(
                relative(path), 0, f"{short!r} is short for {one!r}, which has no address.", "Add that first."
            )
        addresses[short] = addresses[one]
    return addresses


def address_of(code: str, addresses: dict[str, str]) -> str | None:
    """Return where a piece of inline code is described: "" for nowhere, None for code that is no known name."""
    return addresses.get(code, addresses.get(code.removesuffix("()")))


class ApiLinksExtension(Extension):
    """Link names to PyTorch's documentation."""

    def __init__(self, **options: object) -> None:
        self.config = {"file": ["docs/pytorch.toml", "The file of addresses."]}
        super().__init__(**options)

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 (the name is Python-Markdown's)
        """Register with Python-Markdown: after terms are marked (6), which look for no links."""
        md.treeprocessors.register(_Links(md, Path(self.getConfig("file"))), "api-links", 5)


class _Links(Treeprocessor):
    def __init__(self, md: Markdown, path: Path) -> None:
        super().__init__(md)
        self.path = path

    def run(self, root: Element) -> None:
        """Link the first mention of each name that the page does not link itself."""
        try:
            # Anew for each page, so that a preview that saw the file opened makes the page again when it changes.
            addresses = read_addresses(self.path)
        except InputError as error:
            log.warning("%s", error)
            return
        linked = {link.get("href") for link in root.iter("a")}
        for block in list(root.iter()):
            if block.tag in TEXT and block.get("class") != "admonition-title":
                _link(block, addresses, linked)


def _link(element: Element, addresses: dict[str, str], linked: set[str | None]) -> None:
    """Put a link around each piece of code in an element that is the first mention of a name."""
    for position, child in enumerate(list(element)):
        if child.tag in {"em", "strong"}:
            _link(child, addresses, linked)
        if child.tag != "code" or not (address := address_of(child.text or "", addresses)) or address in linked:
            continue
        linked.add(address)
        link = Element("a", {"class": "api", "href": address})
        link.tail, child.tail = child.tail, None
        element[position] = link
        link.append(child)


makeExtension = ApiLinksExtension  # noqa: N816 (the name is Python-Markdown's)
