"""Record a computation and its backward pass as steps that a reader can walk through."""

from __future__ import annotations

import html
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from autograd_notes.language import LANGUAGES, say, speaking
from autograd_notes.pictures import words
from autograd_notes.pictures.backward import Backward
from autograd_notes.pictures.drawing import Arrow, Box, Text, draw
from autograd_notes.pictures.graph import record, variables_of
from autograd_notes.pictures.numbers import SHAPE
from autograd_notes.pictures.snapshot import DRAWN, Graph, Node

LONGEST_SUM = 34


@dataclass(frozen=True)
class Moment:
    """One thing that happens in a replay.

    Attributes:
        kind: "value" (a node gets its value), "start" (the backward pass begins), "send" (a node sends gradients to its
            inputs) or "sum" (the gradients that reached a result are added).
        node: Where it happens.
        output: Which of the node's results it is about.
        gradients: The gradients that are sent, or those that are added.
        edges: The edges along which they come.
        total: What the gradient is afterwards.
        adds_up: Whether it is the sum of `gradients`; else a hook made it what it is.
    """

    kind: str
    node: int
    output: int = 0
    gradients: tuple[str, ...] = ()
    edges: tuple[int, ...] = ()
    total: str = ""
    adds_up: bool = True


@dataclass(frozen=True)
class Replay:
    """A recorded backward pass; its `repr` is the list of its steps."""

    graph: Graph
    moments: tuple[Moment, ...]

    def __repr__(self) -> str:
        with speaking(LANGUAGES[0]):
            return "\n".join(self._line(moment) for moment in self.moments)

    def _repr_html_(self) -> str:
        title = say(en="Replay of a backward pass", zh="反向传播回放")
        buttons = [
            say(en="Back", zh="上一步"),
            say(en="Next", zh="下一步"),
            say(en="Play", zh="播放"),
            say(en="Pause", zh="暂停"),
            say(en="Step", zh="步骤"),
            say(en="Press Next, or an arrow key, to start.", zh="点「下一步」或按方向键开始。"),
        ]
        items = "".join(f"<li>{html.escape(self._sentence(moment))}</li>" for moment in self.moments)
        summary = say(en="All steps as text", zh="全部步骤（文字）")
        title_of_steps = f'<summary class="replay-steps-title">{summary}</summary>'
        steps = f'<details class="replay-steps">{title_of_steps}<ol>{items}</ol></details>'
        # A custom element alone would end up inside a paragraph; the div keeps Markdown from that.
        return (
            f'<div class="picture" data-search-exclude><backward-replay data-words="{html.escape("|".join(buttons))}">'
            f"{_picture(self, title)}{steps}</backward-replay></div>"
        )

    def _line(self, moment: Moment) -> str:
        node = self.graph.nodes[moment.node]
        if moment.kind == "value":
            return f"forward: {_with_value(node)}"
        if moment.kind == "start":
            return f"backward: {node.label} starts with {moment.total}"
        if moment.kind == "send":
            return f"backward: {node.label} sends {', '.join(f'{text} to {to}' for text, to in self._messages(moment))}"
        hooked = "" if moment.adds_up else f", and a hook makes it {moment.total}"
        return f"backward: {node.result_label(moment.output)} receives {_addition(moment)}{hooked}"

    def _sentence(self, moment: Moment) -> str:
        node = self.graph.nodes[moment.node]
        name = node.label
        if moment.kind == "value":
            leaf = node.kind == "leaf"
            return say(
                en=f"Forward: {'leaf ' * leaf}{_with_value(node)}",
                zh=f"前向传播：{'叶子 ' * leaf}{_with_value(node)}",
            )
        if moment.kind == "start":
            return say(
                en=f"The backward pass starts at {name}, with the gradient {moment.total}.",
                zh=f"反向传播从 {name} 开始，梯度是 {moment.total}。",
            )
        if moment.kind == "send":
            return say(
                en=f"{name} sends " + " and ".join(f"{text} to {to}" for text, to in self._messages(moment)) + ".",
                zh=f"{name} " + "，".join(f"把 {text} 传给 {to}" for text, to in self._messages(moment)) + "。",
            )
        name, addition = node.result_label(moment.output), _addition(moment)
        if not moment.adds_up:
            return say(
                en=f"{name} receives {addition}, and a hook changes its gradient to {moment.total}.",
                zh=f"{name} 收到 {addition}，钩子把它的梯度改成 {moment.total}。",
            )
        return say(
            en=f"{name} adds up the gradients that reached it: {addition}.",
            zh=f"{name} 把收到的梯度累积起来：{addition}。",
        )

    def _messages(self, moment: Moment) -> list[tuple[str, str]]:
        """Return each gradient that is sent, and what to call its receiver."""
        edges = [self.graph.edges[edge] for edge in moment.edges]
        receivers = [self.graph.nodes[edge.source].result_label(edge.output) for edge in edges]
        return list(zip(map(words.note, moment.gradients), receivers, strict=True))


