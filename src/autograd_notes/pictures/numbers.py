"""Numbers as a picture writes them: four digits, and the shape of a tensor that has too many."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

LONGEST = 32
SHAPE = "shape "


def text_of(tensor: Tensor) -> str:
    """Return a tensor's numbers, to four digits, where they are few; else its shape."""
    if tensor.numel() <= 4 and tensor.dim() <= 2 and tensor.layout == torch.strided and not tensor.is_meta:
        numbers = numbers_text(tensor.detach().tolist())
        if len(numbers) <= LONGEST:
            return numbers
    return shape_text(tensor.shape)


def numbers_text(numbers: Any, digits: int = 4) -> str:
    """Return a number, or lists of numbers, to a few digits."""
    if isinstance(numbers, list):
        return f"[{', '.join(numbers_text(number, digits) for number in numbers)}]"
    if isinstance(numbers, float) and numbers.is_integer() and abs(numbers) < 1e6:
        return f"{numbers:.0f}"
    return f"{numbers:.{digits}g}"


def shape_text(shape: Sequence[int]) -> str:
    """Return a shape in words."""
    return SHAPE + "×".join(str(size) for size in shape)
