# ---
# title: "Vanishing gradients in PyTorch: watch them, and fix them with initialization, residual connections, normalization"
# description: Why do the first layers of a deep network not learn? Hooks show the gradient on its way back through twelve layers, where it vanishes, and how much three remedies help.
# ---

# %% [markdown]
# # Watching gradients flow { #gradient-flow }
#
# A network can have the right loss, the right loop and no error at all, and still not learn.
# Often the gradient has vanished on its way back to the first layers.
# On this page we watch it travel through twelve layers, find out where it is lost, and try three remedies: initial weights, residual connections, and normalization.
#
# ## Twelve layers { #layers }
#
# The network alternates linear layers with an activation function, and ends with a single number.
# `block` puts the two together, at first one after the other, and `start` may set the initial weights; without it they are PyTorch's own.
# The task is easy: to give back the first of 32 inputs.

# %% network
import torch
from torch import nn

torch.manual_seed(1)
inputs = torch.randn(64, 32)
targets = inputs[:, :1]


def network(activation, depth=12, start=None, block=nn.Sequential):
    torch.manual_seed(0)
    blocks = []
    for _ in range(depth):
        linear = nn.Linear(32, 32)
        if start:
            start(linear.weight)
        blocks.append(block(linear, activation()))
    return nn.Sequential(*blocks, nn.Linear(32, 1))


def loss_of(net):
    return nn.functional.mse_loss(net(inputs), targets)


# %% [markdown]
# ## Hooks watch { #hooks }
#
# A [hook on a tensor](../how-to/intermediate-gradients.md#hook) is called with its gradient, at the moment when the gradient is known.
# We hang one on each weight and write down the norms.
# They come in from the last layer to the first, so we turn the list around.


# %% hooks
def weights_of(net):
    return [m.weight for m in net.modules() if isinstance(m, nn.Linear)]


def gradient_norms(net):
    norms = []

    def write_down(gradient):
        norms.append(gradient.norm().item())

    for weight in weights_of(net):
        weight.register_hook(write_down)
    loss_of(net).backward()
    return norms[::-1]


sigmoid = gradient_norms(network(nn.Sigmoid))
tanh = gradient_norms(network(nn.Tanh))
for layer in (1, 4, 7, 10, 13):
    print(f"{layer:2}  {sigmoid[layer - 1]:.0e}  {tanh[layer - 1]:.0e}")

# %% [markdown]
# The last layer gets a gradient of ordinary size.
# On the way back it shrinks at nearly every layer, and by the first one twelve such factors have been multiplied:


# %% ratios
def first_to_last(norms):
    return norms[0] / norms[-1]


assert first_to_last(sigmoid) < 1e-6
assert first_to_last(tanh) > 100 * first_to_last(sigmoid)
print(f"sigmoid: first / last = {first_to_last(sigmoid):.0e}")
print(f"tanh:    first / last = {first_to_last(tanh):.0e}")

# %% bars
import matplotlib.pyplot as plt


def bars(**groups):
    width = 0.8 / len(groups)
    for number, (name, norms) in enumerate(groups.items()):
        places = [layer + number * width for layer in range(1, 14)]
        plt.bar(places, norms, width, align="edge", label=name)
    plt.yscale("log")
    plt.xticks([layer + 0.4 for layer in range(1, 14)], range(1, 14))
    plt.xlabel("layer")
    plt.ylabel("norm of the gradient")
    plt.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=4)
    plt.show()


bars(sigmoid=sigmoid, tanh=tanh)

# %% [markdown]
# The norm of the gradient of each layer's weight, on a logarithmic scale.
# From the last layer to the second it falls along nearly a straight line, with sigmoid faster than with tanh.
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
# They shrink it, too.
# PyTorch draws the weights evenly from an interval around zero, which is so wide that a third of the mean square is kept.
# With both factors, and the slope at its largest, this share of the gradient of the sigmoid network should be left after each layer on the way back:

# %% factors
from itertools import pairwise

shares = [here / behind for here, behind in pairwise(sigmoid)]
print(f"expected: {0.25 * factor:.2f}")
print(f"layers 2 to 12: {min(shares[1:]):.2f} to {max(shares[1:]):.2f}")
print(f"layer 1: {shares[0]:.2f}")

