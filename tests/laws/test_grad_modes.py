"""What pages say of grad modes, in all their nestings up to three deep."""

import itertools
import threading
from contextlib import ExitStack

import pytest
import torch

MODES = {
    "no_grad": torch.no_grad,
    "enable_grad": torch.enable_grad,
    "set_grad_enabled(False)": lambda: torch.set_grad_enabled(False),
    "set_grad_enabled(True)": lambda: torch.set_grad_enabled(True),
    "inference_mode": torch.inference_mode,
    "inference_mode(False)": lambda: torch.inference_mode(False),
}
NESTINGS = [names for depth in range(4) for names in itertools.product(MODES, repeat=depth)]


def _within(names, look):
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(MODES[name]())
        return look()


def _breaking(holds):
    return [" > ".join(names) for names in NESTINGS if not _within(names, holds)]


def test_an_operation_is_recorded_if_gradients_are_enabled_and_inference_mode_is_not():
    w = torch.ones(2, requires_grad=True)

    def holds():
        records = torch.is_grad_enabled() and not torch.is_inference_mode_enabled()
        return (w * 2).requires_grad == records

    assert not _breaking(holds)


def test_inside_inference_mode_is_grad_enabled_alone_does_not_tell():
    w = torch.ones(2, requires_grad=True)
    misleading = _breaking(lambda: (w * 2).requires_grad == torch.is_grad_enabled())
    assert "inference_mode > enable_grad" in misleading
    assert all("inference_mode" in names.split(" > ") for names in misleading)


def test_inference_mode_false_within_switches_recording_on_in_every_mode():
    w = torch.ones(2, requires_grad=True)

    def holds():
        with torch.inference_mode(False):
            return (w * 2).requires_grad

    assert not _breaking(holds)


def test_a_mark_set_at_creation_stays_in_every_mode():
    made = [
        lambda: torch.ones(2, requires_grad=True),
        lambda: torch.tensor([1.0], requires_grad=True),
        lambda: torch.nn.Parameter(torch.ones(2)),
        lambda: torch.nn.Linear(1, 1).weight,
    ]
    assert not _breaking(lambda: all(make().requires_grad for make in made))


def test_a_view_has_the_flag_of_its_base_in_every_mode():
    w = torch.ones(2, 2, requires_grad=True)
    views = [
        lambda: w[0],
        lambda: w.view(4),
        lambda: w.T,
        lambda: w.unbind()[0],
        lambda: w.expand(3, 2, 2),
        lambda: w.chunk(2)[1],
        lambda: w.diagonal(),
        lambda: w.unsqueeze(0),
    ]
    assert not _breaking(lambda: all(view().requires_grad for view in views))


def test_what_a_view_made_under_no_grad_leads_to_reaches_no_leaf():
    w = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        view = w[:1]
    (view * 3).sum().backward()
    assert view.is_leaf and view.requires_grad
    assert w.grad is None and view.grad is None


def test_detach_requires_no_gradient_in_every_mode():
    w = torch.ones(2, requires_grad=True)
    assert not _breaking(lambda: not w.detach().requires_grad)


def test_a_tensor_stays_an_inference_tensor_when_the_mode_has_ended():
    with torch.inference_mode():
        made = torch.ones(2)
        view = made[:1]
    assert made.is_inference() and view.is_inference()
    assert not _breaking(lambda: made.is_inference() and made.detach().is_inference())


def test_a_clone_of_an_inference_tensor_is_normal_if_it_is_made_outside():
    with torch.inference_mode():
        made = torch.ones(2)
        inside = made.clone()
    assert inside.is_inference() and not made.clone().is_inference()


def test_the_mode_ends_with_its_block_even_if_that_raises():
    for mode in MODES.values():
        with pytest.raises(ZeroDivisionError), mode():
            raise ZeroDivisionError
        assert torch.is_grad_enabled() and not torch.is_inference_mode_enabled()


def test_the_mode_belongs_to_a_thread_and_a_new_thread_records():
    def answers():
        found = []
        thread = threading.Thread(
            target=lambda: found.append(torch.is_grad_enabled() and not torch.is_inference_mode_enabled())
        )
        thread.start()
        thread.join()
        return found == [True]

    assert not _breaking(answers)


def test_eval_and_train_change_no_grad_mode():
    layer = torch.nn.Linear(1, 1)
    for switch in (layer.eval, layer.train):
        for mode in (torch.no_grad, torch.enable_grad):
            with mode():
                before = torch.is_grad_enabled()
                switch()
                assert torch.is_grad_enabled() is before
