"""What CuPy has of NumPy, and which arguments each takes: `strict_cupy` offers just that.

Where CuPy is installed, `python tests/cupy_names.py` writes cupy_names.json anew; it needs no GPU.
"""

import inspect
import json
import re
from pathlib import Path
from types import ModuleType

import numpy as np

FILE = Path(__file__).with_suffix(".json")


def names(cupy: ModuleType) -> dict:
    """Functions and methods with their arguments, ufuncs, and attributes of arrays."""
    functions, ufuncs = {}, []
    for name in sorted(set(np.__all__) & set(dir(cupy))):
        each = getattr(cupy, name)
        if isinstance(each, cupy.ufunc):
            ufuncs.append(name)
        elif callable(each) and not isinstance(each, type):
            functions[name] = _of_python(each) or _of_cython(each)
    methods, attributes = {}, []
    for name in sorted(set(dir(np.ndarray)) & set(dir(cupy.ndarray)) | {"get", "set"}):
        each = getattr(cupy.ndarray, name)
        if name.startswith("_"):
            continue
        if callable(each):
            methods[name] = _of_cython(each)[1:]
        else:
            attributes.append(name)
    linalg = {
        name: _of_python(getattr(cupy.linalg, name))
        for name in np.linalg.__all__
        if inspect.isfunction(getattr(cupy.linalg, name, None))
    }
    return {
        "version": cupy.__version__,
        "functions": functions,
        "linalg": linalg,
        "ufuncs": ufuncs,
        "methods": methods,
        "attributes": attributes,
    }


def _of_python(function) -> list[str]:
    try:
        parameters = inspect.signature(function).parameters.values()
    except ValueError:
        return []
    return ["*" + each.name if each.kind == each.VAR_POSITIONAL else each.name
            for each in parameters if each.kind != each.VAR_KEYWORD]  # fmt: skip


def _of_cython(function) -> list[str]:
    """From the first line of its docstring, `type.name(type argument=default, ...) -> type`."""
    found = re.match(r"[\w.]+\((.*)\)", (function.__doc__ or "").splitlines()[0])
    parts = re.split(r", (?![^()]*\))", found[1]) if found else []
    return [part.split("=")[0].split()[-1] for part in parts if part not in ("*", "/")]


if __name__ == "__main__":
    import cupy

    FILE.write_text(json.dumps(names(cupy), separators=(",", ":")).replace("],", "],\n") + "\n")
