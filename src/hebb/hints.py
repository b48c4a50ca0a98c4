"""What cures a wrong name: the one that was meant, and those that are known."""

from collections.abc import Iterable
from difflib import get_close_matches


def listed(names: Iterable[object], last: str = "or") -> str:
    """`1, 2 or 3`"""
    *most, end = map(str, names)
    return f"{', '.join(most)} {last} {end}" if most else end


def known_names(given: str, known: Iterable[str], label: str = "Known") -> str:
    """`did you mean sparse? Known: sparse, invariant`, the question only where one is close."""
    names = list(known)
    close = get_close_matches(given, names, 1)
    hint = f"did you mean {close[0]}? " if close else ""
    return f"{hint}{label}: {', '.join(names) or 'none'}"
