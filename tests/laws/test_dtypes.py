"""What pages say of dtypes, tried on all that PyTorch has."""

import pytest
import torch

DTYPES = sorted({value for value in vars(torch).values() if isinstance(value, torch.dtype)}, key=str)


def _empty(dtype):
    try:
        return torch.empty(1, dtype=dtype)
    except (RuntimeError, TypeError):
        pytest.skip(f"{dtype} cannot be made this way")


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_only_floating_point_and_complex_tensors_can_be_marked(dtype):
    tensor = _empty(dtype)
    if dtype.is_floating_point or dtype.is_complex:
        assert tensor.requires_grad_().requires_grad
    else:
        with pytest.raises(RuntimeError, match="floating point"):
            tensor.requires_grad_()
        with pytest.raises(RuntimeError, match="floating point"):
            torch.empty(1, dtype=dtype, requires_grad=True)


@pytest.mark.parametrize("dtype", [dtype for dtype in DTYPES if dtype.is_floating_point or dtype.is_complex], ids=str)
def test_a_conversion_to_the_same_type_returns_the_tensor_itself_and_to_another_one_a_new_tensor(dtype):
    tensor = _empty(dtype).requires_grad_()
    assert tensor.to(dtype) is tensor
    other = torch.float32 if dtype is not torch.float32 else torch.float64
    try:
        converted = tensor.to(other)
    except NotImplementedError:
        pytest.skip(f"{dtype} cannot be converted")
    assert converted is not tensor and not converted.is_leaf


@pytest.mark.parametrize("name", ["eq", "ne", "lt", "le", "gt", "ge"])
def test_a_comparison_makes_a_tensor_that_requires_no_gradient_and_in_place_one_whose_gradient_is_zero(name):
    x = torch.tensor([0.0, 1.0, 2.0], requires_grad=True)
    assert not getattr(x, name)(1).requires_grad
    y = x * 1
    getattr(y, f"{name}_")(1)
    (gradient,) = torch.autograd.grad(y.sum(), x)
    assert not gradient.any()
