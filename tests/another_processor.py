"""Another processor than this one, as far as PyTorch and the libraries below it let themselves be told."""

import platform
from pathlib import Path

import torch

# MKL, where torch is built with it, has its own functions for each maker of processors: 0 is AMD's code, 3 is Intel's
# with AVX2. PyTorch itself has a plain variant of its functions, which any processor can run.
IS_INTEL = "Intel" in (Path("/proc/cpuinfo").read_text() if Path("/proc/cpuinfo").exists() else platform.processor())
OF_ANOTHER_MAKER = "0" if IS_INTEL or "AVX" not in torch.backends.cpu.get_cpu_capability() else "3"
ANOTHER_PROCESSOR = {"ATEN_CPU_CAPABILITY": "default", "MKL_VML_DEBUG_CPU_TYPE": OF_ANOTHER_MAKER}
