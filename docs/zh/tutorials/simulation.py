# ---
# title: 用 PyTorch 对物理模拟求导（可微分模拟）：空气阻力中的抛体
# description: 神经网络之外的自动微分：模拟在空气阻力中抛出的球，用落点的梯度瞄准目标。
# english: 6bac71dff9dc
# ---

# %% [markdown]
# # 对模拟过程求导 { #simulation }
#
# 自动微分并不知道什么是神经网络。
# 它是对程序求导，而模拟也是程序：给定初值，执行循环，得到结果。
# 这一页我们抛出一个球，求出落点怎样随角度变化，再利用这个导数来瞄准。
#
# ## 没有空气时的抛体 { #vacuum }
#
# 在每个时间步里，按速度更新位置，按重力加速度更新速度。
# 角度以弧度为单位，梯度往回穿过循环的每一步。

# %% vacuum
import math

import torch


def position(angle, speed=10.0, steps=100, dt=0.02):
    x, y = 0.0, 0.0
    vx, vy = speed * angle.cos(), speed * angle.sin()
    for _ in range(steps):
        x, y = x + vx * dt, y + vy * dt
        vy = vy - 9.8 * dt
    return x, y


angle = torch.tensor(0.6, dtype=torch.float64, requires_grad=True)
x, y = position(angle)
x.backward()
print(f"after 2 seconds: x = {x:.3f}, dx/dangle = {angle.grad:.3f}")

# %% [markdown]
# 这里有公式可以对照。
# 没有空气时，对角度 $a$ 有 $x = v t \cos(a)$，于是 $\frac{\partial x}{\partial a} = -v t \sin(a)$。
# 高度则交给 `torch.autograd.gradcheck`，它不需要公式，而是把梯度与有限差分比较。

# %% check
formula = -10.0 * 2.0 * math.sin(0.6)
assert math.isclose(angle.grad, formula)
print(math.isclose(angle.grad, formula))
print(torch.autograd.gradcheck(lambda angle: position(angle)[1], angle))

# %% [markdown]
# ## 在空气中的抛体 { #air }
#
# 有了空气阻力，飞行轨迹就不再有公式了。
# 现在循环在球落到地面以下时结束，所以步数取决于角度。
# 这对自动微分没有影响：它记录的是实际走过的那些步。
#
# 最后一步停在地面以下的某个地方。
# 落点就是最后两点的连线与地面的交点。


# %% air
def fly(angle, speed=12.0, drag=0.05, dt=0.02):
    x = y = torch.zeros((), dtype=torch.float64)
    vx, vy = speed * angle.cos(), speed * angle.sin()
    points = [(x, y)]
    while y >= 0:
        v = (vx**2 + vy**2).sqrt()
        vx, vy = vx - drag * v * vx * dt, vy - (9.8 + drag * v * vy) * dt
        x, y = x + vx * dt, y + vy * dt
        points.append((x, y))
    return points


def landing(points):
    (x0, y0), (x1, y1) = points[-2:]
    return x0 + (x1 - x0) * y0 / (y0 - y1)


for start in (0.4, 0.7, 0.785, 1.0):
    angle = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    points = fly(angle)
    landing(points).backward()
    print(f"{start:5}: {len(points)} points, ", end="")
    print(f"lands at {landing(points):.2f}, gradient {angle.grad:6.2f}")
    assert torch.autograd.gradcheck(
        lambda angle: landing(fly(angle)), angle
    )

# %% [markdown]
# 在每个角度上，梯度都通过了 `gradcheck`。
# 梯度告诉我们怎样瞄准：梯度为正，抛得高一些就落得远一些；梯度为负，抛得低一些才落得远一些。
# 在 `0.785`，也就是大约四十五度处，梯度已经是负的：有空气时，抛得最远的角度比没有空气时小。
#
# 小多少？
# 我们让角度取 57 个值，拖动滑块可以逐个查看：曲线是落点，过圆点的直线以梯度为斜率。
# 看看直线在哪里变平：

# %% angles input="hidden"
from autograd_notes.pictures.handle import handle


def throw(value):
    angle = torch.tensor(value, dtype=torch.float64, requires_grad=True)
    where = landing(fly(angle))
    where.backward()
    return {
        "angle": f"{value:.3f}",
        "landing(points)": f"{where:.2f}",
        "angle.grad": f"{angle.grad:.2f}",
    }


handle(
    throw,
    [n / 40 for n in range(4, 61)],
    start=0.4,
    curve="landing(points)",
    slopes=["angle.grad"],
)

# %% [markdown]
# 直线在 `0.725` 与 `0.750` 之间变平，梯度就在那里变号。
# 在它左边，抛得再高一些，飞行时间的增加胜过水平速度的损失；在右边则相反。
# 梯度的绝对值还告诉我们，瞄准要多精细。
# 在最高点附近，角度偏一点几乎没有影响；在 `0.125` 和 `1.500` 处，只差百分之一弧度，落点就移动大约二十厘米。
#
# ## 瞄准 { #aim }
#
# 目标在八米之外。
# 我们从一个太小的角度开始，沿着偏差平方的梯度下降。


