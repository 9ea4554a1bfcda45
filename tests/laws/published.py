"""The laws whose figures stand on a page, and how they are put there: `python -m tests.laws` writes docs/generated."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch

from tests.judges.project import LANGUAGES
from tests.laws.law import Law
from tests.laws.observe import Call, Result

FOLDER = Path("docs/generated")
ENDS = {"torch::autograd::AccumulateGrad", "nothing"}


@dataclass(frozen=True)
class Published:
    """A law and its sentence.

    Attributes:
        name: The name of its file.
        law: The law.
        says: The sentence, in each language.
    """

    name: str
    law: Law
    says: Mapping[str, str]


def is_floating(result: Result) -> bool:
    """Whether a result holds numbers that have a derivative."""
    return "float" in result.dtype or "complex" in result.dtype


def _keeps_flags_of_views(call: Call) -> bool:
    return all(result.requires_grad == result.is_marked_memory for result in call.without_grad if is_floating(result))


def _makes_inference_tensors(call: Call) -> bool:
    return all(result.is_inference != result.is_marked_memory for result in call.in_inference)


def _follows_the_rule(call: Call) -> bool:
    return all(result.is_leaf == (not result.requires_grad or not result.has_node) for result in call.recorded)


UNSAFE = "made for views that autograd does not know of"
NO_GRAD = Law(
    _keeps_flags_of_views,
    lambda call: bool(call.without_grad),
    {"torch.unsafe_chunk": UNSAFE, "torch.unsafe_split": UNSAFE},
)
TWICE = Law(
    lambda call: call.saves == (call.twice == "freed"),
    lambda call: call.twice is not None,
    {"torch.nn.functional.pad": "in circular mode it writes into parts, and the node of such a write works once"},
)
SECOND = Law(lambda call: bool(call.gradient_is_flat), lambda call: call.gradient_is_flat is not None)
PUBLISHED = [
    Published(
        "no-grad",
        NO_GRAD,
        {
            "en": "Under `torch.no_grad`, a result requires a gradient if it lies in the memory of an input that does, "
            "and otherwise not.",
            "zh": "在 `torch.no_grad` 中，结果与需要梯度的输入共用内存，就需要梯度，否则不需要。",
        },
    ),
    Published(
        "inference",
        Law(_makes_inference_tensors, lambda call: bool(call.in_inference)),
        {
            "en": "In inference mode, a result is an inference tensor, unless it lies in the memory of a normal one.",
            "zh": "在推理模式中，结果是推理张量，除非它与普通张量共用内存。",
        },
    ),
    Published(
        "leaves",
        Law(_follows_the_rule, lambda call: bool(call.recorded)),
        {
            "en": "A result is a leaf if it requires no gradient or has no `grad_fn`, and otherwise not.",
            "zh": "结果不需要梯度，或者没有 `grad_fn`，就是叶子，否则不是。",
        },
    ),
    Published(
        "ends",
        Law(lambda call: call.ends <= ENDS, lambda call: bool(call.ends)),
        {
            "en": "A path of the graph ends at `AccumulateGrad` or at `None`.",
            "zh": "计算图中的路径终止于 `AccumulateGrad` 或 `None`。",
        },
    ),
    Published(
        "twice",
        TWICE,
        {
            "en": "A second backward pass fails if a node saved a tensor, and runs if none did.",
            "zh": "如果有节点保存过张量，第二次反向传播就会失败，否则成功。",
        },
    ),
    Published(
        "shape",
        Law(lambda call: bool(call.fits), lambda call: call.fits is not None),
        {
            "en": "A gradient has the shape and the dtype of its tensor.",
            "zh": "梯度的形状和类型与张量相同。",
        },
    ),
    Published(
        "second",
        SECOND,
        {
            "en": "A gradient that has no graph in spite of `create_graph=True` stays the same when the inputs move a "
            "little.",
            "zh": "写了 `create_graph=True` 仍然没有计算图的梯度，在输入稍微变化时保持不变。",
        },
    ),
]
HEADER = {
    "en": ("| Sentence | Operations | Exceptions |", "none"),
    "zh": ("| 句子 | 运算数 | 例外 |", "无"),
}
SENTENCE = {
    "en": (
        "The rule was tried on {tried} operations of PyTorch {version}, and holds for all of them.",
        "The rule was tried on {tried} operations of PyTorch {version}, and holds for all but {names}.",
    ),
    "zh": (
        "这条规则在 PyTorch {version} 的 {tried} 种运算上试过，全部成立。",
        "这条规则在 PyTorch {version} 的 {tried} 种运算上试过，只有 {names} 例外。",
    ),
}
JOIN = {"en": " and ", "zh": " 和 "}


def files(calls: Iterable[Call]) -> dict[Path, str]:
    """Return the generated files: a table of all published laws, and a sentence for each, in every language."""
    calls = list(calls)
    made = {}
    for language in LANGUAGES:
        header, none = HEADER[language]
        lines = [header, "| --- | --- | --- |"]
        for published in PUBLISHED:
            tried, names = len(published.law.tried(calls)), sorted(published.law.broken(calls))
            lines.append(f"| {published.says[language]} | {tried} | {_listed(names, ', ') or none} |")
            words = SENTENCE[language][bool(names)]
            version = torch.__version__.partition("+")[0]
            text = words.format(tried=tried, version=version, names=_listed(names, JOIN[language]))
            made[FOLDER / f"law-{published.name}.{language}.markdown"] = f"{text}\n"
        made[FOLDER / f"laws.{language}.markdown"] = "\n".join([*lines, ""])
    return {path: text for path, text in made.items() if path.name.startswith("laws.") or _is_used(path)}


def _listed(names: list[str], joint: str) -> str:
    return joint.join(f"`{name}`" for name in names)


def _is_used(path: Path) -> bool:
    """Whether a page shows a sentence."""
    language = path.name.split(".")[1]
    pages = (Path("docs") / language).rglob("*.md")
    return any(f'--8<-- "{path.name}"' in page.read_text(encoding="utf-8") for page in pages)
