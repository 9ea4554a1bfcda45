"""The pieces of messages in PyTorch's libraries: what stands between two values that a message fills in.

C++ keeps them beside all other constants of the same library, in an order of its own. So we know a piece by what it
looks like: a sentence, with a word of autograd.
"""

from __future__ import annotations

import functools
import re
import struct
from collections.abc import Iterator
from pathlib import Path

from tests.raised import VALUE, Found, on_one_line, speaks_of_autograd

NAMES = ("libtorch_cpu.so", "libtorch_python.so")
SECTION = b".rodata"
# With typographic hyphens, dashes and quotation marks.
PRINTABLE = re.compile(r"[\t\n\x20-\x7e\u2010-\u201f]{12,}\Z")
# Numbers, which the compiler stores before some texts without an end, look like this at theirs (IEEE 754, little-endian).
ENDS_OF_NUMBERS = "?@"
SHORTEST = 18
SENTENCE = re.compile(r"[A-Za-z]+,? [a-z]+,? [a-z]+")
# Shorter pieces, in which messages differ whose long pieces are the same.
SHORT = {f"- expected {what}" for what in ("device", "dtype", "layout")}
# Sentences that are not for this page.
OTHER = re.compile(
    r"""
    # PyTorch's checks on itself, which say so, and checks that nobody gave words.
    ASSERT\ FAILED | Could\ this\ error\ message\ be\ improved
    # Not in every build: for some processors the compiler writes these into the code.
    | should\ be\ false\ if | 3rd\+\ order
    # Training in several processes.
    | ^(?!Can't\ detach).*(?:DDP|bucket|(?i:distributed)) | [Rr]educer | [Pp]rocess\ ?[Gg]roup | NCCL | FlightRecorder | RPC | Rpc | RRef | DTensor
    | Dist\ ?Autograd | [Aa]utograd\ (?:context|message) | [Cc]ollective | comm(?:unication)?[_ ]hook | completion\ hook | comm\.
    | [Aa]bort | finaliz | for\ rank | this\ iteration | _set_static_graph | Another\ session | gradient\ layout
    | ready\ twice | different\ reentrant | multiple\ reentrant | in\ a\ reentrant | unused\ parameter
    | parameters\ in\ the\ model | show\ up\ unexpectedly | no\ hooks\ are | not\ be\ modified\ during | not\ get\ gradient
    | expect\ a\ sparse | sparse\ gradient(?:\ to\ be\ defined)?\.$ | not\ well-supported | became\ undefined | for\ gradient\ comp
    | set\ on\ root | been\ bypassed
    # Libraries within, and what single operations ask of their arguments.
    | oneDNN | ONEDNN | [Mm]kldnn | DNNL | FFTW | MKL | primitive | TRIG | trig_ | Trigonometric | [Cc][Uu][Dd][Nn][Nn]
    | xnnpack | winograd | graph,create | solving\ step | residual | channels\ last | quantiz
    | in-place\ pairs | inplace.computation | \bhy\ or\ cy | \bgamma\b | CUDA\ graph | [Cc]apture | HooksInterface | XLA
    | Kineto | [Pp]rofiler | torch\.gradient
    # Documentation of operators, for ONNX.
    | <br> | Default | ONNX | onnx | half_pixel | \bleaf_ | (?:this|each)\ leaf | element-wise | [Oo]ptimized\ tensor
    | ADAGRAD | stochastic | speed\ up\ grad | anomaly\ detection\.$ | ratio\b | Linear\ Unit | attribute\ "
    | differentiated\ (?:sub|inputs|function) | multiple\ axes | rank\ r | ignored\ and | momentum | input\ value | tensor\ count
    | can\ be\ inplace | inplace\ version
    # Compiled and exported programs, and what writes them.
    | [Ss]cript | schema | [Uu]pgrad | JIT | jit | (?:Graph|End\ of|After|Before|running)\ .*\w+[A-Z] | GradOf
    | sum_to_size | guard | functionalization | aoti_ | emit\ inplace | inplace\ writer | embedded\ backward | eval_frame
    | has_value | trace\ hook | hooks\ can\ return | [Oo]paque | \bhook: | hook\ with\ that | as\ forward\ hook | files\ hook | hooks\ only\ exist
    | incorrect\ number\ of\ values: | previous\ hook | literal\ a\ tuple | when\ tracing | Field\ requires_grad | 'requires_grad'
    # Signatures.
    | ^\w+(?:::\w+)*\((?!\)\ ) | -> | \bArgs: | Returns: | Arguments: | \*\* | Tensor\[\] | ::\w+\( | def\ 
    | ^Set\ | ^Hooks\ for | ^Register\ 
    """,
    re.VERBOSE,
)
FORMAT = re.compile(r"%z?[sdU]")
# One message for each operation that has it.
OPERATION = re.compile(r"(?<=forward AD with )\w+(?= that)")


def constants(folder: Path) -> Iterator[Found]:
    """Yield the texts in the libraries, whatever they are.

    Args:
        folder: Where the libraries lie.

    Raises:
        FileNotFoundError: There is no library of such a name: this system calls them otherwise.
    """
    for name in NAMES:
        for constant in _section(folder / name).decode(errors="replace").split("\0"):
            # Names are no texts.
            if " " in constant and (match := PRINTABLE.search(constant)):
                text = FORMAT.sub(VALUE, on_one_line(match[0].lstrip(ENDS_OF_NUMBERS)))
                yield Found(OPERATION.sub(VALUE, text), name)


@functools.cache
def is_piece(text: str) -> bool:
    """Whether a text looks like a piece of a message of autograd."""
    if text in SHORT:
        return True
    if len(text) < SHORTEST or not speaks_of_autograd(text):
        return False
    return SENTENCE.search(text) is not None and OTHER.search(text) is None


def _section(path: Path) -> bytes:
    """Return the constants of a library in the format ELF."""
    with path.open("rb") as file:
        header = file.read(64)
        (table,) = struct.unpack_from("<Q", header, 0x28)
        size, number, names = struct.unpack_from("<HHH", header, 0x3A)
        file.seek(table)
        rows = file.read(size * number)
        # Of each section: where its name starts, …, where it starts in the file, its size.
        sections = [struct.unpack_from("<IIQQQQ", rows, size * place) for place in range(number)]

        def content(section: tuple[int, ...]) -> bytes:
            file.seek(section[4])
            return file.read(section[5])

        known = content(sections[names])
        return next(content(section) for section in sections if known[section[0] :].startswith(SECTION + b"\0"))
