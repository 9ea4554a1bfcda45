"""A replay is the backward pass that happened, step by step; tests/browser/test_replay.py walks through it."""

import gzip
import re
from html import unescape
from pathlib import Path
from xml.etree import ElementTree

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograd_notes.language import LANGUAGE
from autograd_notes.pictures.replay import replay

ASSETS = Path(__file__).parent.parent / "docs" / "theme" / "assets"
OPERATIONS = [lambda a, b: a * b, lambda a, b: a + b, lambda a, b: a - b, lambda a, b: a.sin(), lambda a, b: a * a]
PROGRAMS = st.lists(st.tuples(st.sampled_from(OPERATIONS), st.integers(0, 99), st.integers(0, 99)), max_size=8)


@pytest.fixture
def a():
    return torch.tensor(3.0, requires_grad=True)


@pytest.fixture
def chinese():
    token = LANGUAGE.set("zh")
    yield
    LANGUAGE.reset(token)


def test_the_steps_are_those_of_the_run(a):
    assert repr(replay(lambda: a * a + a)).splitlines() == [
        "forward: a = 3",
        "forward: MulBackward0 = 9",
        "forward: AddBackward0 = 12",
        "backward: AddBackward0 starts with 1",
        "backward: AddBackward0 sends 1 × 1 = 1 to MulBackward0, 1 × 1 = 1 to a",
        "backward: MulBackward0 sends 1 × 3 = 3 to a, 1 × 3 = 3 to a",
        "backward: a receives 1 + 3 + 3 = 7",
    ]


def test_code_stands_above_the_steps_that_it_takes(a):
    code = """
    u = a * a
    y = u + a
    y.backward()
    a.grad
    """
    assert repr(replay(code)).splitlines() == [
        "u = a * a",
        "  forward: a = 3",
        "  forward: u = 9",
        "y = u + a",
        "  forward: y = 12",
        "y.backward()",
        "  backward: y starts with 1",
        "  backward: y sends 1 × 1 = 1 to u, 1 × 1 = 1 to a",
        "  backward: u sends 1 × 3 = 3 to a, 1 × 3 = 3 to a",
        "  backward: a receives 1 + 3 + 3 = 7",
        "a.grad",
        "  tensor(7.)",
    ]


def test_code_changes_no_variable_and_no_gradient_of_the_caller(a):
    a.grad = torch.tensor(5.0)
    y = "mine"
    assert "tensor(11.)" in repr(replay("y = a * a\ny.backward()\na.grad")), "the code adds to what is there"
    assert (y, a.grad) == ("mine", 5)


def test_a_result_without_a_name_is_called_by_its_expression(a):
    steps = repr(replay("y = (a * 2 + 1) ** 2"))
    assert "forward: a * 2 + 1 = 7" in steps
    assert "backward: y sends 1 × 14 = 14 to a * 2 + 1" in steps


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("y = (v * v).sum()", "v * v sends [1, 1] × [1, 2] = [1, 2] to v, [1, 1] × [1, 2] = [1, 2] to v"),
        ("y = (a * c).sum()", "a * c sends [1, 1] · [1, 4] = 5 to a"),
        ("y = (m @ v).sum()", "m @ v sends [1, 1] @ [[1, 2], [3, 4]] = [4, 6] to v"),
        ("y = (-a).sum()", "-a sends 1 × (-1) = -1 to a"),
    ],
    ids=["element by element", "a sum of products", "a matrix", "a negative derivative"],
)
def test_the_reason_is_what_arrived_times_the_local_derivative(a, code, reason):
    v = torch.tensor([1.0, 2.0], requires_grad=True)
    c, m = torch.tensor([1.0, 4.0]), torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert f"backward: {reason}" in repr(replay(code, names={"a": a, "v": v, "c": c, "m": m}))


def test_no_reason_is_given_that_would_run_code_of_the_readers_again(a):
    calls = []

    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return 2 * x

        @staticmethod
        def backward(ctx, gradient):
            calls.append(gradient)
            return 2 * gradient

    assert "backward: y sends 2 to a" in repr(replay("y = Double.apply(a)"))
    assert len(calls) == 1


def test_the_line_and_the_operation_are_marked_when_they_run_and_on_the_way_back(a):
    html = replay("u = a * a\ny = u + a\ny.backward()")._repr_html_()
    # Steps: a, u, y, start, y sends, u sends, the sum.
    assert re.search(r'<span class="code-line" data-at="1 2 6"><button[^>]*>u</button>', html)
    assert '<span class="code-part" data-name="u" data-at="2 6">' in html
    assert '<span class="code-line calls" data-at="4 5 6 7">' in html


def test_copied_code_is_the_code(a):
    code = "u = (a * 2\n     + 1)  # twice\ny = u < 3 and u or u * 1.5\ny.backward()"
    html = replay(code)._repr_html_()
    shown = re.search(r'<div class="replay-lines.*?</pre>', html, re.DOTALL)[0]
    text = unescape(re.sub(r"<[^>]+>", "", shown))
    assert text.strip() == code


