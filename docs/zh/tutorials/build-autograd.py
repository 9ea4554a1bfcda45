# ---
# title: 用 25 行代码实现自动微分
# description: 用 25 行 Python 写出反向模式的自动微分，与 PyTorch 的结果比到最后几位小数，并让它画出自己的计算图。
# english: f067fb333ad0
# ---

# %% [markdown]
# # 用 25 行代码实现自动微分 { #build-autograd }
#
# `backward()` 其实比想象中简单。
# 有两点就够了：每个运算知道自己的导数；梯度按正确的顺序往回走。
# 这一页不借助 PyTorch，用 25 行 Python 把这两点写出来，再与 PyTorch 的结果比较。
#
# ## 有记忆的数 { #value }
#
# `Value` 是一个记得自己从哪里来的数。
# 对每个输入，它都记下*局部导数*：这个输入变化时，结果变化得有多快。

# %% value
from math import cos, log, sin


class Value:
    def __init__(self, data, parents=(), name=""):
        self.data, self.parents, self.name = data, parents, name
        self.grad = 0.0

    def __add__(self, other):
        return Value(self.data + other.data, [(self, 1), (other, 1)], "+")

    def __mul__(self, other):
        slopes = [(self, other.data), (other, self.data)]
        return Value(self.data * other.data, slopes, "×")

    def sin(self):
        return Value(sin(self.data), [(self, cos(self.data))], "sin")

    def log(self):
        return Value(log(self.data), [(self, 1 / self.data)], "log")


# %% [markdown]
# 每个方法都是导数表里的一项。
# 以乘积为例，$\frac{\partial}{\partial u} (u v) = v$，$\frac{\partial}{\partial v} (u v) = u$，所以 `__mul__` 存的是*另一个*因子的数值。
# 存下来的都是数，这里不处理任何公式。
# （对张量来说，局部导数是一整个矩阵，所以 PyTorch 存的不是导数本身，而是[与它相乘时所需要的值](../explanation/saved-tensors.md#saved)。）
#
# ## 往回走 { #backward }
#
# 一个节点知道了自己的梯度之后该做什么，链式法则说得很清楚。
# 它把这个梯度乘以局部导数，发给每个父节点，也就是它的输入。
# 被多次使用的节点，把收到的梯度加起来。
#
# 剩下的问题是顺序。
# 一个节点要等所有用到它的节点都发完，才能发出自己的梯度。
# `inputs_first` 把每个节点排在它的输入之后，反过来就是一个可行的顺序。


# %% backward
def inputs_first(node, order):
    if node not in order:
        for parent, _ in node.parents:
            inputs_first(parent, order)
        order.append(node)
    return order


def backward(result):
    result.grad = 1.0
    for node in reversed(inputs_first(result, [])):
        for parent, slope in node.parents:
            parent.grad += slope * node.grad


# %% [markdown]
# 全部代码就这么多：不算空行，共 25 行。
# （`inputs_first` 对每个父节点调用自己，所以链上的运算多到一千个左右，就会碰到 Python 的 `RecursionError`；PyTorch 的引擎用[一个列表](../explanation/engine.md)存放可以运行的节点，没有这个限制。）
#
# ## 试一试 { #try }
#
# 我们选一个多次用到同一个变量的函数，因为错误往往就出在这里：
#
# $$
# z = \sin(ba + a) \cdot \log(a^2)
# $$


# %% try
def f(a, b):
    return (b * a + a).sin() * (a * a).log()


a, b = Value(1.3, name="a"), Value(0.7, name="b")
z = f(a, b)
backward(z)
print(f"value {z.data:.6f}, gradients {a.grad:.6f} and {b.grad:.6f}")

# %% [markdown]
# ## 与 PyTorch 比较 { #compare }
#
# `f` 用到的运算张量全都有，所以也可以把张量传给它：

# %% compare
import torch

x = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
y = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
t = f(x, y)
t.backward()
print(f"value {t:.6f}, gradients {x.grad:.6f} and {y.grad:.6f}")

# %% [markdown]
# 打印出来的各位数字全都一致。
# 没有打印的那些呢？

# %% agree
pairs = [(z.data, t), (a.grad, x.grad), (b.grad, y.grad)]
largest = max(abs(ours - theirs.item()) for ours, theirs in pairs)
assert largest < 1e-14
print(largest < 1e-14)

