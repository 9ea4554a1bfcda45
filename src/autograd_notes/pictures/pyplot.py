"""Matplotlib's backend for examples: `plt.show()` displays each open figure as a picture whose numbers are text.

Matplotlib finds it by its name, in `MPLBACKEND`, and takes from it what backends have.
"""

from __future__ import annotations

import sys

import matplotlib
from matplotlib import pyplot
from matplotlib.backends.backend_agg import FigureCanvasAgg as FigureCanvas

from autograd_notes.pictures import plot

__all__ = ["FigureCanvas", "show"]

# What is plotted has often been trained, and no two kinds of processor agree on more.
DIGITS = 2

matplotlib.rcParams.update(plot.STYLE)


def show(*_: object, **__: object) -> None:
    """Display the open figures, in the order in which they were made, and close them."""
    for number in pyplot.get_fignums():
        sys.displayhook(plot.plot(pyplot.figure(number), DIGITS))
