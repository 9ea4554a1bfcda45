"""What pages say of the version counter: which writes it sees, and who shares it."""

import itertools

import pytest
import torch
from torch.testing._internal.common_methods_invocations import op_db

from tests.laws.observe import quietly

SHARE = {
    "a slice": lambda tensor: tensor[:1],
    "view": lambda tensor: tensor.view(-1),
    "a transposed tensor": lambda tensor: tensor.T,
    "an expanded tensor": lambda tensor: tensor.expand(3, *tensor.shape),
    "detach": torch.Tensor.detach,
    "a slice of detach": lambda tensor: tensor.detach()[:1],
}
UNSEEN = {
    ".data": lambda tensor: tensor.data.fill_(7.0),
    "NumPy": lambda tensor: tensor.detach().numpy().fill(7.0),
    "DLPack": lambda tensor: torch.from_dlpack(tensor.detach()).fill_(7.0),
    "the storage": lambda tensor: tensor.untyped_storage().fill_(0),
    "a buffer": lambda tensor: torch.frombuffer(memoryview(tensor.detach().numpy()), dtype=torch.float32).fill_(7.0),
}


@pytest.mark.parametrize("way", SHARE)
def test_views_and_detach_share_the_version_of_their_tensor(way):
    tensor = torch.ones(2, 2)
    other = SHARE[way](tensor)
    tensor.add_(1)
    assert other._version == tensor._version == 1
    if other.stride()[0]:
        other.add_(1)
        assert other._version == tensor._version == 2


@pytest.mark.parametrize("way", UNSEEN)
def test_a_write_that_pytorch_does_not_see_changes_the_values_and_not_the_version(way):
    tensor = torch.ones(2, 2)
    UNSEEN[way](tensor)
    assert tensor._version == 0
    assert not tensor.eq(1).any()


@pytest.mark.parametrize("way", UNSEEN)
def test_after_such_a_write_the_backward_pass_runs_and_its_gradient_is_wrong(way):
    x = torch.ones(2, 2, requires_grad=True)
    y = x.exp()
    right = y.detach().clone()
    UNSEEN[way](y)
    y.sum().backward()
    assert not torch.allclose(x.grad, right)


def test_every_in_place_operation_that_writes_another_value_raises_the_version():
    missed, tried = set(), set()
    with torch.no_grad(), quietly():
        for info in op_db:
            change = info.inplace_variant
            if change is None or not info.supports_dtype(torch.float32, "cpu"):
                continue
            for sample in itertools.islice(info.sample_inputs("cpu", torch.float32), 2):
                tensor = sample.input.clone() if isinstance(sample.input, torch.Tensor) else None
                if tensor is None or not tensor.numel():
                    continue
                before, old = tensor._version, tensor.clone()
                try:
                    change(tensor, *sample.args, **sample.kwargs)
                except (RuntimeError, TypeError, IndexError):
                    continue
                tried.add(info.name)
                # Dropout with a probability of zero writes nothing, and `resize_` takes other memory.
                is_written = tensor.shape == old.shape and not torch.equal(tensor.nan_to_num(), old.nan_to_num())
                if tensor._version == before and is_written:
                    missed.add(info.name)
    assert len(tried) > 120
    assert not missed, "these change a tensor and leave its version"


def test_a_saved_tensor_that_was_changed_through_a_view_or_detach_is_noticed():
    for change in SHARE.values():
        x = torch.ones(2, 2, requires_grad=True)
        y = x.exp()
        part = change(y.detach())
        if part.stride()[0]:
            part.add_(1)
            with pytest.raises(RuntimeError, match="modified by an inplace operation"):
                y.sum().backward()


def test_a_change_of_another_part_counts_as_a_change():
    x = torch.tensor(2.0, requires_grad=True)
    buffer = torch.zeros(3)
    buffer[0] = x
    y = buffer[0] ** 2
    buffer.detach()[2] = 7.0
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        y.backward()


def test_a_change_of_another_part_through_data_does_no_harm():
    x = torch.tensor(2.0, requires_grad=True)
    buffer = torch.zeros(3)
    buffer[0] = x
    y = buffer[0] ** 2
    buffer.data[2] = 7.0
    y.backward()
    assert x.grad == 4


def test_an_inference_tensor_has_no_version():
    with torch.inference_mode():
        made = [torch.ones(2), torch.ones(2) * 2, torch.ones(2)[:1]]
    for tensor in made:
        with pytest.raises(RuntimeError, match="do not track version counter"):
            tensor._version  # noqa: B018
