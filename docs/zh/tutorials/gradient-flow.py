# ---
# title: 观察梯度的流动
# description: 用钩子观察梯度怎样往回穿过十二层网络，用 sigmoid 时它在哪里消失，又怎样让它活下来。
# english: 2c126e5b3ce1
# ---

# %% [markdown]
# # 观察梯度的流动 { #gradient-flow }
#
# 一个网络可以损失没有写错，循环没有写错，也不报任何错误，却还是学不会。
# 原因往往是梯度在往回走到前几层之前就已经消失了。
# 这一页我们看着梯度穿过十二层，找出它在哪里丢失，再让它活下来。
#
# ## 十二层 { #layers }
#
# 这个网络由线性层和激活函数交替组成，最后输出一个数。
# 参数 `start` 可以设定初始权重；不给的话，就用 PyTorch 自己的初始权重。

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
# ## 用钩子观察 { #hooks }
#
# [张量上的钩子](../how-to/intermediate-gradients.md#hook)是一个函数：这个张量的梯度一算出来，PyTorch 就调用它，并把梯度传给它。
# 我们在每个权重上挂一个钩子，记下梯度的范数。
# 它们从最后一层到第一层依次到来，所以最后要把列表倒过来。


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
# 最后一层的梯度大小正常。
# 每往前一层，它都会缩小；到了第一层，这些倍数已经乘了十二遍：

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
# 各层权重的梯度范数，纵轴为对数刻度。
# 从最后一层到第二层，它几乎沿一条直线下降，sigmoid 比 tanh 降得更快；到第一层，又多降了一截。
# { .caption }
#
# ## 在哪里丢失 { #lost }
#
# 往回穿过一层时，梯度要乘两次：一次乘激活函数的斜率，一次乘权重。
# 斜率最大能有多大？

# %% slopes
z = torch.linspace(-6, 6, 1201, requires_grad=True)
for activation in (torch.sigmoid, torch.tanh):
    (slope,) = torch.autograd.grad(activation(z).sum(), z)
    print(activation.__name__, slope.max().item())

# %% [markdown]
# 每个 sigmoid 至少拿走梯度的四分之三。
# tanh 可以一点也不拿走，但只要输入不是零，它还是会拿走一些。
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
# PyTorch 从零附近的一个区间里均匀地抽取权重，区间的宽度恰好使均方值只剩下三分之一。
# 在斜率最有利的情况下，两个倍数合在一起，sigmoid 网络的梯度每往回一层应当剩下：

# %% factors
from itertools import pairwise

shares = [here / behind for here, behind in pairwise(sigmoid)]
print(f"expected: {0.25 * factor:.2f}")
print(f"layers 2 to 12: {min(shares[1:]):.2f} to {max(shares[1:]):.2f}")
print(f"layer 1: {shares[0]:.2f}")

# %% [markdown]
# 结果正是这样，只有第一层例外。
# 我们观察的是*权重*的梯度，其中还含有这一层的输入：第一层的输入是零附近的噪声，会互相抵消一部分；其余各层的输入都在二分之一附近。
#
# ## 哪里会出错：什么也没有改变的一步 { #nothing }
#
# 梯度太小，不只是学得慢而已。
# 我们做一步梯度下降，数一数有几层的权重和原来完全一样；然后做一百步，最后用 Adam 做一步：


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
# sigmoid 网络里有两层，连一个比特都没有变。
# 它们的步长比 32 位浮点数里相邻两个数的间隔的一半还小，加了等于没加。
# 只有当后面各层变了，传过来的梯度也随之改变，耐心才有用：一百步之后，仍有一层和原来一样。
# Adam 把每个梯度除以它自己的大小，第一步就改变了所有的层。
#
# ## 让梯度活下来 { #alive }
#
# 如果希望每一层传出去的和收到的一样多，就要让权重弥补斜率造成的损失。
# 初始化方法算的正是这个。
# 对 tanh 来说，就是 Xavier 的方法，加上 PyTorch 为它备好的增益：


# %% xavier
def xavier(weight):
    nn.init.xavier_normal_(weight, gain=nn.init.calculate_gain("tanh"))


tanh_xavier = gradient_norms(network(nn.Tanh, start=xavier))
assert tanh_xavier[0] / tanh_xavier[-1] > 0.1
print(f"first / last = {tanh_xavier[0] / tanh_xavier[-1]:.1f}")

# %% all-bars
bars(sigmoid=sigmoid, tanh=tanh, tanh_xavier=tanh_xavier)

# %% [markdown]
# 加上第三个网络之后的同一张图，它在每组的最右边。
# 用 Xavier 的初始权重，各层的梯度大小都差不多。
# { .caption }
#
# 实际使用的网络还会更进一步：把一层的输入加到它的输出上（残差连接），或者对层与层之间传递的值做归一化，使训练过程本身不会破坏这种平衡。
#
# ## 改一改 { #change }
#
# 把这一页下载为笔记本（链接在页尾），然后试试：
#
# - 让 `network` 的 `depth` 等于六十，激活函数用 `nn.Sigmoid`。
#   第一层的范数恰好是零：梯度已经[小于这种类型能表示的最小的数](../reference/errors/numerics.md#float16-underflow)。
# - 换成 `torch.nn.ReLU`。
#   它的斜率是一或者零，大约各占一半；用 PyTorch 自己的初始权重，结果介于 sigmoid 和 tanh 之间。
# - 把 `xavier` 里的 `gain` 放大到三倍。
#   这下梯度在往回走的路上越来越大，第一层的梯度远大于最后一层：这就是梯度爆炸。
#
# ## 接下来读 { #next }
#
# - [对模拟过程求导](simulation.py)：另一种很长的链条。
# - [手写训练循环](training-loop.py)：优化器拿这些梯度做什么。
