"""What a kernel runs before the first cell of a tutorial; apart, so that it loads nothing that drives kernels."""

from __future__ import annotations

import warnings

import matplotlib

from autograd_notes.engine import session
from autograd_notes.pictures import plot


def prepare(seed: int) -> None:
    """Give the kernel that calls this the state that every session starts from, and the style of the site's plots."""
    session.reset(seed)
    matplotlib.rcParams.update(plot.STYLE)
    warnings.showwarning = lambda message, category, *_: print(f"{category.__name__}: {str(message).splitlines()[0]}")
