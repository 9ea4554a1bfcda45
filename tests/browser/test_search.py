"""What a reader types into the search finds the page that answers it, among the first three, in each language alone."""

import json
import re

import pytest

FIRST = 3
ENOUGH = 40
ITEMS = "document.querySelectorAll('.md-search-result__item')"
META = "document.querySelector('.md-search-result__meta')"
MESSAGE = re.compile(r"\w+(?:Error|Warning): .*")
TRACEBACK = (
    'Traceback (most recent call last):  File "/home/me/my project/train.py", line 31, in <module>    loss.backward()'
    '  File "/usr/lib/python3.11/site-packages/torch/_tensor.py", line 630, in backward    torch.autograd.backward('
)

# What is typed, and the page (or heading) that must be shown; several where each of them answers it.
ENGLISH = {
    # Names in code
    "grad_fn": "notes/scalar/",
    "requires_grad": "reference/errors/modes/",
    "requires_grad_": "reference/errors/grad-is-none/#marked-intermediate",
    "jacobian": "notes/non-scalar/#jacobian",
    "torch.autograd.functional.jacobian": "notes/non-scalar/#jacobian",
    "torch.autograd.functional.jacobian()": "notes/non-scalar/#jacobian",
    "functional.jacobian": "notes/non-scalar/#jacobian",
    "jacrev": "notes/non-scalar/#jacobian",
    "retain_grad": "notes/scalar/#compute",
    "retain_graph=True": "notes/non-scalar/#retain-graph",
    "x.grad.zero_()": "notes/scalar/#accumulate",
    "zero_grad": "notes/scalar/#accumulate",
    "next_functions": "notes/detach/#through",
    "AccumulateGrad": "notes/scalar/",
    "MulBackward0": "notes/scalar/",
    "saved_tensors_hooks": "notes/scalar/",
    "torch.no_grad()": "reference/errors/modes/",
    "detach()": "notes/detach/",
    ".detach()": "notes/detach/",
    "vmap": "notes/control-flow/#limits",
    "torch.where": "notes/control-flow/#limits",
    "torch.func.jvp": "notes/non-scalar/",
    "isclose": "notes/control-flow/#check",
    "ones_like": "notes/non-scalar/",
    "inference_mode": "reference/errors/modes/",
    # Words
    "gradient": ("notes/scalar/", "notes/non-scalar/", "how-to/intermediate-gradients/"),
    "detach": "notes/detach/",
    "derivative": ("notes/exercises/", "notes/scalar/"),
    "Jacobian matrix": "notes/non-scalar/#jacobian",
    "computational graph": ("explanation/graph/", "notes/control-flow/#graph"),
    "control flow": "notes/control-flow/",
    "chain rule": "notes/exercises/#chain-rule",
    "second derivative": "notes/exercises/#second-derivative",
    "forward mode": "explanation/forward-and-reverse/",
    "vector-Jacobian product": "notes/non-scalar/#weighted-sum",
    "vjp": "notes/non-scalar/",
    "saved tensors": "explanation/saved-tensors/",
    "leaf": "explanation/leaves/",
    "training loop": "tutorials/training-loop/",
    "vanishing gradients": "tutorials/gradient-flow/",
    "weighted sum": "notes/non-scalar/#weighted-sum",
    "hessian": "notes/exercises/",
    "version counter": "notes/detach/#wrong",
    "leaf tensor": "explanation/leaves/",
    "intermediate tensor": "how-to/intermediate-gradients/",
    "shared memory": "notes/detach/",
    "clear the gradient": ("notes/scalar/#accumulate", "reference/errors/grad-is-none/#cleared-too-early"),
    "backward twice": "reference/errors/backward/#second-backward",
    "Newton": "notes/exercises/#own-example",
    "disclaimer": "notes/errata/#disclaimer",
    # As a person types them: plural, past, unfinished, misspelt, split
    "Jacobians": "notes/non-scalar/#jacobian",
    "hessians": "notes/exercises/",
    "matrices": "notes/non-scalar/",
    "vectors": "notes/non-scalar/",
    "loops": "notes/control-flow/",
    "looping": "notes/control-flow/",
    "branches": "notes/control-flow/",
    "detached": "notes/detach/",
    "detaching": "notes/detach/",
    "copies": "notes/detach/",
    "accumulated": ("notes/scalar/", "reference/errors/hooks-and-more/#unscaled-accumulation"),
    "accumulating gradients": ("notes/scalar/", "reference/errors/hooks-and-more/#unscaled-accumulation"),
    "differentiating": "notes/scalar/",
    "jacob": "notes/non-scalar/",
    "jacobain": "notes/non-scalar/",
    "dettach": "notes/detach/",
    "retain graph": "notes/non-scalar/#retain-graph",
    "requires grad": "reference/errors/modes/",
    "no grad": ("reference/errors/modes/", "notes/detach/#no-grad"),
    # Parts of messages
    "grad can be implicitly created only": "notes/non-scalar/#one-element",
    "Trying to backward through the graph a second time": "reference/errors/backward/#second-backward",
    "modified by an inplace operation": "reference/errors/in-place/#needed-for-backward",
    "does not have a grad_fn": "reference/errors/not-connected/#nothing-requires-grad",
    "'NoneType' object has no attribute": "reference/errors/grad-is-none/#cleared-too-early",
    "won't be populated during autograd.backward()": (
        "reference/errors/grad-is-none/#intermediate-grad",
        "notes/scalar/#compute",
    ),
    # Messages of older releases
    "expected scalar type Long but found Float": "reference/errors/hooks-and-more/#integer-targets",
    "One of the differentiated Tensors appears to not have been used": "reference/errors/not-connected/#unused-input",
    "vmap: please shout over at functorch/issues/257": (
        "reference/errors/transforms/#vmap-branch",
        "notes/control-flow/#limits",
    ),
    "attempting to assign a gradient with dtype 'double' to a tensor with dtype 'float'": (
        "reference/errors/hooks-and-more/#grad-of-wrong-size"
    ),
    "output 0 of ExpBackward0, is at version 1; expected version 0": "reference/errors/in-place/#needed-for-backward",
    "Starting in PyTorch 2.9, calling checkpoint without use_reentrant": (
        "reference/errors/hooks-and-more/#checkpoint-inputs"
    ),
    # Releases
    "PyTorch 2.14 clamp": "reference/releases/#clamp",
    "what changed in autograd": "reference/releases/",
    "torch.jit.script FutureWarning": "reference/releases/#forward-mode-warning",
}
CHINESE = {
    # 代码里的名字
    "grad_fn": "notes/scalar/",
    "requires_grad_": "reference/errors/grad-is-none/#marked-intermediate",
    "jacobian": "notes/non-scalar/#jacobian",
    "torch.autograd.functional.jacobian": "notes/non-scalar/#jacobian",
    "jacrev": "notes/non-scalar/#jacobian",
    "x.grad.zero_()": "notes/scalar/#accumulate",
    "retain_graph=True": "notes/non-scalar/#retain-graph",
    "next_functions": "notes/detach/#through",
    "torch.no_grad()": "reference/errors/modes/",
    "vmap": "notes/control-flow/#limits",
    "detach()": "notes/detach/",
    "VJP": "notes/non-scalar/",
    # 词
    "梯度": ("notes/scalar/", "notes/non-scalar/", "how-to/intermediate-gradients/"),
    "自动微分": "",
    "雅可比": "notes/non-scalar/#jacobian",
    "雅可比矩阵": "notes/non-scalar/#jacobian",
    "向量-雅可比积": "notes/non-scalar/",
    "计算图": ("notes/detach/", "notes/control-flow/#graph"),
    "标量": "notes/scalar/",
    "标量求导": "notes/scalar/",
    "非标量": "notes/non-scalar/",
    "分离": "notes/detach/",
    "解离": "notes/detach/",
    "从计算图上分离": "notes/detach/",
    "常数": "notes/detach/#constant",
    "控制流": "notes/control-flow/",
    "循环": "notes/control-flow/#function",
    "分支": "notes/control-flow/",
    "练习": "notes/exercises/",
    "勘误": "notes/errata/",
    "参考文献": "notes/errata/",
    "免责声明": "notes/errata/#disclaimer",
    "反向传播": "notes/scalar/#backward",
    "链式法则": "notes/exercises/#chain-rule",
    "黑塞矩阵": "notes/exercises/",
    "二阶导数": "notes/exercises/#second-derivative",
    "前向模式": "explanation/forward-and-reverse/",
    "加权和": "notes/non-scalar/#weighted-sum",
    "梯度累积": ("notes/scalar/", "reference/errors/hooks-and-more/#unscaled-accumulation"),
    "梯度清零": ("notes/scalar/#accumulate", "reference/errors/backward/#not-cleared"),
    "叶子": "explanation/leaves/",
    "中间张量": "how-to/intermediate-gradients/",
    "版本计数器": "notes/detach/#wrong",
    "共享内存": "notes/detach/",
    "牛顿法": "notes/exercises/#own-example",
    "已保存的张量": "explanation/saved-tensors/",
    "训练循环": "tutorials/training-loop/",
    "梯度消失": "tutorials/gradient-flow/",
    "舍入": "notes/control-flow/#check",
    "动手学深度学习": ("notes/errata/", ""),
    # 一句话，或中英夹杂
    "怎样保留中间张量的梯度": "notes/scalar/#compute",
    "梯度为什么相加": "notes/detach/#through",
    "两次反向传播": "notes/exercises/#twice",
    "detach 共享内存": "notes/detach/",
    "循环 求导": "notes/control-flow/",
    "Jacobians": "notes/non-scalar/",
    "detached": "notes/detach/",
    # 报错
    "grad can be implicitly created only": "notes/non-scalar/#one-element",
    "报错 element 0 of tensors does not require grad": "reference/errors/not-connected/#nothing-requires-grad",
    "modified by an inplace operation": "reference/errors/in-place/#needed-for-backward",
    "'NoneType' object has no attribute 'zero_'": "reference/errors/grad-is-none/#cleared-too-early",
    # 旧版本的报错
    "expected scalar type Long but found Float": "reference/errors/hooks-and-more/#integer-targets",
    "One of the differentiated Tensors appears to not have been used": "reference/errors/not-connected/#unused-input",
    "vmap: please shout over at functorch/issues/257": (
        "reference/errors/transforms/#vmap-branch",
        "notes/control-flow/#limits",
    ),
    "attempting to assign a gradient with dtype 'double' to a tensor with dtype 'float'": (
        "reference/errors/hooks-and-more/#grad-of-wrong-size"
    ),
    "output 0 of ExpBackward0, is at version 1; expected version 0": "reference/errors/in-place/#needed-for-backward",
    "Starting in PyTorch 2.9, calling checkpoint without use_reentrant": (
        "reference/errors/hooks-and-more/#checkpoint-inputs"
    ),
    # 版本
    "各版本之间的变化": "reference/releases/",
    "PyTorch 2.14 clamp": "reference/releases/#clamp",
}
LANGUAGES = pytest.mark.parametrize(("language", "table"), [("", ENGLISH), ("zh/", CHINESE)], ids=["en", "zh"])


