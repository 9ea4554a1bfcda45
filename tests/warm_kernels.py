"""Jupyter kernels that fork from a process which has imported PyTorch: each starts in 0.1 seconds, and not in 2.

Such a kernel is a process of its own, in which nothing ran before: IPython starts in it as always, with the environment,
the working directory and the path that it was asked for. Only the import of what others wrote lies behind it. This
project is not imported, so that a test can hide it. What runs outside of pytest, like a build, starts its own kernels.
"""

from __future__ import annotations

import contextlib
import functools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from importlib.metadata import EntryPoint
from pathlib import Path
from typing import Any

from jupyter_client.provisioning.factory import KernelProvisionerFactory
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

NAME = "warm"
# Reads a line for each kernel, with what Popen would be told, and answers with the number of the process.
PARENT = """
import contextlib, json, os, runpy, signal, sys
sys.path.remove("")
import ipykernel.ipkernel, ipykernel.kernelapp, matplotlib.axes, torch._dynamo

def bury(*_):
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass

def become_kernel(argv, environment, folder):
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for stream in (0, 1, 2):
        os.dup2(os.open(os.devnull, os.O_RDWR), stream)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment, JPY_PARENT_PID=str(os.getppid()))
    sys.path[:0] = filter(None, environment.get("PYTHONPATH", "").split(os.pathsep))
    sys.argv = argv
    runpy.run_module(argv[0], run_name="__main__", alter_sys=True)

signal.signal(signal.SIGCHLD, bury)
for line in sys.stdin:
    if os.fork() == 0:
        os.setsid()
        print(os.getpid(), flush=True)
        become_kernel(*json.loads(line))
        sys.exit()
"""


@contextlib.contextmanager
def used() -> Iterator[None]:
    """Let the kernels that this process starts be warm ones, where the system can fork."""
    if not hasattr(os, "fork"):
        yield
        return
    factory = KernelProvisionerFactory.instance()
    factory.provisioners[NAME] = EntryPoint(NAME, f"{__name__}:WarmProvisioner", factory.GROUP_NAME)
    factory.default_provisioner_name = NAME
    yield
    if _parent.cache_info().currsize:
        _parent().end()


class WarmProvisioner(LocalProvisioner):
    """Jupyter's provisioner of local kernels, with another way to start the process."""

    async def launch_kernel(self, cmd: list[str], **options: Any) -> dict:
        """Fork a kernel in place of the command."""
        self.cwd = str(options.get("cwd") or Path.cwd())
        self.process = _Process(_parent().fork(cmd[cmd.index("ipykernel_launcher") :], options["env"], self.cwd))
        self.pid = self.pgid = self.process.pid
        return self.connection_info


class _Parent:
    """The process that kernels fork from."""

    def __init__(self) -> None:
        environment = os.environ | {"MPLBACKEND": "module://matplotlib_inline.backend_inline"}
        environment.pop("PYTHONPATH", None)
        self._process = subprocess.Popen(
            [sys.executable, "-c", PARENT],
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # Ctrl-C is for pytest, which then closes the pipe.
            start_new_session=True,
        )
        self._turn = threading.Lock()

    def fork(self, argv: list[str], environment: dict[str, str], folder: str) -> int:
        """Start a kernel and return the number of its process."""
        with self._turn:
            print(json.dumps([argv, environment, folder]), file=self._process.stdin, flush=True)
            return int(self._process.stdout.readline())

    def end(self) -> None:
        """End the process; a kernel that still runs notices that, and ends as well."""
        self._process.communicate()


@functools.cache
def _parent() -> _Parent:
    return _Parent()


class _Process:
    """What Jupyter asks of a `Popen`, for a process that is not a child of this one."""

    stdin = stdout = stderr = None

    def __init__(self, pid: int) -> None:
        self.pid = pid

    def poll(self) -> int | None:
        """Return None while it runs; how it ended is known to nobody."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self) -> int:
        """Return what `poll` says; Jupyter waits before it calls this."""
        return self.poll() or 0

    def send_signal(self, number: int) -> None:
        """Send a signal, where it still runs."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)
