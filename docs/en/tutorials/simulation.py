# ---
# title: Differentiating a simulation
# description: "How to differentiate a simulation with autograd: a thrown ball with air drag is aimed at a target by the gradient of its landing point, and the gradient at the last point of the loop turns out to have the wrong sign."
# ---

# %% [markdown]
# # Differentiating a simulation { #simulation }
#
# Autograd knows nothing of neural networks.
# It differentiates programs, and a simulation is a program: start values go in, a loop runs, a result comes out.
# On this page we throw a ball, ask how its landing point depends on the angle, and aim with the answer.
#
# ## A throw without air { #vacuum }
#
# In each time step the position moves by the velocity, and gravity changes the velocity.
# The angle is in radians, and the gradient goes back through every step of the loop.

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
# Here there is a formula to compare with.
# Without air, $x = v t \cos(a)$ for the angle $a$, so that $\frac{\partial x}{\partial a} = -v t \sin(a)$.
# For the height we ask `torch.autograd.gradcheck`, which needs no formula: it compares the gradient with finite differences.

# %% check
formula = -10.0 * 2.0 * math.sin(0.6)
assert math.isclose(angle.grad, formula)
print(math.isclose(angle.grad, formula))
print(torch.autograd.gradcheck(lambda angle: position(angle)[1], angle))

# %% [markdown]
# ## A throw through air { #air }
#
# With air drag there is no formula for the flight any more.
# The loop now ends when the ball is below the ground, so the number of steps depends on the angle.
# Autograd does not mind: it records the steps that were taken.
#
# The last step ends somewhere below the ground.
# The landing point is where the line between the last two points crosses it.


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
# The gradient passed `gradcheck` at each angle.
# It says how to aim: where it is positive, a higher throw goes farther; where it is negative, a lower one does.
# At `0.785`, half of a right angle, it is negative already: with air, the farthest throw is a flatter one than without.
#
# How flat?
# The slider goes through 57 angles; the curve is the landing point, and the gradient is the slope of the line through the dot.
# Look for the place where this line is level:

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
# The line is level between `0.725` and `0.750`, where the gradient changes its sign.
# To the left of that, a higher throw gains more from its longer flight than it loses in speed along the ground; to the right, it is the other way round.
# The size of the gradient says how carefully one has to aim.
# At the top a small error in the angle hardly matters; at `0.125` and at `1.500`, a hundredth of a radian moves the landing point by about twenty centimetres.
#
# ## Aim { #aim }
#
# The target is eight metres away.
# We start with a throw that is too flat and descend along the gradient of the squared miss.


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
# The first five throws in grey and the last one in colour.
# Each lands closer to the target than the one before.
# { .caption }
#
# The miss was never differentiated by hand, and neither drag nor the end of the loop needed any care.
# Or did they?
#
# ## What goes wrong: the number of steps { #steps }
#
# Why not take the last point of the loop for the landing point?
# It is at most one step off.


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
# The two points differ by a few centimetres, and their gradients have opposite signs.
# The descent goes the wrong way, and each throw falls shorter than the one before.
#
# Autograd differentiates the steps that were taken, and their *number* is no part of that: it is an integer, and it comes from a comparison.
# At a fixed number of steps, a higher throw is slower along the ground, so the last point moves back.
# In truth a higher throw flies longer, but that is a jump from one number of steps to the next, and a jump has no gradient.
#
# Here are 41 angles around `0.4`, so close to each other that the jumps can be seen.
# The curve is the last point, and both gradients are drawn as lines through the dot:


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
# On each piece of the curve the number of points stays as it is, and `gradient(last_point)` tells the truth about that piece: it falls.
# But between two pieces the last point jumps ahead, by more than it had moved back, and so the curve climbs like a staircase.
# The line with `gradient(landing)` climbs as the staircase does; autograd, at each single angle, knows no more than the piece it is on.
#
# The crossing point has no such jumps: when one step more is taken, it moves on from where it was (only its slope may jump there), and `torch.autograd.gradcheck` agreed with it.
#
# ## Change something { #change }
#
# Download this page as a notebook (the links are below) and try:
#
# - Call `aim` with a steep `start`, five times as large.
#   It finds another solution, a high throw that comes down on the same target: gradient descent stays on its side of the farthest throw.
# - Call `aim` with a `target` of twenty metres.
#   That is out of reach.
#   The angle comes close to that of the farthest throw, and goes back and forth there: the slope of the landing point is small and changes its sign, and the miss stays large.
# - Set `drag` to zero.
#   At half of a right angle the gradient is now small: without air, that throw goes farthest, up to the length of the time steps.
#
# ## Read next { #next }
#
# - [Python control flow](../notes/control-flow.md): what autograd sees of loops and conditions.
# - [Build autograd in 25 lines](build-autograd.py): how a gradient finds its way back through any program.
# - [Differentiate through an optimizer step](../how-to/differentiate-an-update.md): another loop with a derivative, and what to do when it is long.
