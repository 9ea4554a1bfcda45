"""The graph that is printed and drawn is the one that autograd built, and looking at it changes nothing."""

import contextlib
import gc
import os
import re
import subprocess
import sys
import time
import warnings
import weakref
from collections import Counter
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_notes.language import LANGUAGE, speaking
from autograd_notes.pictures import drawing
from autograd_notes.pictures.backward import Watch
from autograd_notes.pictures.graph import graph
from autograd_notes.pictures.numbers import text_of
from autograd_notes.pictures.snapshot import DRAWN, Graph

OPERATIONS = {
    "add": lambda a, b: a + b,
    "multiply": lambda a, b: a * b,
    "subtract": lambda a, b: a - b,
    "sin": lambda a, b: a.sin(),
    "view": lambda a, b: a.view(2),
    "in place": lambda a, b: (a * 2).add_(b),
    "second of two": lambda a, b: torch.stack([a, b]).unbind(0)[1],
}
PROGRAMS = st.lists(st.tuples(st.sampled_from(sorted(OPERATIONS)), st.integers(0, 99), st.integers(0, 99)), max_size=7)


class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x

    @staticmethod
    def backward(ctx, gradient):
        (x,) = ctx.saved_tensors
        return 2 * x * gradient


@pytest.fixture
def x():
    return torch.arange(4.0, requires_grad=True)


def run(program):
    """Return the leaves and the scalar of a random program."""
    leaves = [torch.tensor([1.0, 2.0], requires_grad=True), torch.tensor([3.0, -1.0], requires_grad=True)]
    values = list(leaves)
    for operation, first, second in program:
        values.append(OPERATIONS[operation](values[first % len(values)], values[second % len(values)]))
    return leaves, values[-1].sum() + values[0].sum()


def walk(root):
    """Return nodes and edges of a graph, by a second, independent way."""
    nodes, edges = [root], []
    for node in nodes:
        for source, output in node.next_functions:
            if source is not None:
                nodes += [source] if all(source is not other for other in nodes) else []
                edges.append((source, node, output))
    return nodes, edges


def assert_same_graph(drawn: Graph, root):
    nodes, edges = walk(root)
    operations = [node.name().rpartition("::")[2] for node in nodes]
    assert Counter(node.operation.partition(" ")[0] for node in drawn.nodes) == Counter(operations)
    # The node at each place is found by walking both graphs together, from the result down.
    place = {root: 0}
    for node in nodes:
        inputs = [edge for edge in drawn.edges if edge.target == place[node]]
        expected = [(source, output) for source, target, output in edges if target is node]
        assert [edge.output for edge in inputs] == [output for _, output in expected], (
            f"edges of {node.name()} are lost"
        )
        for edge, (source, _) in zip(inputs, expected, strict=True):
            assert place.setdefault(source, edge.source) == edge.source, f"an edge of {node.name()} leads elsewhere"
    assert len(set(place.values())) == len(nodes), "two nodes were drawn as one"
    assert drawn._repr_html_().count('<g class="arrow"') == len(edges), "draw an arrow for every edge"


@settings(max_examples=60, deadline=None)
@given(PROGRAMS)
def test_drawn_edges_are_those_of_next_functions(program):
    _, y = run(program)
    assert_same_graph(graph(y), y.grad_fn)


@settings(max_examples=60, deadline=None)
@given(PROGRAMS)
def test_drawn_gradients_are_those_of_autograd(program):
    leaves, y = run(program)
    expected = torch.autograd.grad(y, leaves, retain_graph=True, allow_unused=True)
    drawn = {
        node.name: node.gradient for node in graph(y, gradients=True, names={"a": leaves[0], "b": leaves[1]}).nodes
    }
    for name, gradient in zip("ab", expected, strict=True):
        assert drawn.get(name, "") == ("" if gradient is None else text_of(gradient))


def test_every_edge_between_two_nodes_is_kept(x):
    y = 2 * torch.dot(x, x)
    assert (
        repr(graph(y)) == "y: MulBackward0, value 28 <- DotBackward0\nDotBackward0 <- x, x\nx: leaf, value [0, 1, 2, 3]"
    )


