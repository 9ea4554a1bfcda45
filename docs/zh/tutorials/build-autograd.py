# ---
# title: 用 25 行 Python 实现自动微分：从导数到向量-雅可比积
# description: backward() 内部是怎样工作的？先用 25 行 Python 写出反向模式的自动微分，再把导数换成函数，让它能对矩阵乘法求导；结果都与 PyTorch 比较。
# english: 6738019fe481
# ---

# %% [markdown]
# # 用 25 行代码实现自动微分 { #build-autograd }
#
# `backward()` 其实比想象中简单。
# 有两点就够了：每个运算都会求自己的导数；梯度按正确的顺序往回传。
# 这一页不借助 PyTorch，用 25 行 Python 把这两点写出来，再与 PyTorch 的结果比较。
# 然后我们像 PyTorch 那样，把导数换成函数，同样的引擎就能对矩阵乘法求导了。
#
# ## 有记忆的数 { #value }
#
# `Value` 是一个数，并且记得自己是由哪些数算出来的。
# 对每个输入，它都记下*局部导数*：这个输入变化时，结果变化得有多快。

# %% value
from math import log


class Value:
    def __init__(self, data, parents=(), name=""):
        self.data, self.parents, self.name = data, parents, name
        self.grad = 0.0

    def __add__(self, other):
        return Value(self.data + other.data, [(self, 1), (other, 1)], "+")

    def __mul__(self, other):
        slopes = [(self, other.data), (other, self.data)]
        return Value(self.data * other.data, slopes, "×")

    def log(self):
        return Value(log(self.data), [(self, 1 / self.data)], "log")


# %% [markdown]
# 每个方法都是导数表里的一项。
# 以乘积为例，$\frac{\partial}{\partial u} (u v) = v$，$\frac{\partial}{\partial v} (u v) = u$，所以 `__mul__` 存的是*另一个*因子的数值。
# 存下来的都是数，这里不处理任何公式。
#
# ## 往回走 { #backward }
#
# 一个节点得到自己的梯度之后，按照链式法则，就把这个梯度乘以局部导数，发给每个父节点，也就是它的输入。
# 一个节点如果用了多次，就把收到的梯度加起来。
#
# 剩下的问题是顺序：一个节点要等所有用到它的节点都发完，才能发出自己的梯度。
# `inputs_first` 把每个节点排在它的输入之后，反过来就是一个可行的顺序。
# 一个节点要等它的父节点全部列入之后，才从栈里取出来。


# %% backward
def inputs_first(result):
    order, stack = {}, [result]
    while stack:
        missing = [p for p, _ in stack[-1].parents if p not in order]
        stack += missing
        if not missing:
            order[stack.pop()] = True
    return list(order)


def backward(result):
    result.grad = 1.0
    for node in reversed(inputs_first(result)):
        for parent, derivative in node.parents:
            parent.grad += derivative * node.grad


# %% [markdown]
# 全部代码就这么多：不算空行，共 25 行。
#
# ## 试一试 { #try }
#
# 我们选一个多次用到同一个变量的函数，因为错误往往就出在这里：
#
# $$
# z = a^2 \cdot \log(ba)
# $$


# %% try
def f(a, b):
    return (a * a) * (b * a).log()


a, b = Value(0.5, name="a"), Value(3.0, name="b")
z = f(a, b)
backward(z)
print(f"value {z.data:.6f}, gradients {a.grad:.6f} and {b.grad:.6f}")

# %% [markdown]
# ## 与 PyTorch 比较 { #compare }
#
# `f` 用到的运算，张量也都有，所以可以把张量直接传给它：

# %% compare
import torch

x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
y = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
t = f(x, y)
t.backward()
print(f"value {t:.6f}, gradients {x.grad:.6f} and {y.grad:.6f}")

# %% [markdown]
# 打印出来的各位数字完全一致。
# 没有打印的那些呢？

# %% agree
pairs = [(z.data, t), (a.grad, x.grad), (b.grad, y.grad)]
largest = max(abs(ours - theirs.item()) for ours, theirs in pairs)
assert largest < 1e-14
print(largest < 1e-14)

# %% [markdown]
# 所有差别都小于 `1e-14`。
# 自动微分不做近似，两者之间只差舍入误差。
# 所以它不同于有限差分，后者的结果取决于[所取的步长](../how-to/check-a-gradient.md#step)。
# 它也不同于符号微分，后者要写出导数的表达式，而这里只有数，而且每次只针对一组具体的输入。
#
# ## 一万个运算 { #long }
#
# 循环会产生很长的一串节点；如果引擎对每个父节点递归调用自己，就会碰到 Python 的 `RecursionError`。
# 我们的引擎自己维护一个栈，所以链有多长都没有关系：

