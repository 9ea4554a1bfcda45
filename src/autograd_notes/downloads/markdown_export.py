"""For machines: a page as Markdown with its outputs filled in, and llms.txt, which lists the pages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import yaml

from autograd_notes.downloads.portable import Example, Prose, steps


def markdown(parts: Sequence[Prose | Example], facts: Mapping[str, str]) -> str:
    """Return a page as plain Markdown: code as Python, and below it what it printed.

    Args:
        parts: The parts of the page.
        facts: What to say about the page at its top.
    """
    head = yaml.safe_dump(dict(facts), allow_unicode=True, sort_keys=False, width=1000)
    texts = [part.text if isinstance(part, Prose) else _example(part) for part in parts]
    return "\n\n".join([f"---\n{head}---", *texts]) + "\n"


def llms_txt(name: str, description: str, note: str, sections: Mapping[str, Sequence[tuple[str, str, str]]]) -> str:
    """Return the text of llms.txt (llmstxt.org).

    Args:
        name: The name of the site.
        description: One sentence on it.
        note: What its texts are, and where the same is in the other language.
        sections: For each section, the title, address and description of its pages.
    """
    lines = [f"# {name}", "", f"> {description}", "", note]
    for section, pages in sections.items():
        lines += ["", f"## {section}", ""]
        lines += [f"- [{title}]({address}): {about}" for title, address, about in pages]
    return "\n".join(lines) + "\n"


def _example(example: Example) -> str:
    fences = []
    for code, outcome in steps(example):
        if example.block.shows_input:
            fences.append(f"```python\n{code}\n```")
        if outcome.output:
            fences.append(f"```text\n{outcome.output.rstrip()}\n```")
    return "\n\n".join(fences)
