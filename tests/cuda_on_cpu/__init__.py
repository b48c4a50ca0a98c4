"""A stand-in for CuPy on which the package's CUDA kernels run: on the CPU, compiled with g++.

The `.cu` sources and the code that launches them are the package's own, not a word of them
changed but for where shared arrays lie; `cuda.h` stands for CUDA. What a GPU does and this does
not is told in docs/gpu.md.
"""

import atexit
import ctypes
import hashlib
import math
import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np

HERE = Path(__file__).parent
COMPILER = shutil.which("g++")
LACKING = "g++ is not here, which compiles CUDA kernels for the CPU"
FLAGS = ("-std=c++20", "-O1", "-g", "-fPIC", "-pthread", "-U_FORTIFY_SOURCE", f"-I{HERE}")
WARNINGS = ("-Wall", "-Wextra", "-Wno-unused-parameter", "-Werror")

EDGE = 0xA5  # what the bytes beside an array hold

KERNEL = re.compile(r"__global__ void (?:__launch_bounds__\(.*?\) )?(\w+)\((.*?)\)\s*{", re.DOTALL)
SHARED = re.compile(r"__shared__ (\w+) (\w+)((?:\[\w+\])+);")
BARRIER = re.compile(r"__syncthreads\(\)|\.sync\(\)")


@dataclass
class Plan:
    """How kernels are launched here, whatever grid was asked for: no result may depend on it."""

    blocks: int = 2
    threads: int = 64
    descending: bool = False  # blocks and warps, where each runs as far as it comes
    skipped: tuple[str, int] = ("", 0)  # a barrier that is left out, by file and line
    runtime: str = "fibers"
    flags: tuple[str, ...] = ()  # for the compiler
    fill: int = 0xFF  # what each byte of memory is before it is written: NaN, or -1
    launches: list[str] = field(default_factory=list)  # kernels launched so far

    @property
    def margin(self) -> int:
        """Bytes to each side of an array; none where a sanitizer looks after it."""
        return 1 << 12 if self.runtime == "fibers" else 0


class _Plan(ctypes.Structure):
    _fields_ = (
        ("blocks", ctypes.c_uint),
        ("threads", ctypes.c_uint),
        ("order", ctypes.c_int),
        ("skipped_line", ctypes.c_int),
        ("fill", ctypes.c_int),
        ("skipped_file", ctypes.c_char_p),
    )


def cupy(plan: Plan) -> ModuleType:
    """NumPy under CuPy's name, and kernels."""
    module = ModuleType("cupy")
    module.__dict__.update({k: v for k, v in vars(np).items() if not k.startswith("__")})
    module.empty = lambda shape, dtype=float: _between_margins(shape, dtype, plan.fill, plan.margin)
    module.zeros = lambda shape, dtype=float: _between_margins(shape, dtype, 0, plan.margin)
    module.asnumpy = np.array  # a copy, as from another memory
    module.RawModule = lambda **given: RawModule(plan, **given)
    attributes = {"MultiProcessorCount": 1000}
    module.cuda = SimpleNamespace(
        is_available=lambda: True,
        Device=lambda number=0: SimpleNamespace(id=number, attributes=attributes),
    )
    return module


def _between_margins(shape: Any, dtype: Any, fill: int, margin: int) -> np.ndarray:
    """An array whose neighbourhood is its own, so that a kernel that leaves it does no harm."""
    size = math.prod(np.atleast_1d(shape)) * np.dtype(dtype).itemsize
    memory = np.full(size + 2 * margin, EDGE, np.uint8)
    array = memory[margin : margin + size]
    array[...] = fill
    return array.view(dtype).reshape(shape)


def _has_left(array: np.ndarray, margin: int) -> bool:
    """Whether something has been written into the margins of an array."""
    memory = array.base
    if not margin or memory is None or memory.nbytes != array.nbytes + 2 * margin:
        return False  # it has none
    return bool((memory[:margin] != EDGE).any() or (memory[-margin:] != EDGE).any())