# %% long
start = Value(1.0)
chain = start
for _ in range(10_000):
    chain = chain + start
backward(chain)
print(start.grad)

# %% [markdown]
# 这个梯度就是 `start` 被用到的次数。
# PyTorch 也不用递归：它的引擎用[一个队列](../explanation/engine.md#order)存放可以运行的节点。
#
# ## 让它画出计算图 { #graph }
#
# 计算图已经有了：`parents` 里存的就是边。
# 我们把每个节点放在它的父节点下方，拼成一段 SVG，再由 Jupyter 显示成图：

# %% draw
LINE = 'fill="none" stroke="currentColor"'
TEXT = 'fill="currentColor" text-anchor="middle" font-family="monospace"'


class Drawing(str):
    __repr__ = _repr_svg_ = str.__str__


def draw(result):
    places, svg = {}, ""
    for node in inputs_first(result):
        y = max((places[p][1] for p, _ in node.parents), default=-60) + 100
        x = -130 * [row for _, row in places.values()].count(y)
        places[node] = x, y
        box = f'x="{x - 50}" y="{y - 32}" width="100" height="64" rx="6"'
        kind = "box" if node.parents else "box leaf"
        svg += f'\n<g class="{kind}"><rect {box} {LINE}/></g>'
        texts = node.name, f"{node.data:.3f}", f"∇ {node.grad:.3f}"
        for row, text in enumerate(texts):
            svg += f'\n<text x="{x}" y="{y + 18 * row - 13}">{text}</text>'
        for number, (parent, _) in enumerate(node.parents):
            (x0, y0), x1 = places[parent], x + 30 * number
            bend = f"C{x0} {y - 40} {x1} {y - 60} {x1} {y - 33}"
            path = f"M{x0} {y0 + 32}V{y - 60}{bend}l-4-7m4 7l4-7"
            svg += f'\n<path class="arrow" d="{path}" {LINE}/>'
    width = 120 - min(x for x, _ in places.values())
    size = f'width="{width}" viewBox="{60 - width} 0 {width} {y + 40}"'
    return Drawing(f"<svg {size} {TEXT}>{svg}\n</svg>")


draw(z)

# %% [markdown]
# 我们自己的代码记录下来的 $z$ 的计算图：每个方框里依次是运算或变量名、数值，以及 ∇ 后面的梯度。
# { .caption }
#
# 有三个箭头从 `a` 的方框出发，它的梯度就是三个乘积之和。
# [PyTorch 的计算图](../explanation/graph.md)有同样的节点和边，本站其他的图也是这样画的。
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
        for parent, derivative in node.parents:
            parent.grad += derivative * node.grad


def gradient(backward):
    c = Value(1.3)
    u = c * c
    backward(u + u.log())
    return c.grad


print(f"inputs first {gradient(backward):.3f}")
print(f"level by level {gradient(careless_backward):.3f}")

# %% [markdown]
# 手算可得 $\frac{\partial}{\partial c} (c^2 + \log(c^2)) = 2c + \frac{2}{c}$，在 `1.3` 处等于 `4.138`。
# 按这种草率的顺序，`log` 的梯度还没有传到，`u` 就已经发出了自己的梯度，于是第二项丢失了。
# 没有任何警告：`2.600` 看上去和别的梯度没有两样。
# PyTorch 的办法是计数：对每个节点，记下还有几个梯度没有到。
#
# ## 矩阵：用函数代替数 { #vjp }
#
# 如果变量是向量和矩阵，该怎么办？
# 对 $\mathbf{Y} = \mathbf{W} \mathbf{X}$ 来说，$\mathbf{Y}$ 的每个元素都依赖 $\mathbf{W}$ 的许多元素，局部导数不再是一个数，而是一张有四个下标的表，比矩阵本身大得多。
# 但我们并不需要这张表。
# 节点发出去的，只是这张表与收到的梯度 $\mathbf{G}$ 的乘积：发给 $\mathbf{W}$ 的是 $\mathbf{G} \mathbf{X}^\top$，发给 $\mathbf{X}$ 的是 $\mathbf{W}^\top \mathbf{G}$。
#
# 所以，我们为每个父节点存一个计算这个乘积的函数，即[向量-雅可比积](../explanation/forward-and-reverse.md#reverse)（VJP）：

# %% array
import numpy as np


