"""Compare the snippets of the working directory with the standard library's doctest, and nothing else."""

import doctest
import re
import sys
from pathlib import Path

# Doctest reads a fence or a marker below an output as a part of it.
NO_CODE = re.compile(r"(?m)^(?:```.*|<!--.*)$")


def main() -> int:
    """Run all snippets; return how many outputs differ."""
    runner, parser = doctest.DocTestRunner(), doctest.DocTestParser()
    for path in sorted(Path("snippets").rglob("*.md")):
        text = NO_CODE.sub("", path.read_text(encoding="utf-8"))
        runner.run(parser.get_doctest(text, {}, str(path), str(path), 0))
    return runner.summarize().failed


if __name__ == "__main__":
    sys.exit(main())