def test_a_computation_that_is_passed_shows_every_value_and_gradient(x):
    text = repr(graph(lambda: 2 * torch.dot(x, x), gradients=True))
    assert text.splitlines() == [
        "MulBackward0, value 28, grad 1 <- DotBackward0",
        "DotBackward0, value 14, grad 2 <- x, x",
        "x: leaf, value [0, 1, 2, 3], grad [0, 4, 8, 12]",
    ]


def test_a_value_is_the_one_at_that_moment_and_not_what_became_of_it(x):
    def change():
        y = x * 1
        y.add_(1)
        return y.sum()

    values = [node.value for node in graph(change).nodes]
    assert values == ["10", "[1, 2, 3, 4]", "[0, 1, 2, 3]", "[0, 1, 2, 3]"]


def test_gradients_that_pytorch_keeps_are_shown(x):
    u = x * x
    u.retain_grad()
    y = u.sum()
    y.backward()
    assert "u: MulBackward0, value [0, 1, 4, 9], grad [1, 1, 1, 1] <- x, x" in repr(graph(y))
    assert "x: leaf, value [0, 1, 2, 3], grad [0, 2, 4, 6]" in repr(graph(y))


def test_names_come_from_the_session_and_from_what_it_holds(x):
    model, rest, table = torch.nn.Linear(4, 1, bias=False), [torch.ones(1, requires_grad=True)], {"w": x}
    y = model(table["w"]) + rest[0]
    names = {node.name for node in graph(y, names={"model": model, "rest": rest, "table": table}).nodes}
    assert names == {"", "model.weight", "rest[0]", "table['w']"}


def test_two_nodes_without_a_name_are_told_apart(x):
    z = x * x * x * x
    assert [node.label for node in graph(z).nodes] == ["z", "MulBackward0 #2", "MulBackward0 #1", "x"]


def test_saved_tensors_and_flags_are_shown_on_request(x):
    y = x.exp().sum()
    assert "saved result [1, 2.718, 7.389, 20.09]" in repr(graph(y, saved=True))
    assert repr(graph(y, flags=True)).endswith("x: leaf, value [0, 1, 2, 3], requires_grad, is_leaf")


def test_a_saved_tensor_that_was_overwritten_says_so(x):
    y = x.exp()
    y += 1
    assert "saved result changed in place" in repr(graph(y, saved=True))


def test_a_custom_function_is_a_node_like_any_other(x):
    y = Square.apply(x)
    assert repr(graph(y, saved=True)).startswith("y: SquareBackward, value [0, 1, 4, 9], saved [0, 1, 2, 3] <- x")


def test_views_and_in_place_operations_are_drawn(x):
    base = x * 1
    view = base[:2]
    view.mul_(3)
    assert_same_graph(graph(base.sum()), base.sum().grad_fn)
    assert [node.operation for node in graph(view).nodes][:2] == ["AsStridedBackward0", "CopySlices"]


def test_a_view_that_autograd_gave_up_does_no_harm(x):
    base = x * 1
    with torch.no_grad():
        broken = base[:2]
    base.mul_(2)
    with pytest.raises(RuntimeError):
        broken.grad_fn  # noqa: B018 (to ask is to fail)
    assert "base: MulBackward0" in repr(graph(base))


def test_the_loss_of_a_model_and_a_second_derivative_are_drawn(x):
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    loss = model(x).square().mean()
    assert_same_graph(graph(loss), loss.grad_fn)
    (slope,) = torch.autograd.grad((x**3).sum(), x, create_graph=True)
    assert_same_graph(graph(slope), slope.grad_fn)


def test_an_operation_with_several_results_names_them():
    both = torch.eye(2, requires_grad=True)
    a, b = both.unbind(0)
    y = a * b + b
    assert "MulBackward0 <- a, b" in repr(graph(y)).replace(", shape 2", "")
    assert "a, b: UnbindBackward0, value [1, 0]; [0, 1] <- both" in repr(graph(y))


def test_a_tensor_without_a_graph_gets_a_one_node_answer(x):
    u = (x * x).detach()
    assert repr(graph(u)) == "u: no grad_fn, value [0, 1, 4, 9]"
    assert repr(graph(x)) == "x: leaf, value [0, 1, 2, 3]"
    assert "no grad_fn" in graph(u)._repr_html_()
    with torch.no_grad():
        assert repr(graph(lambda: x * 2)) == "tensor: no grad_fn, value [0, 2, 4, 6]"


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (3, "not for int; pass a tensor"),
        (lambda: None, "not for NoneType; pass a tensor"),
        (torch.arange(3), "torch.int64 has no gradient and no graph; pass a floating-point tensor"),
    ],
)
def test_what_has_no_graph_is_refused_with_what_to_do(value, message):
    with pytest.raises(TypeError, match=message):
        graph(value)