class Array:
    def __init__(self, data, parents=()):
        self.data, self.parents = np.array(data, dtype=float), parents
        self.grad = np.zeros(self.data.shape)

    def __add__(self, other):
        vjps = [(self, lambda g: g), (other, lambda g: g)]
        return Array(self.data + other.data, vjps)

    def __matmul__(self, other):
        left, right = self.data, other.data
        vjps = [
            (self, lambda g: g @ right.T),
            (other, lambda g: left.T @ g),
        ]
        return Array(left @ right, vjps)

    def tanh(self):
        result = np.tanh(self.data)
        return Array(result, [(self, lambda g: g * (1 - result**2))])

    def sum(self):
        ones = np.ones(self.data.shape)
        return Array(self.data.sum(), [(self, lambda g: g * ones)])


def backward_by_functions(result):
    result.grad = np.ones(result.data.shape)
    for node in reversed(inputs_first(result)):
        for parent, vjp in node.parents:
            parent.grad = parent.grad + vjp(node.grad)


# %% [markdown]
# `inputs_first` 还是前面那一个；反向传播中，原来的一次乘法变成了一次函数调用。
# 我们用一个可以手算的乘积来试：

# %% matmul
W, X = Array([[1, 2], [3, 4]]), Array([[5], [6]])
backward_by_functions((W @ X).sum())
print(W.grad)
print(X.grad)

# %% [markdown]
# `W.grad` 的每一行都是 $\mathbf{X}^\top$，`X.grad` 则是 $\mathbf{W}$ 每一列各自的和。
#
# PyTorch 存的也是这样的函数。
# [节点可以直接调用](../explanation/graph.md#call)：传入结果的梯度，返回全部输入的梯度。
# 还用同样的数：

# %% grad-fn
w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
v = torch.tensor([[5.0], [6.0]], requires_grad=True)
node = (w @ v).grad_fn
print(node.name())
print(node(torch.ones(2, 1)))

# %% [markdown]
# 再来一个小网络，两个引擎用的是同一个函数：


# %% network
def network(first, bias, second, inputs):
    return (second @ (first @ inputs + bias).tanh()).sum()


torch.manual_seed(0)
shapes = [(4, 3), (4, 2), (1, 4), (3, 2)]
theirs = [torch.randn(shape, dtype=torch.float64) for shape in shapes]
ours = [Array(tensor.numpy()) for tensor in theirs]
backward_by_functions(network(*ours))
network(*[tensor.requires_grad_() for tensor in theirs]).backward()
for array, tensor in zip(ours, theirs, strict=True):
    print(np.abs(array.grad - tensor.grad.numpy()).max() < 1e-14)

# %% [markdown]
# 四个数组，所有差别同样小于 `1e-14`。
# 要成为一个真正的库，还缺一长串运算，以及广播：加到每一列上的偏置，必须[把各列发来的梯度加起来](../explanation/tensor-operations.md#broadcast)。
#
# ## 改一改 { #change }
#
# 把这一页下载为 Jupyter Notebook（链接在页尾），然后试试：
#
# - 再调用一次 `backward(z)`，打印 `a.grad`。
#   如果用 `retain_graph` 让 PyTorch 保留计算图，它会[把同样的梯度再加一遍](../reference/errors/retained-graph.md)，变成两倍。
#   我们的却变成三倍多，因为中间的节点还留着旧的梯度，连同新的一起又发了一遍。
# - 在 `backward` 里，把 `+=` 改成 `=`。
#   `b` 的梯度仍然正确，因为只有一个箭头从它的方框出发。
#   `a` 的梯度只剩下最后到达的那一个，与 PyTorch 的比较随之失败。
# - 给 `Value` 添加一个方法 `exp`，并在 `f` 里用上它。
#   `exp` 的局部导数就是它自己的结果。
#   比较马上就会通过，因为张量本来就有 `exp`。
# - 在 `Array` 里，去掉 `left` 后面的 `.T`。
#   对 `network`，NumPy 会报错，因为形状对不上。
#   对前面的方阵 `W`，形状却对得上，于是 `X.grad` 算错了，也没有报错。
#
# ## 接下来读 { #next }
#
# - [手写训练循环](training-loop.py)：有了梯度之后做什么。
# - [标量求导](../notes/scalar.md)：用 PyTorch 自己的张量走同样的几步。
# - [计算图是怎样建成的](../explanation/graph.md)：我们在这里记下父节点，PyTorch 记下的是节点和边。
# - [保存了什么，何时释放](../explanation/saved-tensors.md)：我们的函数留住了乘积的两个因子，PyTorch 的节点也会留住一些张量。
# - [autograd 引擎的运行](../explanation/engine.md)：PyTorch 按什么次序处理节点。
