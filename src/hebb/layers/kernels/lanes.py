"""Numbers side by side in registers, 64 bytes of them or 32: 16 of float32 or 8, 8 of float64 or 4.

For innermost loops in which the compiler would keep sums in memory, or choose their order by itself
and so their bits. Here all is as it is written: a product is rounded before it is added, but
in `add_product`, and sums run lane by lane. Each operation is a function of NumPy, and the
instructions that kernels take in its place.
"""

from collections.abc import Callable

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core import config as numba_config
from numba.extending import intrinsic, models, register_model

BYTES = 64
HALF = BYTES // 2


class Lanes(types.Type):
    """What `load` gives, to the compiler: numbers of a kind, as many as fill so many bytes."""

    def __init__(self, dtype, n_bytes=BYTES):
        self.dtype, self.n = dtype, 8 * n_bytes // dtype.bitwidth
        super().__init__(name=f"Lanes({dtype}, {self.n})")


@register_model(Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager, kind):
        number = manager.lookup(kind.dtype).get_value_type()
        super().__init__(manager, kind, ir.VectorType(number, kind.n))


def in_kernels(instructions: Callable) -> Callable:
    """Kernels take the instructions, unless they run as plain Python."""
    plain = getattr(numba_config, "DISABLE_JIT", False)
    return lambda function: function if plain else intrinsic(instructions)


def _load(typing, w, i, n):
    return _load_as(Lanes(w.dtype), w)


