# ---
# title: "Build autograd in 25 lines of Python: from derivatives to vector-Jacobian products"
# description: How does backward() work inside? Reverse-mode automatic differentiation in 25 lines of Python, then with functions in place of numbers, so that it differentiates matrix products; compared with PyTorch.
# ---

# %% [markdown]
# # Build autograd in 25 lines { #build-autograd }
#
# `backward()` is simpler than it looks.
# Two ideas are enough: each operation knows its own derivative, and the gradients travel back in the right order.
# On this page we write both down in 25 lines of Python, without PyTorch, and compare the results with PyTorch's.
# Then we replace the derivatives by functions, as PyTorch does, and the same engine differentiates matrix products.
#
# ## A number that remembers { #value }
#
# A `Value` is a number that remembers where it came from.
# With each input it keeps the *local derivative*: how fast the result changes when that input changes.

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
# Each method holds one entry of a table of derivatives.
# For a product, $\frac{\partial}{\partial u} (u v) = v$ and $\frac{\partial}{\partial v} (u v) = u$, which is why `__mul__` stores the data of the *other* factor.
# What is stored are numbers; nothing here handles formulas.
#
# ## Go backward { #backward }
#
# The chain rule says what a node does once its own gradient is known.
# It sends each parent that gradient times the local derivative.
# A parent that is used several times adds up what arrives.
#
# What remains is the order: a node may only send when everything that uses it has sent already.
# `inputs_first` lists each node after its parents, so the reversed list is an order that works.
# A node stays on the stack until all its parents are in the list.


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
# That is all of it: 25 lines, blank ones not counted.
#
# ## Try it { #try }
#
# We take a function that uses a variable more than once, since that is where mistakes show:
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
# ## Compare with PyTorch { #compare }
#
# `f` asks for nothing that tensors do not have, so it takes them as well:

# %% compare
import torch

x = torch.tensor(0.5, dtype=torch.float64, requires_grad=True)
y = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)
t = f(x, y)
t.backward()
print(f"value {t:.6f}, gradients {x.grad:.6f} and {y.grad:.6f}")

# %% [markdown]
# All the digits that we printed agree.
# What about the others?

# %% agree
pairs = [(z.data, t), (a.grad, x.grad), (b.grad, y.grad)]
largest = max(abs(ours - theirs.item()) for ours, theirs in pairs)
assert largest < 1e-14
print(largest < 1e-14)

# %% [markdown]
# No difference reaches `1e-14`.
# Automatic differentiation does not approximate; all that separates the two is rounding.
# So it is no finite difference, which depends on [the step that one takes](../how-to/check-a-gradient.md#step).
# Nor is it symbolic differentiation, which forms an expression for the derivative: there are only numbers here, for one point at a time.
#
# ## Ten thousand operations { #long }
#
# A loop makes a long chain of nodes, and an engine that calls itself for each parent ends in Python's `RecursionError` there.
# Ours keeps a stack of its own, so the length does not matter:

# %% long
start = Value(1.0)
chain = start
for _ in range(10_000):
    chain = chain + start
backward(chain)
print(start.grad)

