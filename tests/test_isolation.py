"""No session sees what another one changed, whatever it was; each change here is one that it would see."""

import pytest

from tests.console import fence, live, outputs

# What is changed, and where it shows.
T = "import torch; x = torch.ones(2, requires_grad=True)"
GRADIENT = "(x * x).sum().backward(); x.grad.tolist()"
CHANGES = {
    # PyTorch: modes that are entered and not left
    "autocast entered": ("torch.autocast('cpu').__enter__()", "torch.is_autocast_enabled('cpu')"),
    "autocast enabled": ("torch.set_autocast_enabled('cpu', True)", "torch.is_autocast_enabled('cpu')"),
    "autocast dtype": ("torch.set_autocast_dtype('cpu', torch.float16)", "torch.get_autocast_dtype('cpu')"),
    "autocast cache": ("torch.set_autocast_cache_enabled(False)", "torch.is_autocast_cache_enabled()"),
    "saved tensors hooks": (
        "torch.autograd.graph.saved_tensors_hooks(lambda t: t, lambda t: 10 * t).__enter__()",
        GRADIENT,
    ),
    "disabled saved tensors hooks": (
        "torch._C._autograd._saved_tensors_hooks_disable('no')",
        "torch._C._autograd._saved_tensors_hooks_is_enabled()",
    ),
    "multithreading": (
        "torch.autograd.set_multithreading_enabled(False)",
        "torch._C._is_multithreading_enabled()",
    ),
    "view replay": ("torch.autograd._force_original_view_tracking(True)", "torch._C._is_view_replay_enabled()"),
    "functorch level": (
        "torch._C._functorch._grad_increment_nesting()",
        "torch._C._functorch.maybe_current_level()",
    ),
    "dual level": ("torch.autograd.forward_ad.enter_dual_level()", "torch.autograd.forward_ad._current_level"),
    "function mode": (
        "from torch.overrides import TorchFunctionMode; TorchFunctionMode().__enter__()",
        "torch.overrides._get_current_function_mode_stack()",
    ),
    "dispatch mode": (
        "from torch.utils._python_dispatch import TorchDispatchMode; TorchDispatchMode().__enter__()",
        "torch._C._len_torch_dispatch_stack()",
    ),
    "device entered": ("torch.device('meta').__enter__()", "torch.ones(1).device"),
    "no_grad": ("torch.no_grad().__enter__()", "torch.is_grad_enabled()"),
    "inference mode": ("m = torch.inference_mode(); m.__enter__()", "torch.is_inference_mode_enabled()"),
    # PyTorch: settings
    "grad mode": ("torch.set_grad_enabled(False)", "torch.is_grad_enabled()"),
    "default dtype": ("torch.set_default_dtype(torch.float64)", "torch.get_default_dtype()"),
    "default device": ("torch.set_default_device('meta')", "torch.ones(1).device"),
    "print options": ("torch.set_printoptions(precision=1)", "torch.tensor([0.12345])"),
    "anomaly mode": ("torch.autograd.set_detect_anomaly(True)", "torch.is_anomaly_enabled()"),
    "threads": ("torch.set_num_threads(3)", "torch.get_num_threads()"),
    "deterministic algorithms": (
        "torch.use_deterministic_algorithms(True)",
        "torch.are_deterministic_algorithms_enabled()",
    ),
    "warn always": ("torch.set_warn_always(False)", "torch.is_warn_always_enabled()"),
    "matmul precision": ("torch.set_float32_matmul_precision('medium')", "torch.get_float32_matmul_precision()"),
    "mkldnn": ("torch.backends.mkldnn.set_flags(False)", "torch.backends.mkldnn.enabled"),
    "cudnn": ("torch.backends.cudnn.benchmark = True", "torch.backends.cudnn.benchmark"),
    "uninitialized memory": (
        "torch.utils.deterministic.fill_uninitialized_memory = False",
        "torch.utils.deterministic.fill_uninitialized_memory",
    ),
    "distributions": (
        "torch.distributions.Distribution.set_default_validate_args(False)",
        "torch.distributions.Distribution._validate_args",
    ),
    "sparse invariants": (
        "torch.sparse.check_sparse_tensor_invariants.enable()",
        "torch.sparse.check_sparse_tensor_invariants.is_enabled()",
    ),
    "flush denormal": ("torch.set_flush_denormal(True)", "torch.tensor([1e-310], dtype=torch.float64)"),
    "load endianness": (
        "torch.serialization.set_default_load_endianness(torch.serialization.LoadEndianness.BIG)",
        "torch.serialization.get_default_load_endianness()",
    ),
    "safe globals": (
        "torch.serialization.add_safe_globals([type('A', (), {})])",
        "len(torch.serialization.get_safe_globals())",
    ),
    "sharing strategy": (
        "torch.multiprocessing.set_sharing_strategy('file_system')",
        "torch.multiprocessing.get_sharing_strategy()",
    ),
    "seed": ("torch.manual_seed(1)", "torch.initial_seed()"),
    # PyTorch: what is registered, defined or replaced
    "module forward hook": (
        "torch.nn.modules.module.register_module_forward_hook(lambda module, i, o: o * 2)",
        "torch.nn.Identity()(torch.ones(1))",
    ),
    "module forward pre-hook": (
        "torch.nn.modules.module.register_module_forward_pre_hook(lambda module, i: (i[0] * 3,))",
        "torch.nn.Identity()(torch.ones(1))",
    ),
    "module backward hook": (
        "torch.nn.modules.module.register_module_full_backward_hook(lambda module, i, o: (i[0] * 2,))",
        "m = torch.nn.Identity(); m(x).sum().backward(); x.grad.tolist()",
    ),
    "parameter hook": (
        "torch.nn.modules.module.register_module_parameter_registration_hook(lambda m, n, p: print('seen'))",
        "_ = torch.nn.Linear(1, 1)",
    ),
    "function replaced": ("torch.sin = torch.cos", "torch.sin(torch.zeros(1))"),
    "repr replaced": ("torch.Tensor.__repr__ = lambda tensor: 'mine'", "torch.ones(1)"),
    "method replaced": ("torch.Tensor.sum = lambda tensor: 7", "torch.ones(2).sum()"),
    "attribute": ("torch.leaked = 1", "hasattr(torch, 'leaked')"),
    "library": (
        "torch.library.define('mine::f', '(Tensor x) -> Tensor')",
        "hasattr(torch.ops.mine, 'f')",
    ),
    "operator replaced": (
        "l = torch.library.Library('aten', 'IMPL'); l.impl('sin', lambda t: t + 7, 'CPU')",
        "torch.sin(torch.zeros(1))",
    ),
    # Python and numpy
    "future": ("from __future__ import annotations", "def f(a: int): pass\nf.__annotations__"),
    "numpy print options": ("import numpy; numpy.set_printoptions(precision=1)", "import numpy; numpy.array([0.123])"),
    "numpy errors": ("import numpy; numpy.seterr(all='raise')", "import numpy; numpy.geterr()['divide']"),
    "numpy seed": ("import numpy; numpy.random.seed(0)", "import numpy; numpy.random.get_state()[1][0] == 0"),
    "random seed": ("import random; random.seed(0)", "import random; random.random() == 0.8444218515250481"),
    "recursion limit": ("import sys; sys.setrecursionlimit(500)", "import sys; sys.getrecursionlimit()"),
    "path": ("import sys; sys.path.append('/mine')", "import sys; '/mine' in sys.path"),
    "modules": ("import sys; sys.modules['mine'] = sys", "import sys; 'mine' in sys.modules"),
    "environment": ("import os; os.environ['MINE'] = '1'", "import os; 'MINE' in os.environ"),
    "working folder": ("import os; os.chdir('/')", "import os; os.getcwd() == '/'"),
    "locale": (
        "import locale; locale.setlocale(locale.LC_CTYPE, 'C')",
        "import locale; locale.setlocale(locale.LC_CTYPE)",
    ),
    "signal handler": (
        "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)",
        "import signal; signal.getsignal(signal.SIGTERM)",
    ),
    "thread": (
        "import threading; threading.Thread(target=threading.Event().wait, daemon=True).start()",
        "import threading; threading.active_count()",
    ),
    "collector": ("import gc; gc.disable()", "import gc; gc.isenabled()"),
    "excepthook": ("import sys; sys.excepthook = print", "import sys; sys.excepthook is print"),
    "displayhook": ("import sys; sys.displayhook = lambda value: print('mine')", "1"),
    "builtin replaced": ("import builtins; builtins.len = lambda x: 7", "len([])"),
    "stdout": ("import sys; sys.stdout = None", "print(1)"),
    "last value": ("41", "_"),
    "warning format": (
        "import warnings; warnings.showwarning = lambda *rest: print('mine')",
        "import warnings; warnings.warn('heard')",
    ),
    "warning filter": ("import warnings; warnings.simplefilter('ignore')", "import warnings; warnings.warn('heard')"),
    "int digits": ("import sys; sys.set_int_max_str_digits(700)", "import sys; sys.get_int_max_str_digits()"),
    "decimal context": ("import decimal; decimal.getcontext().prec = 3", "import decimal; decimal.getcontext().prec"),
    "logging": (
        "import logging; logging.getLogger().addHandler(logging.NullHandler())",
        "import logging; len(logging.getLogger().handlers)",
    ),
    "switch interval": ("import sys; sys.setswitchinterval(0.1)", "import sys; sys.getswitchinterval()"),
}


def _session(*statements: str) -> str:
    """Return a session's lines: values are shown by statements that end with one."""
    lines = [">>> " + T]
    for statement in statements:
        first, *rest = statement.split("\n")
        lines += [f">>> {first}", *(f">>> {line}" for line in rest)]
    return "\n".join(lines)


@pytest.mark.parametrize(("change", "probe"), CHANGES.values(), ids=CHANGES.keys())
def test_no_session_sees_what_another_one_changed(change, probe):
    parts = {"first": [probe], "changes": [change], "next": [probe], "both": [change, probe]}
    text = "".join(fence(_session(*statements), f'session="{name}"') for name, statements in parts.items())
    first, _, following, both = (outputs[-1] for outputs in outputs(text))
    assert both != first, "this change does not show, even in its own session: choose another probe"
    assert following == first, "the next session of the file sees it"


def test_no_file_sees_what_another_one_changed():
    changes = ["torch.sin = torch.cos", "torch.set_default_dtype(torch.float64)", "import os; os.chdir('/')"]
    probe = _session("torch.sin(torch.zeros(1))", "import os; os.getcwd() == '/'")
    clean = live(probe)
    live(_session(*changes))
    assert live(probe) == clean
