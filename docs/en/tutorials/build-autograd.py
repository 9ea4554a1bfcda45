# ---
# title: Build autograd in 25 lines
# description: Reverse-mode automatic differentiation in 25 lines of Python, compared with PyTorch to the last digits, and drawn as a graph.
# ---

# %% [markdown]
# # Build autograd in 25 lines { #build-autograd }
#
# There is less inside `backward()` than one would think.
# Two ideas are enough: each operation knows its own derivative, and the gradients travel back in the right order.
# On this page we write both down in 25 lines of Python, without PyTorch, and then compare the results with PyTorch's.
#
# ## A number that remembers { #value }
#
# A `Value` is a number that remembers where it came from.
# With each input it keeps the *local derivative*: how fast the result changes when that input changes.

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
# Each method holds one entry of a table of derivatives.
# For a product, $\frac{\partial}{\partial u} (u v) = v$ and $\frac{\partial}{\partial v} (u v) = u$, which is why `__mul__` stores the data of the *other* factor.
# What is stored are numbers; nothing here handles formulas.
# (For a tensor the local derivative would be a whole matrix, so PyTorch stores [what it needs to multiply by it](../explanation/saved-tensors.md#saved), and not the derivative itself.)
#
# ## Go backward { #backward }
#
# The chain rule says what a node does once its own gradient is known.
# It sends each parent that gradient times the local derivative.
# A parent that is used several times adds up what arrives.
#
# What remains is the order.
# A node may only send when everything that uses it has sent already.
# `inputs_first` lists each node after its parents, so the reversed list is an order that works.


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
# That is all of it: 25 lines, blank ones not counted.
# (`inputs_first` calls itself for each parent, so a chain of about a thousand operations ends in Python's `RecursionError`; PyTorch's engine [keeps a list](../explanation/engine.md) of the nodes that are ready, and has no such limit.)
#
# ## Try it { #try }
#
# We take a function that uses a variable more than once, since that is where mistakes show:
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
# ## Compare with PyTorch { #compare }
#
# `f` asks for nothing that tensors do not have, so it takes them as well:

# %% compare
import torch

x = torch.tensor(1.3, dtype=torch.float64, requires_grad=True)
y = torch.tensor(0.7, dtype=torch.float64, requires_grad=True)
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
#
# ## Let it draw its graph { #graph }
#
# The graph is there already: `parents` holds its edges.
# To draw it, we place each node above its parents.

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
# The graph of $z$ as our own lines recorded it: in each box the operation, its value and its gradient.
# { .caption }
#
# Four arrows end in one box, and its `a.grad` is the sum of four products.
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
# By hand, $\frac{\partial}{\partial c} (c^2 + \log(c^2)) = 2c + \frac{2}{c}$, and at `1.3` that is `4.138`.
# The careless order lets `u` send before `log` has reported to it, and the second term is lost.
# Nothing warns us: `2.600` looks like any other gradient.
# PyTorch avoids this by counting, for each node, how many gradients have yet to arrive.
#
# ## Change something { #change }
#
# Download this page as a notebook (the links are below) and try:
#
# - Call `backward(z)` once more, and print `a.grad`.
#   PyTorch, told by `retain_graph` to keep its graph, would [add the same gradient again](../reference/errors/backward.md#retained-graph), and double it.
#   Ours grows to more than three times its value, since the nodes in between have kept their gradients, and send them again on top of the new ones.
# - In `backward`, write `=` in place of `+=`.
#   The gradient of `b` stays right, since only one arrow ends there.
#   That of `a` keeps only what arrived last, and the comparison fails.
# - Add a method `exp`, and use it in `f`.
#   The local derivative of `exp` is its own result.
#   The comparison will agree at once, since tensors know `exp` already.
#
# ## Read next { #next }
#
# - [A training loop by hand](training-loop.py): what to do with a gradient once you have it.
# - [Differentiating a scalar](../notes/scalar.md): the same steps with PyTorch's own tensors.
# - [The graph that is built](../explanation/graph.md): the nodes and edges that PyTorch keeps where we keep parents.