def test_a_finished_tensor_is_replayed_with_the_names_of_the_session(a):
    u = a * 2
    y = u * u
    assert repr(replay(y)).splitlines()[:3] == ["forward: a = 3", "forward: u = 6", "forward: y = 36"]
    assert repr(replay(y)).splitlines()[-1] == "backward: u sends 12 × 2 = 24 to a"


def test_a_gradient_that_a_hook_changed_is_not_called_a_sum(a):
    u = a * 2
    y = u + u
    u.register_hook(lambda gradient: gradient * 10)
    assert "backward: u receives 1 + 1, and a hook makes it 20" in repr(replay(y))
    assert "a hook changes its gradient to 20" in replay(y)._repr_html_()


def test_negative_and_complex_terms_can_be_told_from_the_plus_sign(a):
    assert "a receives 2 + (-5) = -3" in repr(replay(lambda: 2 * a - 5 * a)).replace("-5 + 2", "2 + (-5)")
    c = torch.tensor(1 + 2j, requires_grad=True)
    assert "c receives 1+2j + (1+2j) = 2+4j" in repr(replay(lambda: (c * c.conj()).real))


def test_the_results_of_one_operation_are_added_up_each_for_itself():
    p, q = torch.tensor([1.0, 2.0], requires_grad=True).unbind(0)
    steps = repr(replay(p * q + p))
    assert "p receives 1 + 2 = 3" in steps
    assert "p, q sends [3, 1] to AccumulateGrad" in steps, "of several results no local derivative is asked"


@settings(max_examples=40, deadline=None)
@given(PROGRAMS)
def test_what_arrives_is_what_is_added(program):
    leaf = torch.tensor([0.5, -0.25], requires_grad=True)

    def compute():
        values = [leaf]
        for operation, first, second in program:
            values.append(operation(values[first % len(values)], values[second % len(values)]))
        return values[-1].sum() + leaf.sum()

    recorded = replay(compute)
    sent = [edge for moment in recorded.moments if moment.kind == "send" for edge in moment.edges]
    assert sorted(sent) == list(range(len(recorded.graph.edges))), "a gradient goes along every edge, once"
    added = [edge for moment in recorded.moments if moment.kind == "sum" for edge in moment.edges]
    sources = [edge.source for edge in recorded.graph.edges]
    assert sorted(added) == [number for number, source in enumerate(sources) if sources.count(source) > 1]
    assert_no_text_collides(recorded._repr_html_())


def assert_no_text_collides(html):
    svg = ElementTree.fromstring(re.search("<svg.*</svg>", html)[0])
    boxes = [[float(box.get(key)) for key in ("x", "y", "width", "height")] for box in svg.iter("rect")]
    messages = []
    for text in svg.iter("text"):
        if text.get("class") == "message":
            width = 0.605 * 13 * len(text.text)
            messages.append([float(text.get("x")) - width / 2, float(text.get("y")) - 10, width, 13])
    for number, (x1, y1, width1, height1) in enumerate(messages):
        for x2, y2, width2, height2 in boxes + messages[number + 1 :]:
            apart = x1 + width1 <= x2 or x2 + width2 <= x1 or y1 + height1 <= y2 or y2 + height2 <= y1
            assert apart, "a gradient beside an arrow collides with a box or with another one"


def test_the_list_of_steps_is_complete_without_a_script(a):
    recorded = replay(lambda: a * a + a)
    html = recorded._repr_html_()
    assert html.count("<li ") == len(recorded.moments)
    assert "a adds up the gradients that reached it: 1 + 3 + 3 = 7." in html


def test_a_replay_speaks_the_language_of_the_page(a, chinese):
    html = replay(lambda: a * a)._repr_html_()
    assert "反向传播从 MulBackward0 开始，梯度是 1。" in html
    assert "a 把收到的梯度累积起来：3 + 3 = 6。" in html
    assert not re.search(r"Next|Forward|sends|starts", html), "a word of this replay is not translated"


def test_a_replay_changes_no_gradient_and_frees_nothing(a):
    y = a * a
    before = repr(replay(y))
    assert a.grad is None
    assert repr(replay(y)) == before
    y.backward()
    assert a.grad == 6


def test_a_replay_has_no_ids_and_stays_out_of_the_search_index(a):
    html = replay(lambda: a * a)._repr_html_()
    assert not re.search(r'\sid="|url\(#|<script', html)
    assert html.startswith('<div class="picture" data-search-exclude>')


def test_what_cannot_be_replayed_is_refused_with_what_to_do(a):
    with pytest.raises(ValueError, match="compute it from a tensor that requires a gradient"):
        replay(a)
    with pytest.raises(ValueError, match="this tensor has 3; sum it"):
        replay(lambda: a * torch.ones(3))
    with pytest.raises(ValueError, match="61 nodes are too many to watch"):
        replay(lambda: sum([a] * 60))
    with pytest.raises(TypeError, match="pass a tensor"):
        replay(lambda: a.item())


def test_the_script_is_small():
    size = len(gzip.compress((ASSETS / "replay.js").read_bytes()))
    assert size < 3 * 1024, f"replay.js is {size} bytes (gzip); a reader on a phone pays for each"
