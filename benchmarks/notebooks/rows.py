"""The rows of the notebooks, as they printed them, and the runs that answer their questions."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One experiment of a notebook.

    figure: what it is known by, as `hebb verify` names it. printed: the notebook's own, a fraction,
    None where it printed none; rate: what it printed a second, inputs unless `per` (batches of
    100). picture: the layer shown; composed: in pixels, through the layers below.
    """

    id: str
    name: str
    figure: str
    printed: float | None = None
    rate: str = "–"
    per: int = 1
    picture: str = ""
    composed: bool = False


VOTE, HEAD, DREAM = "prototypes.vote", "features.head", "top.dreamflow"
RAW, MEAN = "2,050 to 2,265", "1,710 to 1,860"

ROWS = [
    Row("A1", "a1_frozen", VOTE, None, "711", picture="sparse"),
    Row("A2", "invariant_mnist", VOTE, 0.4361, "687", picture="invariant", composed=True),
    Row("A3", "a3_more_winners", VOTE, 0.3051, "680", picture="invariant", composed=True),
    Row("A4", "a4_larger", VOTE, 0.3728, "600", picture="invariant", composed=True),
    Row("A5", "a5_response", VOTE, 0.3657, "600", picture="prototypes", composed=True),
    Row("A6", "a6_digits", VOTE, None, "940", picture="prototypes", composed=True),
    Row("B1", "b1_smooth", "smooth.similarity", None, "795", picture="smooth", composed=True),
    Row("B2", "b2_smoothing_only", "smooth.similarity", None, "1,025", picture="smooth",
        composed=True),
    Row("C1", "c1_overlap", DREAM, 0.6907, "9.1", 100, picture="local"),
    Row("C2", "c2_blocks", DREAM, 0.6818, "13.2", 100, picture="local"),
    Row("C3", "c3_more_units", DREAM, 0.7334, "5.9", 100, picture="top", composed=True),
    Row("C4", "c4_many", DREAM, 0.682, "1.3", 100, picture="top", composed=True),
    Row("D1", "d1_raw", "sparse.winners", None, "2,240", picture="sparse"),
    Row("D2", "d2_raw_from_zero", "sparse.winners", None, "2,240", picture="sparse"),
    Row("D3", "d3_raw_large", "sparse.winners", None, RAW, picture="sparse"),
    Row("D4", "d4_raw_medium", "sparse.winners", None, RAW, picture="sparse"),
    Row("D5", "d5_raw_strict", "sparse.winners", None, RAW, picture="sparse"),
    Row("D6", "d6_raw_slow", "sparse.winners", None, RAW, picture="sparse"),
    Row("D7", "d7_no_gate", "sparse.winners", None, "1,720", picture="sparse"),
    Row("D8", "d8_no_gate_again", "sparse.winners", None, "1,720", picture="sparse"),
    Row("D9", "d9_mean", "sparse.winners", None, MEAN, picture="sparse"),
    Row("D10", "d10_mean_loose", "sparse.winners", None, MEAN, picture="sparse"),
    Row("D11", "d11_mean_between", "sparse.winners", None, MEAN, picture="sparse"),
    Row("D12", "d12_steered", "sparse.winners", None, picture="sparse"),
    Row("E1", "e1_compspec", HEAD, 0.8916, picture="features"),
    Row("E2", "e2_compspec_2000", HEAD, 0.8689, picture="features"),
    Row("E3", "e3_vote_start_400", HEAD, 0.8832, picture="features"),
    Row("E3", "e3_vote_start_2000", HEAD, 0.8832, picture="features"),
    Row("E4", "e4_charged", HEAD, picture="features"),
    Row("E5", "e5_backprop", "features.vote.backprop"),
    Row("E5", "e5_backprop_2000", "features.vote.backprop"),
    Row("E6", "e6_krotov_hopfield", HEAD, picture="features"),
    Row("E6", "e6_krotov_hopfield_2000", HEAD, picture="features"),
]  # fmt: skip

# Runs that are no rows of the notebooks: a name, what it is made from, and what is changed.
THRESHOLDS = (0.5, 0.6, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)
ASKED = {
    f"{compete}_{round(100 * thresh)}": (
        "d11_mean_between",
        [f"layers.sparse.compete={compete}", f"layers.sparse.thresh={thresh}",
         "phases.digits.epochs=5"],
    )
    for compete in ("mean", "raw")
    for thresh in THRESHOLDS
}  # fmt: skip