class Search:
    """The search of one language, as a reader uses it."""

    def __init__(self, page, language):
        self.page, self.root = page, f"/{language}"
        page.goto(self.root)
        self.box = page.get_by_role("textbox")
        self.box.click()

    def type(self, query):
        """Type a query and return the addresses found, page by page; those folded away are not among them."""
        self.page.evaluate(f"{ITEMS}.forEach((item) => item.remove()); {META}.textContent = ''")
        self.box.fill(query)
        self.box.press("Shift")
        self.page.wait_for_function(f"{ITEMS}.length || /No |没有/.test({META}.textContent)")
        found = self.page.evaluate(f"""[...{ITEMS}].map((item) =>
            [...item.querySelectorAll("a:not(details a)")].map((link) => new URL(link.href).pathname + link.hash))""")
        assert all(address.startswith(self.root) for item in found for address in item), "another language was found"
        return [[address.removeprefix(self.root) for address in item] for item in found]


@pytest.fixture
def search(page):
    return lambda language: Search(page, language)


@LANGUAGES
def test_the_right_page_is_among_the_first_three(search, language, table):
    assert len(table) >= ENOUGH
    box = search(language)
    missed = []
    for query, pages in table.items():
        found = box.type(query)[:FIRST]
        wanted = (pages,) if isinstance(pages, str) else pages
        if not any(page in item for page in wanted for item in found):
            missed.append(f"{query!r}: expected {' or '.join(map(repr, wanted))}, found {found}")
    if missed:
        pytest.fail("\n".join([f"{len(missed)} of {len(table)} queries:", *missed]), pytrace=False)