@pytest.mark.parametrize("asked", ["saved", "gradients"])
def test_a_freed_graph_is_refused_with_what_to_do(x, asked):
    for y in (x.exp().sum(), Square.apply(x).sum()):
        y.backward()
        assert "SumBackward0" in repr(graph(y)), "the bare graph is still there after a backward pass"
        with pytest.raises(ValueError, match=r"freed .* call backward\(retain_graph=True\)"):
            graph(y, **{asked: True})


def test_gradients_of_a_vector_are_refused_with_what_to_do(x):
    with pytest.raises(ValueError, match="this tensor has 4; sum it"):
        graph(x * 2, gradients=True)


def test_to_look_changes_no_gradient(x):
    x.grad = torch.full((4,), 7.0)
    u = x * x
    u.retain_grad()
    y = u.sum()
    graph(y, gradients=True, saved=True, flags=True)
    assert (x.grad.tolist(), u.grad, u.retains_grad, y.retains_grad) == ([7.0] * 4, None, True, False)
    y.backward()
    assert (x.grad.tolist(), u.grad.tolist()) == ([7.0, 9.0, 11.0, 13.0], [1.0] * 4)


@pytest.fixture
def watched(monkeypatch):
    """Every call of a hook of ours."""
    calls = []
    for name in ("receive", "_send"):
        monkeypatch.setattr(Watch, name, lambda *arguments: calls.append(arguments))
    return calls


def test_to_look_leaves_no_hook_behind(x, watched):
    y = (x * x).sum()
    graph(y, gradients=True)
    during = len(watched)
    y.backward()
    assert 0 < during == len(watched), "remove every hook: one still ran in a later backward pass"


def test_to_look_leaves_no_hook_behind_if_the_backward_pass_fails(x, watched):
    u = x * 1
    failing = u.register_hook(lambda gradient: 1 / 0)
    y = (u * u).sum()
    with pytest.raises(ZeroDivisionError):
        graph(y, gradients=True)
    during = len(watched)
    failing.remove()
    y.backward()
    assert 0 < during == len(watched), "remove every hook, even after an error: one still ran in a later backward pass"


@pytest.mark.parametrize("options", [{}, {"gradients": True}, {"saved": True, "flags": True}])
def test_what_is_shown_keeps_nothing_alive(options):
    def look():
        x = torch.arange(4.0, requires_grad=True)
        y = Square.apply(x * x).sum()
        shown = graph(y, names={"x": x}, **options)
        repr(shown), shown._repr_html_()
        return shown, [weakref.ref(thing) for thing in (x, y, y.grad_fn.next_functions[0][0])]

    gc.collect()
    gc.disable()
    try:
        shown, references = look()
        assert [reference() for reference in references] == [None] * 3, "tensors and nodes must go at once, without gc"
    finally:
        gc.enable()
    assert "x: leaf" in repr(shown)


def test_to_look_draws_no_random_number_and_no_warning(x):
    u = x * x
    y = u.sum()
    state = torch.get_rng_state()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        graph(y, gradients=True, saved=True, flags=True)._repr_html_()
    assert torch.equal(torch.get_rng_state(), state)


def test_ten_thousand_nodes_are_counted_in_seconds(x):
    y = x.sum()
    for _ in range(10_000):
        y = y + 1
    start = time.perf_counter()
    for shown in (graph(y), graph(y, gradients=True, saved=True)):
        lines = repr(shown).splitlines()
        assert lines[0] == f"10002 nodes and 10001 edges: too many to draw (at most {DRAWN})"
        assert lines[1] == "10000 AddBackward0"
        assert "10,002 nodes" in shown._repr_html_()
    assert time.perf_counter() - start < 10, "a graph of 10 000 nodes must not keep a reader waiting"


def test_forty_nodes_are_drawn(x):
    y = x.sum()
    while len(graph(y).nodes) < DRAWN:
        y = y + 1
    assert graph(y)._repr_html_().count("<rect") == DRAWN