# %% [markdown]
# That is about what we see, except at the first layer.
# What we watch is the gradient of a *weight*, which also contains the input of its layer: for the first one that is the data, for all others what a sigmoid returns.
#
# ## What goes wrong: a step that changes nothing { #nothing }
#
# A small gradient is not only slow.
# We take a step of gradient descent and count the layers whose weights are exactly what they were; then a hundred steps, and then one of Adam:


# %% step
def train(net, steps=1, kind=torch.optim.SGD, lr=0.01):
    optimizer = kind(net.parameters(), lr=lr)
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(net).backward()
        optimizer.step()
    return loss_of(net).item()


def unchanged(net, **settings):
    before = [weight.detach().clone() for weight in weights_of(net)]
    train(net, **settings)
    return sum(map(torch.equal, before, weights_of(net)))


print(unchanged(network(nn.Sigmoid)), unchanged(network(nn.Tanh)))
print(unchanged(network(nn.Sigmoid), steps=100))
print(unchanged(network(nn.Sigmoid), kind=torch.optim.Adam))

# %% [markdown]
# Four layers of the sigmoid network did not change in a single bit.
# Their steps are smaller than half the distance between neighbouring numbers of their type, so adding them does nothing.
# Patience would help if the layers after them changed enough to let more of the gradient through; after a hundred steps they have not.
# Adam divides each gradient by its own size, and its first step changes every layer, but the first few only a little: there the gradient is smaller than the constant that Adam adds to the divisor.
# But it does not know better than the gradient where to go, so we look for a network through which the gradient passes.
#
# ## First remedy: initial weights { #initialization }
#
# If each layer is to pass on as much as it receives, its weights must compensate for the slopes.
# That is what schemes for initial weights compute.
# For tanh it is Xavier's, with the gain that PyTorch knows for it:


# %% xavier
def xavier(weight):
    nn.init.xavier_normal_(weight, gain=nn.init.calculate_gain("tanh"))


tanh_xavier = gradient_norms(network(nn.Tanh, start=xavier))
assert first_to_last(tanh_xavier) > 0.1
print(f"first / last = {first_to_last(tanh_xavier):.1f}")

# %% [markdown]
# All layers now get gradients of about the same size.
# This holds at the start; nothing keeps training from undoing the balance.
#
# What if the gain is another?
# The slider goes through 45 gains, from an eighth of PyTorch's to twice as much.
# The curve, on logarithmic axes, is `tanh[0]`, the norm at the first layer; beside it stand the norm at the last layer, and that at the first one of a network with sigmoid:

# %% gains input="hidden"
from autograd_notes.pictures.handle import handle


def at(gain):
    def start(weight):
        nn.init.xavier_normal_(weight, gain=gain)

    tanh = gradient_norms(network(nn.Tanh, start=start))
    sigmoid = gradient_norms(network(nn.Sigmoid, start=start))
    return {
        "gain": f"{gain:.3f}",
        "tanh[0]": f"{tanh[0]:.0e}",
        "tanh[-1]": f"{tanh[-1]:.1f}",
        "sigmoid[0]": f"{sigmoid[0]:.0e}",
    }


recommended = nn.init.calculate_gain("tanh")
handle(
    at,
    [recommended * 2 ** (n / 11) for n in range(-33, 12)],
    start=recommended,
    curve="tanh[0]",
    is_logarithmic=True,
)

# %% [markdown]
# To the left the gradient vanishes, and the curve is nearly a straight line.
# There the inputs of tanh are close to zero and its slope is close to one, so the weights decide, and on the way from the last layer to the first the gradient passes those of the eleven layers in between.
# Eleven steps of the slider halve the gain; since eleven layers multiply by it, each single step nearly halves the norm.
#
# To the right the gradient explodes, though not as fast: the larger the weights, the more inputs of tanh lie where its slope is almost zero, and this takes back a part of what the weights add.
# At twice PyTorch's gain the first layer gets `2e+01`, and the last one `1.8`.
# In all this the norm at the last layer changes far less: it is on the way back that the gradient is lost, or grows.
#
# For sigmoid, the gain that suits tanh is too small: its slope is a quarter at most, and at the first layer `1e-06` is left.
#
# ## Second remedy: residual connections { #residual }
#
# A residual connection adds the input of a block to its output, $\mathbf{y} = \mathbf{x} + f(\mathbf{x})$.
# The Jacobian of that is $\mathbf{I} + \mathbf{J}$: however little comes through $\mathbf{J}$, the identity passes the gradient on as it is.


# %% residual
class Residual(nn.Sequential):
    def forward(self, x):
        return x + super().forward(x)


