"""Take out of a site's styles and scripts what no reader needs: rules for what is on no page, and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

STYLES = "assets/stylesheets/main.*.css"
# Classes of what Material has, and this site has not. (tests/test_weight.py looks for them on each page.)
UNUSED = re.compile(
    r"\.(?:md-(?:annotation|author|banner|clipboard|code__|consent|content--post|draft|feedback|header--lifted"
    r"|header__source|input|meta|nav--(?:integrated|lifted)|nav__(?:container|source)|pagination|pin|post|profile"
    r"|progress|search__suggest|select|sidebar--post|social|source|status|tabs|tag|tooltip|top|version)"
    r"|(?:abstract|cards?|danger|example|failure|info|inline|question|quote)(?![\w-])"
    r"|arithmatex|critic|emojione|filename|footnote|gemoji|giscus|grid|highlighttable|katex|keys?(?![a-z])|lineno"
    r"|mermaid|tabbed|task-list|twemoji)"
)
UNUSED_VARIABLE = re.compile(
    r"--md-(?:annotation|clipboard|footnotes|social|source|status|tabbed|tag|tasklist|tooltip|version"
    r"|admonition-icon--(?:abstract|danger|example|failure|info|question|quote))"
)
RIGHT_TO_LEFT = "[dir=rtl]"
SPLITS = re.compile(r"""(?:"[^"]*"|'[^']*'|\([^()]*\)|[^,"'()])+""")
DECLARATIONS = re.compile(r"""(?:"[^"]*"|'[^']*'|\([^()]*\)|[^;"'()])+""")
NEGATED = re.compile(r":not\([^()]*\)")
EITHER = re.compile(r":is\(([^()]*)\)")
# Of whole lines, so that nothing in a text is taken for one.
COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n", re.MULTILINE | re.DOTALL)
COMMENT_OF_SCRIPT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)


def lighten(site: Path, ours: Path) -> None:
    """Lighten the styles and scripts of a built site.

    Args:
        site: Its folder.
        ours: The folder whose files are in its `assets`.
    """
    for path in site.glob(STYLES):
        path.write_text(cut_styles(path.read_text(encoding="utf-8")), encoding="utf-8")
    for source in [*ours.rglob("*.css"), *ours.rglob("*.js")]:
        path = site / "assets" / source.relative_to(ours)
        if path.is_file():
            path.write_text(without_comment_lines(path.read_text(encoding="utf-8"), source.suffix), encoding="utf-8")


def cut_styles(css: str) -> str:
    """Return a minified style sheet without the rules that apply to nothing here."""
    kept = []
    for prelude, body in _rules(css):
        if prelude.startswith(("@media", "@supports")):
            body = cut_styles(body)
        elif not prelude.startswith("@"):
            prelude = ",".join(one for one in SPLITS.findall(prelude) if not is_unused(one))
            if prelude == ":root":
                body = ";".join(one for one in DECLARATIONS.findall(body) if not UNUSED_VARIABLE.match(one))
        if prelude and (body or prelude.endswith(";")):
            kept.append(prelude if prelude.endswith(";") else f"{prelude}{{{body}}}")
    return "".join(kept)


def is_unused(selector: str) -> bool:
    """Whether a selector needs a class of what is not on this site, or a script that is written from the right."""
    selector = NEGATED.sub("", selector)
    if either := EITHER.search(selector):
        return all(is_unused(EITHER.sub(one, selector, count=1)) for one in either[1].split(","))
    return RIGHT_TO_LEFT in selector or UNUSED.search(selector) is not None


def without_comment_lines(text: str, suffix: str) -> str:
    """Return a style sheet or a script of ours without the comments that stand on lines of their own."""
    text = COMMENT.sub("", text)
    return COMMENT_OF_SCRIPT.sub("", text) if suffix == ".js" else text


def _rules(css: str) -> Iterator[tuple[str, str]]:
    """Yield what stands before the braces of each rule of a style sheet, and what in them; a statement without any."""
    start = opened = depth = position = 0
    while position < len(css):
        sign = css[position]
        if sign in "\"'":
            position = css.index(sign, position + 1)
        elif sign == "{":
            opened = opened if depth else position
            depth += 1
        elif sign == "}":
            depth -= 1
            if not depth:
                yield css[start:opened], css[opened + 1 : position]
                start = position + 1
        elif sign == ";" and not depth:
            yield css[start : position + 1], ""
            start = position + 1
        position += 1
