"""Counters by which two threads take turns inside kernels, without the interpreter between them.

What a thread has written before it counts is there for another that has seen the count.
"""

import sys

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core import config as numba_config

from hebb.layers.kernels.lanes import in_kernels

ATOMIC = not getattr(numba_config, "DISABLE_JIT", False)  # not so as plain Python


def _place(context, builder, kind, counters, i):
    array = context.make_array(kind)(context, builder, counters)
    return builder.gep(array.data, [i])


def _seen(typing, counters, i):
    def code(context, builder, signature, args):
        place = _place(context, builder, counters, *args)
        return builder.load_atomic(place, "acquire", align=8)

    return types.int64(counters, types.intp), code


@in_kernels(_seen)
def seen(counters, i):
    """Counter i, int64."""
    return counters[i]


def _tell(typing, counters, i, count):
    def code(context, builder, signature, args):
        place = _place(context, builder, counters, *args[:2])
        builder.store_atomic(args[2], place, "release", align=8)
        return context.get_dummy_value()

    return types.void(counters, types.intp, types.int64), code


@in_kernels(_tell)
def tell(counters, i, count):
    """Counter i becomes `count`."""
    counters[i] = count


def _take(typing, counters, i, turn):
    def code(context, builder, signature, args):
        place = _place(context, builder, counters, *args[:2])
        after = builder.add(args[2], args[2].type(1))
        taken = builder.cmpxchg(place, args[2], after, "acq_rel", "acquire")
        return builder.extract_value(taken, 1)

    return types.boolean(counters, types.intp, types.int64), code


@in_kernels(_take)
def take(counters, i, turn):
    """Whether counter i was `turn`; it is one more then, and nobody else can take the turn."""
    if counters[i] != turn:
        return False
    counters[i] = turn + 1
    return True


def _rest(typing):
    def code(context, builder, signature, args):
        name = "SwitchToThread" if sys.platform == "win32" else "sched_yield"
        function = ir.FunctionType(ir.IntType(32), [])
        builder.call(cgutils.get_or_insert_function(builder.module, function, name), [])
        return context.get_dummy_value()

    return types.void(), code


@in_kernels(_rest)
def rest():
    """Let another thread have the core."""
