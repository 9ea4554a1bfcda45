"""What pages say of hooks, tried on tensors of each kind and on all activations that work in place."""

import inspect

import pytest
import torch
from torch import nn

IN_PLACE = sorted(
    name
    for name, kind in vars(nn).items()
    if isinstance(kind, type) and "inplace" in inspect.signature(kind.__init__).parameters and "ropout" not in name
)
MORE = {"Threshold": (0.0, 0.0)}


@pytest.mark.parametrize("name", IN_PLACE)
def test_a_hook_stays_with_its_value_and_retain_grad_moves_on_with_the_tensor(name):
    def gradients(inplace):
        x = torch.tensor([[-0.7, 0.3, 1.2]], dtype=torch.float64, requires_grad=True)
        seen, h = [], x * 1
        h.register_hook(seen.append)
        h.retain_grad()
        activation = getattr(nn, name)(*MORE.get(name, ()), inplace=inplace).eval()
        (activation(h) * torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64)).sum().backward()
        return seen[0], h.grad

    hook, retained = gradients(inplace=False)
    assert torch.equal(hook, retained)
    hook_in_place, retained_in_place = gradients(inplace=True)
    assert torch.allclose(hook_in_place, hook)
    assert torch.allclose(retained_in_place, torch.tensor([[1.0, 2.0, 3.0]], dtype=torch.float64))


@pytest.mark.parametrize("name", IN_PLACE)
def test_a_module_whose_output_is_changed_in_place_takes_no_full_backward_hook(name):
    layer, activation = nn.Linear(2, 2), getattr(nn, name)(*MORE.get(name, ()), inplace=True)
    layer.register_full_backward_hook(lambda *_: None)
    with pytest.raises(RuntimeError, match="BackwardHookFunction"):
        activation(layer(torch.ones(1, 2, requires_grad=True)))


REGISTER = {
    "register_hook": lambda tensor: tensor.register_hook(lambda gradient: None),
    "register_post_accumulate_grad_hook": lambda tensor: tensor.register_post_accumulate_grad_hook(lambda leaf: None),
    "retain_grad": torch.Tensor.retain_grad,
}


@pytest.mark.parametrize("way", REGISTER)
def test_hooks_and_retain_grad_are_refused_where_no_gradient_is_required(way):
    with pytest.raises(RuntimeError):
        REGISTER[way](torch.ones(2))


def test_a_post_accumulate_hook_is_for_leaves_only():
    x = torch.ones(2, requires_grad=True)
    REGISTER["register_post_accumulate_grad_hook"](x)
    for computed in (x * 2, x[:1], x.view(2, 1)):
        with pytest.raises(RuntimeError, match="leaf"):
            REGISTER["register_post_accumulate_grad_hook"](computed)


def test_retain_grad_on_a_leaf_changes_nothing():
    x = torch.ones(2, requires_grad=True)
    x.retain_grad()
    assert not x.retains_grad


def test_retain_grad_asks_for_the_next_backward_pass():
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    loss = y.sum()
    loss.backward(retain_graph=True)
    y.retain_grad()
    assert y.grad is None
    loss.backward()
    assert y.grad is not None
