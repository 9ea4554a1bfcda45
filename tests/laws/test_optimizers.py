"""What pages say of optimizers, tried on all that `torch.optim` has."""

import pytest
import torch

KINDS = {
    name: kind
    for name, kind in vars(torch.optim).items()
    if isinstance(kind, type) and issubclass(kind, torch.optim.Optimizer) and kind is not torch.optim.Optimizer
}
# They shrink parameters by default: weight decay, or in ASGD a decay of its own.
DECAY = {"AdamW", "ASGD", "Muon"}
# They keep a running average of gradients, which moves a parameter when its own gradient has become zero.
REMEMBER = {"Adam", "AdamW", "Adamax", "Muon", "NAdam", "RAdam"}


@pytest.fixture(params=sorted(KINDS))
def kind(request):
    return request.param


class Steps:
    """A parameter of ones, an optimizer of a kind, and its steps."""

    def __init__(self, kind, **settings):
        self.sparse, self.closure = kind == "SparseAdam", kind == "LBFGS"
        self.parameter = torch.nn.Parameter(torch.ones(2, 2))
        self.optimizer = KINDS[kind]([self.parameter], lr=0.1, **settings)

    def grad(self, value):
        gradient = torch.full((2, 2), value)
        self.parameter.grad = gradient.to_sparse() if self.sparse else gradient

    def step(self):
        """Take a step, and return whether it moved the parameter."""
        before = self.parameter.detach().clone()
        self.optimizer.step(*[lambda: torch.tensor(1.0)] * self.closure)
        return not torch.equal(before, self.parameter)


def test_an_optimizer_refuses_a_tensor_that_is_no_leaf(kind):
    computed = torch.ones(2, 2, requires_grad=True) * 2
    with pytest.raises(ValueError, match="can't optimize a non-leaf Tensor"):
        KINDS[kind]([computed], lr=0.1)


def test_an_optimizer_takes_a_view_made_under_no_grad(kind):
    w = torch.ones(3, 2, requires_grad=True)
    with torch.no_grad():
        view = w[:2]
    KINDS[kind]([view], lr=0.1)


def test_an_optimizer_skips_a_parameter_without_a_gradient(kind):
    steps = Steps(kind)
    assert not steps.step()


def test_an_optimizer_moves_a_frozen_parameter_at_each_step_until_its_gradient_is_cleared(kind):
    steps = Steps(kind)
    steps.grad(1.0)
    steps.parameter.requires_grad_(False)
    assert [steps.step() for _ in range(3)] == [True, True, True]
    steps.optimizer.zero_grad()
    assert not steps.step()


def test_zero_grad_sets_gradients_to_none_by_default(kind):
    steps = Steps(kind)
    steps.grad(1.0)
    steps.optimizer.zero_grad()
    assert steps.parameter.grad is None


def test_a_first_step_along_zeros_leads_nowhere_except_with_decay(kind):
    steps = Steps(kind)
    steps.grad(0.0)
    assert steps.step() is (kind in DECAY)


def test_zeros_after_a_real_gradient_lead_nowhere_except_with_running_averages_and_decay(kind):
    steps = Steps(kind)
    steps.grad(1.0)
    steps.step()
    steps.grad(0.0)
    assert steps.step() is (kind in REMEMBER | DECAY)


@pytest.mark.parametrize("settings", [{"momentum": 0.5}, {"weight_decay": 0.5}], ids=str)
def test_momentum_and_weight_decay_of_sgd_move_a_parameter_along_zeros_and_not_along_none(settings):
    steps = Steps("SGD", **settings)
    steps.grad(1.0)
    steps.step()
    steps.grad(0.0)
    assert steps.step()
    steps.optimizer.zero_grad()
    assert not steps.step()


@pytest.mark.parametrize("kind", ["Adam", "AdamW", "Adamax", "NAdam", "RAdam"])
def test_adam_hides_a_factor_of_the_gradient(kind):
    reached = []
    for factor in (1.0, 2.0):
        steps = Steps(kind)
        for gradient in (1.0, 0.5, 2.0, 1.0, 0.25, 1.0, 2.0):
            steps.grad(factor * gradient)
            steps.step()
        reached.append(steps.parameter.detach().clone())
    hidden = torch.allclose(*reached, atol=1e-3)
    # RAdam takes its first five steps without dividing.
    assert hidden is (kind != "RAdam")


def test_clipping_hides_a_factor_where_it_is_active_and_only_there():
    clipped = []
    for gradient in (35.0, 70.0, 1.0, 2.0):
        parameter = torch.nn.Parameter(torch.ones(()))
        parameter.grad = torch.tensor(gradient)
        torch.nn.utils.clip_grad_norm_([parameter], 10.0)
        clipped.append(round(parameter.grad.item(), 3))
    assert clipped == [10, 10, 1, 2]
