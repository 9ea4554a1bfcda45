# ---
# title: 手写 PyTorch 训练循环：不用优化器，只用 backward() 做梯度下降
# description: 只用自动微分把优化器做的事写出来，与 torch.optim.SGD 比较，再看看从不清零梯度会发生什么。
# english: 6e482e1ded27
# ---

# %% [markdown]
# # 手写训练循环 { #training-loop }
#
# PyTorch 的训练循环大多有同样的三步：梯度清零、反向传播、更新参数。
# 这一页我们不用现成的优化器，自己来写更新这一步。
# 然后让优化器来做，比较两者；最后去掉清零的那一行，看看会怎样。
#
# ## 答案已知的数据 { #data }
#
# 我们先选定权重和偏置，由它们算出目标值，再加上一点噪声。
# 如果训练有效，就应该重新找到这些数。

# %% data
import torch

torch.manual_seed(0)
x = torch.randn(200, 2)
true_weight, true_bias = torch.tensor([2.0, -3.4]), 4.2
y = x @ true_weight + true_bias + 0.01 * torch.randn(200)
print(x.shape, y.shape)

# %% [markdown]
# 损失函数是均方误差，它是权重 $\mathbf{w}$ 和偏置 $b$ 的函数：
#
# $$
# L = \frac{1}{n} \sum_i (\mathbf{w}^\top \mathbf{x}_i + b - y_i)^2
# $$
#
# ## 循环 { #loop }
#
# 我们从零出发，沿着梯度的反方向更新 200 次。


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
# 有三处值得再看一眼。
#
# - `torch.no_grad()`：更新参数不属于我们要求导的计算。
#   不写这一行，原地修改叶子张量就会[报错](../reference/errors/leaf-changed.md)。
# - `-=` 原地修改张量。
#   如果[新建一个同名的张量](../reference/errors/rebound-parameter.md)，`weight` 就还是原来的样子。
# - `parameter.grad = None`：`backward()` 会把新的梯度*加*到已有的梯度上，所以要把旧的扔掉。
#
# 它找到那些数了吗？

# %% found
assert by_hand[-1] < 1e-3
assert torch.allclose(weight.detach(), true_weight, atol=1e-2)
assert abs(bias.item() - true_bias) < 1e-2
print([round(value, 2) for value in weight.tolist()], round(bias.item(), 2))

# %% [markdown]
# 找到了，精确到两位小数。
# 剩下的损失来自噪声，任何权重都无法预测它。
#
# ## 用优化器做同样的事 { #optimizer }
#
# `torch.nn.Linear` 保存权重和偏置，`torch.optim.SGD` 负责更新参数。
# 和上面一样，我们把参数设为零，这样才好比较。

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
# 每一步的损失相差都不到 `1e-3`。
# 所以 `optimizer.step()` 就是我们的内层循环，`optimizer.zero_grad()` 就是清零的那一行。
#
# `loss.backward()` 求出的梯度，优化器是怎么知道的？
# 它拿着的就是参数本身，不是副本；`step` 读取的是参数的 `.grad`，不管是谁写进去的：

# %% holds
w = torch.ones(1, requires_grad=True)
optimizer = torch.optim.SGD([w], lr=0.5)
print(optimizer.param_groups[0]["params"][0] is w)
w.grad = torch.tensor([4.0])
optimizer.step()
print(w.item())

# %% [markdown]
# 这里根本没有损失，权重却变了：减去的正是学习率乘以我们写进去的梯度。
#
# `squeeze(1)` 不能少：模型返回的是一列，一列减去一个向量，会[广播成一个矩阵](../reference/errors/broadcast-loss.md)。
# 这时损失仍然是一个数，但已经不是我们要的那个损失。
#
# ## 哪里会出错：从不清零 { #uncleared }
#
# 还是同样的循环，只是没有清零的那一行，这是一个[常见的错误](../reference/errors/not-cleared.md)。

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
# 没有报错，没有警告，损失也确实降到过 `0.1`。
# 可是它又升回原来的高度，如此反复，到最后仍和开头一样起伏。
#
# 每一步走的方向，是到目前为止所有梯度的*和*。
# 梯度好比力，力累积起来就是速度：参数像一个没有摩擦的小球，在山谷里滚来滚去。
# 优化器把这叫做动量，只不过这里没有任何衰减让它慢下来：

# %% momentum
rolling = train(momentum=1.0)
assert largest_difference(uncleared, rolling) < 1e-3
print(largest_difference(uncleared, rolling) < 1e-3)

# %% [markdown]
# ## 画出来看 { #see }
#
# 把三条损失曲线画在一张图里：

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
# 三种做法每一步的损失，纵轴为对数刻度。
# 前两条曲线重合，最后停在噪声的水平；第三条一直在振荡。
# { .caption }
#
# 损失取决于三个数；把偏置固定为真实值，就可以画出损失关于两个权重的等高线图。

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
# 两个权重在损失的地形上走的前 24 步。
# 手写的循环走到最低点就停住；从不清零的循环则冲过了头，绕着最低点打转。
# { .caption }
#
# ## 改一改 { #change }
#
# 把这一页下载为 Jupyter Notebook（链接在页尾），然后试试：
#
# - 把第一个循环的学习率放大到九倍。
#   损失先下降几步，然后就爆炸：在山谷最陡的方向上，每一步都落到对面，而且比出发时更高。
# - 调用 `train` 时，让 `momentum` 等于十分之九。
#   损失会像第三条曲线那样冲过头，但现在有了摩擦，最后停在前两条曲线停下的地方。
# - 把噪声放大到一百倍。
#   损失一直大于一，权重在第二位小数上就有偏差：训练找到的是最符合数据的参数，而不是产生数据的参数。
#
# 在第一种和第三种情况下，上面的断言也会失败，提示结果变了。
#
# ## 接下来读 { #next }
#
# - [观察梯度的流动](gradient-flow.py)：循环没有错，网络却还是学不会。
# - [标量求导](../notes/scalar.md#accumulate)：PyTorch 怎样累积梯度，又怎样清除。
# - [梯度的清零、累积与裁剪](../how-to/accumulate.md)：同样的循环，用于内存放不下的批量。
