"""The names of the pictures of the small run."""

WEIGHTS = [
    "weights_sparse.png",
    "weights_invariant.png",
    "fields_invariant.png",
    "weights_top.png",
    "fields_top.png",
]
UNITS = ["by_class_sparse.png", "by_class_top.png"]
READ_OUT = [
    "confusion_sparse.png",
    "accuracy_sparse.png",
    "confusion_top.png",
    "accuracy_top.png",
]
OF_WEIGHTS = [*WEIGHTS, "coverage_sparse.png", "neighbours_sparse.png"]
OF_RUN = ["curves.png", "stream_train.png", "stream_wander.png"]
ALL = [*OF_WEIGHTS, *UNITS, *READ_OUT, *OF_RUN]