def _load_as(lanes, w):
    def code(context, builder, signature, args):
        place = _place(context, builder, lanes, w, *args)
        return builder.load(place, align=w.dtype.bitwidth // 8)

    return lanes(w, types.intp, types.intp), code


@in_kernels(_load)
def load(w, i, n):
    """The nth registerful of row i of w (rows, columns), in C order."""
    lanes = BYTES // w.itemsize
    return w[i, n * lanes : (n + 1) * lanes].copy()


def _load_half(typing, w, i, n):
    return _load_as(Lanes(w.dtype, HALF), w)


@in_kernels(_load_half)
def load_half(w, i, n):
    """`load` in halves of registers, where whole ones would hold more of what is not needed."""
    lanes = HALF // w.itemsize
    return w[i, n * lanes : (n + 1) * lanes].copy()


def _load_at(typing, row, k):
    def code(context, builder, signature, args):
        place = _place_at(context, builder, row, *args)
        return builder.load(place, align=row.dtype.bitwidth // 8)

    return Lanes(row.dtype)(row, types.intp), code


@in_kernels(_load_at)
def load_at(row, k):
    """A registerful of row (numbers,), in C order, from its kth number on."""
    return row[k : k + BYTES // row.itemsize].copy()


def _store(typing, w, i, n, x):
    def code(context, builder, signature, args):
        place = _place(context, builder, x, w, *args[:3])
        builder.store(args[3], place, align=w.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(w, types.intp, types.intp, x), code


@in_kernels(_store)
def store(w, i, n, x):
    """Put x where `load` finds it."""
    w[i, n * len(x) : (n + 1) * len(x)] = x


def _store_at(typing, row, k, x):
    def code(context, builder, signature, args):
        place = _place_at(context, builder, row, *args[:2])
        builder.store(args[2], place, align=row.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(row, types.intp, x), code


@in_kernels(_store_at)
def store_at(row, k, x):
    """Put x where `load_at` finds it."""
    row[k : k + len(x)] = x


def _place_at(context, builder, kind, array, k):
    array = context.make_array(kind)(context, builder, array)
    lanes = context.get_value_type(Lanes(kind.dtype))
    return builder.bitcast(builder.gep(array.data, [k]), lanes.as_pointer())


def _place(context, builder, lanes, kind, array, i, n):
    array = context.make_array(kind)(context, builder, array)
    columns = cgutils.unpack_tuple(builder, array.shape)[1]
    row = builder.gep(array.data, [builder.mul(i, columns)])
    pointer = context.get_value_type(lanes).as_pointer()
    return builder.gep(builder.bitcast(row, pointer), [n])


def _spread(typing, number, x):
    def code(context, builder, signature, args):
        return _all(builder, args[0], context.get_value_type(x))

    return x(x.dtype, x), code


@in_kernels(_spread)
def spread(number, x):
    """The number in all lanes, as many as x has."""
    return np.full_like(x, number)


def _all(builder, number, lanes):
    first = builder.insert_element(lanes(ir.Undefined), number, ir.IntType(32)(0))
    zeros = ir.VectorType(ir.IntType(32), lanes.count)([0] * lanes.count)
    return builder.shuffle_vector(first, lanes(ir.Undefined), zeros)


def _plus(typing, x, y):
    return x(x, y), lambda context, builder, signature, args: builder.fadd(*args)


@in_kernels(_plus)
def plus(x, y):
    return x + y


def _minus(typing, x, y):
    return x(x, y), lambda context, builder, signature, args: builder.fsub(*args)


@in_kernels(_minus)
def minus(x, y):
    return x - y


def _times(typing, x, y):
    return x(x, y), lambda context, builder, signature, args: builder.fmul(*args)


@in_kernels(_times)
def times(x, y):
    return x * y


def _add_product(typing, x, y, z):
    def code(context, builder, signature, args):
        x, y, z = args
        function = ir.FunctionType(x.type, [x.type] * 3)
        kind = f"v{x.type.count}f{signature.return_type.dtype.bitwidth}"
        fused = cgutils.get_or_insert_function(builder.module, function, f"llvm.fmuladd.{kind}")
        return builder.call(fused, [y, z, x])

    return x(x, x, x), code


@in_kernels(_add_product)
def add_product(x, y, z):
    """x + y z, in one instruction and rounded once where the machine has such."""
    return x + y * z


def _at_least(typing, floor, x, old):
    def code(context, builder, signature, args):
        floor, x, old = args
        # Masks as wide as the numbers: of single bits the compiler would pack and unpack them.
        bits = ir.VectorType(ir.IntType(signature.args[0].bitwidth), x.type.count)
        sign = bits([1 << bits.element.width - 1] * bits.count)
        floor, zero = _all(builder, floor, x.type), x.type([0.0] * bits.count)
        size = builder.bitcast(builder.and_(builder.bitcast(x, bits), builder.not_(sign)), x.type)
        small = builder.sext(builder.fcmp_ordered("<", size, floor), bits)
        alive = builder.sext(builder.fcmp_unordered("!=", old, zero), bits)
        signed = builder.and_(builder.bitcast(old, bits), sign)
        lifted = builder.or_(builder.bitcast(floor, bits), signed)
        lift = builder.and_(small, alive)
        kept = builder.and_(builder.bitcast(x, bits), builder.not_(lift))
        return builder.bitcast(builder.or_(kept, builder.and_(lifted, lift)), x.type)

    return x(x.dtype, x, x), code


@in_kernels(_at_least)
def at_least(floor, x, old):
    """The floor, with the sign of old, where |x| is below it and old is not 0."""
    return np.where((abs(x) < floor) & (old != 0), np.copysign(floor, old), x)


def _any_above(typing, x, number):
    def code(context, builder, signature, args):
        x, number = args
        return _any(builder, builder.fcmp_ordered(">", x, _all(builder, number, x.type)))

    return types.boolean(x, x.dtype), code


def _any(builder, lanes):
    bits = builder.bitcast(lanes, ir.IntType(lanes.type.count))
    return builder.icmp_unsigned("!=", bits, bits.type(0))


@in_kernels(_any_above)
def any_above(x, number):
    """Whether a lane is above the number."""
    return (x > number).any()


def _any_lit(typing, x):
    def code(context, builder, signature, args):
        return _any(builder, builder.fcmp_unordered("!=", args[0], args[0].type([0.0] * x.n)))

    return types.boolean(x), code


@in_kernels(_any_lit)
def any_lit(x):
    """Whether a lane is not 0."""
    return (x != 0).any()


def _all_at_least(typing, x, y):
    def code(context, builder, signature, args):
        below = _any(builder, builder.fcmp_unordered("<", *args))
        return builder.not_(below)

    return types.boolean(x, x), code


@in_kernels(_all_at_least)
def all_at_least(x, y):
    """Whether no lane of x is below that of y, or NaN."""
    return (x >= y).all()


def _total(typing, x):
    def code(context, builder, signature, args):
        rest, n = args[0], x.n
        while n > 1:
            n //= 2
            low, high = (
                builder.shuffle_vector(
                    rest, rest, ir.VectorType(ir.IntType(32), n)(list(range(start, start + n)))
                )
                for start in (0, n)
            )
            rest = builder.fadd(low, high)
        return builder.extract_element(rest, ir.IntType(32)(0))

    return x.dtype(x), code


@in_kernels(_total)
def total(x):
    """The sum of the lanes: one half is added to the other until one number is left."""
    while len(x) > 1:
        x = x[: len(x) // 2] + x[len(x) // 2 :]
    return x[0]