class RawModule:
    """As CuPy's: kernels from source. Only what the package asks of it."""

    def __init__(
        self, plan: Plan, *, code: str, options: tuple[str, ...], enable_cooperative_groups: bool
    ):
        assert enable_cooperative_groups, "a grid could not wait for all of its blocks"
        self.plan, self.code, self.options = plan, code, options
        self.real = np.dtype("f4" if "-DHEBB_REAL=float" in options else "f8")

    def get_function(self, name: str) -> Callable:
        (signature,) = (each[2] for each in KERNEL.finditer(self.code) if each[1] == name)
        library = ctypes.CDLL(str(_library(self.code, self.options, self.plan)))
        launch = library[f"launch_{name}"]
        launch.restype = ctypes.c_char_p
        kinds = {"Real": self.real, "Index": np.dtype("i8"), "int": np.dtype("i4")}
        kinds["double"] = np.dtype("f8")
        parameters = [each.split() for each in signature.split(",")]

        def run(grid: tuple[int], block: tuple[int], arguments: tuple) -> None:
            plan = self.plan
            assert (1,) <= grid <= (1000,) and block == (256,)
            assert len(arguments) == len(parameters), name
            given: list[Any] = []
            for (*_, kind, of), argument in zip(parameters, arguments, strict=True):
                # A GPU would take the bits for what they are not, and say nothing.
                assert argument.dtype == kinds[kind.rstrip("*")], f"{name}: {of}"
                assert isinstance(argument, np.ndarray) == kind.endswith("*"), f"{name}: {of}"
                if isinstance(argument, np.ndarray):
                    assert argument.flags.c_contiguous, f"{name}: {of}"
                    given.append(ctypes.c_void_p(argument.ctypes.data))
                else:
                    given.append(np.ctypeslib.as_ctypes_type(argument.dtype)(argument))
            plan.launches.append(name)
            file, line = plan.skipped
            planned = _Plan(
                plan.blocks, plan.threads, plan.descending, line, plan.fill, file.encode()
            )
            if fault := launch(ctypes.byref(planned), *given):
                raise RuntimeError(fault.decode())
            for parameter, argument in zip(parameters, arguments, strict=True):
                if isinstance(argument, np.ndarray) and _has_left(argument, plan.margin):
                    raise RuntimeError(f"{name} has written beyond {parameter[-1]}")

        return run


def barriers(code: str) -> list[tuple[str, int]]:
    """Every barrier of a kernel's source, by file and line as its compiler counts them."""
    found, file, line = [], "", 0
    for text in code.splitlines():
        if told := re.fullmatch(r'#line (\d+) "(.*)"', text):
            line, file = int(told[1]), told[2]
            continue
        if BARRIER.search(text):
            found.append((file, line))
        line += 1
    return found


def _library(code: str, options: tuple[str, ...], plan: Plan) -> Path:
    """The kernels of a source as a shared library, with a function for each that launches it."""
    arrays = SHARED.findall(code)
    numbers = iter(range(len(arrays)))

    def lies(found: re.Match) -> str:
        kind, name, shape = found.groups()
        return f"auto& {name} = *({kind}(*){shape})on_cpu::shared({next(numbers)});"

    text = [SHARED.sub(lies, code), '#line 1 "launches"']
    sizes = "".join(f"sizeof({kind}{shape}), " for kind, _, shape in arrays)
    text.append(f"static const size_t SIZES[] = {{{sizes}0}};")
    for name, parameters in ((each[1], each[2]) for each in KERNEL.finditer(code)):
        names = ", ".join(each.split()[-1] for each in parameters.split(","))
        text.append(
            f'extern "C" const char* launch_{name}(const on_cpu::Plan* plan, {parameters}) {{\n'
            f"auto kernel = [=] {{ {name}({names}); }};\n"
            "auto run = [](void* each) { (*static_cast<decltype(kernel)*>(each))(); };\n"
            "return on_cpu::launch(*plan, SIZES, run, &kernel);\n}"
        )
    flags = (*FLAGS, *plan.flags)
    defined = [each for each in options if each.startswith("-D")]
    runtime = _built((*flags, *WARNINGS, "-c"), (HERE / f"{plan.runtime}.cpp").read_text(), ".o")
    given = (*flags, *WARNINGS, "-shared", *defined, "-include", "cuda.h")
    return _built(given, "\n".join(text), ".so", (str(runtime),))


def _built(flags: tuple[str, ...], text: str, suffix: str, objects: tuple[str, ...] = ()) -> Path:
    headers = [path.read_text() for path in sorted(HERE.glob("*.h"))]
    named = hashlib.sha256(repr((flags, text, objects, headers)).encode()).hexdigest()[:16]
    path = _folder() / f"{named}{suffix}"
    if not path.exists():
        aside = path.with_suffix(f".{os.getpid()}")
        command = [
            COMPILER,
            *flags,
            "-x",
            "c++",
            "-",
            *(("-x", "none", *objects) if objects else ()),
        ]
        # A sanitizer that this process runs under is not for the compiler.
        world = {key: value for key, value in os.environ.items() if key != "LD_PRELOAD"}
        done = subprocess.run(
            [*command, "-o", str(aside)], input=text, text=True, capture_output=True, env=world
        )
        assert done.returncode == 0, done.stderr
        aside.rename(path)
    return path


@cache
def _folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="hebb-cuda-on-cpu-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