@LANGUAGES
def test_a_pasted_message_finds_a_page_that_shows_it(search, site, language, table):
    shown = _messages(site / language)
    assert shown, "no error page shows a message"
    box = search(language)
    missed = []
    for message in shown:
        pages = set().union(*(shown[other] for other in shown if _same_kind(message, other)))
        for pasted in (message, TRACEBACK + message):
            found = [item[0].partition("#")[0] for item in box.type(pasted)[:FIRST]]
            if not pages & set(found):
                missed.append(f"{pasted!r}: expected one of {pages}, found {found}")
    if missed:
        pytest.fail("\n".join(missed), pytrace=False)


def _same_kind(message, other):
    # What follows "[torch." in PyTorch's messages is the reader's own tensor: its type, shape and version.
    return message.partition("[torch.")[0] == other.partition("[torch.")[0]


def test_the_best_heading_opens_with_enter_and_its_words_are_marked(search):
    box = search("")
    box.type("version counters")
    box.box.press("Enter")
    box.page.wait_for_url("**/notes/detach/?h=*#wrong")
    marked = box.page.locator(".md-content mark")
    marked.first.wait_for()
    assert "version counter" in marked.all_inner_texts()


@LANGUAGES
def test_a_word_that_is_nowhere_finds_nothing(search, language, table):
    assert search(language).type("xyzzyplugh") == []


def test_a_reader_who_does_not_search_loads_no_index(page):
    requested = []
    page.on("request", lambda request: requested.append(request.url))
    page.goto("/")
    page.wait_for_load_state("networkidle")
    assert not [address for address in requested if "sections" in address or "library" in address]


def _messages(site):
    """Each message that an error page shows, with all pages that show it."""
    shown = {}
    for section in json.loads((site / "search" / "sections.json").read_text(encoding="utf-8")):
        for line in "\n".join(section["blocks"]).splitlines():
            # One that ends in dots is the beginning of several.
            if MESSAGE.fullmatch(line) and not line.endswith("…"):
                shown.setdefault(line, set()).add(section["location"].partition("#")[0])
    return {line: pages for line, pages in shown.items() if any("errors/" in page for page in pages)}
