"""What the engine knows of PyTorch: the state a session starts from, its chance, and what is no output of the reader's.

Nothing is imported before a session needs it.
"""

from __future__ import annotations

import contextlib
import importlib
import re
import sys
import warnings
from collections.abc import Iterable

MISSING = (
    "torch is not installed, so no example can run. `make serve` and `make test` install it; "
    "README.md has the pip commands."
)
SEEDS = (2_147_483_647, 2_147_483_629)
ADVICE = "Call torch.manual_seed(…) in the session before random numbers are drawn."
SCRUB = [(re.compile(r" \(Triggered internally at [^)]*\)"), "")]
# PyTorch warns of its own code, at the first forward-mode call of a process: a DeprecationWarning, and from 2.14 on a
# FutureWarning. Which session is first depends on what ran before, so it can stand in no transcript.
NOT_THE_READERS = r".*torch\.jit\.\w+` is (deprecated|not supported)"
# Adds frames of C++ to each message.
UNWANTED = ("TORCH_SHOW_CPP_STACKTRACES",)
USED = re.compile(r"\b(torch|autograd_notes)\b")
# What a session that uses PyTorch finds imported as well, if its text looks like one of these: each would import it
# anew, for a second or longer. PyTorch's compiler comes with function transforms and optimizers.
IMPORTS = {
    "torch._dynamo": re.compile(
        r"\b(checkpoint|compile|deterministic|forward_ad|func|functional_call|hessian|jac(fwd|rev)|jvp|optim|vjp|vmap)\b"
    ),
    "torch._decomp.decompositions_for_jvp": re.compile(r"\b(forward_ad|hessian|jacfwd|jvp)\b"),
    "autograd_notes.pictures.graph": re.compile(r"\bautograd_notes\.pictures\b"),
    "matplotlib.figure": re.compile(r"\b(matplotlib|plot)"),
}


def is_used(sources: Iterable[str]) -> bool:
    """Whether statements use PyTorch, as far as their text tells."""
    return any(USED.search(source) for source in sources)


def load(sources: Iterable[str]) -> None:
    """Import what these statements are to find imported; nothing, if they do not use PyTorch.

    Raises:
        ModuleNotFoundError: PyTorch is not installed; the message says what installs it.
    """
    text = "\n".join(sources)
    if not is_used([text]):
        return
    if "torch" not in sys.modules:
        _import_torch()
    for name, use in IMPORTS.items():
        if name not in sys.modules and use.search(text):
            # It may warn of code of its own. What cannot be imported, the session may not need; else it says so itself.
            with contextlib.suppress(Exception), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                importlib.import_module(name)


def _import_torch() -> None:
    try:
        import torch
    except ModuleNotFoundError as error:
        if error.name != "torch":
            raise
        raise ModuleNotFoundError(MISSING, name="torch") from error
    # What this imports, each session would import.
    reset()
    repr(torch.ones(1))


def reset(seed: int = SEEDS[0]) -> None:
    """Set what most examples change to the value that each session starts from."""
    import torch

    # `torch.manual_seed` takes a millisecond to seed what no example uses.
    torch.default_generator.manual_seed(seed)
    torch.set_default_dtype(torch.float32)
    if torch.get_default_device() != torch.device("cpu"):
        torch.set_default_device(None)
    torch.set_printoptions(profile="default")
    torch.set_grad_enabled(True)
    torch.autograd.set_detect_anomaly(False)
    if torch.are_deterministic_algorithms_enabled():
        # Its first call imports the compiler.
        torch.use_deterministic_algorithms(False)
    torch.set_warn_always(True)
    torch.set_num_threads(1)


class Chance:
    """Whether random numbers are drawn from the seed that a session starts with, from now on."""

    def __init__(self, seed: int) -> None:
        import torch

        self._torch, self._seed, self._start = torch, seed, torch.get_rng_state()

    def was_drawn(self) -> bool:
        """Whether the session drew numbers and never set a seed of its own."""
        try:
            return self._torch.initial_seed() == self._seed and not self._torch.equal(
                self._torch.get_rng_state(), self._start
            )
        except Exception:
            # The session has left PyTorch so that it cannot be asked; a second run shows it as well.
            return True
