"""How a read-out is called in a sentence, from its spec or from a result of eval.json."""

from typing import Any

# What a measure's number is called.
FIGURES = {
    "reconstruction": "reconstruction_error",
    "similarity": "similarity",
    "change": "change",
}

VOTED = ("random_images", "raw_pixels")  # controls of dreamflow that are read out by a vote
SPELT = {"dreamflow": "DreamFlow"}  # classifiers whose name is no common word


def value_of(result: dict[str, Any]) -> float:
    """The number of a measure's result."""
    return float(result[FIGURES[result["measure"]]])


def title(result: dict[str, Any]) -> str:
    """`vote of top`, or `softmax (preset) of top` where the read-out has a name of its own."""
    measured, label = result.get("measure"), label_of(result)
    word = measured or str(result["classifier"])
    said = FIGURES[measured].replace("_", " ") if measured else SPELT.get(word, word)
    place = f"{result['layer']} on {result['input']}" if result.get("input") else result["layer"]
    return f"{said if label == word else f'{said} ({label})'} of {place}"


def label_of(result: dict[str, Any]) -> str:
    """The label of a result; files that were written before there were labels lack it."""
    return str(result.get("label") or result.get("classifier") or result["measure"])


def control(result: dict[str, Any], name: str) -> str:
    """A control as it is shown beside a result, such as `random_weights`.

    What a stack began with is not random where it was given the weights of a run or a file. A
    dreamflow layer says what it has learned of labels; images and pixels know none, and are read
    out by a vote.
    """
    if name == "random_weights" and result.get("first_weights") == "given":
        return "first weights"
    voted = result.get("classifier") == "dreamflow" and name in VOTED
    return f"{name} (vote)" if voted else name


def capital(text: str) -> str:
    """`text` as a heading begins with it."""
    return text[0].upper() + text[1:]
