"""Functions of `math` and NumPy as on another machine: their inexact results are the next numbers above or below.

Not simulated: `**` of Python's own floats, methods and operators of NumPy's arrays, and names bound to the functions
before this is entered. `sqrt` is exempt: IEEE 754 says how it rounds.
"""

from __future__ import annotations

import contextlib
import functools
import math
import sys
import zlib
from collections.abc import Callable, Iterator
from typing import Any
from unittest import mock

import numpy

BOTH = "cos cosh exp exp2 expm1 hypot log log10 log1p log2 pow sin sinh tan tanh "
MATH = BOTH + "acos acosh asin asinh atan atan2 atanh cbrt dist erf erfc gamma lgamma"
NUMPY = BOTH + "arccos arccosh arcsin arcsinh arctan arctan2 arctanh cbrt dot logaddexp matmul mean power std sum var"
# A result with so few binary digits is taken for exact.
DIGITS = 20


@contextlib.contextmanager
def rounded_otherwise(seed: int) -> Iterator[None]:
    """Replace the functions of `math` and NumPy that are left to libraries, as long as this is entered.

    Args:
        seed: Which machine; odd ones are the opposites of even ones.
    """
    with contextlib.ExitStack() as patches:
        for module, names in ((math, MATH), (numpy, NUMPY)):
            # Python 3.11 has no `math.fma`, NumPy 1 no `pow`.
            for name in filter(functools.partial(hasattr, module), names.split()):
                patches.enter_context(mock.patch.object(module, name, _Other(getattr(module, name), seed)))
        yield


class _Other:
    """A function that rounds otherwise where an example calls it; libraries get what they always get."""

    def __init__(self, function: Callable, seed: int) -> None:
        self._function = function
        self._way = numpy.inf if (zlib.crc32(function.__name__.encode()) ^ seed) & 1 else -numpy.inf

    def __getattr__(self, name: str) -> Any:
        """Return an attribute of the function: NumPy's have methods, such as `numpy.power.outer`."""
        return getattr(self._function, name)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        result = self._function(*args, **kwargs)
        is_example = sys._getframe(1).f_globals.get("__name__") == "__main__"
        if not is_example or not isinstance(result, float | numpy.floating | numpy.ndarray):
            return result
        numbers = numpy.asarray(result)
        if numbers.dtype.kind != "f":
            return result
        mantissa = numpy.frexp(numbers)[0] * 2.0**DIGITS
        other = numpy.nextafter(numbers, numbers.dtype.type(self._way))
        chosen = numpy.where(mantissa == numpy.round(mantissa), numbers, other)
        return chosen if isinstance(result, numpy.ndarray) else type(result)(chosen)
