"""What pages say of modules, tried on all that PyTorch lists."""

import torch
from torch.testing._internal.common_modules import module_db
from torch.utils._pytree import tree_leaves

from tests.laws.observe import quietly


def _outputs():
    """Yield each module that has parameters, after a forward pass in either mode, and what that pass returned."""
    with quietly():
        for info in module_db:
            for training in (True, False):
                samples = info.module_inputs_func(
                    info, device="cpu", dtype=torch.float32, requires_grad=False, training=training
                )
                sample = next(iter(samples), None)
                if sample is None or sample.forward_input is None:
                    continue
                made = sample.constructor_input
                module = info.module_cls(*made.args, **made.kwargs).train(training)
                given = sample.forward_input
                if any(True for _ in module.parameters()):
                    yield (
                        module,
                        [
                            leaf
                            for leaf in tree_leaves(module(*given.args, **given.kwargs))
                            if isinstance(leaf, torch.Tensor)
                        ],
                    )


def test_evaluation_mode_is_recorded_like_training():
    seen = [(type(module).__name__, module.training, outputs) for module, outputs in _outputs()]
    assert len({name for name, _, _ in seen}) > 25
    for training in (True, False):
        unrecorded = {
            name
            for name, mode, outputs in seen
            if mode is training and not any(output.requires_grad for output in outputs)
        }
        assert not unrecorded, f"these are not recorded where training is {training}"


def test_a_new_module_requires_gradients_of_all_its_parameters():
    for module, _ in _outputs():
        assert all(parameter.requires_grad and parameter.is_leaf for parameter in module.parameters())


def test_the_output_of_a_wholly_frozen_module_requires_nothing():
    for module, _ in _outputs():
        module.requires_grad_(False)
        assert not any(parameter.requires_grad for parameter in module.parameters())
