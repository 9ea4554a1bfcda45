"""The first mention of a PyTorch name on a page leads to PyTorch's documentation, by addresses that are kept here."""

import functools
import re
from pathlib import Path

import markdown
import pytest
import torch

from autograd_notes.engine.transcript import InputError
from autograd_notes.extensions.api_links import address_of, read_addresses
from tests.judges.project import LANGUAGES

FILE = Path(__file__).parents[1] / "docs" / "pytorch.toml"
NAME = re.compile(r"torch(?:\.\w+)+(?:\(\))?")
ROOT = "https://docs.pytorch.org/docs/stable/generated/"
NO_GRAD = f'<a class="api" href="{ROOT}torch.no_grad.html"><code>torch.no_grad</code></a>'


@pytest.fixture
def convert():
    options = {"autograd_notes.extensions.api_links": {"file": str(FILE)}}
    extensions = ["tables", "admonition", "autograd_notes.extensions.api_links"]
    return functools.partial(markdown.markdown, extensions=extensions, extension_configs=options)


def _exists(name: str) -> bool:
    try:
        functools.reduce(getattr, name.split(".")[1:], torch)
    except AttributeError:
        return False
    return True


def test_every_name_of_pytorch_on_a_page_has_an_address_or_is_said_to_have_none(work):
    addresses = read_addresses(FILE)
    unknown = {
        f"{page.name}:{code.line}: {code.text}"
        for language in LANGUAGES
        for stem in work.page_stems(language)
        for page in [work.page(language, stem)]
        for part in page.parts
        for code in part.codes
        if NAME.fullmatch(code.text) and address_of(code.text, addresses) is None
    }
    assert not unknown, "add to docs/pytorch.toml where PyTorch documents:\n" + "\n".join(sorted(unknown))


def test_every_name_with_an_address_exists():
    gone = [name for name in read_addresses(FILE) if name.startswith("torch.") and not _exists(name)]
    # Attributes of a Function's context exist while it runs.
    assert not gone


def test_the_first_mention_alone_is_a_link(convert):
    html = convert("Use `torch.no_grad`, and `torch.no_grad()` again.\n\n- `torch.no_grad`")
    assert html.startswith(f"<p>Use {NO_GRAD}, and <code>torch.no_grad()</code> again.</p>")
    assert html.count("<a ") == 1


def test_a_mention_in_emphasis_a_list_or_a_table_is_a_link(convert):
    for text in ("Here is **`torch.no_grad`**.", "- `torch.no_grad`", "| a |\n| - |\n| `torch.no_grad` |"):
        assert NO_GRAD in convert(text)


def test_a_heading_a_link_and_the_title_of_a_box_stay_as_they_are(convert):
    text = '# `torch.no_grad`\n\n[`torch.no_grad`](modes.md)\n\n!!! note "`torch.no_grad`"\n    Text.'
    assert "docs.pytorch.org" not in convert(text)


def test_what_a_page_links_itself_is_not_linked_again(convert):
    assert convert(f"`torch.no_grad` is [here]({ROOT}torch.no_grad.html).").count("docs.pytorch.org") == 1


def test_code_that_is_no_name_of_pytorch_is_no_link(convert):
    assert "<a" not in convert("`x.grad`, `torch.no_such_thing`, `torch.autograd.graph.queue_callback`")


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("root = ", "cannot be read"),
        ('root = "r"\nown_page = []\nnowhere = []\nshort = {}', "lacks 'part'"),
        ('root = "r"\nown_page = []\nnowhere = []\nshort = {a = "b"}\npart = {}', "'a' is short for 'b'"),
    ],
)
def test_a_file_of_addresses_that_cannot_be_used_is_refused_by_name(tmp_path, text, problem):
    path = tmp_path / "pytorch.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=problem):
        read_addresses(path)
