"""Judge the age of translations: each Chinese page names the English text that it was made from.

`python -m tests.judges.stamps docs/zh/notes/scalar.md` renews the stamp, once somebody has looked at the Chinese page.
"""

from __future__ import annotations

import hashlib
import sys
from pathlib import Path

from autograd_notes.engine import tutorial
from autograd_notes.engine.dialect import front_matter
from autograd_notes.engine.transcript import InputError, read_text
from autograd_notes.engine.writing import replace, with_line_ends_of
from tests.judges.page import Page
from tests.judges.problem import Problem
from tests.judges.tutorials import page_text

KEY = "english"


def stamp(text: str) -> str:
    """Return the stamp of an English page: the start of the SHA-256 of its text."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def judge_stamp(english: Page, chinese: Page) -> list[Problem]:
    """Return a problem where the English page is not the one that the Chinese page was made from."""
    have = chinese.front_matter.get(KEY)
    if have == stamp(english.text):
        return []
    line = next((number for number, text in enumerate(chinese.text.split("\n"), 1) if text.startswith(f"{KEY}:")), 1)
    what = (
        f"{english.name} has changed since this page was made from it." if have else "has no stamp of its English page."
    )
    return [
        Problem(
            chinese.name,
            line,
            what,
            f"Read both, mend the Chinese, then run: make reviewed PAGE={chinese.name}",
        )
    ]


def renew(path: Path) -> str:
    """Write the stamp of the present English page into the front matter of a Chinese one, and return it.

    Raises:
        InputError: There is no such page, it has no front matter, or it is no Chinese page.
    """
    text, parts, is_tutorial = read_text(path), path.parts, tutorial.is_file(path)
    # The front matter of a tutorial stands in comments.
    mark = "# " if is_tutorial else ""
    lines = text.split("\n")
    end = front_matter([line.removeprefix(mark) for line in lines]).end
    if "zh" not in parts or not end:
        raise InputError(str(path), 0, "is no Chinese page with front matter.", "Name one: docs/zh/notes/scalar.md")
    language = parts.index("zh")
    stem = Path(*parts[language + 1 :])
    english = Path(*parts[:language], "en", stem)
    new = stamp(page_text(english, stem.with_suffix(".md").as_posix()) if is_tutorial else read_text(english))
    kept = [line for line in lines[: end - 1] if not line.startswith(f"{mark}{KEY}:")]
    renewed = "\n".join([*kept, f"{mark}{KEY}: {new}", *lines[end - 1 :]])
    original = path.read_bytes()
    replace(path, with_line_ends_of(original, renewed), original)
    return new


def main(arguments: list[str]) -> int:
    """Renew the stamps of the pages named on the command line; return the exit code."""
    if not arguments:
        print(
            "Name the Chinese pages that you have looked at: make reviewed PAGE=docs/zh/notes/scalar.md",
            file=sys.stderr,
        )
        return 2
    for argument in arguments:
        try:
            print(f"{argument}: made from {renew(Path(argument))}")
        except InputError as error:
            print(error, file=sys.stderr)
            return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