def test_boxes_do_not_overlap(x):
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))
    html = graph(lambda: model(x).sum() + x.sum(), gradients=True, saved=True)._repr_html_()
    rectangles = [
        [float(rectangle.get(key)) for key in ("x", "y", "width", "height")] for rectangle in shapes(html, "rect")
    ]
    for number, (x1, y1, width1, height1) in enumerate(rectangles):
        for x2, y2, width2, height2 in rectangles[number + 1 :]:
            apart = x1 + width1 <= x2 or x2 + width2 <= x1 or y1 + height1 <= y2 or y2 + height2 <= y1
            assert apart, "two boxes overlap; the size in the picture must be the one that graphviz was told"


def test_a_picture_says_in_words_what_it_shows(x):
    y = x.sum()
    (svg,) = shapes(graph(y)._repr_html_(), "svg")
    assert svg.get("role") == "img"
    assert svg.get("aria-label") == "Computational graph: y: SumBackward0, value 6 <- x; x: leaf, value [0, 1, 2, 3]"


def test_a_picture_speaks_the_language_of_the_page(x):
    shown = graph(x.sum())
    token = LANGUAGE.set("zh")
    try:
        assert "计算图" in shown._repr_html_()
    finally:
        LANGUAGE.reset(token)
    assert "计算图" not in shown._repr_html_()


def test_what_nodes_say_is_in_the_language_of_the_page_and_the_repr_in_english(x):
    model = torch.nn.Sequential(torch.nn.Linear(4, 3))
    folded = graph(lambda: model(x).sum(), model=model)
    shown = graph(torch.ones(3, 3, requires_grad=True).square(), saved=True)
    with speaking("zh"):
        assert "6 个节点</text>" in folded._repr_html_()
        assert "保存 self 形状 3×3</text>" in shown._repr_html_()
        assert "PowBackward0，形状 3×3，保存 self 形状 3×3" in shown._repr_html_()
        assert "没有 grad_fn</text>" in graph(torch.ones(3))._repr_html_()
        assert repr(shown).startswith("PowBackward0, shape 3×3, saved self shape 3×3")


def test_a_picture_may_stand_on_a_page_twice_and_stays_out_of_the_search_index(x):
    html = graph(x.sum(), gradients=True)._repr_html_()
    assert not re.search(r'\sid="|url\(#', html), "ids of two pictures would clash; do without"
    assert html.startswith('<figure class="picture" data-search-exclude>')


def test_names_cannot_break_out_of_a_picture(x):
    shown = graph(x.sum(), names={'<b>"&': x})
    assert "<b>" not in shown._repr_html_()
    assert len(list(shapes(shown._repr_html_(), "text"))) > 0


def test_a_picture_has_the_same_bytes_in_every_run():
    code = """
import torch
from autograd_notes.pictures.graph import graph
x = torch.ones(2, requires_grad=True)
print(graph(lambda: (x.exp() * x + x.sin()).sum(), gradients=True)._repr_html_())
"""
    environment = {**os.environ, "PYTHONHASHSEED": "1", "PYTHONPATH": os.pathsep.join(sys.path)}
    other = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    x = torch.ones(2, requires_grad=True)
    here = graph(lambda: (x.exp() * x + x.sin()).sum(), gradients=True)._repr_html_()
    assert other.stdout == f"{here}\n", "another run drew another picture; let nothing depend on sets, ids or hashes"


def test_a_missing_graphviz_says_what_to_install(x, monkeypatch):
    monkeypatch.setattr("shutil.which", lambda *_, **__: None)
    drawing._dot.cache_clear()
    with pytest.raises(RuntimeError, match="pip install graphviz-pure"):
        graph(x.sum())._repr_html_()


def shapes(html, tag):
    """Return the elements of one kind; the picture must be well-formed for that."""
    return ElementTree.fromstring(html.replace(" data-search-exclude", "")).iter(tag)


class Twice(torch.nn.Module):
    """Calls one layer twice, with an addition of its own at the end."""

    def __init__(self):
        super().__init__()
        self.layer = torch.nn.Linear(2, 2)
        self.other = torch.nn.Linear(2, 2)
        self.activation = torch.nn.Tanh()

    def forward(self, x):
        return x + self.other(self.activation(self.layer(self.layer(x))))


@pytest.fixture
def model():
    return Twice()