def replay(result: Tensor | Callable[[], Tensor], *, names: Mapping[str, Any] | None = None) -> Replay:
    """Record how a scalar is computed and what its backward pass sends where.

    Pass the computation itself, `replay(lambda: (w * x + b) ** 2)`, where intermediate tensors have no name: of a
    finished tensor, `replay(y)`, only the values of tensors with a name are known. No `.grad` changes and nothing is
    freed; hooks of your own run, as in any backward pass.

    Args:
        result: The scalar, or a function without arguments that computes it.
        names: Where to look for names; the variables of the caller if not given.

    Raises:
        TypeError: The result is no tensor, or an integer one.
        ValueError: The graph was freed, there is no scalar to start from, no operation to go back through, or too many
            nodes for a picture.
    """
    variables = variables_of(sys._getframe(1)) if names is None else names
    graph, backward = record(result, variables, gradients=True)
    if backward is None:
        raise ValueError(
            "there is nothing to go back through: no recorded operation made this tensor; "
            "compute it from a tensor that requires a gradient."
        )
    if len(graph.nodes) > DRAWN:
        raise ValueError(f"{len(graph.nodes)} nodes are too many to watch (at most {DRAWN}); replay a smaller part.")
    return Replay(graph, (*_forward(graph), *_backward(graph, backward)))


def _forward(graph: Graph) -> Iterator[Moment]:
    """Yield the nodes in the order of computation, each leaf just before it is first needed."""
    shown = set()
    for number in reversed(range(len(graph.nodes))):
        if graph.nodes[number].kind == "leaf":
            continue
        for needed in [edge.source for edge in graph.edges if edge.target == number]:
            if needed not in shown and graph.nodes[needed].kind == "leaf":
                shown.add(needed)
                yield Moment("value", needed)
        yield Moment("value", number)


def _backward(graph: Graph, backward: Backward) -> Iterator[Moment]:
    """Yield what happens in a backward pass; where gradients are added, the sum follows the last one to arrive."""
    waiting: dict[tuple[int, int], int] = defaultdict(int)
    for step in backward.steps:
        for edge, _ in step.sent:
            waiting[_receiver(graph, edge)] += 1
    arrived: dict[tuple[int, int], list[tuple[int, str]]] = defaultdict(list)
    yield Moment("start", 0, total=graph.nodes[0].gradient)
    for step in backward.steps:
        if step.sent:
            edges, gradients = zip(*step.sent, strict=True)
            yield Moment("send", step.node, gradients=gradients, edges=edges)
        for edge, gradient in step.sent:
            receiver = _receiver(graph, edge)
            arrived[receiver].append((edge, gradient))
            total = backward.received.get(receiver, backward.sums[receiver])
            adds_up = backward.sums[receiver] == total
            if len(arrived[receiver]) == waiting[receiver] and (waiting[receiver] > 1 or not adds_up):
                edges, gradients = zip(*arrived[receiver], strict=True)
                yield Moment("sum", *receiver, gradients, edges, total, adds_up)


def _addition(moment: Moment) -> str:
    """Return the gradients that are added and, where that is their sum and a number, what comes out."""
    is_known = moment.adds_up and not moment.total.startswith(SHAPE)
    return words.note(_sum(moment.gradients)) + f" = {moment.total}" * is_known