# %% aim
def aim(start, target=8.0, landing=landing, steps=21):
    angle = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    throws = []
    for _ in range(steps):
        points = fly(angle)
        throws.append(points)
        miss = (landing(points) - target) ** 2
        miss.backward()
        with torch.no_grad():
            angle -= 0.001 * angle.grad
            angle.grad = None
    return throws


throws = aim(0.25)
for step in (0, 1, 5, 20):
    print(f"step {step:2}: lands at {landing(throws[step]):.3f}")
assert abs(landing(throws[-1]) - 8.0) < 0.01

# %% throws
import matplotlib.pyplot as plt


def draw(throws, target=8.0):
    for number, points in enumerate(throws):
        curve = [(x.item(), y.item()) for x, y in points]
        last = number == len(throws) - 1
        shade = {"color": "C0"} if last else {"color": "#b0b0b0"}
        plt.plot(*zip(*curve, strict=True), **shade)
    plt.plot(target, 0, "o", color="C1")
    plt.text(target + 0.2, 0, "target", color="C1", va="center")
    plt.xlabel("x")
    plt.ylabel("y")
    plt.show()


draw([*throws[:5], throws[-1]])

# %% [markdown]
# 灰色是前五次抛出的轨迹，彩色是最后一次。
# 每一次都比前一次落得离目标更近。
# { .caption }
#
# 整个过程中我们没有手算过任何导数，阻力和循环的结束条件也不需要特别处理。
# 真的不需要吗？
#
# ## 哪里会出错：步数 { #steps }
#
# 为什么不直接把循环的最后一点当作落点呢？
# 它最多只差一步。


# %% last-point
def last_point(points):
    return points[-1][0]


angle = torch.tensor(0.4, dtype=torch.float64, requires_grad=True)
for where in (landing, last_point):
    (gradient,) = torch.autograd.grad(where(fly(angle)), angle)
    print(f"{where(fly(angle)):.2f}, gradient {gradient:.2f}")

astray = aim(0.25, landing=last_point)
print(f"the last throw lands at {landing(astray[-1]):.2f}")
assert landing(astray[-1]) < landing(astray[0]) < 8

# %% [markdown]
# 两个点只差几厘米，它们的梯度却符号相反。
# 于是梯度下降走错了方向，球抛得一次比一次近，离目标越来越远。
#
# 自动微分求的是走过的那些步的导数，*步数*本身不在其中：它是一个整数，由一次次比较决定。
# 步数固定时，抛得越高，水平方向就越慢，于是最后一点往后退。
# 实际上抛得越高，飞得越久，但这只体现为步数从一个整数跳到下一个，而跳跃没有梯度。
#
# 下面在 `0.4` 附近取 41 个角度，间隔很小，一次次跳跃都看得见。
# 曲线是最后一点，过圆点的两条直线各以一个梯度为斜率：


# %% jumps input="hidden"
def gradient(where, angle):
    (found,) = torch.autograd.grad(where(fly(angle)), angle)
    return f"{found:.2f}"


def near(value):
    angle = torch.tensor(value, dtype=torch.float64, requires_grad=True)
    points = fly(angle)
    return {
        "angle": f"{value:.3f}",
        "len(points)": len(points),
        "last_point(points)": f"{last_point(points):.3f}",
        "gradient(last_point)": gradient(last_point, angle),
        "landing(points)": f"{landing(points):.3f}",
        "gradient(landing)": gradient(landing, angle),
    }


handle(
    near,
    [n / 1000 for n in range(380, 421)],
    start=0.4,
    curve="last_point(points)",
    slopes=["gradient(last_point)", "gradient(landing)"],
    piece="len(points)",
)

# %% [markdown]
# 曲线分成几段，每一段内点数不变，`gradient(last_point)` 说的正是这一段：它在下降。
# 但从一段到下一段，最后一点突然向前跳，跳得比先前退得还多，所以整条曲线像楼梯一样上升。
# 以 `gradient(landing)` 为斜率的直线随楼梯上升；而自动微分在每个角度上，只知道自己所在的那一段。
#
# 交点没有这样的跳跃：多走一步时，它从原处连续地移动（只有导数可能在那里跳变），它的梯度也通过了 `torch.autograd.gradcheck`。
#
# ## 改一改 { #change }
#
# 把这一页下载为 Jupyter Notebook（链接在页尾），然后试试：
#
# - 用五倍大的 `start` 调用 `aim`，也就是抛得很陡。
#   它会找到另一个解：一条很高的轨迹，落在同一个目标上。梯度下降不会越过抛得最远的那个角度。
# - 用二十米的 `target` 调用 `aim`。
#   这个目标够不着。
#   角度会来到抛得最远的角度附近，并在那里来回摆动：落点的导数很小，而且正负交替，偏差却一直很大。
# - 把 `drag` 设为零。
#   在大约四十五度处，梯度现在很小：没有空气时，这样抛得最远，只差时间步带来的误差。
#
# ## 接下来读 { #next }
#
# - [Python 控制流](../notes/control-flow.md)：循环和条件语句中，自动微分记录的是什么。
# - [用 25 行代码实现自动微分](build-autograd.py)：梯度怎样穿过任意程序往回走。
# - [对优化器的更新求导](../how-to/differentiate-an-update.md)：另一个可以求导的循环，以及循环很长时怎么办。