# %% [markdown]
# The gradient is the number of times that `start` was used.
# PyTorch does not call itself either: its engine [keeps a queue](../explanation/engine.md#order) of the nodes that are ready.
#
# ## Let it draw its graph { #graph }
#
# The graph is there already: `parents` holds its edges.
# We place each node below its parents, and leave it to Jupyter to show a text of SVG as a picture:

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
# The graph of $z$ as our own lines recorded it: in each box the operation or the name, the value, and after ∇ the gradient.
# { .caption }
#
# Three arrows leave the box of `a`, and its gradient is the sum of three products.
# [PyTorch's graph](../explanation/graph.md) has the same nodes and edges, and the other pictures on this site are drawn from it in this way.
#
# ## What goes wrong: the order { #order }
#
# Suppose we are less careful, and let nodes send as they are found, level by level down from the result:


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
# By hand, $\frac{\partial}{\partial c} (c^2 + \log(c^2)) = 2c + \frac{2}{c}$, and at `1.3` that is `4.138`.
# The careless order lets `u` send before `log` has reported to it, and the second term is lost.
# Nothing warns us: `2.600` looks like any other gradient.
# PyTorch avoids this by counting, for each node, how many gradients have yet to arrive.
#
# ## Matrices: functions in place of numbers { #vjp }
#
# What if the values are vectors and matrices?
# For $\mathbf{Y} = \mathbf{W} \mathbf{X}$ each element of $\mathbf{Y}$ depends on many elements of $\mathbf{W}$, so the local derivative is no longer a number but a table with four indices, far larger than the matrices themselves.
# But nobody needs the table.
# What a node sends is only its product with the gradient $\mathbf{G}$ that has arrived: $\mathbf{G} \mathbf{X}^\top$ to $\mathbf{W}$, and $\mathbf{W}^\top \mathbf{G}$ to $\mathbf{X}$.
#
# So we store with each parent a function that makes this product, a [vector-Jacobian product](../explanation/forward-and-reverse.md#reverse) (VJP):

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
# `inputs_first` is the one from above; in the backward pass, a multiplication has become a call.
# We try it on a product that can be checked by hand:

# %% matmul
W, X = Array([[1, 2], [3, 4]]), Array([[5], [6]])
backward_by_functions((W @ X).sum())
print(W.grad)
print(X.grad)

# %% [markdown]
# Each row of `W.grad` is $\mathbf{X}^\top$, and `X.grad` holds the sums of the columns of $\mathbf{W}$.
#
# PyTorch stores such functions, too.
# [A node can be called](../explanation/graph.md#call): it takes the gradient of a result and returns those of all inputs.
# With the same numbers:

# %% grad-fn
w = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
v = torch.tensor([[5.0], [6.0]], requires_grad=True)
node = (w @ v).grad_fn
print(node.name())
print(node(torch.ones(2, 1)))

# %% [markdown]
# And a small network, the same function for both engines:


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
# Four arrays, and again no difference reaches `1e-14`.
# What is missing for a library is the long list of operations, and broadcasting: a bias that is added to each column must [sum up what the columns send](../explanation/tensor-operations.md#broadcast).
#
# ## Change something { #change }
#
# Download this page as a notebook (the links are below) and try:
#
# - Call `backward(z)` once more, and print `a.grad`.
#   PyTorch, told by `retain_graph` to keep its graph, would [add the same gradient again](../reference/errors/retained-graph.md), and double it.
#   Ours grows to more than three times its value, since the nodes in between have kept their gradients, and send them again on top of the new ones.
# - In `backward`, write `=` in place of `+=`.
#   The gradient of `b` stays right, since only one arrow leaves its box.
#   That of `a` keeps only what arrived last, and the comparison fails.
# - Add a method `exp` to `Value`, and use it in `f`.
#   The local derivative of `exp` is its own result.
#   The comparison will agree at once, since tensors know `exp` already.
# - In `Array`, leave out the `.T` after `left`.
#   For `network`, NumPy raises, since the shapes do not fit.
#   For the square `W` above they do, and `X.grad` is wrong without a message.
#
# ## Read next { #next }
#
# - [A training loop by hand](training-loop.py): what to do with a gradient once you have it.
# - [Differentiating a scalar](../notes/scalar.md): the same steps with PyTorch's own tensors.
# - [The graph that is built](../explanation/graph.md): the nodes and edges that PyTorch keeps where we keep parents.
# - [What is saved, and when it is freed](../explanation/saved-tensors.md): which tensors PyTorch's nodes hold on to, as our functions do to the factors of a product.
# - [The autograd engine at run time](../explanation/engine.md): in which order PyTorch goes through the nodes.
