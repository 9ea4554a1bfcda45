"""What runs in the environment of another release: the examples of files, whose outputs it writes as JSON."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from autograd_notes.engine import files
from autograd_notes.engine.transcript import InputError
from autograd_notes.releases import examples


def main(arguments: list[str]) -> int:
    """Run files (the other arguments) and write what they print into one (the first argument).

    For each file that is the name of its text and the outputs of each section; where it cannot run, the message.
    """
    target, *names = arguments
    found = {name: _ran(name) for name in names}
    Path(target).write_text(json.dumps(found), encoding="utf-8")
    return 0


def _ran(name: str) -> dict[str, object] | str:
    try:
        blocks = [section.block for section in examples.sections(name)]
        outcomes = files.run(Path(name), blocks)
    except InputError as error:
        return str(error)
    outputs = [[outcome.output for outcome in block] for block in outcomes]
    return {"digest": examples.digest_of_file(blocks), "outputs": outputs}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
