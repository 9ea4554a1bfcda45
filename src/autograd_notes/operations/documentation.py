"""Where PyTorch's documentation describes an operation."""

from __future__ import annotations

ROOT = "https://docs.pytorch.org/docs/stable/"
# Modules whose functions have a page each.
WITH_PAGES = {"torch", "torch.Tensor", "torch.nn.functional", "torch.linalg", "torch.fft"}
# Functions whose page is that of the method.
METHODS = {"torch.index_fill", "torch.index_put", "torch.masked_fill", "torch.masked_scatter"}
ATTRIBUTES = {"torch.Tensor.H", "torch.Tensor.T", "torch.Tensor.mH", "torch.Tensor.mT"}
# Functions that can be called, and that the documentation does not list.
UNDOCUMENTED = {
    *("torch.as_strided_scatter", "torch.clamp_max", "torch.clamp_min", "torch.constant_pad_nd", "torch.fill"),
    *("torch.grid_sampler_2d", "torch.grid_sampler_3d", "torch.linalg.matrix_sqrth", "torch.log_softmax"),
    *("torch.native_batch_norm", "torch.native_group_norm", "torch.native_layer_norm"),
    *("torch.nn.functional.channel_shuffle", "torch.nn.functional.multi_head_attention_forward"),
    *("torch.put", "torch.rsub", "torch.split_with_sizes", "torch.unsafe_chunk", "torch.unsafe_split", "torch.zero_"),
    *("torch.special.bessel_y0", "torch.special.bessel_y1", "torch.special.modified_bessel_i0"),
    *("torch.special.modified_bessel_i1", "torch.special.modified_bessel_k0", "torch.special.modified_bessel_k1"),
}


def address(name: str) -> str:
    """Return where an operation is described, "" where it is not known to be."""
    module, _, last = name.rpartition(".")
    if name in METHODS:
        return f"{ROOT}generated/torch.Tensor.{last}.html"
    if name in ATTRIBUTES:
        return f"{ROOT}tensors.html#{name}"
    if last.startswith("_") or name in UNDOCUMENTED or (module == "torch" and last.endswith("_copy")):
        return ""
    if module == "torch.special":
        return f"{ROOT}special.html#{name}"
    return f"{ROOT}generated/{name}.html" if module in WITH_PAGES else ""
