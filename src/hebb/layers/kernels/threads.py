"""Threads that help kernels, kept from call to call: a new one begins on the core of who calls."""

import os
from concurrent.futures import ThreadPoolExecutor
from functools import cache


@cache
def helpers(threads: int) -> ThreadPoolExecutor:
    return ThreadPoolExecutor(threads, thread_name_prefix="hebb-helper")


if hasattr(os, "register_at_fork"):  # a child has none of its parent's threads
    os.register_at_fork(after_in_child=helpers.cache_clear)
