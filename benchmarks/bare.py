"""Execute the statements of the working directory's snippets, and nothing else: no comparison, no page."""

import contextlib
import doctest
import io
from pathlib import Path


def main() -> None:
    """Run all snippets, each in a namespace of its own."""
    parser = doctest.DocTestParser()
    for path in sorted(Path("snippets").rglob("*.md")):
        namespace = {}
        for example in parser.get_examples(path.read_text(encoding="utf-8")):
            with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(Exception):
                exec(compile(example.source, str(path), "single"), namespace)


if __name__ == "__main__":
    main()