@pytest.fixture
def folded(model):
    x = torch.ones(1, 2, requires_grad=True)
    return graph(lambda: model(x).sum(), model=model)


def total(folded):
    """Return how many nodes a folded graph has in all, boxes opened and stubs left out."""
    inside = sum(node.kind not in ("module", "outside") for node in folded.graph.nodes)
    return inside + sum(map(total, folded.parts.values()))


def test_each_call_of_a_module_is_a_box_and_what_runs_outside_of_them_stays_a_node(folded):
    assert [node.description().partition(",")[0] for node in folded.graph.nodes] == [
        "SumBackward0",
        "AddBackward0",
        "other: Linear",
        "TanhBackward0",
        "layer #2: Linear",
        "layer: Linear",
        "x: leaf",
        "model.layer.bias: leaf",
        "model.layer.weight: leaf",
    ]


def test_a_parameter_is_folded_with_the_only_call_that_uses_it_and_a_shared_one_is_not(folded):
    assert {node.name for node in folded["other"].graph.nodes if node.kind == "leaf"} == {
        "model.other.bias",
        "model.other.weight",
    }
    assert not [node for node in folded["layer"].graph.nodes if node.kind == "leaf"]


def test_an_input_is_no_part_of_the_box_that_uses_it(model):
    data = torch.ones(2, requires_grad=True)
    assert "data: leaf" in repr(graph(lambda: model.other(data).sum(), model=model))


def test_a_call_that_fails_and_is_caught_ends_there(model):
    data = torch.ones(2, requires_grad=True)

    def compute():
        with contextlib.suppress(RuntimeError):
            model.layer(torch.ones(3))
        return model.other(data).sum()

    assert list(graph(compute, model=model).parts) == ["other"]


def test_a_folded_graph_has_each_node_of_the_whole_one_exactly_once():
    layer = torch.nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True)
    model = torch.nn.TransformerEncoder(layer, 3, enable_nested_tensor=False)
    x = torch.ones(1, 4, 8)
    folded = graph(lambda: model(x).sum(), model=model)
    assert total(folded) == len(graph(model(x).sum()).nodes)
    assert len(folded.graph.nodes) <= 5, "fold each layer into one box"
    assert list(folded["layers.1"].parts) == ["self_attn", "norm1", "linear1", "linear2", "norm2"]


def test_a_box_is_connected_as_its_nodes_are(folded):
    nodes = folded.graph.nodes
    edges = {(nodes[edge.source].label, nodes[edge.target].label) for edge in folded.graph.edges}
    assert {
        ("layer", "layer #2"),
        ("layer #2", "TanhBackward0"),
        ("x", "layer"),
        ("x", "AddBackward0"),
    } <= edges
    assert not [edge for edge in folded.graph.edges if edge.source == edge.target], "an edge inside a box was drawn"
    assert "layer: outside" in repr(folded["layer #2"])


def test_the_boxes_open_on_a_page_without_a_script(folded):
    html = folded._repr_html_()
    assert html.count("<details") == html.count("<summary>") == len(folded.parts) == 3
    assert "<details open" not in html and "<script" not in html


def test_folding_leaves_no_hook_and_keeps_nothing_alive(model):
    x = torch.ones(1, 2, requires_grad=True)
    made = []

    def compute():
        saved = model(x).exp()
        made.append(weakref.ref(saved))
        return saved.sum()

    folded = graph(compute, model=model)
    gc.collect()
    assert made[0]() is None, "the folded graph keeps the graph of autograd alive"
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())
    assert folded.parts


def test_a_module_that_raises_is_left_without_a_hook(model):
    with pytest.raises(RuntimeError):
        graph(lambda: model(torch.ones(1, 3)).sum(), model=model)
    assert not any(module._forward_hooks or module._forward_pre_hooks for module in model.modules())


def test_a_finished_tensor_and_an_unknown_box_are_refused_with_what_to_do(model, folded):
    with pytest.raises(TypeError, match="pass the computation"):
        graph(model(torch.ones(1, 2)).sum(), model=model)
    with pytest.raises(KeyError, match="the boxes here are: layer, layer"):
        folded["activation"]


def test_a_result_without_a_graph_can_be_folded_too(model):
    assert repr(graph(lambda: torch.ones(1), model=model)) == "tensor: no grad_fn, value [1]"