for activation in (nn.Sigmoid, nn.Tanh):
    plain = gradient_norms(network(activation))
    residual = gradient_norms(network(activation, block=Residual))
    ratios = first_to_last(plain), first_to_last(residual)
    assert ratios[1] > 10 * ratios[0]
    print(f"{activation.__name__:7}  {ratios[0]:.0e}  {ratios[1]:.0e}")

# %% [markdown]
# Even with sigmoid, eight orders of magnitude are back.
#
# ## Third remedy: normalization { #normalization }
#
# `nn.LayerNorm` shifts and scales what a layer returns to mean zero and variance one, and batch normalization does so over the batch.
# The activation function then gets inputs around zero, where its slope is largest, whatever the weights are:


# %% normalized
def normalized(linear, activation):
    return nn.Sequential(linear, nn.LayerNorm(32), activation)


for activation in (nn.Sigmoid, nn.Tanh):
    norms = gradient_norms(network(activation, block=normalized))
    print(f"{activation.__name__:7}  {first_to_last(norms):.0e}")

# %% [markdown]
# For tanh this is as good as Xavier's weights.
# For sigmoid it is not enough: around zero its slope is a quarter, and twelve quarters are still multiplied.
#
# ## The three side by side { #together }

# %% all-bars
bars(
    tanh=tanh,
    xavier=tanh_xavier,
    residual=gradient_norms(network(nn.Tanh, block=Residual)),
    normalized=gradient_norms(network(nn.Tanh, block=normalized)),
)

# %% [markdown]
# The norms for the tanh network, without a remedy and with each of the three.
# With any of them, the first layer gets about as much as those after it.
# { .caption }
#
# Does it also learn?
# A hundred steps of plain gradient descent, and the loss before and after:

# %% learns
print(f"before {loss_of(network(nn.Tanh)).item():.1f}")
losses = {
    "plain": train(network(nn.Tanh), steps=100),
    "xavier": train(network(nn.Tanh, start=xavier), steps=100),
    "residual": train(network(nn.Tanh, block=Residual), steps=100),
    "normalized": train(network(nn.Tanh, block=normalized), steps=100),
}
assert losses["plain"] > 0.8
assert max(losses["residual"], losses["normalized"]) < 0.1
for name, loss in losses.items():
    print(f"{name:10} {loss:.1f}")

# %% [markdown]
# Without a remedy the loss stays what it was; with each of the three, less than a tenth of it is left.
#
# ## Why both, in deep networks { #both }
#
# Residual connections have a price: each block adds to the values, and they grow.
# In fifty blocks with ReLU we look at the length of what arrives at the last layer, without a normalization inside the block and with one:


# %% both
def both(linear, activation):
    return Residual(linear, nn.LayerNorm(32), activation)


with torch.no_grad():
    for block in (Residual, both):
        hidden = network(nn.ReLU, depth=50, block=block)[:-1](inputs)
        print(f"{block.__name__:8}  {hidden.norm(dim=1).mean().item():.0e}")
print(f"inputs    {inputs.norm(dim=1).mean().item():.0e}")

# %% [markdown]
# Without normalization the values have grown to more than ten thousand times their length, and the gradients grow with them.
# This is why transformers have both, a residual connection around each block and a normalization in it.
#
# ## Change something { #change }
#
# Download this page as a notebook (the links are below) and try:
#
# - Give `network` a `depth` of sixty, with `nn.Sigmoid`.
#   The first norm is exactly zero: the gradient has become [smaller than the smallest number of its type](../reference/errors/float16-underflow.md).
# - Take `torch.nn.ReLU`.
#   Its slope is one or zero, for about half of the units each, and with PyTorch's own initial weights it ends between sigmoid and tanh.
# - Treble the `gain` in `xavier`.
#   Now the gradient grows on its way back, and the first layer gets a far larger one than the last: it explodes.
# - Use `Residual` with `nn.Sigmoid` and a `depth` of sixty.
#   The ratio of the first norm to the last stays above a ten-thousandth.
#
# ## Read next { #next }
#
# - [Differentiating a simulation](simulation.py): a long chain of another kind.
# - [A training loop by hand](training-loop.py): what an optimizer does with these gradients.
# - [Hooks](../how-to/hooks.md): how to look at a gradient on its way.
# - [NaN in gradients](../how-to/nan.md): what to do when they have become too large for numbers.
