"""What pages say of operations in general."""

from tests.laws.law import Law, expect
from tests.laws.published import is_floating

COPIES = "it is made of other operations, and copies their result into `out`"


def test_without_a_gradient_required_a_result_is_a_leaf(calls):
    expect(Law(lambda call: all(result.is_leaf for result in call.recorded if not result.requires_grad)), calls)


def test_a_differentiable_operation_on_marked_inputs_is_recorded(calls):
    law = Law(
        lambda call: any(result.requires_grad for result in call.recorded if is_floating(result)),
        lambda call: call.is_differentiable and bool(call.recorded),
        {"torch.normal": "it draws numbers, and here its inputs are integers or have no part in them"},
    )
    expect(law, calls)


def test_a_result_of_integers_or_truth_values_never_requires_a_gradient(calls):
    law = Law(lambda call: all(is_floating(result) for result in call.recorded if result.requires_grad))
    expect(law, calls)


def test_under_no_grad_no_result_has_a_node(calls):
    expect(Law(lambda call: not any(result.has_node for result in call.without_grad)), calls)


def test_in_inference_mode_no_result_has_a_node(calls):
    expect(Law(lambda call: not any(result.has_node for result in call.in_inference)), calls)


def test_in_inference_mode_only_what_lies_in_the_memory_of_a_marked_input_requires_a_gradient(calls):
    law = Law(lambda call: all(result.is_marked_memory for result in call.in_inference if result.requires_grad))
    expect(law, calls)


def test_an_operation_that_is_not_in_place_changes_no_input(calls):
    law = Law(
        lambda call: not call.changed,
        lambda call: call.changed is not None,
        {"torch.nn.functional.instance_norm": "it updates the running statistics that it is given"},
    )
    expect(law, calls)


def test_after_backward_only_leaves_have_a_gradient(calls):
    expect(Law(lambda call: not call.non_leaf, lambda call: call.non_leaf is not None), calls)


def test_where_nothing_was_saved_a_second_pass_adds_the_same_gradient_again(calls):
    expect(Law(lambda call: bool(call.doubles), lambda call: call.doubles is not None), calls)


def test_a_second_pass_either_runs_or_says_that_the_graph_was_freed(calls):
    expect(Law(lambda call: call.twice in ("runs", "freed"), lambda call: call.twice is not None), calls)


def test_out_is_refused_where_an_input_is_marked_but_for_these(calls):
    later = {call.name for call in calls if call.out == "raises in the backward pass"}
    assert {"torch.softmax", "torch.view_copy"} < later, "the refusal of `out=` comes at other places than it did"
    law = Law(
        lambda call: call.out in ("raises", "raises in the backward pass"),
        lambda call: call.out is not None,
        dict.fromkeys(
            [
                "torch.inner",
                "torch.linalg.cond",
                "torch.linalg.matrix_norm",
                "torch.linalg.matrix_power",
                "torch.linalg.norm",
                "torch.linalg.pinv",
                "torch.linalg.tensorinv",
                "torch.linalg.tensorsolve",
                "torch.lu",
                "torch.nanquantile",
                "torch.norm",
                "torch.quantile",
                "torch.special.ndtr",
                "torch.tensordot",
            ],
            COPIES,
        )
        | dict.fromkeys(["torch.fft.ihfftn", "torch.split_with_sizes_copy", "torch.unbind_copy"], "it is not recorded"),
    )
    expect(law, calls)
