# ---
# title: PyTorch 梯度消失：观察它，并用初始化、残差连接和规范化解决
# description: 深层网络的前几层为什么学不动？用钩子观察梯度怎样在十二层网络中反向传播，在哪里消失，三种办法各有多大效果。
# english: 4d63be1fa898
# ---

# %% [markdown]
# # 观察梯度的流动 { #gradient-flow }
#
# 损失没写错，循环没写错，也没有报错，网络却可能还是学不会。
# 原因往往是梯度在往回传到前几层之前就已经消失了。
# 这一页我们看着梯度穿过十二层，找出它在哪里丢失，再试三种办法：初始权重、残差连接和规范化（也叫「归一化」）。
#
# ## 十二层 { #layers }
#
# 这个网络由线性层和激活函数交替组成，最后输出一个数。
# `block` 把线性层和激活函数组合在一起，起初只是一前一后；`start` 可以设定初始权重，不给的话，就用 PyTorch 自己的初始权重。
# 任务很简单：在 32 个输入中，把第一个原样输出。

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
# ## 用钩子观察 { #hooks }
#
# [张量上的钩子](../how-to/intermediate-gradients.md#hook)是一个函数：这个张量的梯度一算出来，PyTorch 就调用它，并把梯度传给它。
# 我们在每个权重上挂一个钩子，记下梯度的范数。
# 各层的梯度从最后一层到第一层依次算出，所以最后要把列表倒过来。


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
# 最后一层的梯度大小正常。
# 往回传时，它几乎每过一层都会缩小；到了第一层，已经乘过十二个这样的倍数：


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
# 各层权重的梯度范数，纵轴为对数刻度。
# 从最后一层到第二层，它几乎沿一条直线下降，sigmoid 比 tanh 降得更快。
# { .caption }
#
# ## 在哪里丢失 { #lost }
#
# 往回穿过一层时，梯度要乘两次：一次乘激活函数的导数，一次乘权重。
# 激活函数的导数最大能有多大？

# %% slopes
z = torch.linspace(-6, 6, 1201, requires_grad=True)
for activation in (torch.sigmoid, torch.tanh):
    (slope,) = torch.autograd.grad(activation(z).sum(), z)
    print(activation.__name__, slope.max().item())

# %% [markdown]
# 每经过一个 sigmoid，梯度至少损失四分之三。
# 经过 tanh 可以毫无损失，但只要输入不是零，就还是会损失一些。
#
# 那么新建的 `nn.Linear` 的权重呢？
# 我们让许多随机的梯度往回穿过它：

# %% weights
torch.manual_seed(0)
gradients = torch.randn(10_000, 32)
back = gradients @ nn.Linear(32, 32).weight
factor = (back.norm() / gradients.norm()).item()
assert abs(factor - (1 / 3) ** 0.5) < 0.02
print(round(factor, 1))

# %% [markdown]
# 梯度同样会缩小。
# PyTorch 从零附近的一个区间里均匀地抽取权重，区间的宽度恰好使梯度的均方值只剩下三分之一。
# 在导数最大的情况下，两个倍数合在一起，sigmoid 网络的梯度每往回一层应当剩下：

# %% factors
from itertools import pairwise

shares = [here / behind for here, behind in pairwise(sigmoid)]
print(f"expected: {0.25 * factor:.2f}")
print(f"layers 2 to 12: {min(shares[1:]):.2f} to {max(shares[1:]):.2f}")
print(f"layer 1: {shares[0]:.2f}")

# %% [markdown]
# 结果大致如此，只有第一层例外。
# 我们观察的是*权重*的梯度，其中还含有这一层的输入：第一层的输入是数据，其余各层的输入是 sigmoid 的输出。
#
# ## 哪里会出错：什么也没有改变的一步 { #nothing }
#
# 梯度太小，不只是学得慢而已。
# 我们做一步梯度下降，数一数有几层的权重和原来完全一样；然后做一百步，最后用 Adam 做一步：


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
# sigmoid 网络里有四层，连一个比特都没有变。
# 这四层的更新量，比这种类型里相邻两个数的间隔的一半还小，加了等于没加。
# 如果后面各层变化足够大，传过来的梯度随之变大，那么多做几步会有用；但做了一百步之后，情形依旧。
# Adam 把每个梯度除以它自己的大小，第一步就改变了所有的层，只是最前面几层变得很少：那里的梯度比 Adam 加在除数上的常数还要小。
# 但该往哪个方向走，Adam 知道的并不比梯度更多；所以我们要找的，是梯度能够通过的网络。
#
# ## 第一种办法：初始权重 { #initialization }
#
# 如果希望每一层传出的梯度与收到的一样大，就要让权重弥补激活函数的导数造成的损失。
# 各种初始化方法算的正是这个。
# 对 tanh 来说，就是 Xavier 初始化，加上 PyTorch 为 tanh 给出的增益（gain）：


# %% xavier
def xavier(weight):
    nn.init.xavier_normal_(weight, gain=nn.init.calculate_gain("tanh"))


tanh_xavier = gradient_norms(network(nn.Tanh, start=xavier))
assert first_to_last(tanh_xavier) > 0.1
print(f"first / last = {first_to_last(tanh_xavier):.1f}")