def _sum(terms: Sequence[str]) -> str:
    first, *rest = terms
    return " + ".join([first, *(f"({term})" if term.startswith("-") or term.endswith("j") else term for term in rest)])


def _receiver(graph: Graph, edge: int) -> tuple[int, int]:
    return graph.edges[edge].source, graph.edges[edge].output


def _with_value(node: Node) -> str:
    if not node.value:
        return node.label
    return f"{node.label}, {words.note(node.value)}" if node.value.startswith(SHAPE) else f"{node.label} = {node.value}"


def _picture(replay: Replay, title: str) -> str:
    """Draw the finished picture; what shows at certain steps only says so in `data-at` and `data-until`."""
    graph = replay.graph
    value_at = {moment.node: step for step, moment in enumerate(replay.moments, 1) if moment.kind == "value"}
    happens: dict[int, list[int]] = defaultdict(list)
    messages: dict[int, tuple[list[int], str]] = {}
    for step, moment in enumerate(replay.moments, 1):
        happens[moment.node].append(step)
        for edge, text in zip(moment.edges, moment.gradients, strict=True):
            messages.setdefault(edge, ([], text))[0].append(step)
    gradients = _gradient_texts(replay)
    boxes = [
        Box(
            graph.box_kind(number),
            _lines(node, value_at[number], gradients[number]),
            {"at": _steps(happens[number])},
        )
        for number, node in enumerate(graph.nodes)
    ]
    arrows = []
    for number, edge in enumerate(graph.edges):
        steps, text = messages.get(number, ([], ""))
        forth = {"at": value_at[edge.target]} | ({"until": steps[0]} if steps else {})
        arrows.append(Arrow(edge.source, edge.target, words.note(text), forth, {"at": _steps(steps)}))
    return draw(boxes, arrows, title, graph.description())


def _steps(steps: Sequence[int]) -> str:
    return " ".join(map(str, steps))


def _lines(node: Node, value_at: int, gradients: Sequence[tuple[int, str]]) -> list[list[Text]]:
    lines = []
    for line in node.lines():
        if line.role == "operation" or line.text == node.name:
            lines.append([line])
        elif line.role == "value":
            name = [Text(node.name, "value", {"until": value_at})] if node.name else []
            lines.append([*name, Text(line.text, "value", {"at": value_at})])
        elif line.role == "note":
            lines.append([Text(line.text, "note", {"at": value_at})])
    untils = [{"until": step} for step, _ in gradients[1:]] + [{}]
    texts = [
        Text(words.note(f"∇ {text}"), "gradient", {"at": step} | until)
        for (step, text), until in zip(gradients, untils, strict=True)
    ]
    return [*lines, texts] if texts else lines


def _gradient_texts(replay: Replay) -> dict[int, list[tuple[int, str]]]:
    """Return, for each node, what its gradient reads from which step on: the terms as they arrive, then their sum."""
    coming: dict[int, int] = defaultdict(int)
    for moment in replay.moments:
        for edge in moment.edges if moment.kind == "send" else ():
            coming[replay.graph.edges[edge].source] += 1
    terms: dict[int, dict[int, list[str]]] = defaultdict(dict)
    texts: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for step, moment in enumerate(replay.moments, 1):
        if moment.kind in ("start", "sum"):
            terms[moment.node][moment.output] = [moment.total]
            changed = [moment.node]
        else:
            for edge, gradient in zip(moment.edges, moment.gradients, strict=True):
                source, output = _receiver(replay.graph, edge)
                terms[source].setdefault(output, []).append(gradient)
                coming[source] -= 1
            changed = list(dict.fromkeys(replay.graph.edges[edge].source for edge in moment.edges))
        for node in changed:
            texts[node].append((step, _sum_text(terms[node], coming[node] > 0)))
    return texts


def _sum_text(terms: Mapping[int, Sequence[str]], incomplete: bool) -> str:
    sums = [_sum([*terms[output], *["…"] * incomplete]) for output in sorted(terms)]
    text = "; ".join(sums)
    return text if len(text) <= LONGEST_SUM else f"… + {terms[max(terms)][-1]}"
