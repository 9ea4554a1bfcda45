"""The list of autograd's messages is that of the installed PyTorch, and what explains a message is there."""

import importlib.util
import re
from collections import Counter
from pathlib import Path

import pytest

from autograd_notes.engine.dialect import LINK
from autograd_notes.extensions import all_messages
from autograd_notes.extensions.error_index import find_messages
from tests.judges.project import LANGUAGES
from tests.raised import VALUE, Found, libraries, python
from tests.raised.comparison import Comparison

PACKAGE = Path(importlib.util.find_spec("torch").origin).parent


@pytest.fixture(scope="module")
def listed(project):
    return all_messages.read(project / all_messages.FILE)


@pytest.fixture(scope="module")
def raised():
    return list(python.messages(PACKAGE))


@pytest.fixture(scope="module")
def constants():
    try:
        return list(libraries.constants(PACKAGE / "lib"))
    except FileNotFoundError as error:
        pytest.skip(f"the messages of C++ are read from Linux's libraries, and there is no {error.filename}")


def test_every_message_of_pytorchs_python_is_listed(listed, raised):
    assert_listed(Comparison(listed.texts, raised, []))


def test_every_message_of_pytorchs_libraries_is_listed(listed, constants):
    assert_listed(Comparison(listed.texts, [], constants))


def test_every_listed_message_is_in_pytorch(listed, raised, constants):
    gone = list(Comparison(listed.texts, raised, constants).gone())
    assert not gone, "\n".join(
        ["take out of docs/messages.toml what PyTorch does not say any more:", *(f"  {text}" for text in gone)]
    )


def test_a_message_is_listed_once(listed):
    twice = [text for text, number in Counter(listed.texts).items() if number > 1]
    assert not twice, "\n".join(["listed more than once in docs/messages.toml:", *twice])


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_explains_a_message_is_there(listed, project, language):
    pages = project / "docs" / language
    names = {*listed.explained.values(), *(name for group in listed.groups for name in links(group.why[language]))}
    missing = [name for name in sorted(names) if not is_there(name, pages)]
    assert not missing, f"no page of {pages} has these headings, which docs/messages.toml names: {', '.join(missing)}"


def test_an_entry_is_found_as_a_part_of_a_page_and_on_a_page_of_its_own(tmp_path):
    folder = tmp_path / all_messages.GALLERY
    folder.mkdir(parents=True)
    (folder / "backward.md").write_text("# Backward { #backward }\n\n## Again { #again }\n")
    (tmp_path / "nan.md").write_text("# Hunt a NaN { #nan }\n\n## Find it { #find }\n")
    found = {name: all_messages.find_heading(name, tmp_path) for name in ("again", "nan#find", "nan#nan")}
    assert [address for _, address in found.values()] == ["backward.md#again", "../../nan.md#find", "../../nan.md"]
    (folder / "again.md").write_text("# Once more { #again }\n")
    assert all_messages.find_heading("again", tmp_path) == ("Once more", "again.md")


def test_a_message_that_the_gallery_prints_is_explained(listed, project):
    printed = find_messages(project / "docs/en" / all_messages.GALLERY, project / "snippets")
    others = {text: (pattern(text), group.id) for group in listed.groups for text in group.messages}
    wrong = [
        f'  "{text}" is in the group {group}, and {message.address} prints it'
        for message in printed
        for text, (like, group) in others.items()
        if like.match(message.text)
    ]
    assert not wrong, "\n".join(["move to what is explained in docs/messages.toml:", *wrong])


def test_a_new_message_is_named_with_its_place_and_the_remedy(tmp_path):
    for pattern in python.WHOLE + python.PARTS:
        path = tmp_path / pattern.replace("[!p]", "").replace("*", "module")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    planted = 'def check(x):\n    if x:\n        raise RuntimeError(f"cannot go " + f"backward from {x}")\n'
    (tmp_path / "utils/checkpoint.py").write_text(planted)
    found = list(python.messages(tmp_path))
    with pytest.raises(AssertionError) as failure:
        assert_listed(Comparison(["something else"], found, []))
    first, second, *_ = map(str.strip, str(failure.value).splitlines())
    assert first == "add to docs/messages.toml:"
    assert second == 'torch/utils/checkpoint.py:3: "cannot go backward from {}"'
    assert not list(Comparison(["cannot go backward from {}"], found, []).new())


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ('warnings.warn("this  is\\n old")', "this is old"),
        ('raise ValueError("not at %d of %s" % (i, n))', "not at {} of {}"),
        ('raise ValueError("not at {} of {name}".format(i, name=n))', "not at {} of {}"),
        ('text = f"no {x}"\n    text += " here"\n    raise TypeError(text)', "no {} here"),
        ('raise TypeError("first" if x else "other")', "other"),
        ('assert x, "x is missing"', "x is missing"),
        ('torch._check(x, lambda: f"not x, but {x}")', "not x, but {}"),
        ('raise TypeError(told(x))\ndef told(x):\n    return f"told {x}"', "told {}"),
    ],
)
def test_a_message_is_read_however_it_is_written(tmp_path, code, text):
    path = tmp_path / "module.py"
    path.write_text(f"def f(x):\n    {code}\n")
    assert text in [found for found, _ in python.of_file(path)]


def test_a_message_in_pieces_is_known_by_them():
    pieces = [Found(" ".join(text.split()), "libtorch_cpu.so") for text in PIECES]
    message = "element {} of tensors does not require grad, and so it has no grad_fn {}"
    assert not list(Comparison([message], [], pieces).new())
    assert not list(Comparison([message], [], pieces).gone())
    assert {found.text for found in Comparison(["element {} of tensors"], [], pieces).new()} == {*PIECES[1:]}
    assert list(Comparison([message + " in the backward pass"], [], pieces).gone())


PIECES = ["element is", "of tensors does not require grad,", "and so it has no grad_fn"]


def assert_listed(comparison: Comparison) -> None:
    new = [f'  {found.place}: "{found.text}"' for found in comparison.new()]
    assert not new, "\n".join(["add to docs/messages.toml:", *new])


def pattern(text: str) -> re.Pattern:
    return re.compile(".*?".join(map(re.escape, text.split(VALUE))))


def is_there(name: str, pages: Path) -> bool:
    try:
        return bool(all_messages.find_heading(name, pages))
    except KeyError:
        return False


def links(markdown: str) -> list[str]:
    targets = (link["target"] for link in LINK.finditer(markdown))
    return [target.removeprefix("#") for target in targets if not target.startswith("https:")]
