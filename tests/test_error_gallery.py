"""The error gallery is whole: every entry fails and is mended in view of the reader, and the index misses nobody."""

import re

import pytest

from autograd_notes.engine.snippet import read_sections
from autograd_notes.extensions.error_index import find_messages

GROUPS = {
    "not-connected": 11,
    "grad-is-none": 13,
    "backward": 15,
    "in-place": 11,
    "modes": 5,
    "numerics": 9,
    "custom-function": 10,
    "transforms": 11,
    "hooks-and-more": 12,
}
ENTRY = re.compile(r"^## .+ \{ #(?!next)([\w-]+) \}$", re.MULTILINE)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_97_entries_are_there(project, language):
    folder = project / "docs" / language / "reference/errors"
    found = {group: len(ENTRY.findall((folder / f"{group}.md").read_text(encoding="utf-8"))) for group in GROUPS}
    assert found == GROUPS, f"an entry of {folder} was lost or added: change GROUPS in this test if that was meant"
    assert sum(found.values()) == 97


@pytest.mark.parametrize("group", GROUPS)
def test_every_entry_shows_the_mistake_and_the_fix(project, group):
    page = (project / f"docs/en/reference/errors/{group}.md").read_text(encoding="utf-8")
    sections = {section.name for section in read_sections(project / f"snippets/reference/errors/{group}.md")}
    for entry in ENTRY.findall(page):
        mistakes = {f"{entry}-fails", f"{entry}-silent", f"{entry}-warns"} & sections
        assert mistakes, f"#{entry} does not show its mistake: add a section {entry}-fails or {entry}-silent"
        assert f"{entry}-fixed" in sections, f"#{entry} does not show its fix: add a section {entry}-fixed"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_entry_that_raises_is_in_the_index_by_message(project, language):
    indexed = {
        message.address.partition("#")[2]
        for message in find_messages(project / "docs" / language / "reference/errors", project / "snippets")
    }
    for group in GROUPS:
        for section in read_sections(project / f"snippets/reference/errors/{group}.md"):
            if section.name.endswith("-fails"):
                entry = section.name.removesuffix("-fails")
                assert entry in indexed, (
                    f"the index by message lacks {group}.md#{entry}: does its block print a message?"
                )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_silent_entry_can_be_found_by_its_symptom_or_its_message(project, language):
    folder = project / "docs" / language / "reference/errors"
    by_symptom = (folder / "index.md").read_text(encoding="utf-8")
    by_message = {message.address for message in find_messages(folder, project / "snippets")}
    for group in GROUPS:
        for section in read_sections(project / f"snippets/reference/errors/{group}.md"):
            if section.name.endswith("-silent"):
                address = f"{group}.md#{section.name.removesuffix('-silent')}"
                assert address in by_symptom or address in by_message, f"name {address} under a symptom in index.md"
