"""The HTML of a block: one frame with its input cells, and under each what it printed, drew or raised."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

from autograd_notes.engine.drift import Drift
from autograd_notes.engine.outcome import TRACEBACK, Outcome, draw, is_warning
from autograd_notes.engine.transcript import Block
from autograd_notes.language import say
from autograd_notes.releases.lookup import Elsewhere, Group, Span

# What Pygments calls names, operators, punctuation and blanks.
UNCOLOURED = re.compile(r'<span class="[nopw]">([^<]*)</span>')
NAME = re.compile(r"^[\w.]+(?=: |$)")

# An output of so many characters stands beside a line of code of so many.
SHORT, ONE_LINE = 12, 44

Highlight = Callable[[str, str], str]


def render(
    block: Block,
    outcomes: Sequence[Outcome],
    drifts: Sequence[Drift],
    elsewhere: Sequence[Elsewhere],
    highlight: Highlight,
    where: str,
    is_tried: bool = False,
) -> str:
    """Return the HTML of a block with its live outputs.

    Statements run on until one prints something: the output stands directly under the statement that made it.

    Args:
        block: The block.
        outcomes: What its statements did.
        drifts: Those of its statements that drifted; the page shows them in place.
        elsewhere: For each statement, what other releases print.
        highlight: Turns code and the name of its language into HTML.
        where: The place of the block, for the message of a drift.
        is_tried: Whether the playground runs it, so that a script may put a link below it.
    """
    drifted = {drift.statement: drift for drift in drifts}

    def is_followed(number: int) -> bool:
        return bool(outcomes[number].output or elsewhere[number]) or block.statements[number] in drifted

    parts = []
    for code, number in block.run_on(is_followed):
        parts.append(_cell(block, code, outcomes[number], elsewhere[number], highlight))
        if drift := drifted.get(block.statements[number]):
            parts.append(failure(f"{where}: output drifted (- documented, + live)\n{drift}"))
    session = f' data-session="{html.escape(block.session)}"' if block.session else ""
    mark = " data-try" if is_tried else ""
    return f'<div class="cells"{session}{mark}>{"".join(parts)}</div>'


def failure(message: str) -> str:
    """Return the HTML that shows an author what is wrong, at the place where it is wrong."""
    return f'<div class="failure" role="alert"><pre>{html.escape(message)}</pre></div>'


def _cell(block: Block, code: str, outcome: Outcome, elsewhere: Elsewhere, highlight: Highlight) -> str:
    parts = []
    if block.shows_input:
        parts.append(f'<div class="cell-input">{_light(highlight(code.rstrip(), "python"))}{_copy_button()}</div>')
    if outcome.pictures:
        parts.append("".join(f'<div class="cell-picture">{draw(picture)}</div>' for picture in outcome.pictures))
    elif outcome.output:
        parts.append(_output(outcome.output))
    if elsewhere:
        parts.append(_other_releases(elsewhere, block.opens_releases))
    is_short = block.shows_input and not elsewhere and _fits_beside(code.strip(), outcome)
    return f'<div class="cell{" cell-short" * is_short}">{"".join(parts)}</div>'


def _fits_beside(code: str, outcome: Outcome) -> bool:
    """Whether an output is so short that it stands on the line of its code."""
    text = outcome.output.rstrip("\n")
    is_line = text and "\n" not in code + text and not outcome.pictures and not is_warning(text)
    return bool(is_line) and len(text) <= SHORT and len(code) <= ONE_LINE


def _other_releases(elsewhere: Elsewhere, is_open: bool) -> str:
    """Return what other releases print, folded away: it is for those who have one of them."""
    title = say(en="Other releases: ", zh="其他版本：")
    summary = f"<summary data-search-exclude>{title}{_named(elsewhere.spans)}</summary>"
    alone = len(elsewhere.groups) == 1
    groups = "".join(f"{_release(group, alone)}{_output(group.output)}" for group in elsewhere.groups)
    return f'<details class="cell-releases"{" open" if is_open else ""}>{summary}{groups}</details>'


def _release(group: Group, alone: bool) -> str:
    """Return the line above what some releases print; none where the line that opens it says the same."""
    remark = ""
    if group.kind == "missing":
        remark = say(en=" (not there yet)", zh="（尚无此功能）")
    elif not group.output:
        remark = say(en=" (prints nothing)", zh="（没有输出）")
    if alone and not remark:
        return ""
    return f'<p class="cell-release" data-search-exclude>PyTorch {_named(group.spans)}{remark}</p>'


def _named(spans: Sequence[Span]) -> str:
    """Return releases as a reader would say them: 2.9 to 2.12, 2.6."""
    to, comma = say(en=" to ", zh=" 至 "), say(en=", ", zh="、")
    return comma.join(span.first if span.first == span.last else f"{span.first}{to}{span.last}" for span in spans)


def _light(highlighted: str) -> str:
    """Return highlighted code without what makes a long page slow on a phone.

    That is the elements which have no colour of their own, and a `code` directly in a `pre`: Material's script mounts a
    component on each of those and measures it. Hence the span between the two.
    """
    light = UNCOLOURED.sub(r"\1", highlighted)
    return light.replace("<pre><span></span><code>", "<pre><span><code>").replace(
        "</code></pre>", "</code></span></pre>"
    )


def _copy_button() -> str:
    label = say(
        en="Copy this code (with Alt, or a long press: all code before it as well)",
        zh="复制这段代码（按住 Alt 或长按：连同前面的代码）",
    )
    return f'<button type="button" class="cell-copy" title="{label}" aria-label="{label}"></button>'


def _output(output: str) -> str:
    """Return an output as up to three kinds of parts: warnings, text, and the error it ended with."""
    printed, _, error = output.partition(TRACEBACK)
    parts: list[tuple[str, str]] = []
    for line in printed.removesuffix("\n").split("\n") if printed else []:
        kind = "warning" if is_warning(line) else "text"
        if parts and parts[-1][0] == kind == "text":
            parts[-1] = (kind, f"{parts[-1][1]}\n{line}")
        else:
            parts.append((kind, line))
    if error:
        parts.append(("error", error.rstrip()))
    return "".join(_output_part(kind, text) for kind, text in parts)


def _output_part(kind: str, text: str) -> str:
    """Return one part with the label that tells its kind to those who do not see its colour."""
    label = {
        "text": say(en="Out", zh="输出"),
        "warning": say(en="Warning", zh="警告"),
        "error": say(en="Error", zh="报错"),
    }[kind]
    shown = html.escape(text, quote=False)
    if kind != "text":
        shown = NAME.sub(r"<b>\g<0></b>", shown)
    return (
        f'<div class="cell-output cell-{kind}"><span class="cell-label" data-search-exclude>{label}</span>'
        f"<pre><span><code>{shown}</code></span></pre></div>"
    )
