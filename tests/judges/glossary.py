"""Judge the Chinese terms: one word for one thing on the whole site, and never one of those it is mistaken for."""

from __future__ import annotations

import functools
import re
import tomllib
from pathlib import Path

from tests.judges.page import Page
from tests.judges.problem import Problem

GLOSSARY = Path(__file__).parents[2] / "docs/glossary.toml"
QUOTATION = re.compile(r"「[^」]*」")


@functools.cache
def terms_to_avoid() -> dict[str, str]:
    """Return what not to write in Chinese, as a pattern, and what to write: d2l-zh's terms where it has one."""
    entries = tomllib.loads(GLOSSARY.read_text(encoding="utf-8"))["term"]
    return {entry["avoid"]: entry["zh"] for entry in entries if "avoid" in entry}


def judge_terms(page: Page) -> list[Problem]:
    """Return a problem for each term that the site does not use; quotations (block quotes, 「…」) may use any."""
    return [
        Problem(page.name, number, f"{match[0]!r} is not this site's term.", f"Write {right}.")
        for number, line in enumerate(page.text.split("\n"), 1)
        if not line.lstrip().startswith(">")
        for wrong, right in terms_to_avoid().items()
        for match in re.finditer(wrong, QUOTATION.sub("", line))
    ]