# %% [markdown]
# 现在各层的梯度大小都差不多。
# 不过，这只是训练开始时的情形；训练可能会破坏这种平衡。
#
# 增益换成别的值会怎样？
# 滑块上有 45 个增益，从 PyTorch 所给的八分之一到它的两倍。
# 曲线是第一层的范数 `tanh[0]`，两个坐标轴都是对数刻度；旁边列出最后一层的范数，以及 sigmoid 网络第一层的范数：

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
# 往左，梯度消失，曲线几乎是一条直线。
# 这时 tanh 的输入接近零，导数接近一，起作用的是权重；从最后一层到第一层，梯度要经过中间十一层的权重。
# 滑块移动十一格，增益减半；这个增益要乘十一次，所以每移动一格，范数差不多就减半。
#
# 往右，梯度爆炸，只是没有那么快：权重越大，就有越多的 tanh 输入落在导数几乎为零的地方，抵消了一部分权重的作用。
# 增益加倍时，第一层的范数是 `2e+01`，最后一层是 `1.8`。
# 从左到右，最后一层的范数变化小得多；梯度是在往回传的途中消失或增大的。
#
# 对 sigmoid 来说，适合 tanh 的增益还太小：它的导数最大只有四分之一，传到第一层只剩 `1e-06`。
#
# ## 第二种办法：残差连接 { #residual }
#
# 残差连接把一个模块的输入加到它的输出上，即 $\mathbf{y} = \mathbf{x} + f(\mathbf{x})$。
# 它的雅可比矩阵是 $\mathbf{I} + \mathbf{J}$：无论 $\mathbf{J}$ 让梯度通过多少，单位矩阵都会把它原样传下去。


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
# 即使是 sigmoid，第一层与最后一层之比也提高了八个数量级。
#
# ## 第三种办法：规范化 { #normalization }
#
# `nn.LayerNorm` 对一层的输出做平移和缩放，使均值为零、方差为一；批量规范化则是在一个批量上这样做。
# 这样，无论权重是多少，激活函数的输入都在零附近，那里的导数最大：


# %% normalized
def normalized(linear, activation):
    return nn.Sequential(linear, nn.LayerNorm(32), activation)


for activation in (nn.Sigmoid, nn.Tanh):
    norms = gradient_norms(network(activation, block=normalized))
    print(f"{activation.__name__:7}  {first_to_last(norms):.0e}")

# %% [markdown]
# 对 tanh，效果与 Xavier 的初始权重一样好。
# 对 sigmoid 却还不够：它在零附近的导数是四分之一，十二个四分之一仍然要相乘。
#
# ## 三种办法放在一起 { #together }

# %% all-bars
bars(
    tanh=tanh,
    xavier=tanh_xavier,
    residual=gradient_norms(network(nn.Tanh, block=Residual)),
    normalized=gradient_norms(network(nn.Tanh, block=normalized)),
)

# %% [markdown]
# tanh 网络的范数：不用任何办法，以及分别使用三种办法。
# 用了其中任何一种，第一层的梯度都与后面各层差不多大。
# { .caption }
#
# 这样一来，网络学会了吗？
# 用最简单的梯度下降做一百步，比较前后的损失：

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
# 不用任何办法，损失毫无变化；用了三种办法中的任何一种，损失都降到原来的十分之一以下。
#
# ## 很深的网络为什么既要残差连接，又要规范化 { #both }
#
# 残差连接也有代价：每个模块都往上加，数值越来越大。
# 在五十个使用 ReLU 的模块之后，我们看一看到达最后一层的向量有多长，一次不做规范化，一次在模块里做规范化：


# %% both
def both(linear, activation):
    return Residual(linear, nn.LayerNorm(32), activation)


with torch.no_grad():
    for block in (Residual, both):
        hidden = network(nn.ReLU, depth=50, block=block)[:-1](inputs)
        print(f"{block.__name__:8}  {hidden.norm(dim=1).mean().item():.0e}")
print(f"inputs    {inputs.norm(dim=1).mean().item():.0e}")

# %% [markdown]
# 不做规范化，向量的长度增大到一万倍以上，梯度也随之增大。
# 所以 transformer 两者都用：每个模块外有残差连接，里面有规范化。
#
# ## 改一改 { #change }
#
# 把这一页下载为 Jupyter Notebook（链接在页尾），然后试试：
#
# - 让 `network` 的 `depth` 等于六十，激活函数用 `nn.Sigmoid`。
#   第一层的范数恰好是零：梯度已经[小于这种类型能表示的最小的数](../reference/errors/float16-underflow.md)。
# - 换成 `torch.nn.ReLU`。
#   它的导数是一或者零，大约各占一半；用 PyTorch 自己的初始权重，结果介于 sigmoid 和 tanh 之间。
# - 把 `xavier` 里的 `gain` 放大到三倍。
#   这样一来，梯度在往回传的途中越来越大，第一层的梯度远大于最后一层：这就是梯度爆炸。
# - 把 `Residual` 与 `nn.Sigmoid` 一起用，`depth` 设为六十。
#   第一层与最后一层的范数之比，仍然大于万分之一。
#
# ## 接下来读 { #next }
#
# - [对模拟过程求导](simulation.py)：另一种很长的链条。
# - [手写训练循环](training-loop.py)：优化器拿这些梯度做什么。
# - [钩子](../how-to/hooks.md)：怎样在途中查看梯度。
# - [梯度中的 NaN](../how-to/nan.md)：梯度大到数值表示不了时怎么办。
