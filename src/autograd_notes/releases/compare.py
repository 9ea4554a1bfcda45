"""Compare what a release prints with what is documented, and say of which kind each difference is."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from autograd_notes.engine.drift import agrees
from autograd_notes.engine.outcome import TRACEBACK, is_warning
from autograd_notes.engine.snippet import Section
from autograd_notes.engine.transcript import Statement
from autograd_notes.releases import examples
from autograd_notes.releases.record import Difference

# How Python and PyTorch say that a release has no such thing. An attribute of None is missing for other reasons.
MISSING = re.compile(
    r"(?:AttributeError: (?!'NoneType').*has no attribute"
    r"|ImportError: cannot import name"
    r"|ModuleNotFoundError: "
    r"|TypeError: .*(?:unexpected keyword argument|invalid keyword argument|positional arguments? but"
    r"|missing \d+ required positional argument)"
    r"|(?:RuntimeError|NotImplementedError): .*not implemented)"
)


def differences(
    name: str, sections: Sequence[Section], outputs: Sequence[Sequence[str]], release: str, documented: str
) -> Iterator[Difference]:
    """Yield each statement of a file that prints something else in another release.

    Args:
        name: The file.
        sections: Its sections.
        outputs: What each statement of each section printed there.
        release: The other release.
        documented: The release whose outputs are documented.
    """
    failed: set[str] = set()
    names = examples.digests([section.block for section in sections])
    for section, of_section, printed in zip(sections, names, outputs, strict=True):
        session = section.block.session
        for statement, digest, live in zip(section.block.statements, of_section, printed, strict=True):
            if agrees(statement, live) or agrees(statement, live.replace(release, documented)):
                continue
            kind = "follow-up" if session in failed else kind_of(statement, live)
            if _error(live) and not _error(statement.documented):
                failed.add(session)
            output = "" if kind == "follow-up" else live
            yield Difference(name, section.name, digest, kind, statement.source, output)


def kind_of(statement: Statement, live: str) -> str:
    """Return the kind of a difference, one of `record.KINDS`, from what is documented and what was printed."""
    documented = statement.documented
    error, was = _error(live), _error(documented)
    if MISSING.match(error) and not MISSING.match(was):
        return "missing"
    if bool(error) != bool(was) or _text(live) != _text(documented):
        return "value"
    return "message" if error != was else "warning"


def _error(output: str) -> str:
    return output.partition(TRACEBACK)[2]


def _text(output: str) -> list[str]:
    """Return the lines of an output that are neither warnings nor the error it ended with."""
    lines = output.partition(TRACEBACK)[0].replace("<BLANKLINE>", "").splitlines()
    return [line for line in lines if not is_warning(line)]