# %% [markdown]
# 没有一处差别达到 `1e-14`。
# 自动微分不做近似，两者之间只差舍入误差。
#
# ## 让它画出计算图 { #graph }
#
# 计算图已经有了：`parents` 里存的就是边。
# 画图时，把每个节点放在它的输入上方即可。

# %% draw
import matplotlib.pyplot as plt


def draw(result):
    nodes = inputs_first(result, [])
    level, place, boxes = {}, {}, {}
    for node in nodes:
        below = [level[parent] for parent, _ in node.parents]
        level[node] = 1 + max(below, default=-1)
    for height in range(level[result] + 1):
        row = [node for node in nodes if level[node] == height]
        for number, node in enumerate(row):
            place[node] = (1.6 * number - 0.8 * (len(row) - 1), height)

    axes = plt.figure(figsize=(3.4, 4.8)).add_axes((0, 0, 1, 1))
    axes.set(xlim=(-1.3, 1.3), ylim=(-0.4, level[result] + 0.4))
    axes.axis("off")
    for node in nodes:
        text = f"{node.name}\n{node.data:.3f}\ngrad {node.grad:.3f}"
        style = {"boxstyle": "round", "facecolor": "white"}
        label = axes.text(
            *place[node], text, ha="center", va="center", bbox=style
        )
        boxes[node] = label.get_bbox_patch()
    for node in nodes:
        for number, (parent, _) in enumerate(node.parents):
            arrow = {"arrowstyle": "->", "patchA": boxes[node]}
            arrow["patchB"] = boxes[parent]
            arrow["connectionstyle"] = f"arc3,rad={-0.2 * number}"
            axes.annotate("", place[parent], place[node], arrowprops=arrow)
    plt.show()


draw(z)

# %% [markdown]
# 我们自己的代码记录下来的 $z$ 的计算图：每个方框里依次是运算、数值和梯度。
# { .caption }
#
# 有四个箭头指向同一个方框，它的 `a.grad` 就是四个乘积之和。
#
# ## 哪里会出错：顺序 { #order }
#
# 假如我们不那么小心，从结果开始一层一层往下，找到哪个节点就让哪个节点发出梯度：


# %% careless
def level_by_level(result):
    order = [result]
    for node in order:
        order += [p for p, _ in node.parents if p not in order]
    return order


def careless_backward(result):
    result.grad = 1.0
    for node in level_by_level(result):
        for parent, slope in node.parents:
            parent.grad += slope * node.grad


def gradient(backward):
    c = Value(1.3)
    u = c * c
    backward(u + u.log())
    return c.grad


print(f"inputs first {gradient(backward):.3f}")
print(f"level by level {gradient(careless_backward):.3f}")

# %% [markdown]
# 手算可得 $\frac{\partial}{\partial c} (c^2 + \log(c^2)) = 2c + \frac{2}{c}$，在 `1.3` 处等于 `4.138`。
# 按草率的顺序，`log` 的梯度还没有传到，`u` 就已经发出了自己的梯度，于是第二项丢失了。
# 没有任何警告：`2.600` 看上去和别的梯度没有两样。
# PyTorch 的办法是数数：对每个节点，数一数还有几个梯度没有到。
#
# ## 改一改 { #change }
#
# 把这一页下载为笔记本（链接在页尾），然后试试：
#
# - 再调用一次 `backward(z)`，打印 `a.grad`。
#   如果用 `retain_graph` 让 PyTorch 保留计算图，它会[把同样的梯度再加一遍](../reference/errors/backward.md#retained-graph)，变成两倍。
#   我们的却变成三倍多，因为中间的节点还留着旧的梯度，连同新的一起又发了一遍。
# - 在 `backward` 里，把 `+=` 改成 `=`。
#   `b` 的梯度仍然正确，因为只有一个箭头指向它。
#   `a` 的梯度只剩下最后到达的那一个，与 PyTorch 的比较随之失败。
# - 添加一个方法 `exp`，并在 `f` 里用上它。
#   `exp` 的局部导数就是它自己的结果。
#   比较马上就会通过，因为张量本来就有 `exp`。
#
# ## 接下来读 { #next }
#
# - [手写训练循环](training-loop.py)：有了梯度之后做什么。
# - [标量求导](../notes/scalar.md)：用 PyTorch 自己的张量走同样的几步。
# - [计算图是怎样建成的](../explanation/graph.md)：我们在这里记下父节点，PyTorch 记下的是节点和边。
# - [autograd 引擎的运行](../explanation/engine.md)：PyTorch 按什么次序处理它们。
