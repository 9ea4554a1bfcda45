"""The widget of a replay: code, graph, and for each step the reason in numbers. assets/replay.js walks through it.

All of it is in the page; each part says at which steps something happens to it (`data-at`) and until which it shows
(`data-until`). Without a script the finished picture stays, and below it the list of the steps.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from html import escape

from autograd_notes.language import say
from autograd_notes.pictures import words
from autograd_notes.pictures.drawing import Arrow, Box, Text, draw
from autograd_notes.pictures.listing import Code
from autograd_notes.pictures.moments import Listing, Moment, addition, sum_of, with_value
from autograd_notes.pictures.program import Span
from autograd_notes.pictures.snapshot import Graph, Node

LONGEST_SUM = 34


def html(graph: Graph, moments: Sequence[Moment], listing: Listing) -> str:
    """Return a replay as HTML."""
    title = say(en="Replay of a backward pass", zh="反向传播回放")
    # A custom element alone would end up inside a paragraph; the div keeps Markdown from that.
    return (
        f'<div class="picture" data-search-exclude><backward-replay role="group" aria-label="{title}">'
        f"{_code(graph, moments, listing)}{_picture(graph, moments, title)}{_bar(moments)}{_steps(graph, moments)}"
        "</backward-replay></div>"
    )


def _code(graph: Graph, moments: Sequence[Moment], listing: Listing) -> str:
    """Return the lines of code, with the places of the operations, and below it what they display."""
    if not listing.lines:
        return ""
    names = {result.name for node in graph.nodes for result in node.results}
    code = Code(listing.lines, names).html(_parts(graph, moments), _line_attributes(graph, moments, listing))
    copy = say(en="Copy this code", zh="复制这段代码")
    shown = "".join(
        f'<div class="replay-out" data-at="{step}" data-name="{escape(moment.name)}">'
        f'<code>{escape(moment.total)}</code><span class="cell-label">{say(en="Out", zh="输出")}</span></div>'
        for step, moment in enumerate(moments, 1)
        if moment.kind == "show"
    )
    return (
        f'<div class="replay-code"><div class="replay-lines highlight"><pre><span><code>{code}</code></span></pre>'
        f'<button type="button" class="cell-copy" title="{copy}" aria-label="{copy}"></button></div>{shown}</div>'
    )


def _parts(graph: Graph, moments: Sequence[Moment]) -> dict[Span, str]:
    """Return the pieces of code that made a node, with their attributes."""
    return {
        node.span: f' data-name="{escape(node.label)}" data-at="{_numbers(_happens(moments)[number])}"'
        for number, node in enumerate(graph.nodes)
        if node.span
    }


def _line_attributes(graph: Graph, moments: Sequence[Moment], listing: Listing) -> list[str]:
    """Return the attributes of each line: when it runs, and when a backward pass goes back through it."""
    steps: dict[int, list[int]] = defaultdict(list)
    for step, moment in enumerate(moments, 1):
        steps[moment.line].append(step)
        if moment.kind == "send" and (span := graph.nodes[moment.node].span):
            steps[span.line].append(step)
    calls = {listing.backward_line: "code-line calls"}
    return [
        f'class="{calls.get(line, "code-line")}"' + (f' data-at="{_numbers(steps[line])}"' if steps[line] else "")
        for line in range(1, len(listing.lines) + 1)
    ]


def _happens(moments: Sequence[Moment]) -> dict[int, list[int]]:
    """Return the steps at which something happens at each node."""
    happens: dict[int, list[int]] = defaultdict(list)
    for step, moment in enumerate(moments, 1):
        if moment.kind != "show":
            happens[moment.node].append(step)
    return happens


def _bar(moments: Sequence[Moment]) -> str:
    """Return what a reader walks with; it is hidden where no style sheet and no script is at work."""
    back, ahead = say(en="Back", zh="上一步"), say(en="Next", zh="下一步")
    play, pause = say(en="Play", zh="播放"), say(en="Pause", zh="暂停")
    step, every = say(en="Step", zh="步骤"), say(en="All steps", zh="全部步骤")
    return (
        '<div class="replay-bar" hidden>'
        f'<button type="button" class="md-button" data-do="back">{back}</button>'
        f'<button type="button" class="md-button" data-do="next">{ahead}</button>'
        f'<button type="button" class="md-button" data-do="play" data-pause="{pause}">{play}</button>'
        f'<input type="range" min="0" max="{len(moments)}" value="0" aria-label="{step}">'
        f'<button type="button" class="replay-all" data-do="all" aria-expanded="false">{every}</button>'
        '<p class="replay-said" aria-live="polite"></p></div>'
    )


def _steps(graph: Graph, moments: Sequence[Moment]) -> str:
    """Return the reasons, one for each step, below a line that stands there before the first."""
    ready = say(
        en="Press Next, or the arrow keys, and go through it step by step.",
        zh="点「下一步」或按方向键，一步一步看下去。",
    )
    items = "".join(
        f'<li data-at="{step}" data-says="{escape(_sentence(graph, moment))}">{_reason(graph, moment)}</li>'
        for step, moment in enumerate(moments, 1)
    )
    return f'<div class="replay-reasons"><p class="replay-ready">{ready}</p><ol>{items}</ol></div>'


def _sentence(graph: Graph, moment: Moment) -> str:
    if moment.kind == "show":
        return say(en=f"The result is {moment.total}.", zh=f"输出是 {moment.total}。")
    node = graph.nodes[moment.node]
    name = node.label
    if moment.kind == "value":
        leaf = node.kind == "leaf"
        return say(
            en=f"Forward: {'leaf ' * leaf}{with_value(node)}.",
            zh=f"前向传播：{'叶子 ' * leaf}{with_value(node)}。",
        )
    if moment.kind == "start":
        return say(
            en=f"The backward pass starts at {name}, with the gradient {moment.total}.",
            zh=f"反向传播从 {name} 开始，梯度是 {moment.total}。",
        )
    if moment.kind == "send":
        sent = [(words.note(one.equation), graph.receiver(one.edge)) for one in moment.sent]
        return say(
            en=f"{name} sends " + " and ".join(f"{text} to {to}" for text, to in sent) + ".",
            zh=f"{name} " + "，".join(f"把 {text} 传给 {to}" for text, to in sent) + "。",
        )
    name = node.result_label(moment.output)
    if not moment.adds_up:
        return say(
            en=f"{name} receives {addition(moment)}, and a hook changes its gradient to {moment.total}.",
            zh=f"{name} 收到 {addition(moment)}，钩子把它的梯度改成 {moment.total}。",
        )
    return say(
        en=f"{name} adds up the gradients that reached it: {addition(moment)}.",
        zh=f"{name} 把收到的梯度累积起来：{addition(moment)}。",
    )


def _reason(graph: Graph, moment: Moment) -> str:
    """Return a step as a reader sees it: what happens, and for gradients the numbers with what each of them is."""
    if moment.kind != "send":
        return f"<p>{escape(_sentence(graph, moment))}</p>"
    label = graph.nodes[moment.node].label
    through = say(en=f"Back through {_named(label)}:", zh=f"反向经过 {_named(label)}：")
    equations = []
    for one in moment.sent:
        to = graph.receiver(one.edge)
        terms = [_factor(one.gradient, say(en=f"goes on to {_named(to)}", zh=f"传给 {_named(to)}"))]
        if one.sign:
            ratio = f"∂{_denoted(label)}/∂{_denoted(to)}"
            arrived = _factor(one.arrived, say(en=f"arrived at {_named(label)}", zh=f"到达 {_named(label)}"))
            terms = [arrived, one.sign, _factor(one.local, ratio), "=", *terms]
        equations.append(f'<span class="equation" data-name="{escape(to)}">{" ".join(terms)}</span>')
    return f"<p>{through}</p> {' '.join(equations)}"


def _factor(number: str, meaning: str) -> str:
    return f'<span class="factor"><b>{escape(words.note(number))}</b> <small>{meaning}</small></span>'


def _named(label: str) -> str:
    return f'<span class="named" data-name="{escape(label)}">{escape(label)}</span>'


def _denoted(label: str) -> str:
    """Return a label as it stands behind a sign of derivation."""
    return _named(label) if label.isidentifier() else f"({_named(label)})"


def _picture(graph: Graph, moments: Sequence[Moment], title: str) -> str:
    """Draw the finished picture; what shows at certain steps only says so."""
    value_at = {moment.node: step for step, moment in enumerate(moments, 1) if moment.kind == "value"}
    happens = _happens(moments)
    messages: dict[int, tuple[list[int], str]] = {}
    for step, moment in enumerate(moments, 1):
        for sent in moment.sent:
            messages.setdefault(sent.edge, ([], sent.gradient))[0].append(step)
    gradients = _gradient_texts(graph, moments)
    boxes = [
        Box(
            graph.box_kind(number),
            _lines(node, value_at[number], gradients[number]),
            {"at": _numbers(happens[number]), "name": node.label},
        )
        for number, node in enumerate(graph.nodes)
    ]
    arrows = []
    for number, edge in enumerate(graph.edges):
        steps, text = messages.get(number, ([], ""))
        forth = {"at": value_at[edge.target]} | ({"until": steps[0]} if steps else {})
        arrows.append(Arrow(edge.source, edge.target, words.note(text), forth, {"at": _numbers(steps)}))
    return draw(boxes, arrows, title, graph.description())


def _numbers(steps: Sequence[int]) -> str:
    return " ".join(map(str, sorted(set(steps))))


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


def _gradient_texts(graph: Graph, moments: Sequence[Moment]) -> dict[int, list[tuple[int, str]]]:
    """Return, for each node, what its gradient reads from which step on: the terms as they arrive, then their sum."""
    coming: dict[int, int] = defaultdict(int)
    for moment in moments:
        for edge in moment.edges if moment.kind == "send" else ():
            coming[graph.edges[edge].source] += 1
    terms: dict[int, dict[int, list[str]]] = defaultdict(dict)
    texts: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for step, moment in enumerate(moments, 1):
        for node in _changed(graph, moment, terms, coming):
            texts[node].append((step, _sum_text(terms[node], coming[node] > 0)))
    return texts


def _changed(
    graph: Graph, moment: Moment, terms: Mapping[int, dict[int, list[str]]], coming: dict[int, int]
) -> Iterator[int]:
    """Note what a moment does to gradients, and yield the nodes that it reaches."""
    if moment.kind in ("start", "sum"):
        terms[moment.node][moment.output] = [moment.total]
        yield moment.node
    elif moment.kind == "send":
        edges = [graph.edges[edge] for edge in moment.edges]
        for edge, gradient in zip(edges, moment.gradients, strict=True):
            terms[edge.source].setdefault(edge.output, []).append(gradient)
            coming[edge.source] -= 1
        yield from dict.fromkeys(edge.source for edge in edges)


def _sum_text(terms: Mapping[int, Sequence[str]], incomplete: bool) -> str:
    sums = [sum_of([*terms[output], *["…"] * incomplete]) for output in sorted(terms)]
    text = "; ".join(sums)
    return text if len(text) <= LONGEST_SUM else f"… + {terms[max(terms)][-1]}"
