"""Every message that PyTorch's autograd can raise or warn with, as the installed package has it: Python and C++."""

from __future__ import annotations

import re
from dataclasses import dataclass

# Stands for a value that is filled in, and for what is cut off.
VALUE = "{}"
CUT = " …"
LONGEST = 240
AUTOGRAD = re.compile(
    r"requires?_grad|\.grad\b|grad_fn|\bgrad(ient)?s?\b|\bbackwards?\b|_backward:|save_for_|differentia|derivative"
    r"|\blea(f|ves)\b|\bin-?place\b|\bhooks?\b|\bdual\b|vmap|\bsaved (tensor|variable|intermediate)|autograd|anomaly"
    r"|nan values|of forward call|has changed the|ill-defined|inference (tensor|mode)|\bjvp\b|functorch|forward (mode )?AD"
    r"|version.counter|\bdetach|volatile|backprop through|mark_dirty|create_graph|\bgrad_(dtype|tensors)|(in|out)put_grad_"
    r"|grads_call|_on_access\b|_hooks not|(?-i:a Variable\b|Variable data)|variable but|set_data|saved_variables"
    r"|custom Function|forward\(\) (got|missing|takes)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Found:
    """A message, or in C++ a piece of one, in the installed package.

    Attributes:
        text: What it says, on one line, with `VALUE` for what is filled in.
        place: The file, in Python with its line.
    """

    text: str
    place: str


def speaks_of_autograd(text: str) -> bool:
    """Whether a text has one of the words by which a message of autograd is known."""
    return AUTOGRAD.search(text) is not None


def on_one_line(text: str) -> str:
    """Return a text with all white space, and each row of values, as one."""
    return re.sub(rf"(?:{re.escape(VALUE)})+", VALUE, " ".join(text.split()))


def shortened(text: str) -> str:
    """Return a long text without its end: messages differ before."""
    return text if len(text) <= LONGEST else text[:LONGEST].rpartition(" ")[0] + CUT
