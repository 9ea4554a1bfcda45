"""A project of P pages in two languages, each with 8 short PyTorch blocks, made from this project's own files."""

from __future__ import annotations

import shutil
from pathlib import Path

PROJECT = Path(__file__).parent.parent
PAGES_IN_A_SECTION = 25
BLOCKS = 8
# The line of mkdocs.yml and mkdocs.zh.yml that makes pages run their examples.
ENGINE = "  autograd_notes.extensions.fence:"
STOCK_FENCE = 'pycon exec="on" source="console" session="{page}"'
# To compare how examples run, without what else this project's hooks and templates make. Stock markdown-exec takes a
# block that raises for a failure, so nothing is strict here.
BARE = """\
hooks: [both_languages.py]
strict: false
theme: { custom_dir: empty, icon: { logo: material/library } }
"""
BOTH_LANGUAGES = """\
from mkdocs.commands.build import build
from mkdocs.config import load_config


def on_post_build(config):
    if config.theme["language"] == "en":
        build(load_config("mkdocs.zh.yml", site_dir=f"{config.site_dir}/zh", site_url=f"{config.site_url}zh/"))
"""


def write(folder: Path, pages: int) -> None:
    """Write the project, with all that this project's pages have.

    Args:
        folder: Where; it does not exist yet.
        pages: How many pages, in each of the two languages.
    """
    shutil.copytree(PROJECT / "docs/theme", folder / "docs/theme")
    _write(folder, pages, "", engine=True, fence="pycon")


def write_bare(folder: Path, pages: int, *, engine: bool, fence: str = "pycon") -> None:
    """Write the project without hooks and templates, to compare what runs its examples.

    Args:
        folder: Where; it does not exist yet.
        pages: How many pages, in each of the two languages.
        engine: Whether this project's engine runs the examples.
        fence: What opens a fence; `{page}` stands for the name of the page.
    """
    (folder / "empty").mkdir(parents=True)
    _put(folder / "both_languages.py", BOTH_LANGUAGES)
    _write(folder, pages, BARE, engine=engine, fence=fence)


def _write(folder: Path, pages: int, settings: str, *, engine: bool, fence: str) -> None:
    shutil.copytree(PROJECT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    for name, copy in (("mkdocs.yml", "base.yml"), ("mkdocs.zh.yml", "mkdocs.zh.yml")):
        lines = (PROJECT / name).read_text(encoding="utf-8").splitlines(keepends=True)
        _put(folder / copy, "".join(line for line in lines if engine or not line.startswith(ENGINE)))
    names = [f"page-{number:04}" for number in range(1, pages + 1)]
    _put(folder / "docs/en/index.md", "# Index { #index }\n\nA site to measure.\n")
    _put(folder / "docs/zh/index.md", "# 首页 { #index }\n\n用来测速的网站。\n")
    for number, name in enumerate(names, 1):
        _put(folder / f"snippets/pages/{name}.md", snippet(number, fence.format(page=name)))
        _put(folder / f"docs/en/pages/{name}.md", english(name))
        _put(folder / f"docs/zh/pages/{name}.md", chinese(name))
    _put(folder / "mkdocs.yml", f"INHERIT: base.yml\n{settings}{_nav(names)}")


def snippet(number: int, fence: str = "pycon") -> str:
    """Return the snippet of a page; its number is in the code, so that no two pages run the same."""
    gradient = [f"{2 * number * i}." for i in range(4)]
    width = max(map(len, gradient))
    blocks = [
        ">>> import torch\n>>> x = torch.arange(4.0, requires_grad=True)\n>>> x\n"
        "tensor([0., 1., 2., 3.], requires_grad=True)",
        f">>> y = {number} * torch.dot(x, x)\n>>> y\ntensor({14 * number}., grad_fn=<MulBackward0>)",
        f">>> y.backward()\n>>> x.grad\ntensor([{', '.join(value.rjust(width) for value in gradient)}])",
        f">>> x.grad == {2 * number} * x\ntensor([True, True, True, True])",
        f">>> torch.arange({number}, requires_grad=True)\nTraceback (most recent call last):\n  ...\n"
        "RuntimeError: Only Tensors of floating point and complex dtype can require gradients",
        f">>> x.grad = None\n>>> (x + {number}).sum().backward()\n>>> x.grad\ntensor([1., 1., 1., 1.])",
        f">>> def scaled(t):\n...     return {number} * t.exp()\n>>> scaled(torch.zeros(2))\n"
        f"tensor([{number}., {number}.])",
        f">>> with torch.no_grad():\n...     z = {number} * x\n>>> z.requires_grad\nFalse",
    ]
    sections = [
        f"<!-- --8<-- [start:block-{index}] -->\n```{fence}\n{block}\n```\n<!-- --8<-- [end:block-{index}] -->\n"
        for index, block in enumerate(blocks, 1)
    ]
    return "\n".join(sections)


def english(name: str) -> str:
    """Return an English page that includes the snippet of its name."""
    sections = [
        f"## Step {index} of {BLOCKS} {{ #step-{index} }}\n\n"
        "A *leaf* is a tensor that you made yourself, and `requires_grad` marks it.\n"
        "What is computed from it carries a `grad_fn`, the node of the graph that knows how to go back.\n"
        f"In step {index} we look at one call and at what it prints, and then go on to the next one:\n\n"
        f'--8<-- "pages/{name}.md:block-{index}"\n\n'
        "The output is what PyTorch printed when this page was built.\n"
        for index in range(1, BLOCKS + 1)
    ]
    return f"# The page {name} {{ #{name} }}\n\nThis page takes one computation apart.\n\n" + "\n".join(sections)


def chinese(name: str) -> str:
    """Return the Chinese page that includes the snippet of its name."""
    sections = [
        f"## 第 {index} 步，共 {BLOCKS} 步 {{ #step-{index} }}\n\n"
        "*叶子张量*是我们自己创建的张量，用 `requires_grad` 标记。\n"
        "由它算出来的张量带着 `grad_fn`，也就是计算图中知道怎样往回走的那个节点。\n"
        f"第 {index} 步只看一个调用和它的输出，然后再看下一个：\n\n"
        f'--8<-- "pages/{name}.md:block-{index}"\n\n'
        "这里的输出是建站时由 PyTorch 打印出来的。\n"
        for index in range(1, BLOCKS + 1)
    ]
    return f"# 页面 {name} {{ #{name} }}\n\n这一页把一个计算过程拆开来看。\n\n" + "\n".join(sections)


def _nav(names: list[str]) -> str:
    sections = [names[start : start + PAGES_IN_A_SECTION] for start in range(0, len(names), PAGES_IN_A_SECTION)]
    lines = ["nav:", "  - index.md"]
    for number, section in enumerate(sections, 1):
        lines += [f"  - Part {number}:", *(f"      - pages/{name}.md" for name in section)]
    return "\n".join(lines) + "\n"


def _put(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
