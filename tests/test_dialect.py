"""The Markdown of pages and snippets is read in one way: each mark is found in its line, and what only looks so is not."""

import pytest

from autograd_notes.engine.dialect import (
    Box,
    Fence,
    FrontMatter,
    Heading,
    Include,
    Marker,
    elements,
    fences,
    front_matter,
    with_targets,
    without_comments,
)

# A text, and what is found in it.
FOUND = {
    "headings": (
        "# One { #one }\n\n### Three\n####### seven\n#none\n## `{}` {: #two .wide }",
        [Heading(1, 1, "One", "one"), Heading(3, 3, "Three", ""), Heading(6, 2, "`{}`", "two")],
    ),
    "includes": (
        '--8<-- "a/b.md:part"\n    --8<-- "t.markdown"\n> --8<-- "c.md:d"\n;--8<-- "shown.md"\nsay --8<-- "e.md"',
        [Include(1, "", "a/b.md", "part"), Include(2, "    ", "t.markdown", ""), Include(3, "> ", "c.md", "d")],
    ),
    "includes that cannot be read": (
        "--8<-- 'a.md'\n--8<--\n--8<-- \"a.md:b c\"",
        [Include(1, "", "", ""), Include(2, "", "", ""), Include(3, "", "", "")],
    ),
    "boxes": (
        '!!! note\n??? success "A "quoted" one"\n    ???+ warning inline end ""\n!!!\n!!! "Title"\nWhat!!! note',
        [
            Box(1, 0, "!!!", "note", ""),
            Box(2, 0, "???", "success", 'A "quoted" one'),
            Box(3, 4, "???+", "warning inline end", ""),
        ],
    ),
    "markers": (
        "<!-- topics -->\n<!-- operations saves=a|b -->\n <!-- indented -->\n<!-- two words here -->",
        [Marker(1, "topics", ""), Marker(2, "operations", "saves=a|b")],
    ),
    "what a fence holds": (
        '~~~ text\n# no { #no }\n--8<-- "no.md"\n!!! no\n<!-- no -->\n```\n~~~\n# yes',
        [
            Fence(
                1,
                "",
                "~~~",
                " text",
                "text",
                "",
                ("# no { #no }", '--8<-- "no.md"', "!!! no", "<!-- no -->", "```"),
                True,
            ),
            Heading(8, 1, "yes", ""),
        ],
    ),
    "a fence in a fence": (
        "````md\n```pycon\n>>> 1\n```\n````\n# yes",
        [Fence(1, "", "````", "md", "md", "", ("```pycon", ">>> 1", "```"), True), Heading(6, 1, "yes", "")],
    ),
    "a fence in an item of a list, in a box and in a quote": (
        "- item\n\n    ```a\n    x\n    ```\n!!! note\n\n\t~~~b\n\t~~~\n> ```c\n> y\n> ```",
        [
            Fence(3, "    ", "```", "a", "a", "", ("    x",), True),
            Box(6, 0, "!!!", "note", ""),
            Fence(8, "\t", "~~~", "b", "b", "", (), True),
            Fence(10, "> ", "```", "c", "c", "", ("> y",), True),
        ],
    ),
    "a fence ends where it is indented as it began": (
        "```a\n    ```\n```\n# yes",
        [Fence(1, "", "```", "a", "a", "", ("    ```",), True), Heading(4, 1, "yes", "")],
    ),
    "a fence that does not end": (
        "```a\n# no\n````",
        [Fence(1, "", "```", "a", "a", "", ("# no", "````"), False)],
    ),
    "line ends of others": ("a\u2028b\x0cc\x85d\re\n# yes\u2028still", [Heading(2, 1, "yes\u2028still", "")]),
    "inline code of three backticks": ("```code``` is code\n# yes", [Heading(2, 1, "yes", "")]),
}


@pytest.mark.parametrize(("text", "found"), FOUND.values(), ids=FOUND)
def test_what_stands_in_a_line_of_its_own_is_found_there(text, found):
    assert list(elements(text.split("\n"))) == found


@pytest.mark.parametrize(
    ("info", "language", "options"),
    [
        ("pycon", "pycon", ""),
        (' pycon session="a b" input="hidden"', "pycon", ' session="a b" input="hidden"'),
        ("{.pycon session=a}", "pycon", " session=a"),
        ("{ .python-console }", "python-console", " "),
        ("", "", ""),
    ],
)
def test_a_fence_says_its_language_and_its_options(info, language, options):
    [fence] = fences([f"~~~{info}", "~~~"])
    assert (fence.language, fence.options, fence.is_pycon) == (language, options, language == "pycon")


def test_the_lines_of_a_fence_come_without_what_stands_before_them_where_an_editor_cut_it_too():
    [fence] = elements(["> ```", "> a", ">", ">   b", "> ```"])
    assert fence.inner == ["a", "", "  b"]


@pytest.mark.parametrize(
    ("text", "values", "end"),
    [
        ("---\ntitle: A: b\nup:  c.md \n---\ntext", {"title": "A: b", "up": "c.md"}, 4),
        ("---\n---", {}, 2),
        ("---\ntitle: a", {}, 0),
        ("text\n---\ntitle: a\n---", {}, 0),
        ("", {}, 0),
    ],
)
def test_front_matter_stands_at_the_top_and_ends(text, values, end):
    assert front_matter(text.split("\n")) == FrontMatter(values, end)


def test_comments_are_blanked_out_and_all_else_stays_where_it_is():
    assert without_comments("a <!-- b\nc --> d <!---->.") == "a       \n      d        ."


@pytest.mark.parametrize(
    ("text", "changed"),
    [
        ("[a](b.md#c) ![d](e.png)", "[a](<b.md#c>) ![d](<e.png>)"),
        ('[a](b.md "Title") and [x[0]](c.md)', '[a](<b.md> "Title") and [x[0]](<c.md>)'),
        ("[two\nlines](b.md) ![p](q_(r).svg)", "[two\nlines](<b.md>) ![p](<q_(r).svg>)"),
        ("[![i](j.png)](k.md)", "[![i](<j.png>)](<k.md>)"),
        ("[a](#b)", "[a](<#b>)"),
        ("[a](https://b.org/c) <https://d.org> [e] (f) mailto", "[a](https://b.org/c) <https://d.org> [e] (f) mailto"),
    ],
)
def test_links_within_the_site_can_lead_elsewhere(text, changed):
    assert with_targets(text, "<{}>".format) == changed
