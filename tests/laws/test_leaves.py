"""What pages say of tensors that are made, marked and changed, tried on each way to make one."""

import copy

import pytest
import torch

MADE = {
    "ones": lambda: torch.ones(2),
    "zeros": lambda: torch.zeros(2),
    "full": lambda: torch.full((2,), 3.0),
    "empty": lambda: torch.empty(2),
    "arange": lambda: torch.arange(2.0),
    "linspace": lambda: torch.linspace(0, 1, 2),
    "logspace": lambda: torch.logspace(0, 1, 2),
    "eye": lambda: torch.eye(2),
    "rand": lambda: torch.rand(2),
    "randn": lambda: torch.randn(2),
    "tensor": lambda: torch.tensor([1.0, 2.0]),
    "as_tensor": lambda: torch.as_tensor([1.0, 2.0]),
    "from_numpy": lambda: torch.from_numpy(torch.ones(2).numpy()),
    "computed without a gradient": lambda: torch.ones(2) * 2,
    "detached": lambda: (torch.ones(2, requires_grad=True) * 2).detach(),
    "a copy": lambda: copy.deepcopy(torch.ones(2)),
    "computed under no_grad": lambda: torch.no_grad()(lambda: torch.ones(2, requires_grad=True) * 2)(),
}


@pytest.fixture(params=MADE)
def made(request):
    return MADE[request.param]()


def test_a_tensor_that_requires_no_gradient_is_a_leaf_and_can_be_marked_whoever_made_it(made):
    assert made.is_leaf and not made.requires_grad and made.grad_fn is None
    made.requires_grad_()
    (made * made).sum().backward()
    assert torch.equal(made.grad, 2 * made.detach())


def test_before_the_first_backward_pass_there_is_no_gradient(made):
    assert made.requires_grad_().grad is None


def test_setting_the_gradient_to_none_works_whether_there_is_one_or_not(made):
    made.requires_grad_().grad = None
    (made * made).sum().backward()
    made.grad = None
    assert made.grad is None


def test_marking_what_was_computed_changes_nothing_and_taking_its_mark_off_is_refused():
    x = torch.ones(2, requires_grad=True)
    for computed in (x * 2, x[:1], x.double(), x.exp().sum()):
        assert computed.requires_grad_() is computed
        assert computed.requires_grad_(True) is computed
        computed.sum().backward(retain_graph=True)
        assert not computed.retains_grad
        with pytest.raises(RuntimeError, match="leaf variables"):
            computed.requires_grad_(False)
        with pytest.raises(RuntimeError, match="leaf variables"):
            computed.requires_grad = True


def test_a_frozen_leaf_gets_no_gradient_and_loses_none():
    x, frozen = torch.ones(2, requires_grad=True), torch.ones(2, requires_grad=True)
    (frozen * x).sum().backward()
    frozen.requires_grad_(False)
    (frozen * x).sum().backward()
    assert torch.equal(frozen.grad, torch.ones(2))
    assert torch.equal(x.grad, 2 * torch.ones(2))


def test_a_gradient_is_refused_that_has_another_shape_or_type():
    x = torch.ones(2, requires_grad=True)
    for wrong in (torch.ones(3), torch.ones(2, 1), torch.ones(()), torch.ones(2, dtype=torch.float64)):
        with pytest.raises((RuntimeError, TypeError)):
            x.grad = wrong


def test_the_gradient_argument_is_a_tensor_or_a_sequence_of_which_the_first_is_taken():
    x = torch.arange(3.0, requires_grad=True)
    right, other = torch.ones(3), torch.tensor(5.0)
    for gradient in (right, [right], (right,), [right, other], (right, other, other)):
        x.grad = None
        (x * x).backward(gradient)
        assert torch.equal(x.grad, 2 * x.detach())
    for refused in ([1.0, 1.0, 1.0], 1.0, [[1.0] * 3], right.numpy(), [other, right], torch.ones(1), torch.ones(1, 3)):
        with pytest.raises((RuntimeError, TypeError)):
            (x * x).backward(refused)
