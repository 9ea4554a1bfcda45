# ---
# title: Watching gradients flow
# description: Hooks show the gradient on its way back through twelve layers, where it vanishes with sigmoid, and what keeps it alive.
# ---

# %% [markdown]
# # Watching gradients flow { #gradient-flow }
#
# A network can have the right loss, the right loop and no error at all, and still not learn.
# Often the gradient has died on its way back to the first layers.
# On this page we watch it travel through twelve layers, find out where it is lost, and keep it alive.
#
# ## Twelve layers { #layers }
#
# The network alternates linear layers with an activation function, and ends with a single number.
# The argument `start` may set the initial weights; without it they are PyTorch's own.

# %% network
import torch
from torch import nn


def network(activation, depth=12, start=None):
    torch.manual_seed(0)
    layers = []
    for _ in range(depth):
        linear = nn.Linear(32, 32)
        if start:
            start(linear.weight)
        layers += [linear, activation()]
    return nn.Sequential(*layers, nn.Linear(32, 1))


# %% [markdown]
# ## Hooks watch { #hooks }
#
# A [hook on a tensor](../how-to/intermediate-gradients.md#hook) is called with its gradient, at the moment when the gradient is known.
# We hang one on each weight and write down the norms.
# They come in from the last layer to the first, so we turn the list around.


# %% hooks
def gradient_norms(net):
    norms = []

    def write_down(gradient):
        norms.append(gradient.norm().item())

    for layer in net:
        if isinstance(layer, nn.Linear):
            layer.weight.register_hook(write_down)
    torch.manual_seed(1)
    net(torch.randn(64, 32)).mean().backward()
    return norms[::-1]


sigmoid = gradient_norms(network(nn.Sigmoid))
tanh = gradient_norms(network(nn.Tanh))
for layer in (1, 4, 7, 10, 13):
    print(f"{layer:2}  {sigmoid[layer - 1]:.0e}  {tanh[layer - 1]:.0e}")

# %% [markdown]
# The last layer gets a gradient of ordinary size.
# With every layer further back it shrinks, and by the first layer these factors have been multiplied twelve times:

# %% ratios
assert sigmoid[0] / sigmoid[-1] < 1e-6
assert tanh[0] / tanh[-1] > 100 * sigmoid[0] / sigmoid[-1]
print(f"sigmoid: first / last = {sigmoid[0] / sigmoid[-1]:.0e}")
print(f"tanh:    first / last = {tanh[0] / tanh[-1]:.0e}")

# %% bars
import matplotlib.pyplot as plt


def bars(**groups):
    width = 0.8 / len(groups)
    for number, (name, norms) in enumerate(groups.items()):
        places = [layer + number * width for layer in range(1, 14)]
        label = name.replace("_", " ")
        plt.bar(places, norms, width, align="edge", label=label)
    plt.yscale("log")
    plt.xticks([layer + 0.4 for layer in range(1, 14)], range(1, 14))
    plt.xlabel("layer")
    plt.ylabel("norm of the gradient")
    plt.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
    plt.show()


bars(sigmoid=sigmoid, tanh=tanh)

# %% [markdown]
# The norm of the gradient of each layer's weight, on a logarithmic scale.
# From the last layer to the second it falls along nearly a straight line, with sigmoid faster than with tanh, and to the first layer it falls further.
# { .caption }
#
# ## Where it is lost { #lost }
#
# On the way back through one layer, the gradient is multiplied twice: by the slope of the activation function, and by the weights.
# How large can the slopes be?

# %% slopes
z = torch.linspace(-6, 6, 1201, requires_grad=True)
for activation in (torch.sigmoid, torch.tanh):
    (slope,) = torch.autograd.grad(activation(z).sum(), z)
    print(activation.__name__, slope.max().item())

# %% [markdown]
# A sigmoid takes away three quarters of the gradient at least.
# tanh need not take away anything, but it does so wherever its input is not zero.
#
# And the weights of a fresh `nn.Linear`?
# We send many random gradients back through one:

