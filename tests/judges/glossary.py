"""Judge the Chinese terms: one word for one thing on the whole site, and never one of those it is mistaken for."""

from __future__ import annotations

import re

from tests.judges.page import Page
from tests.judges.problem import Problem

# What not to write, as a pattern, and what to write. d2l-zh's terms where it has one.
TERMS = {
    "自动求导|自动差分|自动梯度": "自动微分",
    "微商": "导数",
    "链规则|连锁律": "链式法则",
    "运算图": "计算图",
    "结点": "节点",
    "叶节点|叶变量|叶子变量": "叶子张量",
    "正向传播|前向传递": "前向传播",
    "反向传递|后向传播|向后传播": "反向传播",
    "累计": "累积",
    "累加梯度|梯度累加": "梯度累积",
    "解离|剥离": "分离",
    "截断梯度": "停止梯度",
    "雅可比行列式|雅各布|雅各比|雅克比": "雅可比矩阵",
    "海森|粗麻布": "黑塞矩阵",
    "Jacobian 乘积|(?<!-)向量雅可比积|雅可比向量积": "向量-雅可比积（VJP）或雅可比-向量积（JVP）",
    "正向模式": "前向模式",
    "切线": "切向量",
    "双重反向": "二次反向传播",
    "就地操作|原位操作|inplace 操作": "原地操作",
    "内存区": "存储",
    "挂钩": "钩子",
    "推断模式": "推理模式",
    "验证模式": "评估模式",
    "梯度检查(?!点)": "梯度检验",
    "数值差分": "有限差分",
    "子梯度": "次梯度",
    "尖点|拐点": "不可导点",
    "流控制": "控制流",
    "每样本梯度": "逐样本梯度",
    "梯度剪裁": "梯度裁剪",
    "逐元素": "按元素",
    "随时间反向传播": "通过时间反向传播",
}
QUOTATION = re.compile(r"「[^」]*」")


def judge_terms(page: Page) -> list[Problem]:
    """Return a problem for each term that the site does not use; quotations (block quotes, 「…」) may use any."""
    return [
        Problem(page.name, number, f"{match[0]!r} is not this site's term.", f"Write {right}.")
        for number, line in enumerate(page.text.split("\n"), 1)
        if not line.lstrip().startswith(">")
        for wrong, right in TERMS.items()
        for match in re.finditer(wrong, QUOTATION.sub("", line))
    ]
