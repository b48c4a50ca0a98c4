"""What a network looks at: datasets, the wandering window, and the order of inputs."""

from hebb.data.dataset import (
    CARRIED,
    SOURCES,
    Asked,
    Dataset,
    DatasetSpec,
    DataUnavailable,
    Exam,
    Listed,
    available,
    load,
    load_without_download,
)
from hebb.data.feed import Feed
from hebb.data.images import BLOCK, Images
from hebb.data.tapestry import Tapestry, TapestrySpec

__all__ = [
    "BLOCK",
    "CARRIED",
    "SOURCES",
    "Asked",
    "DataUnavailable",
    "Dataset",
    "DatasetSpec",
    "Exam",
    "Feed",
    "Images",
    "Listed",
    "Tapestry",
    "TapestrySpec",
    "available",
    "load",
    "load_without_download",
]