# %% weights
torch.manual_seed(0)
gradients = torch.randn(10_000, 32)
back = gradients @ nn.Linear(32, 32).weight
factor = (back.norm() / gradients.norm()).item()
assert abs(factor - (1 / 3) ** 0.5) < 0.02
print(round(factor, 1))

# %% [markdown]
# They shrink, too.
# PyTorch draws the weights evenly from an interval around zero, which is so wide that a third of the mean square is kept.
# Both factors together should take the gradient of the sigmoid network from one layer to the next like this, at the best of slopes:

# %% factors
from itertools import pairwise

shares = [here / behind for here, behind in pairwise(sigmoid)]
print(f"expected: {0.25 * factor:.2f}")
print(f"layers 2 to 12: {min(shares[1:]):.2f} to {max(shares[1:]):.2f}")
print(f"layer 1: {shares[0]:.2f}")

# %% [markdown]
# And so it is, but for the first layer.
# What we watch is the gradient of a *weight*, which also contains the input of its layer: for the first one that is noise around zero, which partly cancels, for all others numbers around one half.
#
# ## What goes wrong: a step that changes nothing { #nothing }
#
# A small gradient is not only slow.
# We take a step of gradient descent and count the layers whose weights are exactly what they were; then a hundred steps, and then one of Adam:


# %% step
def unchanged(net, steps=1, kind=torch.optim.SGD):
    weights = [
        layer.weight for layer in net if isinstance(layer, nn.Linear)
    ]
    before = [weight.detach().clone() for weight in weights]
    inputs = torch.randn(64, 32)
    optimizer = kind(net.parameters(), lr=0.1)
    for _ in range(steps):
        optimizer.zero_grad()
        net(inputs).mean().backward()
        optimizer.step()
    return sum(map(torch.equal, before, weights))


print(unchanged(network(nn.Sigmoid)), unchanged(network(nn.Tanh)))
print(unchanged(network(nn.Sigmoid), steps=100))
print(unchanged(network(nn.Sigmoid), kind=torch.optim.Adam))

# %% [markdown]
# Two layers of the sigmoid network did not change in a single bit.
# Their steps are smaller than half the distance between neighbouring numbers in 32 bits, so adding them does nothing.
# Patience helps only as far as the layers behind change, and with them the gradient that comes through: after a hundred steps, one layer is still what it was.
# Adam divides each gradient by its own size, and its first step changes every layer.
#
# ## Keep it alive { #alive }
#
# If each layer is to hand on as much as it receives, its weights have to make up for its slopes.
# That is what schemes for initial weights compute.
# For tanh it is Xavier's, with the gain that PyTorch knows for it:


# %% xavier
def xavier(weight):
    nn.init.xavier_normal_(weight, gain=nn.init.calculate_gain("tanh"))


tanh_xavier = gradient_norms(network(nn.Tanh, start=xavier))
assert tanh_xavier[0] / tanh_xavier[-1] > 0.1
print(f"first / last = {tanh_xavier[0] / tanh_xavier[-1]:.1f}")

# %% all-bars
bars(sigmoid=sigmoid, tanh=tanh, tanh_xavier=tanh_xavier)

# %% [markdown]
# The same with a third network, on the right in each group.
# With Xavier's initial weights, all layers get gradients of about the same size.
# { .caption }
#
# Networks in use go further: they add the input of a layer to its output (residual connections), or normalize what goes from layer to layer, so that training itself does not undo the balance.
#
# ## Change something { #change }
#
# Download this page as a notebook (the links are below) and try:
#
# - Give `network` a `depth` of sixty, with `nn.Sigmoid`.
#   The first norm is exactly zero: the gradient has become [smaller than the smallest number of its type](../reference/errors/numerics.md#float16-underflow).
# - Take `torch.nn.ReLU`.
#   Its slope is one or zero, for about half of the units each, and with PyTorch's own initial weights it ends between sigmoid and tanh.
# - Treble the `gain` in `xavier`.
#   Now the gradient grows on its way back, and the first layer gets a far larger one than the last: it explodes.
#
# ## Read next { #next }
#
# - [Differentiating a simulation](simulation.py): a long chain of another kind.
# - [A training loop by hand](training-loop.py): what an optimizer does with these gradients.
