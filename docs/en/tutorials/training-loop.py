# ---
# title: A training loop by hand
# description: What an optimizer does, written out with autograd alone, compared with torch.optim.SGD, and what happens when gradients are never cleared.
# ---

# %% [markdown]
# # A training loop by hand { #training-loop }
#
# Most training loops in PyTorch have the same three lines: clear the gradients, go backward, take a step.
# On this page we write the step ourselves, so that nothing is taken on trust.
# Then we let an optimizer do it, and compare; and then we leave out the clearing, and watch.
#
# ## Data with a known answer { #data }
#
# We choose a weight and a bias, compute targets from them, and add a little noise.
# If training works, it has to find these numbers again.

# %% data
import torch

torch.manual_seed(0)
x = torch.randn(200, 2)
true_weight, true_bias = torch.tensor([2.0, -3.4]), 4.2
y = x @ true_weight + true_bias + 0.01 * torch.randn(200)
print(x.shape, y.shape)

# %% [markdown]
# The loss is the mean squared error, a function of the weight $\mathbf{w}$ and the bias $b$:
#
# $$
# L = \frac{1}{n} \sum_i (\mathbf{w}^\top \mathbf{x}_i + b - y_i)^2
# $$
#
# ## The loop { #loop }
#
# We start from zero and take 200 steps against the gradient.


# %% by-hand
def loss_of(weight, bias):
    return ((x @ weight + bias - y) ** 2).mean()


weight = torch.zeros(2, requires_grad=True)
bias = torch.zeros((), requires_grad=True)
by_hand, path = [], []
for _ in range(200):
    loss = loss_of(weight, bias)
    by_hand.append(loss.item())
    path.append(weight.tolist())
    loss.backward()
    with torch.no_grad():
        for parameter in (weight, bias):
            parameter -= 0.1 * parameter.grad
            parameter.grad = None

for step in (0, 10, 20, 199):
    print(f"step {step:3}: loss {by_hand[step]:.4f}")

# %% [markdown]
# Three lines deserve a second look.
#
# - `torch.no_grad()`: the step is no part of the computation that we differentiate.
#   Without it, changing a leaf in place would be [an error](../reference/errors/leaf-changed.md).
# - `-=` changes the tensor in place.
#   [A new tensor of the same name](../reference/errors/rebound-parameter.md) would leave `weight` as it was.
# - `parameter.grad = None`: `backward()` *adds* to the gradient that is there, so we throw the old one away.
#
# Did it find the numbers?

# %% found
assert by_hand[-1] < 1e-3
assert torch.allclose(weight.detach(), true_weight, atol=1e-2)
assert abs(bias.item() - true_bias) < 1e-2
print([round(value, 2) for value in weight.tolist()], round(bias.item(), 2))

# %% [markdown]
# It did, to two decimals.
# The loss that is left is that of the noise, which no weight can predict.
#
# ## The same with an optimizer { #optimizer }
#
# `torch.nn.Linear` holds a weight and a bias, and `torch.optim.SGD` takes the step.
# We set the parameters to zero, as above, so that the two can be compared.

# %% optimizer
from torch import nn


def train(**settings):
    model = nn.Linear(2, 1)
    nn.init.zeros_(model.weight)
    nn.init.zeros_(model.bias)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, **settings)
    losses = []
    for _ in range(200):
        loss = ((model(x).squeeze(1) - y) ** 2).mean()
        losses.append(loss.item())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return losses


def largest_difference(losses, others):
    return max(abs(a - b) for a, b in zip(losses, others, strict=True))


with_optimizer = train()
assert largest_difference(by_hand, with_optimizer) < 1e-3
print(largest_difference(by_hand, with_optimizer) < 1e-3)

# %% [markdown]
# In no step do the two losses differ by as much as `1e-3`.
# So `optimizer.step()` is our inner loop, and `optimizer.zero_grad()` is the line that clears.
#
# How does the optimizer know what `loss.backward()` has found?
# It holds the parameters themselves, no copies, and `step` reads their `.grad`, whoever wrote it:

# %% holds
w = torch.ones(1, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.5)
print(optimizer.param_groups[0]["params"][0] is w)
w.grad = torch.tensor([4.0])
optimizer.step()
print(w.item())

