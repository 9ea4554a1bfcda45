"""What pages say of custom functions."""

import gc
import weakref

import pytest
import torch
from torch.autograd.function import once_differentiable


class Kept(torch.autograd.Function):
    """The square, with the tensor as an attribute of `ctx`."""

    @staticmethod
    def forward(ctx, x):
        ctx.x = x
        return x * x

    @staticmethod
    def backward(ctx, g):
        return 2 * ctx.x * g


class KeptOutput(torch.autograd.Function):
    """The exponential, with the output as an attribute of `ctx`."""

    @staticmethod
    def forward(ctx, x):
        ctx.y = x.exp()
        return ctx.y

    @staticmethod
    def backward(ctx, g):
        return g * ctx.y


class SavedOutput(torch.autograd.Function):
    """The exponential, with its output saved."""

    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        return g * ctx.saved_tensors[0]


def returning(gradient):
    """Return a function of two numbers whose `backward` returns a given gradient."""

    class Returning(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x.sum()

        @staticmethod
        def backward(ctx, g):
            return gradient

    return Returning


def test_what_is_kept_on_ctx_is_not_freed_so_that_a_second_pass_runs():
    x = torch.tensor(3.0, requires_grad=True)
    y = Kept.apply(x)
    y.backward()
    y.backward()
    assert x.grad == 12


@pytest.mark.parametrize(("function", "freed"), [(KeptOutput, False), (SavedOutput, True), (Kept, True)])
def test_only_an_output_on_ctx_outlives_its_name_until_the_garbage_collector_runs(function, freed):
    gc.collect()
    gc.disable()
    try:
        y = function.apply(torch.ones(2, requires_grad=True))
        node = weakref.ref(y.grad_fn)
        del y
        assert (node() is None) is freed
        gc.collect()
        assert node() is None
    finally:
        gc.enable()


@pytest.mark.parametrize("shape", [(2,), (1, 2), (5, 2), (3, 5, 2)])
def test_a_gradient_to_which_the_input_could_be_broadcast_is_summed_to_the_shape_of_the_input(shape):
    x = torch.ones(2, requires_grad=True)
    returning(torch.ones(shape)).apply(x).backward()
    assert torch.equal(x.grad, torch.ones(shape).sum_to_size(2))


@pytest.mark.parametrize("shape", [(), (1,), (3,), (2, 1), (2, 3)])
def test_a_gradient_of_any_other_shape_is_refused(shape):
    x = torch.ones(2, requires_grad=True)
    with pytest.raises(RuntimeError, match="invalid gradient"):
        returning(torch.ones(shape)).apply(x).backward()


def test_a_gradient_without_a_graph_may_belong_to_a_function_that_is_not_linear():
    class Square(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            return 2 * ctx.saved_tensors[0] * g

    x = torch.tensor(3.0, requires_grad=True)
    (gradient,) = torch.autograd.grad(Square.apply(x), x, create_graph=True)
    assert gradient == 6 and gradient.grad_fn is None
