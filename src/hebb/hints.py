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
    return f"{did_you_mean(given, names)}{label}: {', '.join(names) or 'none'}"


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """`did you mean sparse? `, where one is close."""
    close = get_close_matches(given, list(known), 1)
    return f"did you mean {close[0]}? " if close else ""