# %% [markdown]
# There was no loss here at all, and the weight has moved all the same: against the gradient that we put there, times the learning rate.
#
# `squeeze(1)` matters: the model returns a column, and a column minus a vector [broadcasts to a matrix](../reference/errors/broadcast-loss.md).
# The loss would still be a number, but of the wrong thing.
#
# ## What goes wrong: never cleared { #uncleared }
#
# Now the same loop without the line that clears, [a common mistake](../reference/errors/not-cleared.md).

# %% uncleared
weight = torch.zeros(2, requires_grad=True)
bias = torch.zeros((), requires_grad=True)
uncleared, circling = [], []
for _ in range(200):
    loss = loss_of(weight, bias)
    uncleared.append(loss.item())
    circling.append(weight.tolist())
    loss.backward()
    with torch.no_grad():
        for parameter in (weight, bias):
            parameter -= 0.1 * parameter.grad

print(f"smallest {min(uncleared):.1f}, largest {max(uncleared):.1f}")
late = uncleared[-50:]
print(f"last 50: smallest {min(late):.1f}, largest {max(late):.1f}")
assert max(late) > 10

# %% [markdown]
# There is no error and no warning, and the loss does fall, to `0.1`.
# Then it climbs back to where it came from, again and again, and the last steps are as restless as the first.
#
# Each step goes along the *sum* of all gradients so far.
# The gradient is a force, and forces that add up make a velocity: the parameters roll through the valley like a ball without friction.
# Optimizers know this as momentum, here with nothing that slows it down:

# %% momentum
rolling = train(momentum=1.0)
assert largest_difference(uncleared, rolling) < 1e-3
print(largest_difference(uncleared, rolling) < 1e-3)

# %% [markdown]
# ## See it { #see }
#
# All three losses in one picture:

# %% curves
import matplotlib.pyplot as plt

plt.plot(by_hand, label="by hand")
plt.plot(with_optimizer, linestyle="--", label="optimizer")
plt.plot(uncleared, linewidth=1, label="never cleared")
plt.yscale("log")
plt.xlabel("step")
plt.ylabel("loss")
plt.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=3)
plt.show()

# %% [markdown]
# The three losses at each step, on a logarithmic scale.
# The first two curves lie on each other and end at the noise; the third keeps swinging.
# { .caption }
#
# The loss depends on three numbers; with the bias held at its true value, we can draw it as a landscape over the two weights.

# %% contour
side = torch.linspace(-3, 7, 41), torch.linspace(-9, 3, 41)
first, second = torch.meshgrid(*side, indexing="xy")
grid = torch.stack([first.flatten(), second.flatten()])
errors = (x @ grid + true_bias - y[:, None]) ** 2
height = errors.mean(dim=0).reshape(first.shape)

plt.figure(figsize=(4.6, 3.8))
levels = [0.5, 2, 5, 10, 20, 35]
plt.contour(first, second, height, levels, colors="#b0b0b0", linewidths=0.8)
plt.plot(*zip(*circling[:24], strict=True), ".-", linewidth=1, color="C2")
plt.plot(*zip(*path[:24], strict=True), ".-", color="C0")
plt.annotate("start", (0, 0), (0.4, 0.6))
plt.annotate("by hand", path[4], (-1.6, -3.4), color="C0")
plt.annotate("never cleared", circling[6], (3.2, -7.6), color="C2")
plt.xlabel("first weight")
plt.ylabel("second weight")
plt.show()

# %% [markdown]
# The first 24 steps of the two weights across the landscape of the loss.
# By hand, they go to the lowest point and stay; never cleared, they shoot past it and swing around it.
# { .caption }
#
# ## Change something { #change }
#
# Download this page as a notebook (the links are below) and try:
#
# - Take a learning rate nine times as large in the first loop.
#   The loss falls for some steps and then explodes: where the valley is steepest, each step lands farther up on the other side than where it began.
# - Call `train` with a `momentum` of nine tenths.
#   The loss overshoots like the third curve, but now there is friction, and it ends where the first two end.
# - Make the noise a hundred times as large.
#   The loss stays above one, and the weights are off in the second decimal: training finds what fits the data best, not what made them.
#
# In the first and the third case the assertions above tell you so, too.
#
# ## Read next { #next }
#
# - [Watching gradients flow](gradient-flow.py): a loop that is right, and a network that still does not learn.
# - [Differentiating a scalar](../notes/scalar.md#accumulate): how PyTorch adds gradients up, and how to clear them.
# - [Clear, accumulate and scale gradients](../how-to/accumulate.md): the same loop for batches that do not fit into memory.
